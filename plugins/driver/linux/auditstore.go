package linux

import (
	"path"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const docAuditLog = "auditd.conf(5), log_file: the default is /var/log/audit/audit.log"

// auditStore states where and how long auditd keeps its records.
func (r *reader) auditStore(a *audit) {
	if installed := r.auditInstalled(); facts.Known(installed) && !installed.GetValue() {
		return
	}
	file := "/var/log/audit/audit.log"
	if v, ok := a.conf["log_file"]; ok {
		file = v.value
	}
	s := &pb.LogStore{Scope: "audit", Active: facts.LikeState(a.on).Bool()}
	if facts.Known(a.on) {
		s.Active = facts.Bool(a.on.GetValue(), a.on.GetEvidence()...)
		if v, keeps := a.keeps(); a.on.GetValue() && !keeps {
			s.Active = facts.Bool(false, v.at.ev())
		} else if a.on.GetValue() && a.confGap != nil && !facts.Known(r.fileExists(file)) {
			s.Active = a.confGap.Bool()
		}
	}
	s.Persistent = a.persistent(file)
	a.retention(s)
	s.OldestRecord = r.oldestRecord(file)
	s.Fields = facts.Texts(auditFields, facts.Default(docFormat))
	r.exposure(s, file)
	r.addStore(s)
}

func (r *reader) fileExists(file string) *pb.BoolFact {
	itself, _, gap := generations(r.Answers, file)
	switch {
	case itself != nil:
		return facts.Bool(true, r.Glob(path.Dir(file)+"/*").All())
	case gap != nil:
		return gap.Bool()
	}
	return facts.Bool(false, r.Glob(path.Dir(file)+"/*").All())
}

func (a *audit) persistent(file string) *pb.BoolFact {
	v, ok := a.conf["log_file"]
	switch {
	case ok:
		return facts.Bool(!volatilePath(file), v.at.ev())
	case a.confGap != nil:
		return a.confGap.Bool()
	}
	return facts.Bool(true, facts.Default(docAuditLog))
}

// volatilePath: what is kept there is gone after a restart.
func volatilePath(file string) bool {
	for _, dir := range []string{"/run/", "/var/run/", "/dev/shm/", "/tmp/"} {
		if strings.HasPrefix(file, dir) {
			return true
		}
	}
	return false
}

// retention states how long records stay. auditd counts bytes and files, never days.
func (a *audit) retention(s *pb.LogStore) {
	action := a.action("max_log_file_action")
	s.OnFull = action
	if a.confGap != nil || !facts.Known(action) {
		m := facts.LikeState(action)
		s.Retention, s.RetentionBasis, s.MaxBytes = m.Duration(), m.Text(), m.Int()
		return
	}
	for _, name := range []string{"space_left_action", "admin_space_left_action", "disk_full_action"} {
		// With rotate there, the oldest files go when the disk is nearly full, whatever else is set.
		if v, ok := a.conf[name]; ok && strings.EqualFold(v.value, "rotate") && action.GetValue() != "rotate" {
			s.RetentionBasis = facts.Text("size", v.at.ev())
			s.Retention = bySize(auditdConf+": "+name+" = rotate", v.at.ev())
			s.MaxBytes = facts.Absent(action.GetEvidence()...).Int()
			return
		}
	}
	if action.GetValue() != "rotate" {
		s.Retention, s.RetentionBasis = facts.Forever(action.GetEvidence()...), facts.Text("nothing", action.GetEvidence()...)
		s.MaxBytes = facts.Absent(action.GetEvidence()...).Int()
		return
	}
	size, n := a.conf["max_log_file"], a.conf["num_logs"]
	mib, err1 := strconv.ParseInt(size.value, 10, 32)
	logs, err2 := strconv.ParseInt(n.value, 10, 32)
	s.RetentionBasis = facts.Text("size", action.GetEvidence()...)
	if err1 != nil || err2 != nil {
		m := facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, auditdConf+": max_log_file, num_logs", action.GetEvidence()...)
		s.Retention, s.MaxBytes = m.Duration(), m.Int()
		return
	}
	ev := []*pb.Evidence{action.GetEvidence()[0], size.at.ev(), n.at.ev()}
	if logs < 2 {
		// auditd.conf(5): with fewer than two files nothing is rotated.
		s.Retention, s.RetentionBasis = facts.Forever(ev...), facts.Text("nothing", ev...)
		s.MaxBytes = facts.Absent(ev...).Int()
		return
	}
	s.Retention = bySize(strconv.FormatInt(logs, 10)+" x "+strconv.FormatInt(mib, 10)+" MiB", ev...)
	s.MaxBytes = facts.Int(mib*logs<<20, ev...)
}

// bySize is how long records stay where their bytes decide: the settings do not tell.
func bySize(detail string, ev ...*pb.Evidence) *pb.DurationFact {
	return facts.Unknown(pb.Reason_REASON_ELSEWHERE, detail, ev...).Duration()
}

// addStore puts a log store into the list.
func (r *reader) addStore(s *pb.LogStore) {
	if r.facts.LogStores == nil {
		r.facts.LogStores = &pb.LogStoreList{State: pb.FactState_FACT_STATE_KNOWN}
	}
	r.facts.LogStores.Items = append(r.facts.LogStores.Items, s)
}

// addTarget puts a machine to which records go into the list.
func (r *reader) addTarget(t *pb.LogTarget) {
	if r.facts.LogTargets == nil {
		r.facts.LogTargets = &pb.LogTargetList{State: pb.FactState_FACT_STATE_KNOWN}
	}
	r.facts.LogTargets.Items = append(r.facts.LogTargets.Items, t)
}

// auditTargets states where the audit's own dispatcher sends records.
func (r *reader) auditTargets(a *audit) {
	if a.on == nil || facts.Known(a.on) && !a.on.GetValue() {
		return
	}
	for _, dir := range []string{"/etc/audit", "/etc/audisp"} {
		for _, p := range listed(r.Answers, dir+"/plugins.d/*.conf") {
			if !strings.Contains(path.Base(p), "remote") {
				continue
			}
			plugin := keyValues(r.File(p))
			if !saysYes(plugin["active"].value) {
				continue
			}
			r.auditRemote(r.File(dir+"/audisp-remote.conf"), plugin["active"].at.ev())
		}
	}
}

func (r *reader) auditRemote(d driver.Document, on *pb.Evidence) {
	set := keyValues(d)
	server, ok := set["remote_server"]
	if !ok || server.value == "" {
		return
	}
	t := &pb.LogTarget{Scope: server.value + ":" + orDefault(set["port"].value, "60"), Address: facts.Text(server.value, server.at.ev(), on),
		Protocol: facts.Text("tcp", server.at.ev()), Selector: facts.Text("audit", server.at.ev()), Everything: facts.Bool(false, server.at.ev())}
	t.Port = facts.Int(60, facts.Default("audisp-remote.conf(5), port: the default is 60"))
	if n, err := strconv.ParseInt(set["port"].value, 10, 32); err == nil {
		t.Port = facts.Int(n, set["port"].at.ev())
	}
	krb, ok := set["enable_krb5"]
	t.Encrypted = facts.Bool(false, server.at.ev())
	if ok && saysYes(krb.value) || strings.EqualFold(set["transport"].value, "krb5") {
		t.Encrypted = facts.Bool(true, server.at.ev())
	}
	queue := set["mode"]
	t.Queued = facts.Bool(strings.EqualFold(queue.value, "forward"), server.at.ev())
	r.addTarget(t)
}

// keyValues reads "name = value" lines, names in small letters.
func keyValues(d driver.Document) map[string]iniValue {
	out := map[string]iniValue{}
	for _, l := range linesOf(d) {
		text := strings.TrimSpace(l.text)
		if text == "" || text[0] == '#' {
			continue
		}
		if name, value, ok := strings.Cut(text, "="); ok {
			out[strings.ToLower(strings.TrimSpace(name))] = iniValue{strings.TrimSpace(value), l}
		}
	}
	return out
}

func orDefault(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

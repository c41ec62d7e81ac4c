package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const limitsDir = "/etc/security/limits.d/*.conf"

// sliceDirs are where settings for the slices of all users stand; an earlier folder hides a later one's file.
var sliceDirs = []string{"/etc/systemd/system/user-.slice.d", "/run/systemd/system/user-.slice.d", "/usr/lib/systemd/system/user-.slice.d", "/lib/systemd/system/user-.slice.d"}

// Limits for users: pam_limits and systemd.
var limitsTopic = topic{
	name: "limits",
	ask: func(a driver.Answers) []*question {
		out := append(askPam(a), globs(limitsDir)...)
		out = append(out, files("/etc/security/limits.conf")...)
		out = append(out, files(listed(a, limitsDir)...)...)
		for _, dir := range sliceDirs {
			out = append(out, globs(dir+"/*.conf")...)
		}
		paths, _ := dropIns(a, ".conf", sliceDirs...)
		out = append(out, files(paths...)...)
		patterns, paths := askSystemdConf(a, "logind")
		return append(out, asked(patterns, paths)...)
	},
	read: readLimits,
}

func readLimits(r *reader) {
	list := &pb.ResourceLimitList{}
	r.facts.ResourceLimits = list
	applied, stack, gap := r.pamLimits()
	var c conf
	c.add(r.File("/etc/security/limits.conf"))
	c.addListed(r.Answers, limitsDir)
	if applied {
		list.Items = r.parseLimits(c.lines)
		for _, item := range list.Items {
			if c.gap != nil { // a line that was not seen may come after it and count instead
				item.Value = c.gap.Text()
			}
		}
	}
	if applied || gap != nil {
		gap = firstGap(gap, c.gap)
	}
	slice, sliceGap := r.sliceLimits()
	list.Items = append(list.Items, slice...)
	settle(list, firstGap(gap, sliceGap), append(stack, c.whole()...)...)
}

// pamLimits says whether sessions get the limits: pam_limits has to stand in the stacks of all ways to log in.
func (r *reader) pamLimits() (applied bool, ev []*pb.Evidence, gap *facts.Missing) {
	asked := 0
	for _, service := range []string{"sshd", "login"} {
		if !r.hasPam(service) {
			continue
		}
		asked++
		s := r.pam(service, "session")
		found := s.find("pam_limits")
		if len(found) == 0 {
			return false, s.evidence(), s.gap
		}
		ev = moreEvidence(ev, found[0].ev())
	}
	return asked > 0, ev, nil
}

// limitItems names what limits.conf calls otherwise than the vocabulary.
var limitItems = map[string]string{"rss": "memory", "memlock": "memlock"}

// parseLimits reads "domain type item value"; of two lines for the same the later counts.
func (r *reader) parseLimits(lines []confLine) []*pb.ResourceLimit {
	var out []*pb.ResourceLimit
	index := map[string]int{}
	for _, l := range lines {
		text, _, _ := strings.Cut(l.text, "#")
		f := strings.Fields(text)
		if len(f) == 0 {
			continue
		}
		if len(f) != 4 || !slices.Contains([]string{"soft", "hard", "-"}, f[1]) {
			if len(f) != 2 || f[1] != "-" { // "user -" switches limits off for somebody
				r.miss(l.doc, l.n, l.text)
				continue
			}
			f = []string{f[0], "-", "all", "unlimited"}
		}
		value := f[3]
		if value == "-1" || value == "infinity" {
			value = "unlimited"
		}
		resource := orDefault(limitItems[f[2]], f[2])
		item := &pb.ResourceLimit{Scope: strings.Join(f[:3], " "), Domain: facts.Text(f[0], l.ev()), Resource: facts.Text(resource, l.ev()), Value: facts.Text(value, l.ev())}
		if i, ok := index[item.GetScope()]; ok {
			out[i] = item
			continue
		}
		index[item.GetScope()] = len(out)
		out = append(out, item)
	}
	return out
}

// sliceLimits reads what systemd grants to all of a user's processes together.
func (r *reader) sliceLimits() ([]*pb.ResourceLimit, *facts.Missing) {
	var c conf
	paths, gap := dropIns(r.Answers, ".conf", sliceDirs...)
	if gap != nil {
		c.lack(*gap)
	}
	for _, p := range paths {
		if strings.HasPrefix(p, "/lib/") && !separateLib(r.Answers) && slices.Contains(paths, path.Join("/usr", p)) {
			continue
		}
		c.add(r.File(p))
	}
	set, _ := parseIni(c.lines)
	var out []*pb.ResourceLimit
	if c.gap != nil {
		return nil, c.gap
	}
	for _, key := range []struct{ name, resource string }{
		{"TasksMax", "tasks"}, {"MemoryMax", "memory"}, {"MemoryHigh", "memory"}, {"MemoryLimit", "memory"}, {"CPUQuota", "cpu"}, {"LimitNPROC", "nproc"}, {"LimitNOFILE", "nofile"},
	} {
		if v, ok := set.last("Slice." + key.name); ok {
			out = append(out, sliceLimit("user-.slice "+key.name, key.resource, v))
		}
	}
	logind, files := r.readSystemdConf("logind")
	if v, ok := logind.last("Login.UserTasksMax"); ok {
		out = append(out, sliceLimit("logind UserTasksMax", "tasks", v))
	}
	return out, firstGap(c.gap, files.gap)
}

func sliceLimit(scope, resource string, v iniValue) *pb.ResourceLimit {
	value := v.value
	if value == "infinity" {
		value = "unlimited"
	}
	return &pb.ResourceLimit{Scope: scope, Domain: facts.Text("*", v.at.ev()), Resource: facts.Text(resource, v.at.ev()), Value: facts.Text(value, v.at.ev())}
}

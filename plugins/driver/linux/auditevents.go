package linux

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// auditFields are what every record of the kernel's audit holds: when (msg=audit(TIME:SERIAL)), type=, who (auid, uid),
// the object (exe, name, key) and success or res.
var auditFields = []string{"time", "type", "subject", "object", "result"}

// loginFields are what the records of PAM and sshd hold besides: addr and hostname, and the operation and its program.
var loginFields = append(append([]string(nil), auditFields...), "source", "method")

// Where the records that need no rule are documented.
const (
	docPAM      = "Red Hat Enterprise Linux 7 Security Guide, B.2 Audit Record Types: USER_AUTH, USER_LOGIN, USER_START, written by programs that authenticate users"
	docConfig   = "Red Hat Enterprise Linux 7 Security Guide, B.2 Audit Record Types: CONFIG_CHANGE, written by the kernel when the audit is configured"
	docDaemon   = "Red Hat Enterprise Linux 7 Security Guide, B.2 Audit Record Types: DAEMON_START, DAEMON_END, DAEMON_CONFIG, written by auditd"
	docAbnormal = "Red Hat Enterprise Linux 7 Security Guide, B.2 Audit Record Types: ANOM_ABEND, ANOM_PROMISCUOUS, written by the kernel"
	docFormat   = "Red Hat Enterprise Linux 7 Security Guide, 7.6 Understanding Audit Log Files"
)

// auditEvents states which kinds of event are recorded.
func (r *reader) auditEvents(a *audit, t *pb.AuditTrail) {
	list := &pb.AuditEventList{State: pb.FactState_FACT_STATE_KNOWN}
	r.facts.AuditEvents = list
	state := func(scope string, recorded *pb.BoolFact, fields []string) {
		e := &pb.AuditEvent{Scope: scope, Recorded: recorded}
		switch {
		case recorded.GetValue():
			e.Fields = facts.Texts(fields, facts.Default(docFormat))
		case facts.Known(recorded):
			e.Fields = facts.NotApplicable(recorded.GetEvidence()...).Texts()
		default:
			e.Fields = facts.LikeState(recorded).Texts()
		}
		list.Items = append(list.Items, e)
	}

	human := func(x auditRule) bool { return x.narrows() <= humanUsers }
	commands := a.rules.syscall("execve", human)
	root := a.rules.syscall("execve", func(x auditRule) bool { return x.narrows() <= rootOnly })
	accounts := a.rules.all(r.accountFiles(), a.rules.changes)

	state("commands", a.recorded(commands, "SYSCALL", "EXECVE"), auditFields)
	state("user_actions", a.recorded(either(commands, a.rules.privileged()), "SYSCALL"), auditFields)
	state("admin_actions", a.recorded(either(commands, root), "SYSCALL", "EXECVE"), auditFields)
	state("accounts", a.recorded(accounts, "SYSCALL", "PATH"), auditFields)
	state("audit_policy", a.builtIn(docConfig, "CONFIG_CHANGE"), auditFields)
	state("audit_lifecycle", a.builtIn(docDaemon), auditFields)
	state("resource_abuse", a.builtIn(docAbnormal, "ANOM_ABEND"), auditFields)
	state("logins", a.builtIn(docPAM, "USER_LOGIN", "USER_START"), loginFields)
	state("failed_logins", a.builtIn(docPAM, "USER_LOGIN", "USER_AUTH"), loginFields)
	clock := a.rules.all([]string{"adjtimex", "settimeofday", "clock_settime"}, func(s string) cover { return a.rules.syscall(s, human) })
	state("time_changes", a.recorded(both(clock, a.rules.changes("/etc/localtime")), "SYSCALL"), auditFields)
	state("file_access", a.recorded(a.rules.refusedAccess(), "SYSCALL", "PATH"), auditFields)

	t.AllUsers = a.allUsers(commands)
}

// accountFiles are where accounts are kept. A file that the system does not have cannot be watched and need not be.
func (r *reader) accountFiles() []string {
	out := []string{"/etc/passwd", "/etc/shadow", "/etc/group"}
	if _, ok, gap := entry(r.Answers, "/etc/gshadow"); ok || gap != nil {
		out = append(out, "/etc/gshadow")
	}
	return out
}

// recorded turns what the rules cover into a fact.
func (a *audit) recorded(c cover, types ...string) *pb.BoolFact {
	if off := a.off(); off != nil {
		return off
	}
	if a.rulesGap != nil {
		return a.rulesGap.Bool()
	}
	if ev, certain := a.rules.dropped(types...); ev != nil {
		return droppedFact(ev, certain)
	}
	if !c.ok {
		return facts.Bool(false, append(c.evidence, a.source...)...)
	}
	return facts.Bool(true, c.evidence...)
}

// builtIn is for records that need no rule: they are written while the audit is on, unless a rule drops them.
func (a *audit) builtIn(document string, types ...string) *pb.BoolFact {
	if off := a.off(); off != nil {
		return off
	}
	if a.rulesGap != nil && len(types) > 0 {
		return a.rulesGap.Bool()
	}
	if ev, certain := a.rules.dropped(types...); ev != nil {
		return droppedFact(ev, certain)
	}
	return facts.Bool(true, append(a.on.GetEvidence(), facts.Default(document))...)
}

func droppedFact(ev *pb.Evidence, certain bool) *pb.BoolFact {
	if !certain {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, ev.GetExcerpt(), ev).Bool()
	}
	return facts.Bool(false, ev)
}

// off is the fact that nothing is recorded because the audit is off, keeps nothing, or may do so; nil if it records.
func (a *audit) off() *pb.BoolFact {
	switch {
	case !facts.Known(a.on):
		return facts.LikeState(a.on).Bool()
	case !a.on.GetValue():
		return facts.Bool(false, a.on.GetEvidence()...)
	}
	if v, keeps := a.keeps(); !keeps {
		return facts.Bool(false, v.at.ev())
	}
	return nil
}

// keeps says that auditd writes its records to its log; if not, the setting that says so.
func (a *audit) keeps() (iniValue, bool) {
	if v, ok := a.conf["write_logs"]; ok && !saysYes(v.value) {
		return v, false
	}
	if v, ok := a.conf["log_format"]; ok && strings.EqualFold(v.value, "NOLOG") {
		return v, false
	}
	return iniValue{}, true
}

// allUsers says whether the rules spare nobody.
func (a *audit) allUsers(commands cover) *pb.BoolFact {
	if off := a.off(); off != nil {
		return off
	}
	if a.rulesGap != nil {
		return a.rulesGap.Bool()
	}
	for _, x := range a.rules.list {
		if x.never && x.exempts() || x.filter == "exclude" && x.exempts() {
			return facts.Bool(false, x.at.ev())
		}
	}
	if ev := a.rules.noTask(); ev != nil {
		return facts.Bool(false, ev)
	}
	var confined []*pb.Evidence
	for _, x := range a.rules.list {
		if x.never || x.filter != "exit" && x.filter != "entry" {
			continue
		}
		if x.narrows() == allUsers {
			return facts.Bool(true, x.at.ev())
		}
		if len(confined) < 8 {
			confined = append(confined, x.at.ev())
		}
	}
	if commands.ok && commands.narrow <= humanUsers {
		return facts.Bool(true, commands.evidence...)
	}
	// Without rules nobody's actions are recorded; with rules that are all confined to some users, the others' are not.
	return facts.Bool(false, append(confined, a.source...)...)
}

// all needs every one of the names to be covered.
func (rs auditRules) all(names []string, find func(string) cover) cover {
	out := cover{ok: true}
	for _, n := range names {
		c := find(n)
		if !c.ok {
			return cover{evidence: c.evidence}
		}
		out.narrow = max(out.narrow, c.narrow)
		out.evidence = moreEvidence(out.evidence, c.evidence...)
	}
	return out
}

func both(a, b cover) cover {
	switch {
	case !a.ok:
		return a
	case !b.ok:
		return b
	}
	return cover{ok: true, narrow: max(a.narrow, b.narrow), evidence: moreEvidence(a.evidence, b.evidence...)}
}

func either(a, b cover) cover {
	if a.ok || !b.ok && len(a.evidence) > 0 {
		return a
	}
	return b
}

// privileged looks for rules on the programs by which users take other rights or change their own.
func (rs auditRules) privileged() cover {
	if ev := rs.noTask(); ev != nil {
		return cover{evidence: []*pb.Evidence{ev}}
	}
	return rs.all([]string{"sudo", "su", "passwd"}, func(program string) cover {
		for _, x := range rs.list {
			if x.never || x.narrows() > humanUsers {
				continue
			}
			for _, dir := range []string{"/usr/bin/", "/bin/"} {
				f, _ := x.field("path")
				p, _ := x.field("perm")
				if x.watch == dir+program && strings.Contains(x.perm, "x") || f.value == dir+program && f.op == "=" && (p.value == "" || strings.Contains(p.value, "x")) {
					return cover{ok: true, narrow: x.narrows(), evidence: []*pb.Evidence{x.at.ev()}}
				}
			}
		}
		return cover{}
	})
}

// refusedAccess looks for rules that record each refused opening, making or cutting of a file.
func (rs auditRules) refusedAccess() cover {
	with := func(code string) func(auditRule) bool {
		return func(x auditRule) bool {
			f, ok := x.field("exit")
			return ok && f.op == "=" && (f.value == "-"+code || f.value == map[string]string{"EACCES": "-13", "EPERM": "-1"}[code])
		}
	}
	return rs.all([]string{"open", "openat", "truncate", "ftruncate"}, func(syscall string) cover {
		return both(rs.exits(syscall, with("EACCES")), rs.exits(syscall, with("EPERM")))
	})
}

// exits is syscall for rules that look at the result: the exit field is not a narrowing there.
func (rs auditRules) exits(syscall string, with func(auditRule) bool) cover {
	without := auditRules{widths: rs.widths}
	for _, x := range rs.list {
		if !x.never && x.filter == "exit" && !with(x) {
			continue
		}
		var kept []auditField
		for _, f := range x.fields {
			if x.never || f.name != "exit" {
				kept = append(kept, f)
			}
		}
		x.fields = kept
		without.list = append(without.list, x)
	}
	return without.syscall(syscall, func(x auditRule) bool { return x.narrows() <= humanUsers })
}

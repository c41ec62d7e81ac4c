package linux

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// ufw keeps its rules in files of iptables' notation, in three layers for each family.
const (
	ufwSwitch   = "/etc/ufw/ufw.conf"
	ufwDefaults = "/etc/default/ufw"
)

var ufwFiles = []string{
	ufwSwitch, ufwDefaults, "/etc/ufw/before.rules", "/etc/ufw/user.rules", "/etc/ufw/after.rules",
	"/etc/ufw/before6.rules", "/etc/ufw/user6.rules", "/etc/ufw/after6.rules",
}

type ufwState struct {
	active *pb.BoolFact
	policy *pb.TextFact
	tables []*filterTable
	gap    *facts.Missing
}

// shellAssignment gives the last value of NAME=value in a file that a shell would read.
func shellAssignment(d driver.Document, name string) (string, confLine) {
	var value string
	var at confLine
	for _, l := range linesOf(d) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l.text), name+"="); ok {
			value, at = strings.Join(quotedWords(v), " "), l
		}
	}
	return value, at
}

// readUfw gives nil where ufw is not installed.
func readUfw(r *reader) *ufwState {
	d := r.File(ufwSwitch)
	if d.NotFound() || !d.Had() {
		return nil
	}
	s := &ufwState{}
	on, at := shellAssignment(d, "ENABLED")
	switch {
	case !d.Whole():
		s.active = d.Unknown().Bool()
	case !strings.EqualFold(on, "yes"):
		s.active = facts.Bool(false, d.All())
	default:
		s.active = facts.Bool(true, at.ev())
		// In an image: the unit loads the rules at the start, without it the switch is of no use.
		if boot := r.inForce("ufw.service"); offline(r.Answers) && facts.Known(boot) && !boot.GetValue() {
			s.active = facts.Bool(false, append([]*pb.Evidence{at.ev()}, boot.GetEvidence()...)...)
		}
	}
	defaults := r.File(ufwDefaults)
	policy, at := shellAssignment(defaults, "DEFAULT_INPUT_POLICY")
	switch {
	case policy != "":
		s.policy = facts.Text(strings.ToLower(policy), at.ev())
	case defaults.Whole():
		s.policy = facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, ufwDefaults).Text()
	default:
		s.policy = defaults.Unknown().Text()
	}
	s.layers(r.Answers, "iptables", "ip", "", at)
	s.layers(r.Answers, "ip6tables", "ip6", "6", at)
	return s
}

// layers puts one family's table together as ufw does when it starts.
func (s *ufwState) layers(a driver.Answers, program, family, digit string, at confLine) {
	t := newFilterTable("ufw", family, "filter")
	input := t.chain("INPUT")
	input.hook, input.policy, input.at, input.scope = "input", s.policy.GetValue(), at, "ufw "+family+" input"
	for _, layer := range []string{"before", "user", "after"} {
		d := a.File("/etc/ufw/" + layer + digit + ".rules")
		if !d.Whole() && !d.NotFound() {
			s.gap = firstGap(s.gap, ptr(d.Unknown()))
		}
		tables, odd := parseIptables(linesOf(d), program, family)
		s.gap = firstGap(s.gap, oddGap(odd))
		for _, part := range tables {
			if part.name != "filter" {
				continue
			}
			for _, name := range part.order {
				t.chains[name] = part.chains[name]
				t.order = append(t.order, name)
			}
		}
		name := "ufw" + digit + "-" + layer + "-input"
		if t.chains[name] != nil {
			input.rules = append(input.rules, filterRule{at: t.chains[name].at, verdict: verdictJump, target: name})
		}
	}
	// Chains of one layer may lead to another's.
	for _, c := range t.chains {
		for i := range c.rules {
			if r := &c.rules[i]; r.verdict == verdictElse && t.chains[r.target] != nil {
				r.verdict = verdictJump
			}
		}
	}
	if !facts.Known(s.policy) {
		s.gap = firstGap(s.gap, ptr(facts.LikeState(s.policy)))
	}
	s.tables = append(s.tables, t)
}

// loaded says from the kernel's own rules whether ufw's are among them.
func (s *ufwState) loaded(f *filterState) {
	for _, t := range f.tables {
		if c := t.chains["ufw-user-input"]; c != nil {
			s.active = facts.Bool(true, c.at.ev())
			return
		}
	}
	s.active = facts.Bool(false, f.ev...)
	if f.gap != nil {
		s.active = f.gap.Bool()
	}
}

// filter states ufw as one filter.
func (s *ufwState) filter(loaded []*filterTable) *pb.PacketFilter {
	f := &pb.PacketFilter{Scope: "ufw", Active: s.active, DefaultAction: s.policy, AppliedTo: facts.Text("input", s.active.GetEvidence()...)}
	if s.gap != nil {
		f.Rules, f.Stateful = s.gap.Int(), s.gap.Bool()
	}
	for _, t := range append(append([]*filterTable(nil), s.tables...), loaded...) {
		if ev := t.stateful(); ev != nil {
			f.Stateful = facts.Bool(true, ev)
		}
	}
	if f.Stateful == nil {
		f.Stateful = facts.Bool(false, s.active.GetEvidence()...)
	}
	if f.Rules == nil {
		n := 0
		for _, t := range s.tables {
			for _, name := range []string{"ufw-user-input", "ufw6-user-input"} {
				if c := t.chains[name]; c != nil {
					n += len(c.rules)
				}
			}
		}
		f.Rules = facts.Int(int64(n), s.active.GetEvidence()...)
	}
	return f
}

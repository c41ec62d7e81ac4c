package linux

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var passwordTopic = topic{
	name: "password",
	ask:  func(a driver.Answers) []*pluginpb.Question { return append(askPam(a), files(releaseFiles...)...) },
	read: readPasswordPolicies,
}

// localUsers is the scope of the policy that passwd applies.
const localUsers = "local users"

func readPasswordPolicies(r *reader) {
	list := &pb.PasswordPolicyList{State: pb.FactState_FACT_STATE_KNOWN}
	passwd := r.passwordPolicy("passwd", localUsers)
	list.Items = append(list.Items, passwd)
	// A password that has run out is changed by the service at which the user logs in, by its own rules.
	for _, service := range []string{"login", "sshd"} {
		if !r.hasPam(service) {
			continue
		}
		if p := r.passwordPolicy(service, localUsers+" via "+service); !sameRules(p, passwd) {
			list.Items = append(list.Items, p)
		}
	}
	r.facts.PasswordPolicies = list
}

// sameRules compares the rules that depend on the stack.
func sameRules(a, b *pb.PasswordPolicy) bool {
	rules := func(p *pb.PasswordPolicy) string {
		var out []string
		for _, f := range []facts.Fact{p.Enforced, p.MinLength, p.MinClasses, p.RequiredClasses, p.DictionaryCheck, p.UserNameCheck, p.History, p.CoversAdmins, p.Scheme} {
			out = append(out, facts.Value(f))
		}
		return strings.Join(out, "\n")
	}
	return rules(a) == rules(b)
}

var qualityModules = []string{"pam_pwquality", "pam_cracklib", "pam_passwdqc"}

// unixModules keep the passwords of local users.
var unixModules = []string{"pam_unix", "pam_unix2", "pam_pwdb"}

func (r *reader) passwordPolicy(service, scope string) *pb.PasswordPolicy {
	p := &pb.PasswordPolicy{Scope: scope}
	r.passwordAges(p)
	// No setting makes accounts change their first password; that is done for each by chage.
	p.FirstLoginChange = facts.NotApplicable().Bool()
	stack := r.pam(service, pamPassword)
	if stack.gap == nil && len(stack.entries) == 0 {
		m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, pamFile(r.Answers, service).Source)
		stack.gap = &m
	}
	if stack.gap != nil {
		rulesMissing(p, *stack.gap)
		return p
	}
	c := changing{service: service, stack: stack, rules: map[*pamEntry]rule{}}
	var qualities []quality
	histories := map[*pamEntry]number{}
	for i := range stack.entries {
		e := &stack.entries[i]
		switch {
		case slices.Contains(qualityModules, e.module):
			q := r.qualityOf(e)
			qualities = append(qualities, q)
			c.rules[e] = rule{on: q.get("enforcing").on(), root: q.get("enforce_for_root").on(), before: true}
		case e.module == "pam_pwhistory":
			h, root := r.history(e)
			histories[e] = h
			c.rules[e] = rule{on: h.missing != nil || h.value > 0, root: root, before: true, skipped: h.missing == nil && h.value == 0}
		case slices.Contains(unixModules, e.module):
			histories[e] = unixHistory(e)
			c.rules[e] = rule{on: true}
		}
	}
	good := c.try(false, nil)
	if !good.ok || good.stored == 0 {
		m := facts.Unknown(pb.Reason_REASON_CONFLICT, "no new password can be set at "+service, stack.evidence()...)
		if len(good.unknowns) > 0 {
			m = *unforeseeable(stack, good.unknowns).missing
		}
		rulesMissing(p, m)
		return p
	}
	r.applyQuality(p, c, qualities, good)
	p.History = c.historyFact(histories, good)
	p.Scheme = r.scheme(good.setter)
	p.MaxLength = facts.Absent(good.setter.ev()).Int()
	return p
}

func rulesMissing(p *pb.PasswordPolicy, m facts.Missing) {
	p.Enforced, p.MinLength, p.MaxLength, p.MinClasses, p.RequiredClasses = m.Bool(), m.Int(), m.Int(), m.Int(), m.Texts()
	p.DictionaryCheck, p.UserNameCheck, p.History, p.CoversAdmins, p.Scheme = m.Bool(), m.Bool(), m.Int(), m.Bool(), m.Text()
}

func (r *reader) qualityOf(e *pamEntry) quality {
	switch e.module {
	case "pam_cracklib":
		return cracklib(e)
	case "pam_passwdqc":
		return r.passwdqc(e)
	}
	return r.pwquality(e)
}

// applyQuality states what a new password must be like: the rules of every module that really refuses, together.
func (r *reader) applyQuality(p *pb.PasswordPolicy, c changing, qualities []quality, good outcome) {
	ev := c.stack.evidence(append(slices.Clone(qualityModules), unixModules...)...)
	var inForce []quality
	for _, q := range qualities {
		if m := q.get("enforcing").missing; m != nil {
			rulesMissing(p, *m)
			return
		}
		weak := c.try(false, q.entry)
		switch {
		case !weak.ok || weak.stored > 0 && weak.stored < weak.runs && len(weak.unknowns) > 0:
			rulesMissing(p, *unforeseeable(c.stack, weak.unknowns).missing)
			return
		case weak.stored == 0:
			inForce = append(inForce, q)
		}
	}
	if len(qualities) == 0 && len(good.unknowns) > 0 { // an unknown module may be one that looks at passwords
		rulesMissing(p, *unforeseeable(c.stack, good.unknowns).missing)
		return
	}
	p.Enforced = facts.Bool(len(inForce) > 0 || len(qualities) == 0, ev...)
	p.MinLength = r.shortest(inForce, good.setter, ev)
	if len(inForce) == 0 {
		m := facts.Absent(ev...)
		p.MinClasses, p.RequiredClasses, p.DictionaryCheck, p.UserNameCheck = m.Int(), m.Texts(), m.Bool(), m.Bool()
		p.CoversAdmins = facts.Bool(false, ev...)
		return
	}
	classes(p, inForce)
	p.DictionaryCheck, p.UserNameCheck = anyOn(inForce, "dictcheck"), anyOn(inForce, "usercheck")
	p.CoversAdmins = c.coversAdmins(inForce)
}

// shortest is the longest of the least lengths that the modules demand.
func (r *reader) shortest(inForce []quality, setter *pamEntry, ev []*pb.Evidence) *pb.IntFact {
	best := r.unixLength(setter)
	for _, q := range inForce {
		n := q.minLength()
		if n.missing != nil {
			return n.missing.Int()
		}
		n.ev = moreEvidence(n.ev, q.entry.ev())
		if best == nil || best.missing == nil && n.value > best.value || best.missing != nil && n.value >= debianLength {
			best = &n
		}
	}
	if best == nil {
		return facts.Absent(ev...).Int()
	}
	return best.fact()
}

// debianLength is what Debian's pam_unix demands by itself; elsewhere it demands nothing.
const debianLength = 6

// unixLength is the least length that pam_unix itself demands: its argument, or Debian's default.
func (r *reader) unixLength(setter *pamEntry) *number {
	if v, ok := setter.value("minlen"); ok {
		if n, err := strconv.ParseInt(v, 10, 32); err == nil && n >= 0 {
			out := given(n, setter.ev())
			return &out
		}
	}
	rel := r.release()
	switch {
	case setter.module != "pam_unix":
		return nil
	case !rel.known():
		m := facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "pam_unix minlen", setter.ev())
		return &number{missing: &m}
	case rel.debianBased:
		out := given(debianLength, setter.ev(), facts.Default("Debian pam_unix(8), minlen"))
		return &out
	}
	return nil
}

// classes states the kinds of character that all modules together demand.
func classes(p *pb.PasswordPolicy, inForce []quality) {
	var required []string
	var ev []*pb.Evidence
	least := int64(0)
	for _, q := range inForce {
		kinds, n, why, missing := q.kinds()
		if missing != nil {
			p.RequiredClasses, p.MinClasses = missing.Texts(), missing.Int()
			return
		}
		for _, k := range kinds {
			if !slices.Contains(required, k) {
				required = append(required, k)
			}
		}
		least = max(least, n)
		ev = moreEvidence(moreEvidence(ev, why...), q.entry.ev())
	}
	p.RequiredClasses, p.MinClasses = facts.Texts(required, ev...), facts.Int(least, ev...)
}

// anyOn says whether one of the modules has a check switched on.
func anyOn(inForce []quality, name string) *pb.BoolFact {
	var out *pb.BoolFact
	for _, q := range inForce {
		n, ok := q.settings[name]
		switch {
		case !ok:
			out = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, q.entry.module, q.entry.ev()).Bool()
		case n.missing != nil:
			out = n.missing.Bool()
		case n.value != 0:
			return facts.Bool(true, moreEvidence(n.ev, q.entry.ev())...)
		case out == nil:
			out = facts.Bool(false, moreEvidence(n.ev, q.entry.ev())...)
		}
	}
	return out
}

// coversAdmins says whether a password that root sets is held to the rules.
func (c changing) coversAdmins(inForce []quality) *pb.BoolFact {
	var ev []*pb.Evidence
	all := true
	for _, q := range inForce {
		root := q.get("enforce_for_root")
		if root.missing != nil {
			return root.missing.Bool()
		}
		ev = moreEvidence(moreEvidence(ev, root.ev...), q.entry.ev())
		weak := c.try(true, q.entry)
		if !weak.ok {
			return unforeseeable(c.stack, weak.unknowns).missing.Bool()
		}
		all = all && weak.stored == 0
	}
	return facts.Bool(all, ev...)
}

// historyFact is how many old passwords are refused by a module that really refuses.
func (c changing) historyFact(histories map[*pamEntry]number, good outcome) *pb.IntFact {
	ev := c.stack.evidence("pam_pwhistory", "pam_unix")
	best := facts.Absent(ev...).Int()
	for i := range c.stack.entries {
		e := &c.stack.entries[i]
		n, ok := histories[e]
		if !ok {
			continue
		}
		if n.missing != nil {
			return n.missing.Int()
		}
		if n.value < 1 {
			continue
		}
		reused := c.try(false, e)
		if !reused.ok || reused.stored > 0 && reused.stored < reused.runs && len(reused.unknowns) > 0 {
			return unforeseeable(c.stack, reused.unknowns).missing.Int()
		}
		if reused.stored == 0 && (!facts.Known(best) || n.value > best.Value) {
			best = n.fact()
		}
	}
	return best
}

package linux

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// lockoutTopic reads the PAM files for which the password topic asks.
var lockoutTopic = topic{name: "lockout", ask: asksNothing, read: readLockout}

// asksNothing is for topics that look at what others ask for.
func asksNothing(driver.Answers) []*pluginpb.Question { return nil }

var tallyModules = []string{"pam_faillock", "pam_tally2", "pam_tally"}

func readLockout(r *reader) {
	list := &pb.LockoutPolicyList{}
	for _, service := range loginServices {
		d := pamFile(r.Answers, service)
		if service == "su-l" || d.NotFound() || d.Reason() == pb.Reason_REASON_NOT_ASKED { // su -l shares su's stack
			continue
		}
		p := r.lockout(service)
		if service == "sshd" {
			r.withoutPam(p)
		}
		list.Items = append(list.Items, p)
	}
	settle(list, r.servicesGap())
	r.facts.LockoutPolicies = list
}

// withoutPam takes back what was said of sshd where sshd does not ask PAM.
func (r *reader) withoutPam(p *pb.LockoutPolicy) {
	if !facts.Known(p.Attempts) || r.File(readSSHStart(r.Answers).config).NotFound() {
		return
	}
	aside := &reader{Answers: r.Answers, facts: r.facts} // what is not understood in sshd's files is reported elsewhere
	on, ev, gap := readSSHD(aside).yes("usepam")
	m := facts.Absent(ev...)
	switch {
	case gap != nil:
		m = *gap
	case on:
		return
	}
	p.Attempts, p.Duration, p.Window, p.CoversAdmins, p.Exempt, p.Locks = m.Int(), m.Duration(), m.Duration(), m.Bool(), m.Texts(), m.Text()
}

// servicesGap says why there may be more services than were seen.
func (r *reader) servicesGap() *facts.Missing {
	var gap *facts.Missing
	seen := false
	for _, s := range loginServices {
		d := pamFile(r.Answers, s)
		seen = seen || d.Whole()
		if !d.Whole() && !d.NotFound() && gap == nil {
			m := d.Unknown()
			gap = &m
		}
	}
	if gap == nil && !seen {
		m := r.File(pamDirs[0] + "/login").Unknown()
		gap = &m
	}
	return gap
}

// lockout says what locks an account whose password is guessed at one service. It is found by trying: the stack is
// walked with wrong passwords, then with the right one after so many failures.
func (r *reader) lockout(service string) *pb.LockoutPolicy {
	p := &pb.LockoutPolicy{Scope: service}
	stack := r.pam(service, pamAuth)
	say := func(m facts.Missing) *pb.LockoutPolicy {
		p.Attempts, p.Duration, p.Window, p.CoversAdmins = m.Int(), m.Duration(), m.Duration(), m.Bool()
		p.Exempt, p.Locks = m.Texts(), m.Text()
		return p
	}
	if stack.gap != nil {
		return say(*stack.gap)
	}
	g := guessing{service: service, stack: stack, tallies: map[*pamEntry]tally{}}
	for i := range stack.entries {
		if e := &stack.entries[i]; slices.Contains(tallyModules, e.module) {
			g.tallies[e] = r.tallyOf(*e)
		}
	}
	user := g.locks(false, nil)
	if user.missing != nil {
		return say(*user.missing)
	}
	ev := stack.evidence(tallyModules...)
	if user.after == 0 {
		return say(facts.Absent(ev...))
	}
	p.Locks = facts.Text("account", ev...)
	deny, unlock, window := user.decisive(g.tallies, false)
	p.Attempts = facts.Int(user.after, moreEvidence(ev, deny.ev...)...)
	p.Duration = span(unlock, true)
	p.Window = span(window, user.by[0].module != "pam_faillock")
	p.CoversAdmins, p.Exempt = g.admins(user, ev)
	return p
}

// span turns seconds into a length of time; where zero means for ever, it says so.
func span(n number, zeroIsForever bool) *pb.DurationFact {
	switch {
	case n.missing != nil:
		return n.missing.Duration()
	case n.value == 0 && zeroIsForever:
		return facts.Forever(n.ev...)
	}
	return facts.Duration(time.Duration(n.value)*time.Second, n.ev...)
}

// guessing is somebody who guesses passwords at a service.
type guessing struct {
	service string
	stack   pamStack
	tallies map[*pamEntry]tally
}

// lock is what came of it: after so many failures even the right password is refused; 0 means never.
type lock struct {
	after   int64
	by      []*pamEntry
	missing *facts.Missing
}

// locks guesses at an account, root's or an ordinary one; named is the condition on names that holds for it.
func (g guessing) locks(root bool, named *pamEntry) lock {
	failing, counted, unknowns, ok := g.wrong(root, named)
	if !ok {
		return unforeseeable(g.stack, nil)
	}
	if len(g.tallies) == 0 && len(unknowns) > 0 || counted > 0 && counted < failing {
		return unforeseeable(g.stack, unknowns)
	}
	if counted == 0 {
		return lock{}
	}
	fresh, in, _, ok := g.right(root, named, 0)
	if !ok || in == 0 {
		m := facts.Unknown(pb.Reason_REASON_CONFLICT, "no login can succeed at "+g.service, g.stack.evidence()...)
		return lock{missing: &m}
	}
	var steps []int64
	for _, t := range g.tallies {
		if t.deny.missing != nil {
			return lock{missing: t.deny.missing}
		}
		if t.evenRoot.missing != nil && root {
			return lock{missing: t.evenRoot.missing}
		}
		if t.deny.value > 0 {
			steps = append(steps, t.deny.value)
		}
	}
	slices.Sort(steps)
	for _, n := range slices.Compact(steps) {
		runs, passed, by, ok := g.right(root, named, n)
		switch {
		case ok && passed == 0:
			return lock{after: n, by: by}
		case !ok || passed != in || runs != fresh: // some of the ways in are closed, others are not
			return unforeseeable(g.stack, unknowns)
		}
	}
	return lock{}
}

func unforeseeable(s pamStack, unknowns []*pamEntry) lock {
	var ev []*pb.Evidence
	var names []string
	for _, e := range unknowns {
		ev = append(ev, e.ev())
		names = append(names, e.module)
	}
	slices.Sort(names)
	detail := "auth stack"
	if len(names) > 0 {
		detail = strings.Join(slices.Compact(names), ", ")
	} else {
		ev = s.evidence(tallyModules...)
	}
	m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, detail, ev...)
	return lock{missing: &m}
}

// wrong gives how many of the ways that a login with a wrong password can go are refused, and in how many of those the
// failure is counted.
func (g guessing) wrong(root bool, named *pamEntry) (failing, counted int, unknowns []*pamEntry, ok bool) {
	ok = everyWay(func(c *choices) bool {
		l := &login{service: g.service, root: root, password: "wrong", tallies: g.tallies, named: named, choices: c}
		in := l.attempt(g.stack.entries)
		for _, e := range l.unknowns {
			if !slices.Contains(unknowns, e) {
				unknowns = append(unknowns, e)
			}
		}
		if in {
			return false
		}
		failing++
		if l.counted {
			counted++
		}
		return false
	})
	return failing, counted, unknowns, ok
}

// right gives how many of the ways that a login with all the right proofs can go let the user in after n failures.
func (g guessing) right(root bool, named *pamEntry, n int64) (runs, passed int, by []*pamEntry, ok bool) {
	ok = everyWay(func(c *choices) bool {
		l := &login{service: g.service, root: root, password: "right", second: true, failures: n, tallies: g.tallies, named: named, choices: c}
		in := l.attempt(g.stack.entries)
		runs++
		if in {
			passed++
		}
		for _, e := range l.deniers {
			if !slices.Contains(by, e) {
				by = append(by, e)
			}
		}
		return false
	})
	return runs, passed, by, ok
}

// decisive gives the settings of the line that refuses: the fewest failures, and of several lines that refuse the one
// that does so longest.
func (l lock) decisive(tallies map[*pamEntry]tally, root bool) (deny, unlock, window number) {
	for i, e := range l.by {
		t := tallies[e]
		time := t.unlock
		if root {
			time = t.rootUnlock
		}
		if i == 0 {
			deny, unlock, window = t.deny, time, t.window
			continue
		}
		if unlock.missing == nil && unlock.value != 0 && (time.missing != nil || time.value == 0 || time.value > unlock.value) {
			unlock = time
		}
	}
	return deny, unlock, window
}

// admins says whether root is locked as others are, and who is spared.
func (g guessing) admins(user lock, ev []*pb.Evidence) (covers *pb.BoolFact, exempt *pb.TextsFact) {
	root := g.locks(true, nil)
	spared := []string{}
	var why []*pb.Evidence
	if root.missing != nil {
		covers = root.missing.Bool()
	} else {
		_, unlock, _ := root.decisive(g.tallies, true)
		covers = facts.Bool(root.after > 0, moreEvidence(ev, unlock.ev...)...)
		for e, t := range g.tallies {
			if root.after == 0 && t.adminGroup != "" && !slices.Contains(spared, "group "+t.adminGroup) {
				spared, why = append(spared, "group "+t.adminGroup), append(why, e.ev())
			}
		}
		if root.after == 0 {
			spared = append(spared, "root")
		}
	}
	for i := range g.stack.entries {
		e := &g.stack.entries[i]
		if e.module != "pam_succeed_if" && e.module != "pam_listfile" {
			continue
		}
		if _, passed, _, ok := g.right(false, e, 0); ok && passed == 0 {
			continue // who is named cannot log in at all
		}
		with := g.locks(false, e)
		if with.missing != nil {
			return covers, with.missing.Texts()
		}
		if with.after == user.after {
			continue
		}
		spared, why = append(spared, fmt.Sprintf("%s %s", e.module, strings.Join(e.args, " "))), append(why, e.ev())
	}
	slices.Sort(spared)
	return covers, facts.Texts(spared, moreEvidence(ev, why...)...)
}

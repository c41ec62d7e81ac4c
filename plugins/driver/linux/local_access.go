package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// localAccessTopic states the ways in that need no network: the text console, su and sudo. It reads the PAM files for
// which the password topic asks.
var localAccessTopic = topic{name: "local access", ask: asksNothing, read: readLocalAccess}

func readLocalAccess(r *reader) {
	for _, service := range []string{"login", "su", "sudo"} {
		if !r.hasPam(service) {
			continue
		}
		r.addAccess(r.localPath(service))
	}
}

func (r *reader) localPath(service string) *pb.AccessPath {
	p := &pb.AccessPath{Scope: service, Encrypted: facts.NotApplicable().Bool()}
	d := pamFile(r.Answers, service)
	p.Enabled, p.Remote = facts.Bool(true, d.All()), facts.Bool(false, d.All())
	proof := r.pamProof(service)
	p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = proof.methods, proof.authenticated, proof.factors, proof.emptyPasswords
	return p
}

// proof is what a service's auth stack demands of somebody who wants in.
type proof struct {
	methods        *pb.TextsFact
	authenticated  *pb.BoolFact
	factors        *pb.IntFact
	emptyPasswords *pb.BoolFact
}

// pamProof finds by trying what a service's auth stack asks for: with nothing right, with an account that has no
// password, with the password alone, with the other proof alone.
func (r *reader) pamProof(service string) proof {
	stack := r.pam(service, pamAuth)
	say := func(m facts.Missing) proof { return proof{m.Texts(), m.Bool(), m.Int(), m.Bool()} }
	if stack.gap != nil {
		return say(*stack.gap)
	}
	if len(stack.entries) == 0 {
		return say(facts.Unknown(pb.Reason_REASON_NOT_FOUND, pamFile(r.Answers, service).Source))
	}
	methods, kinds, second := []string{}, map[string]bool{}, false
	var unknowns []*pamEntry
	for i := range stack.entries {
		e := &stack.entries[i]
		switch kind, ok := pamSecond[e.module]; {
		case ok:
			kinds[kind], second = true, true
		case slices.Contains(unixModules, e.module):
			kinds["password"] = true
		case slices.Contains(pamRemote, e.module) && strings.Contains(e.module, "ldap"):
			kinds["ldap"] = true
		}
	}
	for k := range kinds {
		methods = append(methods, k)
	}
	slices.Sort(methods)
	try := func(password string, other bool) (in, out int) {
		if !everyWay(func(c *choices) bool {
			l := &login{service: service, password: password, second: other, choices: c}
			if l.attempt(stack.entries) {
				in++
			} else {
				out++
			}
			for _, e := range l.unknowns {
				if !slices.Contains(unknowns, e) {
					unknowns = append(unknowns, e)
				}
			}
			return false
		}) {
			in, out = 1, 1
		}
		return in, out
	}
	ev := stack.evidence(append(slices.Clone(unixModules), "pam_permit", "pam_wheel")...)
	p := proof{methods: facts.Texts(methods, ev...)}
	nothing, refused := try("wrong", false)
	empty, refusedEmpty := try("empty", false)
	p.authenticated = settled(nothing == 0, refused == 0, stack, unknowns, ev)
	p.emptyPasswords = settled(refusedEmpty == 0, empty == 0, stack, unknowns, ev)
	onlyPassword, _ := try("right", false)
	onlyOther, _ := try("wrong", true)
	both, _ := try("right", true)
	switch {
	case len(unknowns) > 0:
		p.factors = unforeseeable(stack, unknowns).missing.Int()
	case nothing > 0:
		p.factors = facts.Int(0, ev...)
	case second && both > 0 && onlyPassword == 0 && onlyOther == 0:
		p.factors = facts.Int(2, ev...)
	default:
		p.factors = facts.Int(1, ev...)
	}
	return p
}

// settled is a yes or a no where every way agrees.
func settled(yes, no bool, stack pamStack, unknowns []*pamEntry, ev []*pb.Evidence) *pb.BoolFact {
	switch {
	case yes:
		return facts.Bool(true, ev...)
	case no:
		return facts.Bool(false, ev...)
	case len(unknowns) > 0:
		return unforeseeable(stack, unknowns).missing.Bool()
	}
	return facts.Unknown(pb.Reason_REASON_CONFLICT, "auth stack", ev...).Bool()
}

package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// sshMethods are the ways to authenticate, with the keyword that switches each on.
var sshMethods = []struct{ name, keyword string }{
	{"publickey", "pubkeyauthentication"},
	{"password", "passwordauthentication"},
	{"keyboard-interactive", "kbdinteractiveauthentication"},
	{"gssapi", "gssapiauthentication"},
	{"hostbased", "hostbasedauthentication"},
}

// login states who gets in with what. Where Match makes a difference, the weakest that may hold for somebody counts.
func (s *sshd) login(r *reader, p *pb.AccessPath) {
	on, ev, gap := s.methodsOn()
	chains, chainEv, chainGap := s.chains()
	gap = firstGap(gap, chainGap)
	if gap != nil {
		p.Methods, p.Factors = gap.Texts(), gap.Int()
	} else {
		methods := slices.DeleteFunc(slices.Clone(on), func(m string) bool { return len(chains) > 0 && !inChains(chains, m) })
		p.Methods = facts.Texts(methods, moreEvidence(ev, chainEv...)...)
		n, evidence := s.factors(r, on, chains)
		p.Factors = facts.Int(int64(n), moreEvidence(append(chainEv, ev...), evidence...)...)
	}
	p.EmptyPasswords = s.emptyPasswords(on, gap)
	p.Authenticated = s.authenticated(r, on, p.EmptyPasswords)
	p.AdminLogin = s.adminLogin()
	p.Banner = s.banner(r)
}

// yes reads a switch: it is on if it may be on for somebody.
func (s *sshd) yes(keyword string) (on bool, ev []*pb.Evidence, gap *facts.Missing) {
	values, gap := s.values(keyword, false)
	for _, v := range values {
		switch strings.ToLower(v.String()) {
		case "yes", "unbound", "host-bound":
			on = true
		case "no":
		default:
			return false, nil, ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, keyword+" "+v.String(), v.ev...))
		}
		ev = append(ev, v.ev...)
	}
	return on, ev, gap
}

func (s *sshd) methodsOn() (on []string, ev []*pb.Evidence, gap *facts.Missing) {
	for _, m := range sshMethods {
		yes, e, g := s.yes(m.keyword)
		if g != nil {
			return nil, nil, g
		}
		if yes {
			on = append(on, m.name)
		}
		ev = moreEvidence(ev, e...)
	}
	return on, ev, nil
}

// chains are the lists of methods that must be passed together, every alternative that may hold for somebody; empty if
// one method may do.
func (s *sshd) chains() (chains [][]string, ev []*pb.Evidence, gap *facts.Missing) {
	values, gap := s.values("authenticationmethods", false)
	for _, v := range values {
		ev = append(ev, v.ev...)
		if len(v.words) == 0 || v.is("any") {
			return nil, ev, gap
		}
		for _, alternative := range v.words {
			var methods []string
			for _, m := range strings.Split(strings.ToLower(alternative), ",") {
				m, _, _ = strings.Cut(m, ":")
				if m == "gssapi-with-mic" || m == "gssapi-keyex" {
					m = "gssapi"
				}
				methods = append(methods, m)
			}
			chains = append(chains, methods)
		}
	}
	return chains, ev, gap
}

func inChains(chains [][]string, method string) bool {
	return slices.ContainsFunc(chains, func(c []string) bool { return slices.Contains(c, method) })
}

// factors is the least number of different kinds of proof that lets somebody in.
func (s *sshd) factors(r *reader, on []string, chains [][]string) (int, []*pb.Evidence) {
	if len(chains) == 0 {
		for _, m := range on {
			chains = append(chains, []string{m})
		}
	}
	second, ev := r.pamSecondFactor(s)
	least := 0
	for i, chain := range chains {
		kinds := map[string]bool{}
		for _, m := range chain {
			switch m {
			case "publickey":
				kinds["key"] = true
			case "gssapi":
				kinds["knowledge"] = true
			case "password", "keyboard-interactive":
				kinds["knowledge"] = true
				kinds["token"] = kinds["token"] || second
			}
		}
		n := 0
		for _, given := range kinds {
			if given {
				n++
			}
		}
		if i == 0 || n < least {
			least = n
		}
	}
	return max(least, min(1, len(chains))), ev
}

// pamSecondFactor says whether PAM demands a password and another proof together, from everybody.
func (r *reader) pamSecondFactor(s *sshd) (bool, []*pb.Evidence) {
	if on, _, gap := s.yes("usepam"); gap != nil || !on {
		return false, nil
	}
	for _, e := range r.pam("sshd", pamAuth).entries {
		if pamSecond[e.module] != "" && e.has("nullok") {
			return false, nil // who has not set it up gets in without
		}
	}
	factors := r.pamProof("sshd").factors
	return facts.Known(factors) && factors.GetValue() >= 2, factors.GetEvidence()
}

// authenticated says that nobody gets in without proof: sshd lets no empty password pass, and PAM, where it is asked,
// lets nobody in for nothing.
func (s *sshd) authenticated(r *reader, on []string, empty *pb.BoolFact) *pb.BoolFact {
	if !facts.Known(empty) {
		return facts.LikeState(empty).Bool()
	}
	if empty.GetValue() {
		return facts.Bool(false, empty.GetEvidence()...)
	}
	pam, _, gap := s.yes("usepam")
	if gap != nil {
		return gap.Bool()
	}
	if !pam || !slices.Contains(on, "password") && !slices.Contains(on, "keyboard-interactive") {
		return facts.Bool(true, empty.GetEvidence()...)
	}
	proof := r.pamProof("sshd").authenticated
	if facts.Known(proof) && proof.GetValue() {
		return facts.Bool(true, moreEvidence(empty.GetEvidence(), proof.GetEvidence()...)...)
	}
	return proof
}

func (s *sshd) emptyPasswords(on []string, gap *facts.Missing) *pb.BoolFact {
	permit, ev, g := s.yes("permitemptypasswords")
	switch {
	case g != nil:
		return g.Bool()
	case !permit:
		return facts.Bool(false, ev...)
	case gap == nil && !slices.Contains(on, "password") && !slices.Contains(on, "keyboard-interactive"):
		_, off, _ := s.yes("passwordauthentication")
		return facts.Bool(false, append(ev, off...)...)
	}
	return facts.Bool(true, ev...)
}

// rootLogins are the values of PermitRootLogin, the weakest last.
var rootLogins = []struct{ value, says string }{
	{"no", "no"}, {"forced-commands-only", "commands-only"}, {"without-password", "keys-only"}, {"prohibit-password", "keys-only"}, {"yes", "yes"},
}

func (s *sshd) adminLogin() *pb.TextFact {
	if denied := s.rootDenied(); denied != nil {
		return denied
	}
	values, gap := s.values("permitrootlogin", true)
	if gap != nil {
		return gap.Text()
	}
	worst := -1
	var out *pb.TextFact
	for _, v := range values {
		i := slices.IndexFunc(rootLogins, func(l struct{ value, says string }) bool { return v.is(l.value) })
		if i < 0 {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "PermitRootLogin "+v.String(), v.ev...).Text()
		}
		if i > worst {
			worst, out = i, facts.Text(rootLogins[i].says, v.ev...)
		}
	}
	return out
}

// rootDenied is stated where the lists of users keep root out in every case.
func (s *sshd) rootDenied() *pb.TextFact {
	denied, gap := s.values("denyusers", true)
	if gap != nil {
		return nil
	}
	all := len(denied) > 0
	var ev []*pb.Evidence
	for _, v := range denied {
		all = all && slices.ContainsFunc(v.words, func(p string) bool { return !strings.Contains(p, "@") && sshPattern(p, "root") })
		ev = append(ev, v.ev...)
	}
	if all {
		return facts.Text("no", ev...)
	}
	allowed, gap := s.values("allowusers", true)
	all, ev = gap == nil && len(allowed) > 0, nil
	for _, v := range allowed {
		if len(v.words) == 0 || slices.ContainsFunc(v.words, func(p string) bool {
			user, _, _ := strings.Cut(p, "@")
			return strings.HasPrefix(p, "!") || sshPattern(user, "root")
		}) {
			all = false
		}
		ev = append(ev, v.ev...)
	}
	if all {
		return facts.Text("no", ev...)
	}
	return nil
}

// banner says whether everybody sees a notice before he logs in.
func (s *sshd) banner(r *reader) *pb.BoolFact {
	values, gap := s.values("banner", false)
	if gap != nil {
		return gap.Bool()
	}
	var ev []*pb.Evidence
	for _, v := range values {
		if len(v.words) == 0 || v.is("none") {
			return facts.Bool(false, v.ev...)
		}
		d := r.File(v.String())
		switch {
		case d.NotFound(), d.Whole() && strings.TrimSpace(string(d.Answer.GetBody())) == "":
			return facts.Bool(false, append(v.ev, d.All())...)
		case !d.Had():
			return d.Unknown().Bool()
		}
		ev = append(ev, append(v.ev, d.All())...)
	}
	return facts.Bool(true, ev...)
}

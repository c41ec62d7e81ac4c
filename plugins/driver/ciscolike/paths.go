package ciscolike

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// LinePath states a line as a way in.
func (b *Base) LinePath(l *Line, banner *pb.BoolFact) *pb.AccessPath {
	p := &pb.AccessPath{
		Scope: l.Scope, Remote: facts.Bool(l.Remote(), l.At), Transports: l.Transports, Sources: l.Sources, Methods: l.Methods,
		Authenticated: Proves(l.Methods), Privilege: l.Privilege, Banner: banner, Encrypted: facts.NotApplicable(l.At).Bool(), Enabled: facts.Bool(true, l.At),
	}
	if l.Kind == "tty" && !b.Whole() {
		p.Enabled = facts.Unknown(b.Doc.Reason(), b.Doc.Source).Bool()
	}
	if l.Remote() {
		switch {
		case !facts.Known(l.Transports):
			p.Enabled, p.Encrypted = facts.LikeState(l.Transports).Bool(), facts.LikeState(l.Transports).Bool()
		case slices.Equal(l.Transports.GetValue(), []string{"none"}):
			p.Enabled = facts.Bool(false, l.Transports.GetEvidence()...)
		default:
			inClear := slices.ContainsFunc(l.Transports.GetValue(), func(t string) bool { return t != "ssh" })
			p.Encrypted = facts.Bool(!inClear, l.Transports.GetEvidence()...)
		}
	}
	if l.NoExec != nil {
		p.Enabled = facts.Bool(false, l.NoExec)
	}
	return p
}

// Proves says whether nobody gets in without proving who he is.
func Proves(methods *pb.TextsFact) *pb.BoolFact {
	if !facts.Known(methods) {
		return facts.LikeState(methods).Bool()
	}
	return facts.Bool(!slices.Contains(methods.GetValue(), "none"), methods.GetEvidence()...)
}

// Shell states ssh or telnet from the lines that take it in.
func (b *Base) Shell(protocol string, lines []*Line, banner *pb.BoolFact) *pb.AccessPath {
	p := b.Path(protocol, protocol == "ssh")
	p.Banner = banner
	var sources, methods []*pb.TextsFact
	var unknown *pb.BoolFact
	var off, on []*pb.Evidence
	for _, l := range lines {
		if !l.Remote() {
			continue
		}
		takes := l.Takes(protocol)
		switch {
		case l.NoExec != nil:
			off = append(off, l.NoExec)
			continue
		case !facts.Known(takes):
			unknown = takes
			sources, methods = append(sources, facts.LikeState(takes).Texts()), append(methods, facts.LikeState(takes).Texts())
			continue
		case !takes.GetValue():
			off = append(off, takes.GetEvidence()...)
			continue
		}
		on = append(on, takes.GetEvidence()...)
		sources, methods = append(sources, l.Sources), append(methods, l.Methods)
	}
	switch {
	case on != nil:
		p.Enabled = facts.Bool(true, on...)
	case unknown != nil:
		p.Enabled = unknown
	case !b.Whole() || off == nil:
		p.Enabled = b.Doc.NoDefault("line vty").Bool()
	default:
		p.Enabled = facts.Bool(false, off...)
	}
	if sources == nil {
		p.Sources, p.Methods = facts.LikeState(p.Enabled).Texts(), facts.LikeState(p.Enabled).Texts()
		if facts.Known(p.Enabled) {
			p.Sources, p.Methods = nil, nil
		}
	} else {
		p.Sources, p.Methods = Union(sources), Union(methods)
		if !b.Whole() { // lines that were cut off may let in others
			p.Sources, p.Methods = b.Doc.Absence().Texts(), b.Doc.Absence().Texts()
		}
		p.Authenticated = Proves(p.Methods)
	}
	return p
}

// Path begins a way in over the network.
func (b *Base) Path(scope string, encrypted bool) *pb.AccessPath {
	return &pb.AccessPath{Scope: scope, Encrypted: facts.Bool(encrypted, b.Doc.All()), Remote: facts.Bool(true, b.Doc.All())}
}

// Banner says whether a notice is shown before login.
func (b *Base) Banner(kinds ...string) *pb.BoolFact {
	for _, kind := range kinds {
		if e := b.Final("banner", kind); e != nil && !e.Negated {
			return facts.Bool(true, facts.Lines(b.Doc.Source, e.Node.N, e.Node.Last, "banner "+kind))
		}
	}
	return b.Doc.Off()
}

// Switch states a server that one line switches on; silence is what holds without it.
func (b *Base) Switch(scope string, encrypted bool, silence *pb.BoolFact, words ...string) *pb.AccessPath {
	p := b.Path(scope, encrypted)
	p.Enabled = silence
	if e := b.Final(words...); e != nil {
		p.Enabled = facts.Bool(!e.Negated, b.At(e))
	}
	return p
}

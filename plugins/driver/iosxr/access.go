package iosxr

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// known are words of line sections that say nothing that is asked.
var known = []string{
	"session-timeout", "transport", "access-class", "width", "length", "authorization", "accounting", "users", "timestamp", "telnet", "timeout", "disconnect-character", "escape-character", "cli", "pager",
	"stopbits", "databits", "parity", "speed", "flowcontrol", "ipv6", "exit",
}

func (r *reader) readLines() []*ciscolike.Line {
	return r.ReadLines(known, ciscolike.Silence{
		AnyFamily:  true,
		Methods:    r.lineMethods,
		Idle:       func(*ciscolike.Line) *pb.DurationFact { return r.Doc.NoDefault("exec-timeout").Duration() },
		Transports: func(*ciscolike.Line) *pb.TextsFact { return r.Doc.NoDefault("transport input").Texts() },
	})
}

// lineMethods says how a line authenticates: by the list it names, or by the default one.
func (r *reader) lineMethods(l *ciscolike.Line) *pb.TextsFact {
	name := "default"
	if l.Login != nil && l.Login.Word(1) == "authentication" {
		name = l.Login.Word(2)
	}
	switch e := r.AAA.Login[name]; {
	case e != nil:
		return r.MethodsOf(e, 4)
	case name != "default" && r.Whole():
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "aaa authentication login "+name).Texts()
	}
	return r.Doc.NoDefault("aaa authentication login default").Texts()
}

// accessPaths states every way to manage the device, and when its sessions end.
func (r *reader) accessPaths() {
	st := r.Doc.List()
	list := &pb.AccessPathList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	sessions := &pb.SessionPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	banner := r.Banner("login", "motd", "prompt-timeout")
	for _, l := range r.lines {
		list.Items = append(list.Items, r.LinePath(l, banner))
		sessions.Items = append(sessions.Items, &pb.SessionPolicy{Scope: l.Scope, IdleTimeout: l.Idle, AbsoluteTimeout: l.Absolute})
	}
	list.Items = append(list.Items, r.ssh(banner), r.telnet(banner), r.snmpPath(), r.tftp(), r.netconf(), r.grpc())
	r.Facts.AccessPaths, r.Facts.SessionPolicies = list, sessions
	r.Facts.Protections.DialIn = r.Doc.Off()
}

// vty is the template of virtual lines that holds when nothing else is said; nil if it has no section.
func (r *reader) vty() *ciscolike.Line {
	for _, l := range r.lines {
		if l.Scope == "default" {
			return l
		}
	}
	return nil
}

// ssh states the SSH server, which lines switch on for one VRF each.
func (r *reader) ssh(banner *pb.BoolFact) *pb.AccessPath {
	p := r.Path("ssh", true)
	p.Banner = banner
	p.Enabled = r.Doc.NoDefault("ssh server").Bool()
	p.Versions = r.Doc.NoDefault("ssh server v2").Texts()
	limits := map[string][]*pb.TextsFact{}
	var vrfs []string
	for e := range r.Find("ssh", "server") {
		if e.Negated {
			continue
		}
		switch e.Word(2) {
		case "v2":
			p.Versions = facts.Texts([]string{"SSH 2"}, r.At(e))
			vrfs = append(vrfs, "default")
		case "":
			vrfs = append(vrfs, "default")
		case "vrf":
			vrfs = append(vrfs, e.Word(3))
			limits[e.Word(3)] = append(limits[e.Word(3)], r.listsOn(e)...)
		case "ipv4", "ipv6":
			limits["default"] = append(limits["default"], r.listsOn(e)...)
		default:
			continue
		}
		p.Enabled = facts.Bool(true, r.At(e))
	}
	for _, word := range []string{"cipher", "hmac", "key-exchange"} {
		algorithms := r.Doc.NoDefault("ssh server algorithms " + word).Texts()
		if e := r.Final("ssh", "server", "algorithms", word); e != nil && !e.Negated && len(e.Words) > 4 {
			algorithms = facts.Texts(slices.Clone(e.Words[4:]), r.At(e))
		}
		switch word {
		case "cipher":
			p.Ciphers = algorithms
		case "hmac":
			p.Macs = algorithms
		default:
			p.KeyExchanges = algorithms
		}
	}
	p.Methods = r.remoteMethods()
	p.Authenticated = ciscolike.Proves(p.Methods)
	p.Sources = r.limited("SSH", vrfs, limits)
	if l := r.vty(); l != nil && facts.Known(l.Transports) && !l.Takes("ssh").GetValue() {
		p.Enabled = l.Takes("ssh")
	}
	return p
}

// listsOn gives whom the lists on a line let in: "ipv4 access-list A", "ipv6 access-list B", "access-list A".
func (r *reader) listsOn(e *entry) []*pb.TextsFact {
	var out []*pb.TextsFact
	for i := 1; i+1 < len(e.Words); i++ {
		if e.Words[i] != "access-list" {
			continue
		}
		name := e.Words[i+1]
		if e.Words[i-1] == "ipv6" {
			name = "ipv6 " + name
		}
		out = append(out, r.Sources(name, r.At(e)))
	}
	return out
}

// limited says who may come in: a list for every VRF that is served, or peers in the management plane.
func (r *reader) limited(protocol string, vrfs []string, limits map[string][]*pb.TextsFact) *pb.TextsFact {
	if !r.Whole() {
		return r.Doc.Absence().Texts()
	}
	slices.Sort(vrfs)
	var each []*pb.TextsFact
	for _, vrf := range slices.Compact(vrfs) {
		if len(limits[vrf]) == 0 {
			return r.managementPlane(protocol)
		}
		each = append(each, limits[vrf]...)
		if six := r.OverIPv6(); six != nil && len(limits[vrf]) < 2 {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "IPv6 is in use and both families are not limited", six).Texts()
		}
	}
	if each == nil {
		return r.managementPlane(protocol)
	}
	return ciscolike.Union(each)
}

// managementPlane reads the peers that "control-plane / management-plane" lets in by a protocol; without that section anybody may, unless
// the lines limit it.
func (r *reader) managementPlane(protocol string) *pb.TextsFact {
	var allowed []*pb.TextsFact
	found := false
	for e := range r.Find("control-plane") {
		for _, plane := range e.Under() {
			if plane.Words[0] == "management-plane" && !plane.Negated {
				found = true
				r.allowed(plane, protocol, &allowed)
			}
		}
	}
	switch l := r.vty(); {
	case found && allowed != nil:
		return ciscolike.Union(allowed)
	case found:
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "management-plane", r.Doc.All()).Texts()
	case l != nil && l.Sources != nil:
		return l.Sources
	}
	return facts.Absent(r.Doc.All()).Texts()
}

// allowed collects whom "allow PROTOCOL [peer]" lets in below e, at any depth.
func (r *reader) allowed(e *entry, protocol string, into *[]*pb.TextsFact) {
	for _, s := range e.Under() {
		if s.Words[0] != "allow" || s.Negated || !strings.EqualFold(s.Word(1), protocol) && s.Word(1) != "all" {
			r.allowed(s, protocol, into)
			continue
		}
		peers := []string{}
		for _, p := range s.Under() {
			for _, a := range append(p.Under(), p) {
				if a.Words[0] == "address" && len(a.Words) > 2 {
					peers = append(peers, a.Word(2))
				}
			}
		}
		if len(peers) == 0 {
			*into = append(*into, facts.Absent(r.At(s)).Texts())
		} else {
			*into = append(*into, facts.Texts(peers, r.Section(s)))
		}
	}
}

func (r *reader) remoteMethods() *pb.TextsFact {
	if l := r.vty(); l != nil {
		return l.Methods
	}
	return r.lineMethods(&ciscolike.Line{})
}

// telnet states the Telnet server: "telnet [vrf V] ipv4|ipv6 server max-servers N [access-list A]".
func (r *reader) telnet(banner *pb.BoolFact) *pb.AccessPath {
	p := r.Path("telnet", false)
	p.Banner = banner
	p.Enabled = r.Doc.NoDefault("telnet server").Bool()
	limits := map[string][]*pb.TextsFact{}
	var vrfs []string
	for e := range r.Find("telnet") {
		if e.Negated || !slices.Contains(e.Words, "server") {
			continue
		}
		vrf := "default"
		if named := e.After("vrf"); named != "" {
			vrf = named
		}
		vrfs = append(vrfs, vrf)
		limits[vrf] = append(limits[vrf], r.listsOn(e)...)
		p.Enabled = facts.Bool(true, r.At(e))
	}
	if l := r.vty(); l != nil && facts.Known(l.Transports) && !l.Takes("telnet").GetValue() {
		p.Enabled = l.Takes("telnet")
	}
	if facts.Known(p.Enabled) && !p.Enabled.GetValue() {
		return p
	}
	p.Methods = r.remoteMethods()
	p.Authenticated = ciscolike.Proves(p.Methods)
	if vrfs != nil {
		p.Sources = r.limited("Telnet", vrfs, limits)
	}
	return p
}

func (r *reader) tftp() *pb.AccessPath {
	p := r.Path("tftp", false)
	p.Enabled = r.Doc.NoDefault("tftp server").Bool()
	for e := range r.Find("tftp") {
		if !e.Negated && slices.Contains(e.Words, "server") {
			p.Enabled = facts.Bool(true, r.At(e))
		}
	}
	return p
}

func (r *reader) netconf() *pb.AccessPath {
	p := r.Path("netconf", true)
	p.Enabled = r.Doc.NoDefault("netconf-yang agent").Bool()
	for e := range r.Find("netconf-yang", "agent") {
		if ciscolike.Below(e, "ssh") {
			p.Enabled = facts.Bool(true, r.Section(e))
		}
	}
	return p
}

func (r *reader) grpc() *pb.AccessPath {
	p := r.Path("grpc", true)
	p.Enabled = r.Doc.NoDefault("grpc").Bool()
	if e := r.Final("grpc"); e != nil && !e.Negated {
		p.Enabled, p.Encrypted = facts.Bool(true, r.Section(e)), facts.Bool(!ciscolike.Below(e, "no-tls"), r.Section(e))
		for _, l := range e.Under() {
			if n, ok := l.Number(1); ok && l.Words[0] == "port" {
				p.Port = facts.Int(n, r.At(l))
			}
		}
	}
	return p
}

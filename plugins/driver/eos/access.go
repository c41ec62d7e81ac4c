package eos

import (
	"maps"
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The documents that state what the API does when nothing more is configured.
const (
	eapiOff   = "Arista eAPI 101, Step 1: the Command API server is disabled by default"
	eapiHTTPS = "Arista, Securing eAPI, Turning on/off eAPI: by default HTTPS is running and HTTP is turned off"
)

// accessPaths states every way to manage the device, and when its sessions end.
func (r *reader) accessPaths() {
	st := r.Doc.List()
	list := &pb.AccessPathList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	banner := r.Banner("login", "motd")
	list.Items = append(list.Items, r.console(banner), r.ssh(banner), r.telnet(banner))
	list.Items = append(list.Items, r.api()...)
	list.Items = append(list.Items, r.SNMPPath(r.Doc.NoDefault("snmp-server").Bool()))
	for _, s := range []struct{ scope, api string }{{"netconf", "netconf"}, {"restconf", "restconf"}, {"grpc", "gnmi"}} {
		list.Items = append(list.Items, r.transport(s.scope, s.api))
	}
	r.Facts.AccessPaths = list
	r.Facts.SessionPolicies = &pb.SessionPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: r.sessions}
	r.Facts.Protections.DialIn = r.Doc.Off()
	r.tls()
}

// section gives the lines below "management NAME…", and the line itself; nil if there is none.
func (r *reader) section(words ...string) (*entry, []*entry) {
	var head *entry
	var below []*entry
	for e := range r.Find(append([]string{"management"}, words...)...) {
		if !e.Negated && len(e.Words) == len(words)+1 {
			head = e
			below = append(below, e.Under()...)
		}
	}
	return head, below
}

// session states when idle sessions end.
func (r *reader) session(scope string, below []*entry) {
	s := &pb.SessionPolicy{Scope: scope, IdleTimeout: r.Doc.NoDefault("management " + scope + " idle-timeout").Duration()}
	for _, l := range below {
		switch {
		case l.Words[0] == "idle-timeout" && l.Negated:
			s.IdleTimeout = r.Doc.NoDefault("no idle-timeout").Duration()
		case l.Words[0] == "idle-timeout":
			switch n, ok := l.Number(1); {
			case !ok:
				s.IdleTimeout = r.Odd(l).Duration()
			case n == 0:
				s.IdleTimeout = facts.Forever(r.At(l))
			default:
				s.IdleTimeout = facts.Duration(time.Duration(n)*time.Minute, r.At(l))
			}
		case l.Begins("connection", "limit") && !l.Negated:
			if n, ok := l.Number(2); ok {
				s.MaxSessions = facts.Int(n, r.At(l))
			}
		}
	}
	r.sessions = append(r.sessions, s)
}

// login says how logins are authenticated; the console may have a list of its own.
func (r *reader) login(console bool) *pb.TextsFact {
	if e := r.AAA.Login["console"]; e != nil && console {
		return r.MethodsOf(e, 4)
	}
	if e := r.AAA.Login["default"]; e != nil {
		return r.MethodsOf(e, 4)
	}
	return r.Doc.NoDefault("aaa authentication login default").Texts()
}

func (r *reader) console(banner *pb.BoolFact) *pb.AccessPath {
	_, below := r.section("console")
	r.session("console", below)
	all := r.Doc.All()
	p := &pb.AccessPath{
		Scope: "console", Remote: facts.Bool(false, all), Enabled: facts.Bool(true, all), Encrypted: facts.NotApplicable(all).Bool(), Sources: facts.NotApplicable(all).Texts(),
		Methods: r.login(true), Banner: banner,
	}
	p.Authenticated, p.EmptyPasswords = ciscolike.Proves(p.Methods), r.nopassword(true)
	return p
}

// nopassword says whether an account without a password gets in: on the console it does, over the network where a line allows it.
func (r *reader) nopassword(console bool) *pb.BoolFact {
	var empty *pb.Evidence
	for _, a := range r.Facts.Accounts.GetItems() {
		if a.GetPasswordState().GetValue() == "empty" {
			empty = a.GetPasswordState().GetEvidence()[0]
		}
	}
	switch allow := r.Final("aaa", "authentication", "policy", "local", "allow-nopassword-remote-login"); {
	case empty == nil:
		return r.Doc.Off()
	case console:
		return facts.Bool(true, empty)
	case allow != nil && !allow.Negated:
		return facts.Bool(true, empty, r.At(allow))
	}
	return r.Doc.NoDefault("allow-nopassword-remote-login").Bool()
}

// ssh states the SSH server, which is on unless it is shut down.
func (r *reader) ssh(banner *pb.BoolFact) *pb.AccessPath {
	_, below := r.section("ssh")
	r.session("ssh", below)
	p := r.Path("ssh", true)
	p.Banner = banner
	p.Enabled = r.switched(below, r.DefaultBool(true, hardening+"EOS only permits SSH login by default"))
	p.Methods = r.login(false)
	p.Authenticated, p.EmptyPasswords = ciscolike.Proves(p.Methods), r.nopassword(false)
	p.AdminLogin = r.rootLogin()
	p.Versions = r.Doc.NoDefault("management ssh version").Texts()
	for words, fact := range map[string]**pb.TextsFact{"cipher": &p.Ciphers, "mac": &p.Macs, "key-exchange": &p.KeyExchanges} {
		*fact = r.Doc.NoDefault("management ssh " + words).Texts()
		for _, l := range below {
			if l.Words[0] == words && !l.Negated && len(l.Words) > 1 {
				*fact = facts.Texts(slices.Clone(l.Words[1:]), r.At(l))
			}
		}
	}
	for _, l := range below {
		if n, ok := l.Number(1); ok && l.Words[0] == "server-port" && !l.Negated {
			p.Port = facts.Int(n, r.At(l))
		}
	}
	p.Sources = r.limits(p, below)
	return p
}

// rootLogin says whether root may log in: "aaa root" gives it a password.
func (r *reader) rootLogin() *pb.TextFact {
	e := r.Final("aaa", "root")
	switch {
	case e == nil && r.Whole():
		return facts.Text("no", facts.Default(hardening+"root login is disabled by default"))
	case e == nil:
		return r.Doc.Unknown().Text()
	case e.Negated:
		return facts.Text("no", r.At(e))
	}
	return facts.Text("yes", r.At(e))
}

func (r *reader) telnet(banner *pb.BoolFact) *pb.AccessPath {
	head, below := r.section("telnet")
	p := r.Path("telnet", false)
	p.Banner = banner
	p.Enabled = r.switched(below, r.DefaultBool(false, hardening+"EOS only permits SSH login by default"))
	if head != nil {
		r.session("telnet", below)
	}
	if facts.Known(p.Enabled) && !p.Enabled.GetValue() {
		return p
	}
	p.Methods, p.EmptyPasswords = r.login(false), r.nopassword(false)
	p.Authenticated = ciscolike.Proves(p.Methods)
	p.Sources = r.limits(p, below)
	return p
}

// switched says whether a server is on: by "shutdown" below its section or below one of its VRFs.
func (r *reader) switched(below []*entry, silence *pb.BoolFact) *pb.BoolFact {
	on := silence
	for _, l := range below {
		if l.Words[0] == "shutdown" {
			on = facts.Bool(l.Negated, r.At(l))
		}
	}
	if on.GetValue() {
		return on
	}
	for _, l := range below {
		if l.Words[0] != "vrf" || l.Negated {
			continue
		}
		for _, s := range l.Under() {
			if s.Words[0] == "shutdown" && s.Negated {
				return facts.Bool(true, r.At(l), r.At(s))
			}
		}
	}
	return on
}

// limits says who may come in: in every VRF where the server runs, a list must be applied.
func (r *reader) limits(p *pb.AccessPath, below []*entry) *pb.TextsFact {
	if facts.Known(p.Enabled) && !p.Enabled.GetValue() {
		return nil
	}
	if !r.Whole() {
		return r.Doc.Absence().Texts()
	}
	four, six := map[string]*pb.TextsFact{}, map[string]*pb.TextsFact{}
	running := map[string]bool{"default": true}
	apply := func(l *entry, vrf string) {
		byFamily := map[string]map[string]*pb.TextsFact{"ip": four, "ipv6": six}[l.Words[0]]
		if l.Negated || byFamily == nil || l.Word(1) != "access-group" {
			return
		}
		if named := l.After("vrf"); named != "" {
			vrf = named
		}
		name := l.Word(2)
		if l.Words[0] == "ipv6" {
			name = "ipv6 " + name
		}
		byFamily[vrf] = r.Sources(name, r.At(l))
	}
	for _, l := range below {
		apply(l, "default")
		switch {
		case l.Words[0] == "shutdown" && !l.Negated:
			running["default"] = false
		case l.Words[0] == "vrf" && !l.Negated:
			running[l.Word(1)] = !ciscolike.Below(l, "shutdown")
			for _, s := range l.Under() {
				apply(s, l.Word(1))
			}
		}
	}
	var each []*pb.TextsFact
	for _, vrf := range slices.Sorted(maps.Keys(running)) {
		if !running[vrf] {
			continue
		}
		if four[vrf] == nil {
			return r.shielded(facts.Absent(r.Doc.All()).Texts())
		}
		each = append(each, four[vrf])
		if seen := r.OverIPv6(); seen != nil {
			if six[vrf] == nil {
				return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "IPv6 is in use and is not limited", seen).Texts()
			}
			each = append(each, six[vrf])
		}
	}
	return ciscolike.Union(each)
}

// shielded: a list on the control plane may limit what a server does not.
func (r *reader) shielded(open *pb.TextsFact) *pb.TextsFact {
	for _, words := range [][]string{{"system", "control-plane"}, {"control-plane"}} {
		for e := range r.Find(words...) {
			for _, l := range e.Under() {
				if l.Begins("ip", "access-group") && !l.Negated {
					return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "an access list on the control plane", r.At(l)).Texts()
				}
			}
		}
	}
	return open
}

// api states the command API, and what it is offered over.
func (r *reader) api() []*pb.AccessPath {
	head, below := r.section("api", "http-commands")
	api := r.Path("api", true)
	api.Enabled = r.switched(below, r.DefaultBool(false, eapiOff))
	http, https := r.protocol("http", false, api.Enabled, below), r.protocol("https", true, api.Enabled, below)
	api.Encrypted = facts.LikeState(http.Enabled).Bool()
	if facts.Known(http.Enabled) {
		api.Encrypted = facts.Bool(!http.Enabled.GetValue(), http.Enabled.GetEvidence()...)
	}
	paths := []*pb.AccessPath{api, http, https}
	if head != nil && api.Enabled.GetValue() {
		r.sessions = append(r.sessions, &pb.SessionPolicy{Scope: "web", IdleTimeout: r.Doc.NoDefault("management api http-commands session").Duration()})
	}
	for _, p := range paths {
		if facts.Known(p.Enabled) && !p.Enabled.GetValue() {
			continue
		}
		p.Methods = r.login(false)
		p.Authenticated, p.EmptyPasswords = ciscolike.Proves(p.Methods), r.nopassword(false)
		p.Sources = r.limits(p, below)
	}
	return paths
}

// protocol states HTTP or HTTPS below the API: "protocol NAME [port N]"; HTTP for the device alone is not a way in.
func (r *reader) protocol(scope string, encrypted bool, api *pb.BoolFact, below []*entry) *pb.AccessPath {
	p := r.Path(scope, encrypted)
	if !api.GetValue() {
		p.Enabled = api
		return p
	}
	p.Enabled = r.DefaultBool(encrypted, eapiHTTPS)
	for _, l := range below {
		if !l.Begins("protocol", scope) || l.Word(2) == "localhost" {
			continue
		}
		p.Enabled = facts.Bool(!l.Negated, r.At(l))
		if n, ok := stanza.Number(l.After("port")); ok && !l.Negated {
			p.Port = facts.Int(n, r.At(l))
		}
	}
	return p
}

// transport states an API that runs over transports of its own.
func (r *reader) transport(scope, api string) *pb.AccessPath {
	p := r.Path(scope, true)
	p.Enabled = r.Doc.NoDefault("management api " + api).Bool()
	_, below := r.section("api", api)
	for _, l := range below {
		if l.Words[0] != "transport" || l.Negated {
			continue
		}
		p.Enabled = facts.Bool(!ciscolike.Below(l, "shutdown"), r.At(l))
		if scope == "grpc" {
			p.Encrypted = r.Doc.NoDefault("gnmi ssl profile").Bool()
			if ciscolike.Below(l, "ssl", "profile") {
				p.Encrypted = facts.Bool(true, r.Section(l))
			}
		}
	}
	return p
}

// tls states the profiles below "management security".
func (r *reader) tls() {
	st := r.Doc.List()
	list := &pb.TlsEndpointList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	_, below := r.section("security")
	for _, l := range below {
		if !l.Begins("ssl", "profile") || l.Negated || l.Word(2) == "" {
			continue
		}
		e := &pb.TlsEndpoint{Scope: "ssl profile " + l.Word(2), Versions: r.Doc.NoDefault("tls versions").Texts(), Ciphers: r.Doc.NoDefault("cipher-list").Texts()}
		for _, s := range l.Under() {
			switch {
			case s.Begins("tls", "versions") && !s.Negated:
				versions := []string{}
				for _, v := range s.Words[2:] {
					versions = append(versions, "TLSv"+v)
				}
				e.Versions = facts.Texts(versions, r.At(s))
			case (s.Words[0] == "cipher-list" || s.Words[0] == "cipher") && !s.Negated && len(s.Words) > 1:
				e.Ciphers = facts.Texts(slices.Clone(s.Words[1:]), r.At(s))
			}
		}
		list.Items = append(list.Items, e)
	}
	r.Facts.TlsEndpoints = list
}

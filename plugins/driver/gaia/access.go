package gaia

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.Doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	notice := r.switched(r.Doc.NoDefault("message banner").Bool(), "set", "message", "banner")
	sources := r.clients()
	path := func(scope string, enabled *pb.BoolFact, encrypted bool, port *pb.IntFact) *pb.AccessPath {
		p := &pb.AccessPath{Scope: scope, Enabled: enabled, Encrypted: facts.Bool(encrypted), Remote: facts.Bool(true), Port: port, Sources: sources, Banner: notice}
		r.proof(p)
		out.Items = append(out.Items, p)
		return p
	}
	ssh := path("ssh", r.Doc.NoDefault("ssh").Bool(), true, facts.Int(22))
	ssh.Versions = r.Doc.NoDefault("ssh").Texts()
	path("telnet", r.switched(r.Doc.NoDefault("net-access telnet").Bool(), "set", "net-access", "telnet"), false, facts.Int(23))
	https := path("https", r.switched(r.Doc.NoDefault("web daemon-enable").Bool(), "set", "web", "daemon-enable"), true, r.number(r.Doc.NoDefault("web ssl-port").Int(), "set", "web", "ssl-port"))
	https.Versions = r.tlsVersions()
	console := path("console", facts.Bool(true), true, facts.NotApplicable().Int())
	console.Remote, console.Encrypted, console.Sources, console.Transports = facts.Bool(false), facts.NotApplicable().Bool(), facts.NotApplicable().Texts(), facts.NotApplicable().Texts()
	out.Items = append(out.Items, r.snmpPath())
	return out
}

// clients are who may manage the device over the network.
func (r *reader) clients() *pb.TextsFact {
	var hosts []string
	var ev []*pb.Evidence
	for e := range r.Find("add", "allowed-client") {
		at := r.At(e)
		addr := e.After("ipv4-address")
		if addr == "" {
			addr = e.After("ipv6-address")
		}
		length := e.After("mask-length")
		switch {
		case slices.Contains(e.Words, "any-host") || length == "0" || addr == "0.0.0.0" || addr == "::":
			return facts.Absent(at).Texts()
		case addr == "" || stanza.Hole(addr):
			return r.Odd(e).Texts()
		case length != "":
			addr += "/" + length
		}
		hosts, ev = append(hosts, addr), append(ev, at)
	}
	switch {
	case !r.Whole():
		return r.Doc.Unknown().Texts()
	case len(hosts) == 0:
		return r.Doc.NoDefault("allowed-client").Texts()
	}
	return facts.Texts(hosts, ev...)
}

// proof is how users prove who they are: by their local account, and by servers if there are some.
func (r *reader) proof(p *pb.AccessPath) {
	if !r.Whole() {
		m := r.Doc.Unknown()
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
		return
	}
	methods := []string{"local"}
	ev := []*pb.Evidence{r.Doc.All()}
	for _, srv := range r.authServers().GetItems() {
		if m := srv.GetProtocol().GetValue(); !slices.Contains(methods, m) {
			methods, ev = append(methods, m), append(ev, srv.GetProtocol().GetEvidence()...)
		}
	}
	p.Methods, p.Authenticated, p.EmptyPasswords = facts.Texts(methods, ev...), facts.Bool(true, ev...), facts.Bool(false, ev...)
	p.Factors = facts.Int(1, ev...)
	if len(methods) > 1 {
		p.Factors = facts.Unknown(pb.Reason_REASON_ELSEWHERE, methods[1], ev...).Int()
	}
}

func (r *reader) authServers() *pb.AuthServerList {
	s := r.Doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	on := r.switched(r.Doc.Off(), "set", "aaa", "tacacs-servers", "state")
	for e := range r.Find("add", "aaa") {
		protocol := map[string]string{"tacacs-servers": "tacacs", "radius-servers": "radius"}[e.Word(2)]
		host := e.After("host")
		if host == "" {
			host = e.After("server")
		}
		if protocol == "" || host == "" || protocol == "tacacs" && facts.Known(on) && !on.GetValue() {
			continue
		}
		out.Items = append(out.Items, &pb.AuthServer{Scope: host, Protocol: facts.Text(protocol, r.At(e)), Uses: facts.Texts([]string{"authentication"}, r.At(e)), Encrypted: facts.Bool(false, r.At(e))})
	}
	return out
}

// tlsVersions reads which versions the portal offers; only if all were named it is known.
func (r *reader) tlsVersions() *pb.TextsFact {
	names := []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	said := map[string]string{}
	var ev []*pb.Evidence
	for e := range r.Find("set", "ssl", "tls") {
		name := e.Word(3)
		if name == "TLSv1" {
			name = "TLSv1.0"
		}
		said[name], ev = e.Word(4), append(ev, r.At(e))
	}
	on := []string{}
	for _, n := range names {
		switch said[n] {
		case "on":
			on = append(on, n)
		case "":
			return r.Doc.NoDefault("ssl tls").Texts()
		}
	}
	return facts.Texts(on, ev...)
}

func (r *reader) tlsEndpoints() *pb.TlsEndpointList {
	s := r.Doc.List()
	out := &pb.TlsEndpointList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
	out.Items = append(out.Items, &pb.TlsEndpoint{Scope: "portal", Versions: r.tlsVersions(), Ciphers: r.Doc.NoDefault("ssl").Texts(), KeyBits: m.Int(), KeyKind: m.Text(), Expires: m.Time(), Issuer: m.Text()})
	return out
}

// snmpPath is the agent as a way in.
func (r *reader) snmpPath() *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Enabled: r.switched(r.Doc.NoDefault("snmp agent").Bool(), "set", "snmp", "agent"), Remote: facts.Bool(true), Port: facts.Int(161), Sources: r.Doc.Absence().Texts()}
	p.Versions = r.Doc.NoDefault("snmp agent-version").Texts()
	if word, e := r.word("set", "snmp", "agent-version"); e != nil {
		switch strings.ToLower(word) {
		case "v3-only":
			p.Versions = facts.Texts([]string{"v3"}, r.At(e))
		case "any":
			p.Versions = facts.Texts([]string{"v1", "v2c", "v3"}, r.At(e))
		case "v1/v2", "v1/v2-only":
			p.Versions = facts.Texts([]string{"v1", "v2c"}, r.At(e))
		default:
			p.Versions = r.Odd(e).Texts()
		}
	}
	switch users := r.snmpUsers().GetItems(); {
	case !facts.Known(p.Versions):
		p.Encrypted = facts.LikeState(p.Versions).Bool()
	case !slices.Equal(p.Versions.GetValue(), []string{"v3"}):
		p.Encrypted = facts.Bool(false, p.Versions.GetEvidence()...)
	case !r.Whole():
		p.Encrypted = r.Doc.Unknown().Bool()
	case len(users) == 0:
		p.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "usm user", r.Doc.All()).Bool()
	default:
		p.Encrypted = facts.Bool(!slices.ContainsFunc(users, func(u *pb.SnmpUser) bool { return u.GetLevel().GetValue() != "authPriv" }), users[0].GetLevel().GetEvidence()...)
	}
	return p
}

func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.Doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	versions := r.snmpPath().GetVersions()
	if facts.Known(versions) {
		versions = facts.Texts(slices.DeleteFunc(slices.Clone(versions.GetValue()), func(v string) bool { return v == "v3" }), versions.GetEvidence()...)
	}
	for e := range r.Find("set", "snmp", "community") {
		name, access := e.Word(3), map[string]string{"read-only": "ro", "read-write": "rw"}[e.Word(4)]
		if name == "" || access == "" {
			r.Unread = append(r.Unread, r.At(e))
			continue
		}
		c := &pb.SnmpCommunity{
			Scope: fmt.Sprintf("community %d", len(out.Items)+1), DefaultName: facts.Bool(slices.Contains([]string{"public", "private"}, strings.ToLower(name)), r.At(e)),
			Access: facts.Text(access, r.At(e)), Sources: r.Doc.Absence().Texts(), Versions: versions,
		}
		if stanza.Hole(name) {
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.At(e)).Bool()
		}
		out.Items = append(out.Items, c)
	}
	return out
}

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.Doc.List()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.SnmpUser{}
	for _, verb := range []string{"add", "set"} {
		for e := range r.Find(verb, "snmp", "usm", "user") {
			name, ev := e.Word(4), r.At(e)
			if name == "" {
				continue
			}
			u := byName[name]
			if u == nil {
				u = &pb.SnmpUser{Scope: name, Level: r.Doc.NoDefault("security-level").Text(), Auth: r.Doc.NoDefault("authentication-protocol").Text(), Priv: r.Doc.NoDefault("privacy-protocol").Text(), Access: r.Doc.NoDefault("usm access").Text(), Sources: r.Doc.Absence().Texts()}
				byName[name], out.Items = u, append(out.Items, u)
			}
			if l := e.After("security-level"); l != "" {
				u.Level = facts.Text(l, ev)
			}
			if a := map[string]string{"MD5": "md5", "SHA1": "sha", "SHA256": "sha256", "SHA512": "sha512"}[e.After("authentication-protocol")]; a != "" {
				u.Auth = facts.Text(a, ev)
			}
			if p := map[string]string{"DES": "des", "AES": "aes128", "AES128": "aes128", "AES256": "aes256"}[e.After("privacy-protocol")]; p != "" {
				u.Priv = facts.Text(p, ev)
			}
			switch {
			case slices.Contains(e.Words, "usm-read-only"):
				u.Access = facts.Text("ro", ev)
			case slices.Contains(e.Words, "usm-read-write"):
				u.Access = facts.Text("rw", ev)
			}
		}
	}
	return out
}

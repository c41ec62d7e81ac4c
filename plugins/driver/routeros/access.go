package routeros

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// doors are the services through which RouterOS is managed, by the scope that facts have for them.
var doors = []struct {
	service, scope string
	encrypted      bool
	port           int64
}{
	{"ssh", "ssh", true, 22}, {"telnet", "telnet", false, 23}, {"www", "http", false, 80}, {"www-ssl", "https", true, 443},
	{"ftp", "ftp", false, 21}, {"api", "api", false, 8728}, {"api-ssl", "api-ssl", true, 8729}, {"winbox", "winbox", true, 8291},
}

// service gives the last command that sets key of a service.
func (r *reader) service(name, key string) *item {
	var last *item
	for i := range r.items("ip service", "set") {
		if _, ok := i.value(key); ok && (slices.Contains(i.targets, name) || slices.Contains(i.targets, "name="+name)) {
			last = i
		}
	}
	return last
}

func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	notice := r.notice()
	for _, d := range doors {
		p := &pb.AccessPath{Scope: d.scope, Encrypted: facts.Bool(d.encrypted), Remote: facts.Bool(true), Port: facts.Int(d.port), Sources: r.sources(d.service), Banner: notice}
		p.Enabled = r.doc.NoDefault("ip service " + d.service).Bool()
		if i := r.service(d.service, "disabled"); i != nil {
			p.Enabled = r.yes(nil, i, "disabled")
			if facts.Known(p.Enabled) {
				p.Enabled.Value = !p.Enabled.Value
			}
		}
		if i := r.service(d.service, "port"); i != nil {
			if n, ok := stanza.Number(i.values["port"]); ok {
				p.Port = facts.Int(n, r.at(i, "port"))
			} else {
				p.Port = r.odd(i, "port").Int()
			}
		}
		if d.service == "winbox" { // whether it encrypts depends on the release and its client
			p.Encrypted = r.doc.NoDefault("winbox").Bool()
		}
		if i := r.service(d.service, "tls-version"); i != nil {
			if v := i.values["tls-version"]; v == "only-1.2" {
				p.Versions = facts.Texts([]string{"TLSv1.2"}, r.at(i, "tls-version"))
			}
		}
		r.proof(p)
		out.Items = append(out.Items, p)
	}
	console := &pb.AccessPath{
		Scope: "console", Enabled: facts.Bool(true), Remote: facts.Bool(false), Encrypted: facts.NotApplicable().Bool(), Sources: facts.NotApplicable().Texts(), Transports: facts.NotApplicable().Texts(), Banner: notice,
	}
	r.proof(console)
	out.Items = append(out.Items, console, r.snmpPath())
	return out
}

// sources is who may use a service. Where the service lets everybody in, the packet filter may not.
func (r *reader) sources(service string) *pb.TextsFact {
	everybody := r.defaults.None("service address")
	if i := r.service(service, "address"); i != nil {
		list := strings.Split(i.values["address"], ",")
		ev := r.at(i, "address")
		open := slices.ContainsFunc(list, func(a string) bool { return a == "" || a == "0.0.0.0/0" || a == "::/0" })
		switch {
		case slices.ContainsFunc(list, stanza.Hole):
			return r.odd(i, "address").Texts()
		case !open:
			return facts.Texts(list, ev)
		}
		everybody = facts.Absent(ev)
	}
	if !r.doc.Whole() {
		return r.doc.Unknown().Texts()
	}
	for _, f := range r.rules() {
		if f.values["chain"] == "input" && slices.Contains(denying, f.values["action"]) && !f.disabled() {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "ip firewall filter chain=input", r.at(f, "chain", "action")).Texts()
		}
	}
	return everybody.Texts()
}

// notice is whether something is shown at login.
func (r *reader) notice() *pb.BoolFact {
	note, at := r.setting("system note", "note")
	shown, how := r.setting("system note", "show-at-login")
	switch {
	case shown == "no":
		return facts.Bool(false, r.at(how, "show-at-login"))
	case at != nil:
		return facts.Bool(note != "", r.at(at, "note"))
	}
	return r.doc.Off()
}

// proof is how users prove who they are.
func (r *reader) proof(p *pb.AccessPath) {
	if !r.doc.Whole() {
		m := r.doc.Unknown()
		p.Methods, p.Authenticated, p.Factors = m.Texts(), m.Bool(), m.Int()
		return
	}
	ev := r.doc.All()
	p.Methods, p.Authenticated, p.Factors = facts.Texts([]string{"local"}, ev), facts.Bool(true, ev), facts.Int(1, ev)
	if v, at := r.setting("user aaa", "use-radius"); v == "yes" {
		p.Methods = facts.Texts([]string{"local", "radius"}, r.at(at, "use-radius"))
		p.Factors = facts.Unknown(pb.Reason_REASON_ELSEWHERE, "radius", r.at(at, "use-radius")).Int()
	}
	p.EmptyPasswords = facts.Unknown(pb.Reason_REASON_NOT_ASKED, "passwords are not exported").Bool()
}

func (r *reader) authServers() *pb.AuthServerList {
	s := r.doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for i := range r.items("radius", "add") {
		host := i.values["address"]
		if host == "" || i.disabled() || !slices.Contains(strings.Split(i.values["service"], ","), "login") {
			continue
		}
		ev := r.at(i, "address", "service")
		out.Items = append(out.Items, &pb.AuthServer{Scope: host, Protocol: facts.Text("radius", ev), Uses: facts.Texts([]string{"authentication"}, ev), Encrypted: facts.Bool(i.values["protocol"] == "radsec", ev)})
	}
	return out
}

// snmpPath is the agent as a way in.
func (r *reader) snmpPath() *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Enabled: r.switched(r.doc.NoDefault("snmp enabled").Bool(), "snmp", "enabled"), Remote: facts.Bool(true), Port: facts.Int(161)}
	communities := r.snmpCommunities()
	if communities.GetState() != pb.FactState_FACT_STATE_KNOWN {
		m := facts.Unknown(communities.GetReason(), communities.GetDetail(), communities.GetEvidence()...)
		p.Sources, p.Versions, p.Encrypted = m.Texts(), m.Texts(), m.Bool()
		return p
	}
	all := []string{}
	var ev []*pb.Evidence
	p.Versions, p.Encrypted = facts.Texts([]string{"v3"}, r.doc.All()), facts.Bool(true, r.doc.All())
	for _, c := range communities.GetItems() {
		if len(c.GetVersions().GetValue()) > 0 {
			p.Versions, p.Encrypted = facts.Texts([]string{"v1", "v2c", "v3"}, c.GetVersions().GetEvidence()...), facts.Bool(false, c.GetVersions().GetEvidence()...)
		}
		if !facts.Known(c.GetSources()) {
			p.Sources = c.GetSources()
		}
		all, ev = append(all, c.GetSources().GetValue()...), append(ev, c.GetSources().GetEvidence()...)
	}
	if p.Sources == nil {
		p.Sources = facts.Texts(all, ev...)
	}
	for _, u := range r.snmpUsers().GetItems() {
		if u.GetLevel().GetValue() != "authPriv" {
			p.Encrypted = facts.Bool(false, u.GetLevel().GetEvidence()...)
		}
	}
	return p
}

// snmpCommunities reads the communities; the first is always there, whatever it is called.
func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	var named bool
	for _, i := range r.byPath["snmp community"] {
		named = named || i.verb == "set" && i.values["name"] != ""
		if i.disabled() {
			continue
		}
		c := &pb.SnmpCommunity{Scope: fmt.Sprintf("community %d", len(out.Items)+1), DefaultName: r.doc.NoDefault("snmp community name").Bool(), Access: r.defaults.Text("snmp community", "ro")}
		if name, ok := i.value("name"); ok {
			c.DefaultName = facts.Bool(slices.Contains([]string{"public", "private"}, strings.ToLower(name)), r.at(i, "name"))
			if stanza.Hole(name) || name == "" {
				c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.at(i, "name")).Bool()
			}
		}
		if v, ok := i.value("write-access"); ok {
			c.Access = facts.Text(map[bool]string{true: "rw", false: "ro"}[v == "yes"], r.at(i, "write-access"))
		}
		c.Sources = r.defaults.None("snmp community").Texts()
		if v, ok := i.value("addresses"); ok {
			list := strings.Split(v, ",")
			c.Sources = facts.Texts(list, r.at(i, "addresses"))
			if slices.ContainsFunc(list, func(a string) bool { return a == "" || a == "0.0.0.0/0" || a == "::/0" }) {
				c.Sources = facts.Absent(r.at(i, "addresses")).Texts()
			}
		}
		c.Versions = r.defaults.Texts("snmp community", "v1", "v2c")
		if v, ok := i.value("security"); ok {
			c.Versions = facts.Texts([]string{"v1", "v2c"}, r.at(i, "security"))
			if v != "none" {
				c.Versions = facts.Texts(nil, r.at(i, "security"))
			}
		}
		out.Items = append(out.Items, c)
	}
	if !named && r.doc.Whole() { // the delivered one is not shown as long as nobody changed it
		out.State, out.Reason, out.Detail, out.Evidence = pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "snmp community set [ find default=yes ]", []*pb.Evidence{r.doc.All()}
	}
	return out
}

// snmpUsers are the communities that demand a proof: version 3 by another name.
func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.doc.List()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	communities := r.snmpCommunities().GetItems()
	at := 0
	for _, i := range r.byPath["snmp community"] {
		if i.disabled() {
			continue
		}
		c := communities[at]
		at++
		level := map[string]string{"authorized": "authNoPriv", "private": "authPriv"}[i.values["security"]]
		if level == "" {
			continue
		}
		ev := r.at(i, "security")
		u := &pb.SnmpUser{Scope: fmt.Sprintf("community %d", at), Level: facts.Text(level, ev), Access: c.GetAccess(), Sources: c.GetSources(), Auth: r.defaults.Text("snmp community", "md5"), Priv: r.defaults.Text("snmp community", "des")}
		if v, ok := i.value("authentication-protocol"); ok {
			u.Auth = facts.Text(map[string]string{"MD5": "md5", "SHA1": "sha"}[v], r.at(i, "authentication-protocol"))
		}
		if v, ok := i.value("encryption-protocol"); ok {
			u.Priv = facts.Text(map[string]string{"DES": "des", "AES": "aes128"}[v], r.at(i, "encryption-protocol"))
		}
		if level == "authNoPriv" {
			u.Priv = facts.Text("none", ev)
		}
		out.Items = append(out.Items, u)
	}
	return out
}

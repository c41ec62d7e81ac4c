package tmos

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	sshd, httpd, global := r.find("sys", "sshd"), r.find("sys", "httpd"), r.find("sys", "global-settings")
	path := func(scope string, enabled *pb.BoolFact, encrypted bool, port *pb.IntFact, n *node) *pb.AccessPath {
		p := &pb.AccessPath{Scope: scope, Enabled: enabled, Encrypted: facts.Bool(encrypted), Remote: facts.Bool(true), Port: port, Sources: r.allowed(n)}
		r.proof(p)
		out.Items = append(out.Items, p)
		return p
	}
	ssh := path("ssh", r.switched(r.doc.NoDefault("sys sshd login").Bool(), sshd, "login"), true, r.number(r.doc.NoDefault("sys sshd port").Int(), sshd, "port"), sshd)
	ssh.Banner = r.switched(r.doc.NoDefault("sys sshd banner").Bool(), sshd, "banner")
	if include, at := sshd.value("include"); include != "" {
		ssh.Ciphers, ssh.Macs, ssh.KeyExchanges = r.included(include, at, "ciphers"), r.included(include, at, "macs"), r.included(include, at, "kexalgorithms")
	}
	https := path("https", r.doc.NoDefault("sys httpd").Bool(), true, r.number(r.doc.NoDefault("sys httpd ssl-port").Int(), httpd, "ssl-port"), httpd)
	https.Versions = r.tlsVersions(httpd)
	https.Banner = r.switched(r.doc.NoDefault("gui-security-banner").Bool(), global, "gui-security-banner")
	if text, at := global.value("gui-security-banner-text"); text != "" && (!facts.Known(https.Banner) || https.Banner.GetValue()) {
		https.Banner = facts.Bool(true, r.at(at))
	}
	console := path("console", facts.Bool(true), true, facts.NotApplicable().Int(), nil)
	console.Remote, console.Encrypted, console.Sources, console.Transports = facts.Bool(false), facts.NotApplicable().Bool(), facts.NotApplicable().Texts(), facts.NotApplicable().Texts()
	// TMOS has no Telnet server, and its pages are served over TLS only.
	for _, scope := range []string{"telnet", "http"} {
		na := facts.NotApplicable()
		out.Items = append(out.Items, &pb.AccessPath{Scope: scope, Enabled: facts.Bool(false, r.doc.All()), Remote: facts.Bool(true), Encrypted: na.Bool(), Sources: na.Texts()})
	}
	out.Items = append(out.Items, r.snmpPath())
	return out
}

// included reads an option of OpenSSH that was handed to its server as it is.
func (r *reader) included(text string, at *node, option string) *pb.TextsFact {
	for line := range strings.Lines(strings.ReplaceAll(text, `\n`, "\n")) {
		if words := strings.Fields(line); len(words) == 2 && strings.EqualFold(words[0], option) {
			return facts.Texts(strings.Split(words[1], ","), r.at(at))
		}
	}
	return r.doc.NoDefault("sys sshd include").Texts()
}

// allowed reads a list of who may come; one that holds "all" lets everybody in.
func (r *reader) allowed(n *node) *pb.TextsFact {
	list := n.get("allow")
	members := list.members()
	switch {
	case list == nil:
		return r.doc.NoDefault("allow").Texts()
	case list.open:
		return r.doc.Unknown().Texts()
	case slices.ContainsFunc(members, func(m string) bool { return strings.EqualFold(m, "all") || strings.HasPrefix(m, "0.0.0.0/0") }):
		return facts.Absent(r.at(list)).Texts()
	case slices.ContainsFunc(members, stanza.Hole):
		return r.odd(list).Texts()
	}
	return facts.Texts(members, r.at(list))
}

// proof is how users prove who they are: by the source that is named, and by local accounts.
func (r *reader) proof(p *pb.AccessPath) {
	kind, at := r.find("auth", "source").value("type")
	switch {
	case kind == "local":
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = facts.Texts([]string{"local"}, r.at(at)), facts.Bool(true, r.at(at)), facts.Int(1, r.at(at)), facts.Bool(false, r.at(at))
	case kind != "":
		word := map[string]string{"active-directory": "ldap", "cert-ldap": "certificate", "clientcert-ldap": "certificate"}[kind]
		if word == "" {
			word = kind
		}
		p.Methods, p.Authenticated, p.EmptyPasswords = facts.Texts([]string{word, "local"}, r.at(at)), facts.Bool(true, r.at(at)), facts.Bool(false, r.at(at))
		p.Factors = facts.Unknown(pb.Reason_REASON_ELSEWHERE, kind, r.at(at)).Int()
	default:
		m := r.doc.NoDefault("auth source")
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
	}
}

// tlsVersions reads a list as "all -SSLv3 -TLSv1": what is added and what is taken away, in order.
func (r *reader) tlsVersions(httpd *node) *pb.TextsFact {
	list := httpd.get("ssl-protocol")
	if list == nil {
		return r.doc.NoDefault("ssl-protocol").Texts()
	}
	names := map[string]string{"SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLSv1": "TLSv1.0", "TLSv1.1": "TLSv1.1", "TLSv1.2": "TLSv1.2", "TLSv1.3": "TLSv1.3"}
	on := []string{}
	for _, w := range strings.Fields(strings.Join(list.members(), " ")) {
		plain := strings.TrimLeft(w, "+-")
		v, ok := names[plain]
		switch {
		case strings.EqualFold(w, "all"):
			on = []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"}
		case !ok:
			return r.odd(list).Texts()
		case w[0] == '-':
			on = slices.DeleteFunc(on, func(o string) bool { return o == v })
		case !slices.Contains(on, v):
			on = append(on, v)
		}
	}
	return facts.Texts(on, r.at(list))
}

func (r *reader) tlsEndpoints() *pb.TlsEndpointList {
	s := r.doc.List()
	out := &pb.TlsEndpointList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	httpd, m := r.find("sys", "httpd"), facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
	t := &pb.TlsEndpoint{Scope: "configuration utility", Versions: r.tlsVersions(httpd), Ciphers: r.doc.NoDefault("ssl-ciphersuite").Texts(), KeyBits: m.Int(), KeyKind: m.Text(), Expires: m.Time(), Issuer: m.Text()}
	if list := httpd.get("ssl-ciphersuite"); list != nil {
		t.Ciphers = facts.Texts(list.members(), r.at(list))
	}
	out.Items = append(out.Items, t)
	return out
}

// sessionPolicies: the console, SSH, tmsh and the pages each have their limit.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, p := range []struct {
		scope string
		n     *node
		key   string
		unit  time.Duration
	}{
		{"console", r.find("sys", "global-settings"), "console-inactivity-timeout", time.Second}, {"ssh", r.find("sys", "sshd"), "inactivity-timeout", time.Second},
		{"tmsh", r.find("cli", "global-settings"), "idle-timeout", time.Minute}, {"web", r.find("sys", "httpd"), "auth-pam-idle-timeout", time.Second},
	} {
		item := &pb.SessionPolicy{Scope: p.scope, IdleTimeout: r.doc.NoDefault(p.key).Duration(), AbsoluteTimeout: r.doc.Absence().Duration(), MaxSessions: r.doc.NoDefault("sessions").Int()}
		if word, at := p.n.value(p.key); word == "disabled" {
			item.IdleTimeout = facts.Forever(r.at(at))
		} else if v := r.number(nil, p.n, p.key); v != nil && facts.Known(v) {
			item.IdleTimeout = facts.Duration(time.Duration(v.GetValue())*p.unit, v.GetEvidence()...)
			if v.GetValue() == 0 {
				item.IdleTimeout = facts.Forever(v.GetEvidence()...)
			}
		} else if v != nil {
			item.IdleTimeout = facts.LikeState(v).Duration()
		}
		if v := r.number(nil, p.n, "max-clients"); p.scope == "web" && v != nil {
			item.MaxSessions = v
		}
		out.Items = append(out.Items, item)
	}
	return out
}

// snmpPath is the agent as a way in; its own list says who may ask.
func (r *reader) snmpPath() *pb.AccessPath {
	n := r.find("sys", "snmp")
	p := &pb.AccessPath{Scope: "snmp", Enabled: r.doc.NoDefault("sys snmp").Bool(), Remote: facts.Bool(true), Port: facts.Int(161), Sources: r.asked(), Versions: r.doc.NoDefault("sys snmp").Texts(), Encrypted: r.doc.NoDefault("sys snmp").Bool()}
	if communities := n.get("communities"); communities != nil && len(communities.children) > 0 {
		p.Encrypted = facts.Bool(false, r.at(communities))
	}
	return p
}

func (r *reader) asked() *pb.TextsFact {
	list := r.find("sys", "snmp").get("allowed-addresses")
	switch members := list.members(); {
	case list == nil:
		return r.doc.NoDefault("allowed-addresses").Texts()
	case list.open:
		return r.doc.Unknown().Texts()
	case slices.ContainsFunc(members, func(m string) bool { return m == "0.0.0.0/0" || m == "ALL" || m == "::/0" }):
		return facts.Absent(r.at(list)).Texts()
	default:
		return facts.Texts(members, r.at(list))
	}
}

func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	list := r.find("sys", "snmp").get("communities")
	if list == nil {
		return out
	}
	for _, n := range list.children {
		c := &pb.SnmpCommunity{Scope: fmt.Sprintf("community %d", len(out.Items)+1), DefaultName: r.doc.NoDefault("community-name").Bool(), Access: r.defaults.Text("snmp access", "ro"), Versions: r.doc.NoDefault("versions").Texts(), Sources: r.asked()}
		if word, at := n.value("community-name"); at != nil {
			c.DefaultName = facts.Bool(slices.Contains([]string{"public", "private"}, strings.ToLower(word)), r.at(at))
			if word == "" || stanza.Hole(word) {
				c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.at(at)).Bool()
			}
		}
		if word, at := n.value("access"); word != "" {
			c.Access = facts.Text(word, r.at(at))
		}
		switch word, at := n.value("source"); {
		case word == "" && !r.doc.Whole():
			c.Sources = r.doc.Unknown().Texts()
		case word == "default" && !facts.Known(c.Sources):
			c.Sources = facts.Absent(r.at(at)).Texts()
		case word != "" && word != "default":
			c.Sources = facts.Texts([]string{word}, r.at(at))
		}
		out.Items = append(out.Items, c)
	}
	return out
}

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.doc.List()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	list := r.find("sys", "snmp").get("users")
	if list == nil {
		return out
	}
	mapped := func(n *node, key string, words map[string]string) *pb.TextFact {
		word, at := n.value(key)
		if at == nil {
			return r.doc.NoDefault(key).Text()
		}
		if w, ok := words[word]; ok {
			return facts.Text(w, r.at(at))
		}
		return r.odd(at).Text()
	}
	for _, n := range list.children {
		u := &pb.SnmpUser{
			Scope: name(n.words[0]), Sources: r.asked(), Level: mapped(n, "security-level", map[string]string{"auth-privacy": "authPriv", "auth-no-privacy": "authNoPriv", "no-auth-no-privacy": "noAuthNoPriv"}),
			Auth: mapped(n, "auth-protocol", map[string]string{"md5": "md5", "sha": "sha", "sha256": "sha256", "sha512": "sha512", "none": "none"}),
			Priv: mapped(n, "privacy-protocol", map[string]string{"aes": "aes128", "aes256": "aes256", "des": "des", "none": "none"}), Access: mapped(n, "access", map[string]string{"ro": "ro", "rw": "rw"}),
		}
		if word, _ := n.value("username"); word != "" {
			u.Scope = word
		}
		out.Items = append(out.Items, u)
	}
	return out
}

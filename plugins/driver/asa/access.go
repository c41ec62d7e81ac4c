package asa

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// readNames reads "name ADDRESS WORD".
func (r *reader) readNames() {
	r.names = map[string]string{}
	for e := range r.Find("name") {
		if len(e.Words) >= 3 && !e.Negated {
			r.names[e.Words[2]] = e.Words[1]
		}
	}
}

// network reads "ADDRESS MASK" or "PREFIX", and says how many words it took.
func (r *reader) network(word, mask string) (p netip.Prefix, took int) {
	if addr, ok := r.names[word]; ok {
		word = addr
	}
	if word == "0" && mask == "0" { // as people type it
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0), 2
	}
	if strings.Contains(word, "/") {
		if p, err := netip.ParsePrefix(word); err == nil {
			return p, 1
		}
	}
	a, err := netip.ParseAddr(word)
	if err != nil {
		return netip.Prefix{}, 0
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !a.Is4() || !m.Is4() {
		return netip.Prefix{}, 0
	}
	b, ones := m.As4(), 0
	for ones < 32 && b[ones/8]&(0x80>>(ones%8)) != 0 {
		ones++
	}
	for bit := ones; bit < 32; bit++ {
		if b[bit/8]&(0x80>>(bit%8)) != 0 {
			return netip.Prefix{}, 0
		}
	}
	return netip.PrefixFrom(a, ones).Masked(), 2
}

// door is a management protocol as the lines that let somebody in describe it.
type door struct {
	lines   []*stanza.Entry
	sources []string
	all     *stanza.Entry // lets everybody in
	odd     *stanza.Entry
}

// other words that follow a protocol's name on lines which let nobody in.
var doorWords = []string{"timeout", "version", "cipher", "key-exchange", "scopy", "stricthostkeycheck", "server", "redirect", "disconnect", "pubkey-chain", "authentication-certificate", "connection-limit"}

func (r *reader) door(word string) door {
	var d door
	for _, e := range r.ByWord(word) {
		if slices.Contains(doorWords, e.Word(1)) || len(e.Words) < 2 {
			continue
		}
		e.Used = true
		if e.Negated {
			continue
		}
		p, took := r.network(e.Word(1), e.Word(2))
		if took == 0 || e.Word(1+took) == "" {
			d.odd = e
			r.Unread = append(r.Unread, r.At(e))
			continue
		}
		d.lines = append(d.lines, e)
		d.sources = append(d.sources, p.String()+" "+e.Word(1+took))
		if p.Bits() == 0 {
			d.all = e
		}
	}
	return d
}

// fill states whether somebody is let in, and who.
func (r *reader) fill(p *pb.AccessPath, d door) {
	var ev []*pb.Evidence
	for _, e := range d.lines[:min(len(d.lines), 10)] {
		ev = append(ev, r.At(e))
	}
	switch {
	case len(d.lines) > 0:
		p.Enabled = facts.Bool(true, ev...)
	case d.odd != nil:
		p.Enabled = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.At(d.odd)).Bool()
	default:
		p.Enabled = r.Doc.Off()
	}
	switch {
	case d.all != nil:
		p.Sources = facts.Absent(r.At(d.all)).Texts()
	case d.odd != nil:
		p.Sources = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.At(d.odd)).Texts()
	case !r.Whole(): // a later line may let others in
		p.Sources = r.Doc.Unknown().Texts()
	default:
		p.Sources = facts.Texts(d.sources, append(ev, r.Doc.All())[:max(1, len(ev))]...)
	}
}

func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.Doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	notice := r.notice()
	path := func(scope, way string, encrypted bool, port int64) *pb.AccessPath {
		p := &pb.AccessPath{Scope: scope, Encrypted: facts.Bool(encrypted), Remote: facts.Bool(true), Port: facts.Int(port), Banner: notice}
		r.proof(p, way)
		out.Items = append(out.Items, p)
		return p
	}
	ssh := path("ssh", "ssh", true, 22)
	r.fill(ssh, r.door("ssh"))
	r.sshWords(ssh)
	r.fill(path("telnet", "telnet", false, 23), r.door("telnet"))
	https := path("https", "http", true, 443)
	r.fill(https, r.door("http"))
	r.webServer(https)
	https.Versions = r.tlsVersions()
	console := &pb.AccessPath{
		Scope: "console", Enabled: facts.Bool(true), Remote: facts.Bool(false), Encrypted: facts.NotApplicable().Bool(), Sources: facts.NotApplicable().Texts(),
		Transports: facts.NotApplicable().Texts(), Banner: notice,
	}
	r.proof(console, "serial")
	// The pages are served over TLS only; a redirect from HTTP takes no login.
	http := &pb.AccessPath{Scope: "http", Enabled: r.defaults.Bool("http", false), Encrypted: facts.NotApplicable().Bool(), Remote: facts.Bool(true), Sources: facts.NotApplicable().Texts()}
	out.Items = append(out.Items, http, console, r.snmpPath())
	return out
}

// webServer: the pages are served if "http server enable" says so and a line lets somebody in.
func (r *reader) webServer(p *pb.AccessPath) {
	on := r.Final("http", "server", "enable")
	r.Final("http", "server", "idle-timeout")
	switch {
	case on == nil:
		p.Enabled = r.Doc.Off()
	case on.Negated:
		p.Enabled = facts.Bool(false, r.At(on))
	case facts.Known(p.Enabled) && p.Enabled.GetValue():
		p.Enabled.Evidence = append([]*pb.Evidence{r.At(on)}, p.Enabled.GetEvidence()...)
	}
	if on != nil && on.Word(3) != "" {
		if n, ok := on.Number(3); ok {
			p.Port = facts.Int(n, r.At(on))
		} else {
			p.Port = r.Odd(on).Int()
		}
	}
}

func (r *reader) sshWords(p *pb.AccessPath) {
	p.Versions = r.Doc.NoDefault("ssh version").Texts()
	if e := r.Final("ssh", "version"); e != nil && !e.Negated {
		versions := []string{}
		for _, w := range e.Words[2:] {
			versions = append(versions, "SSH "+w)
		}
		p.Versions = facts.Texts(versions, r.At(e))
	}
	listed := func(words ...string) *pb.TextsFact {
		if e := r.Final(words...); e != nil && !e.Negated && len(e.Words) > len(words) {
			return facts.Texts(e.Words[len(words):], r.At(e))
		}
		return r.Doc.NoDefault(strings.Join(words, " ")).Texts()
	}
	p.Ciphers, p.Macs, p.KeyExchanges = listed("ssh", "cipher", "encryption"), listed("ssh", "cipher", "integrity"), listed("ssh", "key-exchange", "group")
}

// notice is whether something is shown before login.
func (r *reader) notice() *pb.BoolFact {
	for e := range r.Find("banner") {
		if !e.Negated && (e.Word(1) == "login" || e.Word(1) == "motd") {
			return facts.Bool(true, r.At(e))
		}
	}
	return r.Doc.Off()
}

// proof is how somebody proves who he is on a way in: by "aaa authentication WAY console GROUP [LOCAL]", else by the passwords
// that belong to nobody.
func (r *reader) proof(p *pb.AccessPath, way string) {
	e := r.Final("aaa", "authentication", way, "console")
	if e != nil && !e.Negated {
		methods := []string{}
		for _, g := range e.Words[4:] {
			method := r.groups[g]
			if g == "LOCAL" {
				method = "local"
			}
			if method == "" {
				p.Methods = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "aaa-server "+g, r.At(e)).Texts()
			}
			methods = append(methods, method)
		}
		if p.Methods == nil {
			p.Methods = facts.Texts(methods, r.At(e))
		}
		p.Authenticated, p.Factors, p.EmptyPasswords = facts.Bool(true, r.At(e)), facts.Int(1, r.At(e)), facts.Bool(false, r.At(e))
		for _, u := range r.users() {
			if slices.Contains(methods, "local") && slices.Contains(u.line.Words, "nopassword") {
				p.EmptyPasswords = facts.Bool(true, r.At(u.line))
			}
		}
		return
	}
	secret := r.Final("passwd")
	if way == "http" {
		secret = r.Final("enable", "password")
	}
	switch doc := r.defaults.Evidence("ssh user"); {
	case !r.Whole():
		m := r.Doc.Unknown()
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
	case way == "ssh" && doc != nil: // without such a line nobody can log in
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = facts.Texts(nil, doc), facts.Bool(true, doc), facts.Int(1, doc), facts.Bool(false, doc)
	case way != "serial" && secret != nil && !secret.Negated:
		ev := r.At(secret)
		p.Methods, p.Authenticated, p.Factors = facts.Texts([]string{"line-password"}, ev), facts.Bool(true, ev), facts.Int(1, ev)
		p.EmptyPasswords = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted", ev).Bool()
	default:
		m := r.Doc.NoDefault("aaa authentication " + way + " console")
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
	}
}

// sessionPolicies: every way in has its own limit; 0 never ends a session where the software allows it.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.Doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, p := range []struct {
		scope string
		words []string
		unset *pb.DurationFact
	}{
		{"console", []string{"console", "timeout"}, r.Doc.NoDefault("console timeout").Duration()},
		{"ssh", []string{"ssh", "timeout"}, r.Doc.NoDefault("ssh timeout").Duration()},
		{"telnet", []string{"telnet", "timeout"}, r.Doc.NoDefault("telnet timeout").Duration()},
		{"web", []string{"http", "server", "idle-timeout"}, r.defaults.Span("http idle", 20*time.Minute)},
	} {
		item := &pb.SessionPolicy{Scope: p.scope, IdleTimeout: p.unset, AbsoluteTimeout: r.Doc.Absence().Duration(), MaxSessions: r.Doc.NoDefault("quota management-session").Int()}
		if e := r.Final(p.words...); e != nil && !e.Negated {
			n, ok := e.Number(len(p.words))
			switch {
			case !ok:
				item.IdleTimeout = r.Odd(e).Duration()
			case n == 0:
				item.IdleTimeout = facts.Forever(r.At(e))
			default:
				item.IdleTimeout = facts.Duration(time.Duration(n)*time.Minute, r.At(e))
			}
		}
		if e := r.Final("http", "server", "session-timeout"); p.scope == "web" && e != nil && !e.Negated {
			if n, ok := e.Number(3); ok {
				item.AbsoluteTimeout = facts.Duration(time.Duration(n)*time.Minute, r.At(e))
			}
		}
		out.Items = append(out.Items, item)
	}
	return out
}

// tlsVersions reads the least version that the server offers; the highest differs between releases.
func (r *reader) tlsVersions() *pb.TextsFact {
	e := r.Final("ssl", "server-version")
	if e == nil || e.Negated {
		return r.Doc.NoDefault("ssl server-version").Texts()
	}
	names := map[string]string{"sslv3": "SSLv3", "sslv3-only": "SSLv3", "tlsv1": "TLSv1.0", "tlsv1-only": "TLSv1.0", "tlsv1.1": "TLSv1.1", "tlsv1.2": "TLSv1.2", "tlsv1.3": "TLSv1.3", "any": "SSLv3"}
	order := []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	least, ok := names[e.Word(2)]
	switch {
	case !ok:
		return r.Odd(e).Texts()
	case strings.HasSuffix(e.Word(2), "-only"):
		return facts.Texts([]string{least}, r.At(e))
	case least == "TLSv1.2" || least == "TLSv1.3":
		return facts.Texts(order[slices.Index(order, least):slices.Index(order, least)+1], r.At(e))
	}
	return facts.Texts(order[slices.Index(order, least):4], r.At(e))
}

func (r *reader) tlsEndpoints() *pb.TlsEndpointList {
	s := r.Doc.List()
	out := &pb.TlsEndpointList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
	t := &pb.TlsEndpoint{Scope: "ssl server", Versions: r.tlsVersions(), Ciphers: r.Doc.NoDefault("ssl cipher").Texts(), KeyBits: m.Int(), KeyKind: m.Text(), Expires: m.Time(), Issuer: m.Text()}
	for _, words := range [][]string{{"ssl", "encryption"}, {"ssl", "cipher", "default"}, {"ssl", "cipher", "tlsv1.2"}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			t.Ciphers = facts.Texts(e.Words[len(words):], r.At(e))
		}
	}
	out.Items = append(out.Items, t)
	return out
}

// readGroups reads which protocol a group of servers speaks.
func (r *reader) readGroups() {
	r.groups = map[string]string{}
	for e := range r.Find("aaa-server") {
		if e.Word(2) == "protocol" && !e.Negated {
			r.groups[e.Word(1)] = map[string]string{"tacacs+": "tacacs", "radius": "radius", "ldap": "ldap", "kerberos": "kerberos", "local": "local"}[e.Word(3)]
		}
	}
}

func (r *reader) authServers() *pb.AuthServerList {
	s := r.Doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("aaa-server") {
		host := e.After("host")
		if host == "" || e.Negated {
			continue
		}
		if addr, ok := r.names[host]; ok {
			host = addr
		}
		ev := r.At(e)
		srv := &pb.AuthServer{Scope: host, Protocol: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "aaa-server protocol", ev).Text(), Uses: facts.Texts([]string{"authentication"}, ev), Encrypted: facts.Bool(false, ev)}
		if p := r.groups[e.Word(1)]; p != "" {
			srv.Protocol = facts.Text(p, ev)
		}
		for _, l := range e.Under() {
			if l.Begins("ldap-over-ssl", "enable") {
				srv.Encrypted = facts.Bool(!l.Negated, r.At(l))
			}
		}
		out.Items = append(out.Items, srv)
	}
	return out
}

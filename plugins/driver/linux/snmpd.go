package linux

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// snmpd's files, in the order in which it reads them. The last ones are its own: it keeps the users there, with their
// keys.
var (
	snmpFiles = []string{
		"/etc/snmp/snmpd.conf", "/etc/snmp/snmpd.local.conf", "/usr/share/snmp/snmpd.conf", "/usr/share/snmp/snmpd.local.conf",
		"/var/lib/snmp/snmpd.conf", "/var/lib/net-snmp/snmpd.conf",
	}
	snmpPrograms = []string{"/usr/sbin/snmpd"}
	snmpFolder   = "/etc/snmp/snmpd.conf.d/*.conf"
)

var snmpTopic = topic{
	name:       "snmp",
	privileged: snmpFiles,
	ask: func(a driver.Answers) []*question {
		out := append(files(snmpFiles...), globs(append(slices.Clone(snmpPrograms), snmpFolder)...)...)
		c := readSnmpConf(a)
		return append(append(out, globs(c.patterns...)...), files(c.paths...)...)
	},
	read: readSnmp,
}

// snmpConf is snmpd's configuration with what it includes.
type snmpConf struct {
	conf
	patterns, paths []string
	a               driver.Answers
	seen            map[string]bool
}

func readSnmpConf(a driver.Answers) *snmpConf {
	c := &snmpConf{a: a, seen: map[string]bool{}}
	for _, f := range snmpFiles {
		c.file(f, 0)
	}
	return c
}

func (c *snmpConf) file(file string, depth int) {
	if c.seen[file] {
		return
	}
	c.seen[file] = true
	if depth > askSSHDepth {
		c.lack(facts.Unknown(pb.Reason_REASON_NOT_ASKED, file))
		return
	}
	c.paths = append(c.paths, file)
	d := c.a.File(file)
	if d.NotFound() {
		return
	}
	if !d.Whole() {
		c.lack(d.Unknown())
	}
	if !d.Had() {
		return
	}
	c.found = append(c.found, d)
	for _, l := range linesOf(d) {
		w := quotedWords(l.text)
		if len(w) < 2 || strings.HasPrefix(w[0], "#") {
			continue
		}
		switch strings.ToLower(w[0]) {
		case "includefile":
			name := w[1]
			if !strings.HasPrefix(name, "/") {
				name = "/etc/snmp/" + name
			}
			c.file(name, depth+1)
		case "includedir":
			pattern := strings.TrimSuffix(w[1], "/") + "/*.conf"
			c.patterns = append(c.patterns, pattern)
			if _, gap := entries(c.a, pattern); gap != nil {
				c.lack(*gap)
			}
			for _, p := range listed(c.a, pattern) {
				c.file(p, depth+1)
			}
		default:
			l.text = strings.TrimSpace(l.text)
			c.lines = append(c.lines, l)
		}
	}
}

// without is evidence of a line in other words: without what is secret in it.
func (l confLine) without(text ...string) *pb.Evidence {
	return l.doc.Line(l.n, strings.Join(text, " "))
}

// snmpAgent is what the directives come to.
type snmpAgent struct {
	communities []*pb.SnmpCommunity
	users       map[string]*snmpUser
	addresses   []iniValue
	secnames    []snmpSecName
	groups      map[string][]snmpGroup
	access      map[string]snmpAccess
	order       []string
}

type snmpUser struct {
	auth, priv, level, access string
	ev                        []*pb.Evidence
}

type snmpSecName struct {
	name, source, community string
	at                      confLine
}

type snmpGroup struct{ name, model string }

type snmpAccess struct {
	level string
	write bool
	at    confLine
}

func readSnmp(r *reader) {
	c := readSnmpConf(r.Answers)
	communities, users := &pb.SnmpCommunityList{}, &pb.SnmpUserList{}
	r.facts.SnmpCommunities, r.facts.SnmpUsers = communities, users
	ev := c.whole()
	if len(ev) == 0 {
		for _, f := range snmpFiles {
			ev = append(ev, r.File(f).All())
		}
	}
	a := c.agent()
	communities.Items, users.Items = a.communities, a.userFacts()
	settle(communities, c.gap, ev...)
	settle(users, c.gap, ev...)
	r.snmpPath(c, a)
}

// agent reads the directives.
func (c *snmpConf) agent() *snmpAgent {
	a := &snmpAgent{users: map[string]*snmpUser{}, groups: map[string][]snmpGroup{}, access: map[string]snmpAccess{}}
	for _, l := range c.lines {
		w := quotedWords(l.text)
		directive := strings.ToLower(w[0])
		switch directive {
		case "rocommunity", "rwcommunity", "rocommunity6", "rwcommunity6":
			a.community(w[1], arg(w, 2), directive[:2], l.without(directive, "******", strings.Join(w[2:], " ")))
		case "authcommunity":
			access := "ro"
			if strings.Contains(w[1], "write") {
				access = "rw"
			}
			a.community(arg(w, 2), arg(w, 3), access, l.without(directive, w[1], "******", arg(w, 3)))
		case "com2sec", "com2sec6":
			if w[1] == "-Cn" {
				w = append(w[:1], w[min(3, len(w)):]...)
			}
			if len(w) >= 4 {
				a.secnames = append(a.secnames, snmpSecName{w[1], w[2], w[3], l})
			}
		case "group":
			if len(w) >= 4 {
				a.groups[w[3]] = append(a.groups[w[3]], snmpGroup{w[1], strings.ToLower(w[2])})
			}
		case "access":
			if len(w) >= 8 {
				a.access[w[1]] = snmpAccess{level: w[4], write: w[7] != "none", at: l}
			}
		case "rouser", "rwuser":
			if w[1] == "-s" {
				w = append(w[:1], w[min(3, len(w)):]...)
			}
			if len(w) < 2 {
				continue
			}
			u := a.user(w[1])
			u.access, u.level, u.ev = directive[:2], levelOf(arg(w, 2)), append(u.ev, l.ev())
		case "createuser":
			a.createUser(l, w)
		case "usmuser":
			a.usmUser(l, w)
		case "agentaddress":
			for _, s := range strings.Split(strings.Join(w[1:], ""), ",") {
				a.addresses = append(a.addresses, iniValue{s, l})
			}
		}
	}
	for _, s := range a.secnames {
		a.mapped(s)
	}
	return a
}

func arg(w []string, i int) string {
	if i < len(w) {
		return w[i]
	}
	return ""
}

// snmpDefaultNames are communities that net-snmp's own examples or well-known products are delivered with.
var snmpDefaultNames = []string{"public", "private"}

func (a *snmpAgent) community(name, source, access string, ev *pb.Evidence) {
	c := &pb.SnmpCommunity{
		Scope:       fmt.Sprintf("community %d", len(a.communities)+1),
		DefaultName: facts.Bool(slices.Contains(snmpDefaultNames, strings.ToLower(name)), ev),
		Access:      facts.Text(access, ev), Versions: facts.Texts([]string{"v1", "v2c"}, ev), Sources: facts.Absent(ev).Texts(),
	}
	if source != "" && source != "default" && source != "0.0.0.0/0" && source != "::/0" {
		c.Sources = facts.Texts([]string{source}, ev)
	}
	a.communities = append(a.communities, c)
}

// mapped states a community of com2sec: what its groups may do.
func (a *snmpAgent) mapped(s snmpSecName) {
	a.community(s.community, s.source, "ro", s.at.without("com2sec", s.name, s.source, "******"))
	c := a.communities[len(a.communities)-1]
	ev := c.Access.GetEvidence()
	var versions []string
	granted, write := false, false
	for _, g := range a.groups[s.name] {
		rule, ok := a.access[g.name]
		if !ok || g.model == "usm" {
			continue
		}
		granted, write = true, write || rule.write
		ev = moreEvidence(ev, rule.at.ev())
		for model, version := range map[string]string{"v1": "v1", "v2c": "v2c", "any": "v1"} {
			if g.model == model {
				versions = append(versions, version)
			}
		}
		if g.model == "any" {
			versions = append(versions, "v2c")
		}
	}
	c.Access = facts.Text("ro", ev...)
	if write {
		c.Access = facts.Text("rw", ev...)
	}
	if !granted {
		c.Access = facts.Absent(ev...).Text()
	}
	slices.Sort(versions)
	c.Versions = facts.Texts(slices.Compact(versions), ev...)
}

func (a *snmpAgent) user(name string) *snmpUser {
	u := a.users[name]
	if u == nil {
		u = &snmpUser{}
		a.users[name] = u
		a.order = append(a.order, name)
	}
	return u
}

func levelOf(word string) string {
	switch strings.ToLower(word) {
	case "noauth", "noauthnopriv":
		return "noAuthNoPriv"
	case "priv", "authpriv":
		return "authPriv"
	}
	return "authNoPriv" // what rouser demands when it says nothing
}

// createUser reads "createUser [-e ENGINE] NAME [AUTH PASSPHRASE [PRIV [PASSPHRASE]]]".
func (a *snmpAgent) createUser(l confLine, w []string) {
	w = w[1:]
	if w[0] == "-e" {
		w = w[min(2, len(w)):]
	}
	if len(w) == 0 {
		return
	}
	u := a.user(w[0])
	rest := w[1:]
	next := func() string {
		if len(rest) == 0 {
			return ""
		}
		v := rest[0]
		rest = rest[1:]
		return v
	}
	pass := func() {
		if v := next(); v == "-m" || v == "-l" {
			next()
		}
	}
	u.auth, u.priv = "none", "none"
	if auth := next(); auth != "" {
		u.auth = snmpAuth(auth)
		pass()
	}
	if priv := next(); priv != "" {
		u.priv = snmpPriv(priv)
		if len(rest) > 0 {
			pass()
		}
	}
	u.ev = append(u.ev, l.without("createUser", w[0], u.auth, "******", u.priv))
}

func snmpAuth(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, "-", ""))
	if s == "sha1" {
		return "sha"
	}
	return s
}

func snmpPriv(s string) string {
	switch s = strings.ToLower(strings.ReplaceAll(s, "-", "")); s {
	case "aes":
		return "aes128"
	case "aes192c", "aes256c":
		return strings.TrimSuffix(s, "c")
	}
	return s
}

// The object identifiers by which snmpd keeps a user's algorithms (RFC 3414, 3826, 7860; Cisco's for longer keys).
var (
	usmAuth = map[string]string{
		".1.3.6.1.6.3.10.1.1.1": "none", ".1.3.6.1.6.3.10.1.1.2": "md5", ".1.3.6.1.6.3.10.1.1.3": "sha", ".1.3.6.1.6.3.10.1.1.4": "sha224",
		".1.3.6.1.6.3.10.1.1.5": "sha256", ".1.3.6.1.6.3.10.1.1.6": "sha384", ".1.3.6.1.6.3.10.1.1.7": "sha512",
	}
	usmPriv = map[string]string{
		".1.3.6.1.6.3.10.1.2.1": "none", ".1.3.6.1.6.3.10.1.2.2": "des", ".1.3.6.1.6.3.10.1.2.4": "aes128",
		".1.3.6.1.4.1.14832.1.1": "3des", ".1.3.6.1.4.1.14832.1.3": "aes192", ".1.3.6.1.4.1.14832.1.4": "aes256",
		".1.3.6.1.4.1.9.12.6.1.1": "aes192", ".1.3.6.1.4.1.9.12.6.1.2": "aes256",
	}
)

// usmUser reads the form in which snmpd keeps users: 1 3 ENGINE NAME SECNAME NULL AUTH KEY PRIV KEY PUBLIC.
func (a *snmpAgent) usmUser(l confLine, w []string) {
	if len(w) < 11 {
		return
	}
	name := strings.TrimSuffix(hexName(w[4]), "\x00")
	if name == "" {
		return
	}
	u := a.user(name)
	auth, ok1 := usmAuth[w[7]]
	priv, ok2 := usmPriv[w[9]]
	if ok1 {
		u.auth = auth
	}
	if ok2 {
		u.priv = priv
	}
	u.ev = append(u.ev, l.without("usmUser", name, u.auth, u.priv))
}

// hexName reads a name that is written as 0x….
func hexName(s string) string {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || len(digits)%2 != 0 {
		return s
	}
	out := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		hi, lo := strings.IndexByte("0123456789abcdef", digits[i]|0x20), strings.IndexByte("0123456789abcdef", digits[i+1]|0x20)
		if hi < 0 || lo < 0 {
			return s
		}
		out = append(out, byte(hi<<4|lo))
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// userFacts states the users that may read or write something.
func (a *snmpAgent) userFacts() []*pb.SnmpUser {
	var out []*pb.SnmpUser
	for _, name := range a.order {
		u := a.users[name]
		for _, g := range a.groups[name] {
			if rule, ok := a.access[g.name]; ok && u.access == "" && (g.model == "usm" || g.model == "any") {
				u.access, u.level = "ro", levelOf(rule.level)
				if rule.write {
					u.access = "rw"
				}
				u.ev = moreEvidence(u.ev, rule.at.ev())
			}
		}
		f := &pb.SnmpUser{Scope: name, Sources: facts.Absent(u.ev...).Texts()}
		missing := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "createUser "+name, u.ev...)
		f.Auth, f.Priv, f.Level, f.Access = missing.Text(), missing.Text(), missing.Text(), facts.Absent(u.ev...).Text()
		if u.auth != "" {
			f.Auth, f.Priv = facts.Text(u.auth, u.ev...), facts.Text(u.priv, u.ev...)
		}
		if u.level != "" {
			f.Level = facts.Text(u.level, u.ev...)
			f.Access = facts.Text(u.access, u.ev...)
		}
		out = append(out, f)
	}
	return out
}

// snmpPath states SNMP as a way in.
func (r *reader) snmpPath(c *snmpConf, a *snmpAgent) {
	p := &pb.AccessPath{Scope: "snmp"}
	p.Enabled, _ = r.presence(remoteWay{units: []string{"snmpd"}, programs: []string{"snmpd"}, port: 161, udp: true}, nil)
	if p.Enabled == nil {
		return
	}
	r.addAccess(p)
	p.Port, p.Remote = facts.Int(161, facts.Default("snmpd(8), Net-SNMP 5.4 to 5.9, LISTENING ADDRESSES")), facts.Bool(true, facts.Default("snmpd(8), Net-SNMP 5.4 to 5.9, LISTENING ADDRESSES"))
	local := 0
	for _, v := range a.addresses {
		if strings.Contains(v.value, "127.0.0.1") || strings.Contains(v.value, "[::1]") || strings.Contains(v.value, "localhost") || strings.HasPrefix(v.value, "unix:") || strings.HasPrefix(v.value, "/") {
			local++
		}
		p.Remote = facts.Bool(true, v.at.ev())
		if i := strings.LastIndexByte(v.value, ':'); strings.LastIndexByte(v.value, ']') < i || i < 0 {
			setPort(p, iniValue{v.value[i+1:], v.at})
		}
	}
	if local > 0 && local == len(a.addresses) {
		p.Remote = facts.Bool(false, a.addresses[0].at.ev())
	}
	if c.gap != nil {
		p.Encrypted, p.Authenticated, p.Versions = c.gap.Bool(), c.gap.Bool(), c.gap.Texts()
		return
	}
	r.snmpProtection(c, a, p)
}

func (r *reader) snmpProtection(c *snmpConf, a *snmpAgent, p *pb.AccessPath) {
	ev := c.whole()
	var versions, sources []string
	encrypted, authenticated, limited := true, true, len(a.communities) > 0
	for _, community := range a.communities {
		encrypted = false
		versions = append(versions, community.Versions.GetValue()...)
		sources = append(sources, community.Sources.GetValue()...)
		limited = limited && facts.Known(community.Sources)
		ev = moreEvidence(ev, community.Access.GetEvidence()...)
	}
	for _, u := range a.userFacts() {
		level := u.GetLevel().GetValue()
		versions = append(versions, "v3")
		encrypted = encrypted && level == "authPriv"
		authenticated = authenticated && level != "noAuthNoPriv"
		limited = false
		ev = moreEvidence(ev, u.GetAccess().GetEvidence()...)
	}
	slices.Sort(versions)
	for i := range versions {
		versions[i] = "SNMP " + versions[i]
	}
	p.Versions = facts.Texts(slices.Compact(versions), ev...)
	if len(versions) == 0 {
		return // nobody is let in: there is nothing to protect
	}
	p.Encrypted, p.Authenticated = facts.Bool(encrypted, ev...), facts.Bool(authenticated, ev...)
	p.Sources = facts.Absent(ev...).Texts()
	if limited {
		slices.Sort(sources)
		p.Sources = facts.Texts(slices.Compact(sources), ev...)
	}
}

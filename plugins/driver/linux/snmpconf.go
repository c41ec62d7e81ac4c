package linux

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

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

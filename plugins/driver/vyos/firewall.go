package vyos

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// chain is a set of rules where it is applied.
type chain struct {
	name   string
	six    bool
	rules  *tree.Node // nil if it is not defined
	at     *tree.Node // the statement that applies it
	where  string
	local  bool // it sees what is meant for the device itself
	global bool // it is not tied to an interface
}

// applied finds the rules that interfaces, zones or the hooks of VyOS 1.4 apply.
func (r *reader) applied() []*chain {
	var out []*chain
	rules := func(six bool, name string) *tree.Node {
		old, family := "name", "ipv4"
		if six {
			old, family = "ipv6-name", "ipv6"
		}
		if n := r.Root.Get("firewall", old, name); n != nil {
			return n
		}
		return r.Root.Get("firewall", family, "name", name)
	}
	sides := func(f *tree.Node, unit string) {
		for _, way := range []string{"in", "out", "local"} {
			for word, six := range map[string]bool{"name": false, "ipv6-name": true} {
				if v := f.Value(way, word); v != nil {
					out = append(out, &chain{name: v.Word, six: six, rules: rules(six, v.Word), at: v, where: unit + " " + way, local: way == "local"})
				}
			}
		}
	}
	for _, u := range r.units() {
		sides(u.node.Get("firewall"), u.name)
	}
	for _, i := range r.Root.All("firewall", "interface") {
		sides(i, i.Word)
	}
	for _, family := range []string{"ipv4", "ipv6"} {
		for _, hook := range []string{"input", "forward", "output"} {
			if f := r.Root.Get("firewall", family, hook, "filter"); f != nil {
				out = append(out, &chain{name: family + " " + hook, six: family == "ipv6", rules: f, at: f, where: hook, local: hook == "input", global: true})
			}
		}
	}
	for _, top := range [][]string{{"zone-policy", "zone"}, {"firewall", "zone"}} {
		for _, z := range r.Root.All(top...) {
			for _, from := range z.All("from") {
				for word, six := range map[string]bool{"name": false, "ipv6-name": true} {
					if v := from.Value("firewall", word); v != nil {
						out = append(out, &chain{name: v.Word, six: six, rules: rules(six, v.Word), at: v, where: from.Word + " to " + z.Word})
					}
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *chain) int { return a.at.N - b.at.N })
	return out
}

type unit struct {
	name string
	node *tree.Node
}

// units are the interfaces with their VLANs.
func (r *reader) units() []unit {
	var out []unit
	var add func(name string, n *tree.Node, depth int)
	add = func(name string, n *tree.Node, depth int) {
		out = append(out, unit{name, n})
		if depth > 3 {
			return
		}
		for _, word := range []string{"vif", "vif-s", "vif-c"} {
			for _, v := range n.All(word) {
				add(name+"."+v.Word, v, depth+1)
			}
		}
		for _, p := range n.All("pppoe") {
			add("pppoe"+p.Word, p, depth+1)
		}
	}
	for _, kind := range r.Root.All("interfaces") {
		for _, n := range kind.All() {
			add(n.Word, n, 0)
		}
	}
	return out
}

// sources is who may use a port of the device: by the rules that see what is meant for it.
func (r *reader) sources(protocol string, port *pb.IntFact) *pb.TextsFact {
	if !r.Whole() {
		return r.Doc.Unknown().Texts()
	}
	if !facts.Known(port) {
		return facts.LikeState(port).Texts()
	}
	for _, top := range [][]string{{"zone-policy", "zone"}, {"firewall", "zone"}} {
		for _, z := range r.Root.All(top...) {
			if z.Has("local-zone") {
				return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "zone "+z.Word, r.At(z)).Texts()
			}
		}
	}
	var local []*chain
	for _, c := range r.chains {
		if c.local {
			local = append(local, c)
		}
	}
	if len(local) == 0 {
		return facts.Absent(r.Doc.All()).Texts()
	}
	out := []string{}
	var ev []*pb.Evidence
	limited := false
	var unsure *pb.TextsFact
	for _, c := range local {
		list, open, m := r.through(c, protocol, port.GetValue())
		switch {
		case m != nil:
			unsure = m
		case open:
			return facts.Absent(r.At(c.at)).Texts()
		default:
			limited = true
			out, ev = append(out, list...), append(ev, r.At(c.at))
		}
	}
	if unsure != nil {
		return unsure
	}
	if bare := r.bare(local); bare != "" && limited {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "no rules for what comes in by "+bare, ev...).Texts()
	}
	slices.Sort(out)
	return facts.Texts(slices.Compact(out), ev...)
}

// bare names an interface that has addresses and no rules for the device itself.
func (r *reader) bare(local []*chain) string {
	for _, u := range r.units() {
		if u.name == "lo" || u.node.Has("disable") {
			continue
		}
		four, six := false, false
		for _, a := range u.node.All("address") {
			if strings.Contains(a.Word, ":") || a.Word == "dhcpv6" {
				six = true
			} else {
				four = true
			}
		}
		for _, c := range local {
			if c.global || c.where == u.name+" local" {
				four, six = four && c.six, six && !c.six
			}
		}
		if four || six {
			return u.name
		}
	}
	return ""
}

// through follows a packet that opens a connection to a port through the rules, and gives who is let in.
func (r *reader) through(c *chain, protocol string, port int64) (sources []string, open bool, unsure *pb.TextsFact) {
	doubt := func(n *tree.Node, why string) *pb.TextsFact {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, why, r.At(n)).Texts()
	}
	if c.rules == nil {
		return nil, false, facts.Unknown(pb.Reason_REASON_NOT_FOUND, "firewall name "+c.name, r.At(c.at)).Texts()
	}
	var spared []string // whom a rule that dropped everybody else let go on
	doubtful := ""
	everyone := func(n *tree.Node) ([]string, bool, *pb.TextsFact) {
		switch {
		case spared != nil:
			return append(sources, spared...), false, nil
		case doubtful != "":
			return nil, false, doubt(n, doubtful)
		}
		return nil, true, nil
	}
	for _, n := range ordered(c.rules.All("rule")) {
		if n.Has("disable") {
			continue
		}
		m := r.match(n, protocol, port)
		action := n.Value("action").Text()
		all := m.sources == nil || slices.ContainsFunc(m.sources, everybody)
		switch {
		case m.never || action == "continue" || action == "":
		case action == "accept" && (m.unsure || m.partly && all):
			return nil, false, doubt(n, "rule "+n.Word)
		case action == "accept" && all:
			return everyone(n)
		case action == "accept":
			sources = append(sources, m.sources...)
		case action != "drop" && action != "reject": // a jump elsewhere
			return nil, false, doubt(n, "action "+action)
		case m.unsure:
			doubtful = "rule " + n.Word
		case m.partly:
		case m.spared != nil:
			if spared == nil {
				spared = m.spared
			}
		case all:
			return sources, false, nil
		}
	}
	switch v := c.rules.Value("default-action"); v.Text() {
	case "accept":
		return everyone(v)
	case "drop", "reject":
		return sources, false, nil
	case "":
		return nil, false, facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "default-action of "+c.name, r.At(c.at)).Texts()
	default:
		return nil, false, doubt(v, "default-action")
	}
}

// ordered sorts rules by their numbers, as they are tried.
func ordered(rules []*tree.Node) []*tree.Node {
	out := slices.Clone(rules)
	slices.SortStableFunc(out, func(a, b *tree.Node) int {
		x, _ := strconv.Atoi(a.Word)
		y, _ := strconv.Atoi(b.Word)
		return x - y
	})
	return out
}

func everybody(prefix string) bool {
	p, err := netip.ParsePrefix(prefix)
	return err == nil && p.Bits() == 0
}

// match is how a rule's conditions meet a packet that opens a connection.
type match struct {
	never, partly, unsure bool
	sources               []string
	spared                []string // the address that is negated
}

func (r *reader) match(n *tree.Node, protocol string, port int64) match {
	m := match{}
	for _, c := range n.All() {
		switch c.Word {
		case "action", "description", "log", "log-options", "log-level":
		case "protocol":
			p := strings.ToLower(c.Value().Text())
			m.never = m.never || p != protocol && p != "all" && p != "tcp_udp" && p != map[string]string{"tcp": "6", "udp": "17"}[protocol]
			m.unsure = m.unsure || strings.HasPrefix(p, "!")
		case "destination":
			r.destination(c, port, &m)
		case "source":
			r.source(c, &m)
		case "state":
			if !c.Has("new") || c.Value("new").Text() == "disable" {
				m.never = true
			}
		default:
			m.partly = true
		}
	}
	return m
}

func (r *reader) destination(c *tree.Node, port int64, m *match) {
	for _, d := range c.All() {
		switch d.Word {
		case "port":
			list := []string{}
			for _, v := range d.All() {
				list = append(list, strings.Split(v.Word, ",")...)
			}
			m.never = m.never || !hasPort(list, port)
		case "group":
			for _, g := range d.All() {
				group := r.Root.Get("firewall", "group", g.Word, g.Value().Text())
				if g.Word != "port-group" || group == nil {
					m.partly = true
					continue
				}
				list := []string{}
				for _, v := range group.All("port") {
					list = append(list, v.Word)
				}
				m.never = m.never || !hasPort(list, port)
			}
		default:
			m.partly = true
		}
	}
}

func (r *reader) source(c *tree.Node, m *match) {
	for _, s := range c.All() {
		switch s.Word {
		case "address":
			v := s.Value().Text()
			if tree.Hole(v) || v == "" {
				m.unsure = true
			} else if strings.HasPrefix(v, "!") {
				m.spared = append(m.spared, v[1:])
			} else {
				m.sources = append(m.sources, v)
			}
		case "group":
			for _, g := range s.All() {
				name := g.Value().Text()
				group := r.Root.Get("firewall", "group", g.Word, name)
				members := slices.Concat(group.All("address"), group.All("network"))
				if strings.HasPrefix(name, "!") || len(members) == 0 || group.Has("include") {
					m.unsure = true
					continue
				}
				for _, a := range members {
					m.sources = append(m.sources, a.Word)
					m.unsure = m.unsure || tree.Hole(a.Word)
				}
			}
		default:
			m.partly = true
		}
	}
}

var portNames = map[string]string{"ssh": "22", "telnet": "23", "http": "80", "https": "443", "snmp": "161", "ftp": "21", "tftp": "69", "domain": "53", "ntp": "123", "bgp": "179"}

// hasPort is whether a list holds a port; a name that is not known counts as one that does, and so does a negation.
func hasPort(list []string, port int64) bool {
	for _, w := range list {
		if n, ok := portNames[w]; ok {
			w = n
		}
		low, high, span := strings.Cut(w, "-")
		from, err := strconv.ParseInt(low, 10, 32)
		if err != nil {
			return true
		}
		to := from
		if span {
			if to, err = strconv.ParseInt(high, 10, 32); err != nil {
				return true
			}
		}
		if from <= port && port <= to {
			return true
		}
	}
	return false
}

package junos

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// verdict is who a filter lets in to a port.
type verdict struct {
	// open: everybody; unsure: it could not be told; else sources are those who get in.
	open, unsure bool
	detail       string
	sources      []string
	ev           []*pb.Evidence
	// spared are those whom a term that refused everybody else let go on; nil if there was none.
	spared []string
	// doubt names a term that may have refused more than could be told.
	doubt string
}

// settle ends with everybody being let in by a term, or as many as earlier terms have left.
func (v *verdict) settle(ev *pb.Evidence) {
	v.ev = append(v.ev, ev)
	switch {
	case v.spared != nil:
		v.sources = append(v.sources, v.spared...)
	case v.doubt != "":
		v.unsure, v.detail = true, v.doubt
	default:
		v.open = true
	}
}

// applied is a filter on an interface's unit.
type applied struct {
	unit   string
	family string
	names  []*tree.Node // input or input-list
}

// sources is who may use a service. Filters on the loopback interface see all traffic to the device; without one it is decided where the
// traffic comes in. A zone's host-inbound-traffic limits interfaces, not addresses.
func (r *reader) sources(k service, port *pb.IntFact) *pb.TextsFact {
	if !r.Whole() {
		return r.Doc.Unknown().Texts()
	}
	if !facts.Known(port) {
		return facts.LikeState(port).Texts()
	}
	loop, others, bare := r.inputs()
	var seen []verdict
	for _, a := range loop {
		seen = append(seen, r.throughAll(a, k, port.GetValue()))
	}
	if len(loop) == 0 {
		return r.edge(k, port.GetValue(), others, bare)
	}
	if v6 := r.bareFamily(loop, others, bare); v6 != "" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "lo0 has no filter for family "+v6, seen[0].ev...).Texts()
	}
	return together(seen)
}

// inputs gives the filters for incoming traffic on the loopback interface and on the other routed units, and the units that have none, by
// family.
func (r *reader) inputs() (loop, others []applied, bare []applied) {
	for _, ifc := range r.Root.All("interfaces") {
		if ifc.Has("disable") {
			continue
		}
		for _, unit := range ifc.All("unit") {
			if unit.Has("disable") {
				continue
			}
			for _, family := range []string{"inet", "inet6"} {
				f := unit.Get("family", family)
				if f == nil {
					continue
				}
				a := applied{unit: ifc.Word + "." + unit.Word, family: family, names: slices.Concat(f.All("filter", "input"), f.All("filter", "input-list"))}
				for i, n := range a.names { // "filter input { filter-name; precedence }" of newer releases
					if n.Word == "filter-name" && n.Value() != nil {
						a.names[i] = n.Value()
					}
				}
				switch {
				case len(a.names) > 0 && ifc.Word == "lo0":
					loop = append(loop, a)
				case len(a.names) > 0:
					others = append(others, a)
				case f.Has("address") || f.Has("dhcp") || f.Has("dhcp-client"):
					bare = append(bare, a)
				}
			}
		}
	}
	return loop, others, bare
}

// bareFamily names a family that is routed and that no filter on the loopback interface sees.
func (r *reader) bareFamily(loop, others, bare []applied) string {
	for _, family := range []string{"inet", "inet6"} {
		is := func(a applied) bool { return a.family == family }
		if !slices.ContainsFunc(loop, is) && (slices.ContainsFunc(others, is) || slices.ContainsFunc(bare, is)) {
			return family
		}
	}
	return ""
}

// edge: no filter protects the device as a whole.
func (r *reader) edge(k service, port int64, others, bare []applied) *pb.TextsFact {
	if r.Root.Has("security", "zones") && !r.everyZone(k) {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "host-inbound-traffic", r.Doc.All()).Texts()
	}
	var seen []verdict
	limits := false
	for _, a := range others {
		v := r.throughAll(a, k, port)
		limits = limits || !v.open
		seen = append(seen, v)
	}
	switch {
	case !limits:
		return facts.Absent(r.Doc.All()).Texts()
	case slices.ContainsFunc(bare, func(a applied) bool { return !strings.HasPrefix(a.unit, "lo0.") }):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "some interfaces have a filter and some have none", seen[0].ev...).Texts()
	}
	return together(seen)
}

// everyZone is whether each zone with interfaces lets the service in.
func (r *reader) everyZone(k service) bool {
	for _, z := range r.Root.All("security", "zones", "security-zone") {
		for _, i := range z.All("interfaces") {
			at := z
			if i.Has("host-inbound-traffic") {
				at = i
			}
			lets := at.Get("host-inbound-traffic", "system-services")
			if !lets.Has("all") && !lets.Has("any-service") && !slices.ContainsFunc(k.inbound, func(w string) bool { return lets.Has(w) }) || slices.ContainsFunc(k.inbound, func(w string) bool { return lets.Has(w, "except") }) {
				return false
			}
		}
	}
	return !r.Root.Has("security", "policies", "from-zone", "junos-host")
}

// together: who gets in through any of several filters gets in.
func together(seen []verdict) *pb.TextsFact {
	out := []string{}
	var ev []*pb.Evidence
	for _, v := range seen {
		if v.open {
			return facts.Absent(v.ev...).Texts()
		}
	}
	for _, v := range seen {
		if v.unsure {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, v.detail, v.ev...).Texts()
		}
		for _, s := range v.sources {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
		ev = append(ev, v.ev...)
	}
	return facts.Texts(out, ev...)
}

// throughAll follows the filters of a unit one after the other.
func (r *reader) throughAll(a applied, k service, port int64) verdict {
	v := verdict{}
	for i, n := range a.names {
		v.ev = append(v.ev, r.At(n))
		f := r.filter(a.family, n.Word)
		if f == nil {
			return verdict{unsure: true, detail: "filter " + n.Word + " is not defined", ev: v.ev}
		}
		if done := r.through(f, k, port, &v); done || i == len(a.names)-1 {
			return v
		}
	}
	return v
}

// filter finds a filter; those of IPv4 may stand without their family.
func (r *reader) filter(family, name string) *tree.Node {
	if f := r.Root.Get("firewall", "family", family, "filter", name); f != nil || family != "inet" {
		return f
	}
	return r.Root.Get("firewall", "filter", name)
}

// through follows a packet that opens a connection to a port through the terms, and notes who is let in. It says whether nothing is
// left to the next filter of a list.
func (r *reader) through(f *tree.Node, k service, port int64, v *verdict) bool {
	for _, t := range f.All("term") {
		m := r.match(t, k, port)
		then := t.Get("then")
		accepts := then.Has("accept") || !then.Has("discard") && !then.Has("reject") && !then.Has("next")
		switch {
		case m.never || then.Has("next"):
		case t.Has("filter") || then.Has("routing-instance") || then.Has("next-ip"):
			*v = verdict{unsure: true, detail: "term " + t.Word, ev: append(v.ev, r.Section(t))}
			return true
		case accepts && m.unsure != "":
			*v = verdict{unsure: true, detail: m.unsure, ev: append(v.ev, r.Section(t))}
			return true
		case accepts && m.partly && (m.sources == nil || slices.ContainsFunc(m.sources, everybody)): // only some of what anybody may send
			*v = verdict{unsure: true, detail: "term " + t.Word + " lets in by more than the address", ev: append(v.ev, r.Section(t))}
			return true
		case accepts && (m.sources == nil || slices.ContainsFunc(m.sources, everybody)):
			v.settle(r.Section(t))
			return true
		case accepts:
			v.sources = append(v.sources, m.sources...)
			v.ev = append(v.ev, r.Section(t))
		case m.unsure != "":
			v.doubt = m.unsure
		case m.partly:
		case m.sources == nil, slices.ContainsFunc(m.sources, everybody) && len(m.spared) == 0:
			v.ev = append(v.ev, r.Section(t))
			return true
		case slices.ContainsFunc(m.sources, everybody) && v.spared == nil:
			v.spared = m.spared
			v.ev = append(v.ev, r.Section(t))
		}
	}
	return false
}

func everybody(prefix string) bool {
	p, err := netip.ParsePrefix(prefix)
	return err == nil && p.Bits() == 0
}

// match is how a term's conditions meet a packet that opens a connection to a port.
type match struct {
	never, partly bool
	unsure        string
	sources       []string
	spared        []string // addresses that are excepted
	listed        bool     // some address is named that is not excepted
	conditions    bool     // there is a condition on the source
}

// aside are conditions that do not narrow down who opens a connection.
var aside = []string{"tcp-initial", "packet-length", "apply-groups"}

func (r *reader) match(t *tree.Node, k service, port int64) match {
	m := match{}
	protocol := "tcp"
	if k.scope == "snmp" || k.scope == "tftp" {
		protocol = "udp"
	}
	for _, c := range t.All("from") {
		switch c.Word {
		case "source-address", "source-prefix-list":
			m.conditions = true
			r.from(c, &m)
		case "address", "prefix-list": // of the source or of the destination
			m.unsure = c.Word + " of source or destination"
		case "protocol", "next-header", "payload-protocol":
			m.never = m.never || !slices.ContainsFunc(c.All(), func(p *tree.Node) bool {
				return p.Word == protocol || p.Word == map[string]string{"tcp": "6", "udp": "17"}[protocol]
			})
		case "destination-port":
			m.never = m.never || !r.hasPort(c, port)
		case "port":
			if !r.hasPort(c, port) {
				m.partly = true
			}
		case "tcp-established", "is-fragment", "icmp-type", "icmp-code", "fragment-offset":
			m.never = true
		case "tcp-flags":
			f := strings.Trim(c.Value().Text(), `"`)
			if f == "ack" || f == "rst" || f == "(ack | rst)" || f == "ack|rst" || f == "syn & ack" || strings.Contains(f, "syn&ack") {
				m.never = true
			} else if f != "syn" && f != "(syn & !ack)" && f != "syn & !ack" {
				m.partly = true
			}
		default:
			if !slices.Contains(aside, c.Word) {
				m.partly = true
			}
		}
	}
	if m.conditions && !m.listed && m.unsure == "" { // only exceptions, or a list whose entries do not hold
		m.unsure = "a condition on the source that names nobody"
	}
	return m
}

// from adds the addresses of a condition; several conditions on the source together are a narrower set, of which each is a bound.
func (r *reader) from(c *tree.Node, m *match) {
	var out []string
	for _, n := range c.All() {
		list := []string{n.Word}
		if tree.Hole(n.Word) {
			m.unsure = "redacted"
		} else if c.Word == "source-prefix-list" {
			var ok bool
			if list, ok = r.prefixes(n.Word); !ok {
				m.unsure = "prefix-list " + n.Word
			}
		}
		if n.Has("except") {
			m.spared = append(m.spared, list...)
		} else {
			out = append(out, list...)
		}
	}
	m.sources = append(m.sources, out...)
	m.listed = m.listed || len(out) > 0
}

// prefixes gives what a prefix list holds; an empty one, one that is filled from elsewhere and one with holes cannot be told.
func (r *reader) prefixes(name string) ([]string, bool) {
	n := r.Root.Get("policy-options", "prefix-list", name)
	if n == nil || n.Has("apply-path") {
		return nil, false
	}
	var out []string
	for _, p := range n.All() {
		if tree.Hole(p.Word) {
			return nil, false
		}
		if !strings.HasPrefix(p.Word, "apply-") {
			out = append(out, p.Word)
		}
	}
	return out, len(out) > 0
}

var portNames = map[string]int64{
	"ssh": 22, "telnet": 23, "http": 80, "https": 443, "snmp": 161, "ftp": 21, "ftp-data": 20, "tftp": 69, "finger": 79, "login": 513, "exec": 512, "cmd": 514, "bgp": 179, "domain": 53, "ntp": 123, "radius": 1812,
	"radacct": 1813, "tacacs": 49, "tacacs-ds": 65, "ldp": 646, "syslog": 514, "snmptrap": 162, "smtp": 25, "bootps": 67, "bootpc": 68, "dhcp": 67, "kerberos-sec": 88, "pop3": 110, "imap": 143, "ident": 113,
	"sunrpc": 111, "msdp": 639, "nfsd": 2049, "cvspserver": 2401, "rip": 520, "who": 513, "talk": 517, "xdmcp": 177, "zephyr-clt": 2103, "biff": 512, "eklogin": 2105, "ekshell": 2106, "klogin": 543, "kpasswd": 761,
	"krb-prop": 754, "krbupdate": 760, "kshell": 544, "ldap": 389, "mobileip-agent": 434, "mobilip-mn": 435, "netbios-dgm": 138, "netbios-ns": 137, "netbios-ssn": 139, "nntp": 119, "ntalk": 518, "pptp": 1723,
	"printer": 515, "rkinit": 2108, "snpp": 444, "socks": 1080, "timed": 525, "traceroute": 33434, "twamp": 862,
}

// hasPort is whether a condition on ports holds for a port; a name that is not known counts as one that does.
func (r *reader) hasPort(c *tree.Node, port int64) bool {
	for _, n := range c.All() {
		low, high, span := strings.Cut(n.Word, "-")
		if p, ok := portNames[n.Word]; ok {
			low, high, span = strconv.FormatInt(p, 10), "", false
		}
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

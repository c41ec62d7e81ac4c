package linux

import (
	"cmp"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// wellKnown are services that firewalld's own files have had since 0.3; others are looked up.
var wellKnown = map[string][]string{
	"ssh": {"22/tcp"}, "dhcpv6-client": {"546/udp"}, "mdns": {"5353/udp"}, "http": {"80/tcp"}, "https": {"443/tcp"}, "cockpit": {"9090/tcp"},
	"samba-client": {"137/udp", "138/udp"}, "ipp-client": {"631/udp"}, "snmp": {"161/udp"}, "ntp": {"123/udp"},
}

// resolve puts the ports in the place of the services' names.
func (z *firewallZone) resolve(a driver.Answers) {
	for _, s := range z.services {
		file := serviceFile(a, s.name)
		ports, ok := wellKnown[s.name]
		if d := a.File(file); file != "" && d.Whole() {
			ports, ok = servicePorts(d)
		} else if strings.HasPrefix(file, firewalldMine) {
			ok = false
		}
		if !ok {
			r := s.rule
			r.other = append(slices.Clone(r.other), "service "+s.name)
			z.rules = append(z.rules, r)
			continue
		}
		for _, p := range ports {
			r := s.rule
			port, proto, _ := strings.Cut(p, "/")
			r.protos = []string{proto}
			n, ok := parsePort(port)
			r.ports = []portRange{n}
			if !ok {
				r.ports, r.other = nil, append(slices.Clone(r.other), p)
			}
			z.rules = append(z.rules, r)
		}
	}
	z.services = nil
}

// servicePorts reads a service's file. A service that includes others or is a protocol is not followed.
func servicePorts(d driver.Document) (ports []string, ok bool) {
	var x struct {
		Ports    []portXML  `xml:"port"`
		Includes []struct{} `xml:"include"`
		Protos   []struct{} `xml:"protocol"`
	}
	if xml.Unmarshal(d.Answer.GetBody(), &x) != nil || len(x.Includes)+len(x.Protos) > 0 {
		return nil, false
	}
	for _, p := range x.Ports {
		if p.Port == "" {
			return nil, false
		}
		ports = append(ports, p.Port+"/"+p.Protocol)
	}
	return ports, true
}

// firewallState is firewalld as a whole.
type firewallState struct {
	table   *filterTable
	zones   []*firewallZone
	active  *pb.BoolFact
	gap     *facts.Missing
	evident []*pb.Evidence
}

// readFirewalld puts the zones in use together; nil if firewalld is not there.
func readFirewalld(r *reader) *firewallState {
	if !firewalldThere(r.Answers) {
		return nil
	}
	s := &firewallState{active: r.inForce(firewalldUnit)}
	if facts.Known(s.active) && !s.active.GetValue() {
		return s
	}
	zones, gap := readZones(r.Answers)
	s.gap = gap
	if s.gap == nil && len(listed(r.Answers, firewalldMine+"/policies/*.xml")) > 0 {
		s.gap = ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, firewalldMine+"/policies"))
	}
	byDefault := r.defaultZone()
	s.table = newFilterTable("firewalld", "inet", "zones")
	for _, z := range zones {
		if !z.active && z.name != byDefault || z.inside() {
			continue
		}
		z.resolve(r.Answers)
		c := s.table.chain(z.name)
		c.scope, c.at, c.policy, c.rules = "firewalld zone "+z.name, z.at, z.policy(), z.ordered()
		s.zones = append(s.zones, z)
	}
	if len(s.zones) == 0 && s.gap == nil {
		s.gap = ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, firewallZones))
	}
	return s
}

func (r *reader) defaultZone() string {
	if d := r.Command(firewallDefault); d.Whole() {
		for _, l := range linesOf(d) {
			if w := strings.TrimSpace(l.text); w != "" {
				return w
			}
		}
	}
	for _, l := range linesOf(r.File(firewalldConf)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l.text), "DefaultZone="); ok {
			return strings.TrimSpace(v)
		}
	}
	return "public"
}

// inside says that only bridges within the host belong to the zone: nothing comes in from the network there.
func (z *firewallZone) inside() bool {
	if len(z.interfaces) == 0 || len(z.sources) > 0 {
		return false
	}
	for _, i := range z.interfaces {
		if !slices.ContainsFunc([]string{"lo", "docker", "br-", "virbr", "podman", "cni", "veth"}, func(p string) bool { return strings.HasPrefix(i, p) }) {
			return false
		}
	}
	return true
}

func (z *firewallZone) policy() string {
	switch strings.Trim(z.target, "%") {
	case "ACCEPT":
		return verdictAccept
	case "DROP":
		return verdictDrop
	}
	return verdictReject
}

// ordered gives the rules in the order in which firewalld applies them: by priority, and of equals those that refuse first.
func (z *firewallZone) ordered() []filterRule {
	out := slices.Clone(z.rules)
	refuses := func(r filterRule) int {
		if r.verdict == verdictDrop || r.verdict == verdictReject {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b filterRule) int { return cmp.Or(a.priority-b.priority, refuses(a)-refuses(b)) })
	return out
}

// fate says who gets through: a packet comes in by a zone of its source, or by the zone of some interface.
func (s *firewallState) fate(p packet) fate {
	if s.gap != nil {
		return fate{doubt: s.gap}
	}
	var out fate
	for _, z := range s.zones {
		f := s.table.fate(s.table.chains[z.name], p)
		if f.open && len(z.interfaces) == 0 && len(z.sources) > 0 {
			f = fate{from: z.sources, ev: f.ev}
		}
		out.open = out.open || f.open
		out.from = append(out.from, f.from...)
		out.ev = append(out.ev, f.ev...)
		out.doubt = firstGap(out.doubt, f.doubt)
	}
	return out
}

package linux

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	nftRuleset = "nft list ruleset"
	saveIPv4   = "iptables-save"
	saveIPv6   = "ip6tables-save"
	ipv6InUse  = "/proc/net/if_inet6"
)

// filterFiles are the rules that a unit loads when the system starts. Only in an image do they stand for what is in
// force: a running system is asked itself.
var filterFiles = []struct {
	file, program, family string
	units                 []string
}{
	{"/etc/nftables.conf", "nftables", "inet", []string{"nftables.service"}},
	{"/etc/sysconfig/nftables.conf", "nftables", "inet", []string{"nftables.service"}},
	{"/etc/iptables/rules.v4", "iptables", "ip", []string{"netfilter-persistent.service", "iptables-persistent.service"}},
	{"/etc/iptables/rules.v6", "ip6tables", "ip6", []string{"netfilter-persistent.service", "iptables-persistent.service"}},
	{"/etc/sysconfig/iptables", "iptables", "ip", []string{"iptables.service"}},
	{"/etc/sysconfig/ip6tables", "ip6tables", "ip6", []string{"ip6tables.service"}},
}

// filtersTopic is read after the topics that state access paths: it says from where they can be reached.
var filtersTopic = topic{
	name:       "filters",
	commands:   []string{nftRuleset, saveIPv4, saveIPv6, firewallZones, firewallDefault},
	privileged: []string{nftRuleset, saveIPv4, saveIPv6, firewallZones},
	ask: func(a driver.Answers) []*question {
		out := append(commands(nftRuleset, saveIPv4, saveIPv6), files(ipv6InUse)...)
		for _, f := range filterFiles {
			out = append(out, files(f.file)...)
		}
		return append(append(out, askFirewalld(a)...), files(ufwFiles...)...)
	},
	read: func(r *reader) {
		s := readFilters(r)
		s.state(r)
		r.limitSources(s)
	},
}

// filterState is everything that decides which packets reach the host.
type filterState struct {
	tables  []*filterTable
	dormant []*filterTable
	zones   *firewallState
	ufw     *ufwState
	gap     *facts.Missing
	ev      []*pb.Evidence
}

// inForce says whether what a unit loads is in force: it runs, or in an image, it would be started.
func (r *reader) inForce(unit string) *pb.BoolFact {
	if offline(r.Answers) {
		return r.enabled(unit)
	}
	list := r.facts.GetServices()
	for _, s := range list.GetItems() {
		if s.GetScope() == unit && facts.Known(s.GetRunning()) {
			return s.GetRunning()
		}
	}
	// Without a service manager the process tells, where there is one of the unit's name.
	if running := r.running(strings.TrimSuffix(unit, ".service")); facts.Known(running) {
		return running
	}
	if list.GetState() == pb.FactState_FACT_STATE_KNOWN {
		return facts.Bool(false, list.GetEvidence()...)
	}
	return facts.LikeState(list).Bool()
}

func readFilters(r *reader) *filterState {
	s := &filterState{zones: readFirewalld(r), ufw: readUfw(r)}
	if offline(r.Answers) {
		s.fromFiles(r)
	} else {
		s.fromKernel(r)
		if s.ufw != nil {
			s.ufw.loaded(s)
		}
	}
	if z := s.zones; z != nil {
		if !facts.Known(z.active) {
			s.gap = firstGap(s.gap, ptr(facts.LikeState(z.active)))
		}
		s.ev = append(s.ev, z.active.GetEvidence()...)
	}
	return s
}

// fromKernel reads what the running kernel holds.
func (s *filterState) fromKernel(r *reader) {
	nft, v4, v6 := r.Command(nftRuleset), r.Command(saveIPv4), r.Command(saveIPv6)
	for _, d := range []driver.Document{nft, v4, v6} {
		s.ev = append(s.ev, d.All())
		// A program that is not there has loaded nothing.
		if !d.Whole() && !d.NotFound() {
			s.gap = firstGap(s.gap, ptr(d.Unknown()))
		}
	}
	old, odd := parseIptables(linesOf(v4), "iptables", "ip")
	old6, odd6 := parseIptables(linesOf(v6), "ip6tables", "ip6")
	fresh, oddNft := parseNft(linesOf(nft))
	for _, l := range slices.Concat(odd, odd6, oddNft) {
		r.miss(l.doc, l.n, l.text)
	}
	s.gap = firstGap(s.gap, oddGap(slices.Concat(odd, odd6, oddNft)))
	for _, t := range append(old, old6...) {
		s.load(t)
	}
	for _, t := range fresh {
		// iptables on top of nftables shows its tables in both.
		again := t.family == "ip" && overNft(v4) && hasTable(old, t.name) || t.family == "ip6" && overNft(v6) && hasTable(old6, t.name)
		if !again {
			s.load(t)
		}
	}
}

// load takes a table in, unless it is firewalld's own: that is read by zones.
func (s *filterState) load(t *filterTable) {
	if z := s.zones; z != nil && z.table != nil && (t.name == "firewalld" || t.chains["INPUT_ZONES"] != nil) {
		if ev := t.stateful(); ev != nil {
			z.evident = append(z.evident, ev)
		}
		if direct := t.chains["INPUT_direct"]; direct != nil && len(direct.rules) > 0 && z.gap == nil {
			z.gap = ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "INPUT_direct", direct.rules[0].at.ev()))
		}
		return
	}
	s.tables = append(s.tables, t)
}

func overNft(d driver.Document) bool {
	body := d.Answer.GetBody()
	head := string(body[:min(len(body), 200)])
	return strings.Contains(head, "nf_tables") || strings.Contains(head, "tables-nft-save")
}

func hasTable(tables []*filterTable, name string) bool {
	return slices.ContainsFunc(tables, func(t *filterTable) bool { return t.name == name })
}

// fromFiles reads what would be loaded at the next start.
func (s *filterState) fromFiles(r *reader) {
	for _, f := range filterFiles {
		d := r.File(f.file)
		if d.NotFound() {
			s.ev = append(s.ev, d.All())
			continue
		}
		on := r.enabled(f.units...)
		if facts.Known(on) && !on.GetValue() {
			s.dormant = append(s.dormant, tablesOf(d, f.program, f.family)...)
			continue
		}
		s.ev = append(s.ev, d.All())
		if !d.Whole() {
			s.gap = firstGap(s.gap, ptr(d.Unknown()))
		}
		if !facts.Known(on) {
			s.gap = firstGap(s.gap, ptr(facts.LikeState(on)))
		}
		var odd []confLine
		if f.program == "nftables" {
			_, odd = parseNft(linesOf(d))
		} else {
			_, odd = parseIptables(linesOf(d), f.program, f.family)
		}
		s.gap = firstGap(s.gap, oddGap(odd))
		s.tables = append(s.tables, tablesOf(d, f.program, f.family)...)
	}
	if u := s.ufw; u != nil && u.active.GetValue() {
		s.tables = append(s.tables, u.tables...)
		s.gap = firstGap(s.gap, u.gap)
	}
}

func tablesOf(d driver.Document, program, family string) []*filterTable {
	if program == "nftables" {
		t, _ := parseNft(linesOf(d))
		return t
	}
	t, _ := parseIptables(linesOf(d), program, family)
	return t
}

// fate says who gets through everything.
func (s *filterState) fate(p packet) fate {
	if s.gap != nil {
		return fate{doubt: s.gap}
	}
	all := fate{open: true, ev: s.ev}
	take := func(f fate) {
		switch {
		case f.doubt != nil:
			if all.open {
				all = f
			}
		case f.open:
		case all.open || all.doubt != nil || len(f.from) < len(all.from):
			// Every part must let a packet through: one that names its sources limits them all.
			all = f
		}
	}
	if s.zones != nil && s.zones.table != nil {
		take(s.zones.fate(p))
	}
	for _, t := range s.tables {
		for _, c := range t.incoming() {
			if t.family == "inet" || t.family == p.family {
				take(t.fate(c, p))
			}
		}
	}
	return all
}

// sources says who can reach a port, as far as packet filters decide it. ABSENT: anybody.
func (s *filterState) sources(r *reader, proto string, port int) *pb.TextsFact {
	v4, v6 := s.fate(packet{"ip", proto, port}), s.fate(packet{"ip6", proto, port})
	if used, gap := r.usesIPv6(); gap == nil && !used {
		v6 = fate{from: v4.from}
	} else if gap != nil && v6.open && !v4.open {
		v6 = fate{doubt: gap, ev: v6.ev}
	}
	switch {
	case v4.open:
		return facts.Absent(v4.ev...).Texts()
	case v6.open:
		return facts.Absent(v6.ev...).Texts()
	case v4.doubt != nil:
		return v4.doubt.Texts()
	case v6.doubt != nil:
		return v6.doubt.Texts()
	}
	from := append(slices.Clone(v4.from), v6.from...)
	slices.Sort(from)
	return facts.Texts(slices.Compact(from), moreEvidence(v4.ev, v6.ev...)...)
}

// usesIPv6 says whether a network interface has an IPv6 address.
func (r *reader) usesIPv6() (bool, *facts.Missing) {
	d := r.File(ipv6InUse)
	switch {
	case offline(r.Answers):
		return false, ptr(facts.Unknown(pb.Reason_REASON_OFFLINE, ipv6InUse))
	case d.NotFound():
		return false, nil // the kernel has no IPv6
	case !d.Whole():
		return false, ptr(d.Unknown())
	}
	for _, l := range linesOf(d) {
		if w := strings.Fields(l.text); len(w) > 0 && w[len(w)-1] != "lo" {
			return true, nil
		}
	}
	return false, nil
}

// state states the filters and their rules.
func (s *filterState) state(r *reader) {
	filters, rules := &pb.PacketFilterList{}, &pb.FilterRuleList{}
	for _, t := range s.tables {
		into := filters
		if t.program == "ufw" {
			into = &pb.PacketFilterList{} // stated as one below
		}
		for _, c := range t.incoming() {
			if c.hook == "input" {
				s.add(into, rules, t, c, facts.Bool(true, c.at.ev()), t.stateful())
			}
		}
	}
	for _, t := range s.dormant {
		for _, c := range t.incoming() {
			s.add(filters, nil, t, c, facts.Bool(false, c.at.ev()), t.stateful())
		}
	}
	gap := s.gap
	if z := s.zones; z != nil {
		s.addZones(filters, rules)
		gap = firstGap(gap, z.gap)
	}
	if s.ufw != nil {
		filters.Items = append(filters.Items, s.ufw.filter(s.tables))
	}
	settle(filters, gap, s.ev...)
	settle(rules, gap, s.ev...)
	r.facts.PacketFilters, r.facts.FilterRules = filters, rules
}

func (s *filterState) add(filters *pb.PacketFilterList, rules *pb.FilterRuleList, t *filterTable, c *filterChain, active *pb.BoolFact, stateful *pb.Evidence) {
	reached := t.reached(c)
	n := 0
	for _, rule := range reached {
		if !rule.decides() {
			continue
		}
		n++
		if rules != nil {
			rules.Items = append(rules.Items, rule.fact(fmt.Sprintf("%s rule %d", c.scope, n)))
		}
	}
	f := &pb.PacketFilter{
		Scope: c.scope, Active: active, Rules: facts.Int(int64(n), c.at.ev()), AppliedTo: facts.Text(c.hook, c.at.ev()),
		DefaultAction: c.defaultAction(), Stateful: facts.Bool(false, c.at.ev()),
	}
	if stateful != nil {
		f.Stateful = facts.Bool(true, stateful)
	} else if s.gap != nil {
		f.Stateful = s.gap.Bool()
	}
	filters.Items = append(filters.Items, f)
}

// defaultAction is what happens to what no rule names: the last rule, if it takes everything, or else the policy.
func (c *filterChain) defaultAction() *pb.TextFact {
	for _, r := range c.rules {
		if r.decides() && !r.conditional() {
			return facts.Text(r.verdict, r.at.ev())
		}
	}
	if c.policy == "" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, c.scope, c.at.ev()).Text()
	}
	return facts.Text(c.policy, c.at.ev())
}

func (s *filterState) addZones(filters *pb.PacketFilterList, rules *pb.FilterRuleList) {
	z := s.zones
	if z.table == nil {
		filters.Items = append(filters.Items, &pb.PacketFilter{Scope: "firewalld", Active: z.active})
		return
	}
	var stateful *pb.Evidence
	if len(z.evident) > 0 {
		stateful = z.evident[0]
	}
	for _, zone := range z.zones {
		s.add(filters, rules, z.table, z.table.chains[zone.name], z.active, stateful)
		f := filters.Items[len(filters.Items)-1]
		f.AppliedTo = facts.Text("input", zone.at.ev())
		if stateful == nil {
			f.Stateful = facts.Unknown(pb.Reason_REASON_OFFLINE, firewalldUnit).Bool()
			if s.gap != nil {
				f.Stateful = s.gap.Bool()
			}
		}
	}
}

// fact states a rule.
func (r filterRule) fact(scope string) *pb.FilterRule {
	ev := r.at.ev()
	action, or := "deny", func(v []string) []string {
		if len(v) == 0 {
			return []string{"any"}
		}
		return v
	}
	if r.verdict == verdictAccept {
		action = "permit"
	}
	from := or(r.from)
	if r.notFrom {
		from = []string{"not " + strings.Join(r.from, ", ")}
	}
	f := &pb.FilterRule{
		Scope: scope, Action: facts.Text(action, ev), Sources: facts.Texts(from, ev), Destinations: facts.Texts(or(r.to), ev),
		Services: facts.Texts(r.services(), ev), AnyAny: facts.Bool(r.verdict == verdictAccept && !r.conditional(), ev),
		PortGranular: facts.Bool(len(r.ports) > 0, ev), Logged: facts.Bool(r.logs, ev), Enabled: facts.Bool(true, ev),
	}
	// Answers, traffic within the host and protocols without ports cannot name one.
	portless := len(r.protos) > 0 && !slices.ContainsFunc(r.protos, func(p string) bool {
		return slices.Contains([]string{"tcp", "udp", "sctp", "dccp", "udplite", "all"}, p)
	})
	if r.loopback || r.elsewhere || portless || len(r.states) > 0 && !slices.Contains(r.states, "new") {
		f.PortGranular = facts.NotApplicable(ev).Bool()
	}
	return f
}

// limitSources says from where each access path can be reached: its own rule, if it has one, or the packet filters.
func (r *reader) limitSources(s *filterState) {
	for _, p := range r.facts.GetAccessPaths().GetItems() {
		if !facts.Known(p.GetPort()) || !p.GetRemote().GetValue() || facts.Known(p.GetSources()) || facts.Known(p.GetEnabled()) && !p.GetEnabled().GetValue() {
			continue
		}
		proto := "tcp"
		if p.GetScope() == "snmp" || p.GetScope() == "tftp" {
			proto = "udp"
		}
		byFilter := s.sources(r, proto, int(p.GetPort().GetValue()))
		own := p.GetSources()
		switch {
		case facts.Known(byFilter) || own == nil:
			p.Sources = byFilter
		case own.GetState() == pb.FactState_FACT_STATE_ABSENT && byFilter.GetState() == pb.FactState_FACT_STATE_ABSENT:
			own.Evidence = moreEvidence(own.Evidence, byFilter.GetEvidence()...)
		case own.GetState() == pb.FactState_FACT_STATE_ABSENT:
			p.Sources = byFilter
		}
	}
}

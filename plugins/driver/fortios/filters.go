package fortios

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters reads the policies of each virtual domain, in order.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, v := range r.vdoms {
		for _, table := range []string{"policy", "policy6", "security-policy"} {
			scope := table
			if v.name != "" {
				scope = "vdom " + v.name + " " + table
			}
			count, seen := int64(0), false
			services := r.portsOf(v)
			for t := range v.tables("firewall", table) {
				seen = true
				for _, e := range t.children {
					if e.kind == "edit" {
						count++
						rules.Items = append(rules.Items, r.rule(scope, e, services))
					}
				}
			}
			if !seen || count == 0 && table != "policy" {
				continue
			}
			f := &pb.PacketFilter{
				Scope: scope, Active: facts.Bool(true, r.doc.All()), Rules: facts.Int(count, r.doc.All()), AppliedTo: facts.Text("forward", r.doc.All()),
				DefaultAction: r.defaults.Text("policy-deny", "drop"), Stateful: r.stateful(),
			}
			if !r.doc.Whole() {
				f.Rules = r.doc.Unknown().Int()
			}
			filters.Items = append(filters.Items, f)
		}
	}
	return filters, rules
}

// portsOf gives what the virtual domain's own services stand for, as "tcp/443".
func (r *reader) portsOf(v vdom) map[string][]string {
	out := map[string][]string{}
	for t := range v.tables("firewall", "service", "custom") {
		for _, e := range t.children {
			if e.kind != "edit" {
				continue
			}
			var ports []string
			for _, proto := range []string{"tcp", "udp", "sctp"} {
				for _, span := range e.set(proto + "-portrange").values() {
					to, _, _ := strings.Cut(span, ":") // what follows is the source's port
					ports = append(ports, proto+"/"+to)
				}
			}
			out[e.word(0)] = ports
		}
	}
	for t := range v.tables("firewall", "service", "group") {
		for _, e := range t.children {
			if e.kind != "edit" {
				continue
			}
			var ports []string
			for _, m := range e.set("member").values() {
				if len(out[m]) == 0 {
					ports = nil
					break
				}
				ports = append(ports, out[m]...)
			}
			out[e.word(0)] = ports
		}
	}
	return out
}

// anyone are the words for everybody and everything.
var anyone = []string{"all", "any", "ALL", "ANY", "always_all"}

func (r *reader) rule(scope string, e *node, services map[string][]string) *pb.FilterRule {
	out := &pb.FilterRule{Scope: scope + " rule " + e.word(0), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Int()}
	out.Enabled = facts.Bool(true, r.at(e))
	if n := e.set("status"); n != nil {
		out.Enabled = r.switched(n, nil)
	}
	out.Action = r.doc.NoDefault("action").Text()
	switch n := e.set("action"); {
	case n == nil && e.closed: // a policy without the line denies
		out.Action = facts.Text("deny", r.at(e))
	case n.word(1) == "accept" || n.word(1) == "ipsec" || n.word(1) == "ssl-vpn":
		out.Action = facts.Text("permit", r.at(n))
	case n.word(1) == "deny":
		out.Action = facts.Text("deny", r.at(n))
	case n != nil:
		out.Action = r.odd(n).Text()
	}
	out.Sources = r.side(e, "srcaddr", "srcaddr6", "internet-service-src-name", "internet-service-src-id")
	out.Destinations = r.side(e, "dstaddr", "dstaddr6", "internet-service-name", "internet-service-id")
	out.Services = r.side(e, "service", "internet-service-name", "internet-service-id", "application")
	if groups := e.set("groups"); groups != nil && isAny(out.Sources) { // only users who have logged in
		out.Sources = facts.Texts([]string{"all (" + strings.Join(groups.values(), " ") + ")"}, r.at(groups))
	}
	for i, key := range []string{"srcaddr-negate", "dstaddr-negate", "service-negate"} {
		if n := e.set(key); n.word(1) == "enable" {
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, key, r.at(n)).Texts()
			*[]**pb.TextsFact{&out.Sources, &out.Destinations, &out.Services}[i] = m
		}
	}
	r.breadth(out, services)
	out.Logged = r.doc.NoDefault("logtraffic").Bool()
	if n := e.set("logtraffic"); n != nil {
		out.Logged = facts.Bool(n.word(1) == "all" || n.word(1) == "enable", r.at(n))
	}
	return out
}

func isAny(f *pb.TextsFact) bool {
	return facts.Known(f) && slices.ContainsFunc(f.GetValue(), func(v string) bool { return slices.Contains(anyone, v) })
}

// side reads who or what a policy is about; several settings may say it together.
func (r *reader) side(e *node, keys ...string) *pb.TextsFact {
	var words []string
	var ev []*pb.Evidence
	for _, k := range keys {
		if n := e.set(k); n != nil {
			words, ev = append(words, n.values()...), append(ev, r.at(n))
		}
	}
	if len(words) == 0 {
		if !e.closed {
			return r.doc.Unknown().Texts()
		}
		return r.doc.NoDefault(keys[0]).Texts()
	}
	return facts.Texts(words, ev...)
}

// breadth is how wide a policy is.
func (r *reader) breadth(out *pb.FilterRule, services map[string][]string) {
	var ev []*pb.Evidence
	wide := true
	for _, f := range []*pb.TextsFact{out.Sources, out.Destinations, out.Services} {
		if !facts.Known(f) {
			m := facts.LikeState(f)
			out.AnyAny, out.PortGranular = m.Bool(), m.Bool()
			if facts.Known(out.Services) {
				out.PortGranular = portGranular(out.Services, services)
			}
			return
		}
		ev = append(ev, f.GetEvidence()...)
		wide = wide && isAny(f)
	}
	out.AnyAny = facts.Bool(wide && out.Action.GetValue() == "permit", ev...)
	out.PortGranular = portGranular(out.Services, services)
}

// portGranular: every service that is named stands for ports. Those that FortiOS is delivered with do, but for the ones for whole
// protocols; one that is defined here says so itself.
func portGranular(f *pb.TextsFact, services map[string][]string) *pb.BoolFact {
	for _, s := range f.GetValue() {
		ports, own := services[s]
		if slices.Contains(anyone, s) || slices.Contains(protocols, s) || own && len(ports) == 0 || slices.ContainsFunc(ports, func(p string) bool { return strings.HasSuffix(p, "/1-65535") || strings.HasSuffix(p, "/0-65535") }) {
			return facts.Bool(false, f.GetEvidence()...)
		}
	}
	return facts.Bool(true, f.GetEvidence()...)
}

// protocols are delivered services that name no port.
var protocols = []string{"ALL_TCP", "ALL_UDP", "ALL_ICMP", "ALL_ICMP6", "GRE", "AH", "ESP", "OSPF"}

// Package filter judges packet filters: a host's own firewall and the rule sets that a network device applies. It judges
// what they do with traffic, not whether the business needs what they permit.
package filter

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this subject.
var All = []*checks.Check{PortGranular, Stateful, DefaultDeny}

// A demand is what a filter must do. Where several filters see the same traffic, one that meets it is enough.
type demand struct {
	expected *pb.Text
	// whole is what a device says of itself; unset where it says nothing.
	whole *pb.BoolFact
	// one judges a filter.
	one func(*pb.PacketFilter) checks.Result
	// undone says what takes away from what the device says of itself; nil: nothing can.
	undone func() []checks.Result
}

// judge holds a target to a demand: a device by what it says of itself, else by each applied rule set; a host once for
// IPv4 and once for IPv6, since filters of one do not see the other.
func (d demand) judge(f *pb.Facts) []checks.Result {
	switch kind := f.GetPlatform().GetKind(); {
	case d.whole != nil || facts.Known(kind) && kind.GetValue() != "host":
		return d.device(f)
	case !facts.Known(kind):
		return []checks.Result{checks.Undecided(d.expected, checks.Say("目标类型未知", "the kind of target is not known"), kind.GetReason(),
			checks.Say("主机与网络设备的过滤规则含义不同", "filters mean different things on a host and on a network device"))}
	}
	return []checks.Result{d.host(f, v4).As("IPv4"), d.host(f, v6).As("IPv6")}
}

func (d demand) device(f *pb.Facts) []checks.Result {
	var out []checks.Result
	kind := f.GetPlatform().GetKind().GetValue()
	list := f.GetPacketFilters()
	filters := active(list)
	switch {
	case facts.Known(d.whole) && (d.whole.GetValue() || kind != "switch" || len(filters) > 0):
		r := checks.Is(d.whole, true, d.expected).As("device")
		if d.undone == nil || r.Outcome != pb.Outcome_OUTCOME_PASS {
			return []checks.Result{r}
		}
		return append([]checks.Result{r}, d.undone()...)
	case d.whole.GetState() == pb.FactState_FACT_STATE_UNKNOWN:
		out = append(out, checks.Is(d.whole, true, d.expected).As("device"))
	}
	for _, pf := range filters {
		out = append(out, d.whether(pf).As(pf.GetScope()))
	}
	if !complete(list) {
		return append(out, checks.Unknown(d.expected, list.GetReason(), list.GetDetail(), list.GetEvidence()...))
	}
	if len(out) > 0 {
		return out
	}
	nothing := checks.Say("未应用任何过滤规则", "no filter is applied")
	switch kind {
	case "firewall":
		return []checks.Result{checks.Failed(d.expected, nothing, list.GetEvidence()...)}
	case "switch", "load-balancer":
		return []checks.Result{checks.NotApplicable(checks.Say("设备未做报文过滤；边界过滤在防火墙上判断", "the device does not filter; filtering at the border is judged on the firewalls"), list.GetEvidence()...)}
	}
	return []checks.Result{checks.Undecided(d.expected, nothing, pb.Reason_REASON_SITE_UNSTATED,
		checks.Say("该设备是否位于网络边界无法从配置得知", "whether it stands at a border cannot be told from its configuration"), list.GetEvidence()...)}
}

// whether is the demand on a filter, unless it is not known whether the filter is active.
func (d demand) whether(pf *pb.PacketFilter) checks.Result {
	r := d.one(pf)
	if !facts.Known(pf.GetActive()) && r.Outcome != pb.Outcome_OUTCOME_UNKNOWN {
		observed := r.Observed
		r = checks.Unknown(d.expected, pf.GetActive().GetReason(), pf.GetActive().GetDetail(), r.Evidence...)
		r.Observed = checks.Say("%s；是否生效未知", "%s; whether it is active is not known", observed)
	}
	r.Evidence = append(r.Evidence, pf.GetActive().GetEvidence()...)
	return r
}

type family int

const (
	v4 family = iota
	v6
)

// host judges what meets incoming traffic of one family.
func (d demand) host(f *pb.Facts, fam family) checks.Result {
	list := f.GetPacketFilters()
	var chains, zones []checks.Result
	for _, pf := range active(list) {
		if !inbound(pf) || !sees(pf, fam) {
			continue
		}
		r := d.whether(pf)
		r.Observed = checks.Say("%s：%s", "%s: %s", pf.GetScope(), r.Observed)
		if strings.HasPrefix(pf.GetScope(), "firewalld zone ") {
			zones = append(zones, r)
		} else {
			chains = append(chains, r)
		}
	}
	rest := checks.Unknown(d.expected, list.GetReason(), list.GetDetail(), list.GetEvidence()...)
	// Each interface is in one zone, so all zones must do it; a packet passes all chains, so one of them is enough.
	if len(zones) > 0 {
		if !complete(list) {
			zones = append(zones, rest)
		}
		chains = append(chains, checks.AllOf(zones...))
	}
	if !complete(list) {
		chains = append(chains, rest)
	}
	if len(chains) > 0 {
		r := checks.AnyOf(chains...)
		r.Expected = d.expected
		return r
	}
	none := checks.Failed(d.expected, checks.Say("没有生效的主机防火墙规则", "no filter is active"), list.GetEvidence()...)
	if fam == v4 {
		return none
	}
	return unlessOff(f, none)
}

// unlessOff is none, unless IPv6 itself is off or that is not known.
func unlessOff(f *pb.Facts, none checks.Result) checks.Result {
	list := f.GetKernelSettings()
	const name = "net.ipv6.conf.all.disable_ipv6"
	i := slices.IndexFunc(list.GetItems(), func(k *pb.KernelSetting) bool { return k.GetScope() == name })
	if i < 0 {
		return checks.Unknown(none.Expected, list.GetReason(), name, none.Evidence...)
	}
	switch v := list.GetItems()[i].GetValue(); {
	case !facts.Known(v):
		return checks.Unknown(none.Expected, v.GetReason(), name, v.GetEvidence()...)
	case v.GetValue() == "1":
		return checks.NotApplicable(checks.Say("已关闭 IPv6", "IPv6 is off"), v.GetEvidence()...)
	}
	return none
}

// active gives the filters that are active or may be.
func active(list *pb.PacketFilterList) []*pb.PacketFilter {
	return slices.DeleteFunc(slices.Clone(list.GetItems()), func(pf *pb.PacketFilter) bool {
		off := facts.Known(pf.GetActive()) && !pf.GetActive().GetValue()
		return off || pf.GetActive().GetState() == pb.FactState_FACT_STATE_ABSENT
	})
}

func complete(list facts.Fact) bool {
	return list.GetState() == pb.FactState_FACT_STATE_KNOWN || list.GetState() == pb.FactState_FACT_STATE_ABSENT
}

// inbound says whether a host's filter sees what comes in for the host itself.
func inbound(pf *pb.PacketFilter) bool {
	where := strings.Fields(strings.ToLower(pf.GetAppliedTo().GetValue()))
	if len(where) == 0 {
		where = strings.Fields(strings.ToLower(pf.GetScope()))
	}
	return !slices.ContainsFunc(where, func(w string) bool {
		return slices.Contains([]string{"output", "forward", "postrouting", "egress", "outbound"}, w)
	})
}

// sees says whether a filter sees packets of a family, by the family's word in its scope; without one it sees both.
func sees(pf *pb.PacketFilter, fam family) bool {
	words := strings.Fields(strings.ToLower(pf.GetScope()))
	for _, w := range words[:min(2, len(words))] { // what follows is names that people give
		switch w {
		case "ip", "iptables", "ipv4":
			return fam == v4
		case "ip6", "ip6tables", "ipv6", "inet6":
			return fam == v6
		case "arp", "bridge", "netdev":
			return false
		}
	}
	return true
}

// of says whether a rule is one of a filter's: its scope begins with the filter's, or the filter's says where the list is applied
// to which the rule belongs ("acl 3000 inbound GE0/0/1" and "acl 3000 rule 5").
func of(r *pb.FilterRule, pf *pb.PacketFilter) bool {
	filter, scope := bare(pf.GetScope())+" ", bare(r.GetScope())
	if strings.HasPrefix(scope, filter) {
		return true
	}
	for _, word := range []string{" rule ", " line ", " term "} {
		if list, _, ok := strings.Cut(r.GetScope(), word); ok && strings.HasPrefix(pf.GetScope()+" ", list+" ") {
			return true
		}
	}
	return false
}

// bare is a scope without the words for a list of rules or for one of them.
func bare(scope string) string {
	for _, words := range []string{"policies ", "security rules ", "policy "} {
		if rest, ok := strings.CutPrefix(scope, words); ok {
			return rest
		}
	}
	return scope
}

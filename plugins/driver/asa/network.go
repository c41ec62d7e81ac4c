package asa

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// interfaces reads the ports; PIX 6 says what belongs to one on several lines at the top.
func (r *reader) interfaces() *pb.InterfaceList {
	s := r.Doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("interface") {
		if e.Negated || len(e.Words) < 2 {
			continue
		}
		ev := r.Section(e)
		i := &pb.Interface{
			Scope: e.Words[1], Enabled: facts.Bool(!slices.Contains(e.Words, "shutdown"), ev), Described: facts.Bool(false, ev), Zone: facts.Absent(ev).Text(),
			Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show interface").Bool(), FilterIn: facts.Absent(ev).Text(), FilterOut: facts.Absent(ev).Text(),
		}
		name := ""
		addresses := []string{}
		for _, l := range e.Under() {
			switch {
			case l.Words[0] == "shutdown":
				i.Enabled = facts.Bool(l.Negated, r.At(l))
			case l.Words[0] == "description" && !l.Negated:
				i.Described = facts.Bool(true, r.At(l))
			case l.Words[0] == "nameif" && !l.Negated:
				name = l.Word(1)
				i.Zone = facts.Text(name, r.At(l))
			case l.Begins("ip", "address") && !l.Negated:
				if p, took := r.network(l.Word(2), l.Word(3)); took == 2 {
					addresses = append(addresses, l.Word(2)+p.String()[strings.LastIndexByte(p.String(), '/'):])
				}
			}
		}
		for n := range r.Find("nameif", e.Words[1]) {
			name = n.Word(2)
			i.Zone = facts.Text(name, r.At(n))
		}
		for a := range r.Find("ip", "address") {
			if p, took := r.network(a.Word(3), a.Word(4)); a.Word(2) == name && name != "" && took == 2 {
				addresses = append(addresses, a.Word(3)+p.String()[strings.LastIndexByte(p.String(), '/'):])
			}
		}
		for g := range r.Find("access-group") {
			if g.Negated || g.After("interface") != name || name == "" {
				continue
			}
			if g.Word(2) == "out" {
				i.FilterOut = facts.Text(g.Word(1), r.At(g))
			} else {
				i.FilterIn = facts.Text(g.Word(1), r.At(g))
			}
		}
		i.Addresses = facts.Texts(addresses, ev)
		if !r.Whole() {
			m := r.Doc.Unknown()
			for _, f := range []**pb.TextFact{&i.Zone, &i.FilterIn, &i.FilterOut} {
				if !facts.Known(*f) {
					*f = m.Text()
				}
			}
		}
		out.Items = append(out.Items, i)
	}
	return out
}

// redundancyGroups is the failover pair; whether the other one is there only the device itself says.
func (r *reader) redundancyGroups(shown driver.Document) *pb.RedundancyGroupList {
	s := r.Doc.List()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	var on *stanza.Entry
	for e := range r.Find("failover") {
		if len(e.Words) == 1 {
			on = e
		}
	}
	if on == nil || on.Negated {
		return out
	}
	g := &pb.RedundancyGroup{Scope: "failover", Kind: facts.Text("ha", r.At(on))}
	m := shown.Unknown()
	g.State, g.PeerPresent = m.Text(), m.Bool()
	for n, l := range shown.Lines() {
		who, rest, ok := strings.Cut(strings.TrimSpace(l), ": ")
		role, state, split := strings.Cut(rest, " - ")
		switch {
		case !ok || !split:
		case who == "This host":
			g.State = facts.Text(strings.ToLower(strings.TrimSpace(role+" "+state)), shown.Line(n, l))
		case who == "Other host":
			state = strings.ToLower(strings.TrimSpace(state))
			g.PeerPresent = facts.Bool(strings.HasPrefix(state, "standby") || strings.HasPrefix(state, "active"), shown.Line(n, l))
		}
	}
	out.Items = append(out.Items, g)
	return out
}

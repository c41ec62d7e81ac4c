package topsec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) platform() *pb.Platform {
	p := &pb.Platform{Kind: facts.Text("firewall"), Vendor: facts.Text("Topsec"), Os: facts.Text("tos"), Version: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "system version").Text(), Product: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "system version").Text(), Hostname: r.doc.Unknown().Text()}
	if l := r.final("system", "devname", "set"); l != nil {
		p.Hostname = facts.Text(l.word(3), r.at(l))
	}
	return p
}

func (r *reader) clock() *pb.Clock {
	c := &pb.Clock{Synchronised: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "ntp").Bool(), Offset: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "ntp").Duration(), Timezone: r.doc.NoDefault("timezone").Text(), DaemonEnabled: r.doc.NoDefault("system ntp").Bool()}
	if l := r.final("system", "time", "set", "timezone"); l != nil {
		c.Timezone = facts.Text(l.word(4), r.at(l))
	}
	for _, l := range r.find("system", "ntp") {
		switch {
		case len(l.words) == 3 && (l.word(2) == "start" || l.word(2) == "stop"):
			c.DaemonEnabled = facts.Bool(l.word(2) == "start", r.at(l))
		default: // how a server is named is written in no public document
			l.used = false
		}
	}
	return c
}

// logTargets reads the log servers; where sending is switched off there are none.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	l := r.final("log", "log", "set", "ipaddr")
	if l == nil {
		out.State, out.Reason, out.Detail = r.unclear("log log set")
		return out
	}
	switch l.after("trans", 4) {
	case "enable":
	case "disable":
		if r.doc.Whole() {
			out.Evidence = []*pb.Evidence{r.at(l)}
		}
		return out
	default:
		l.used = false
		out.State, out.Reason, out.Detail = r.unclear("trans")
		return out
	}
	protocol, port, _ := strings.Cut(l.after("port", 4), ":")
	crypt := r.final("log", "log", "log_crypt")
	for _, host := range strings.Fields(l.word(4)) {
		t := &pb.LogTarget{Scope: host, Address: facts.Text(host, r.at(l)), Everything: r.odd("level_set, type_set", l).Bool(), Selector: r.odd("level_set, type_set", l).Text(), Queued: r.doc.NoDefault("queue").Bool(), Encrypted: r.doc.NoDefault("log_crypt").Bool()}
		t.Protocol, t.Port = r.odd("port", l).Text(), r.odd("port", l).Int()
		if p := strings.ToLower(protocol); p == "udp" || p == "tcp" {
			t.Protocol = facts.Text(p, r.at(l))
		}
		if n, err := strconv.ParseInt(port, 10, 32); err == nil {
			t.Port = facts.Int(n, r.at(l))
		}
		if crypt != nil && crypt.word(3) == "disable" {
			t.Encrypted = facts.Bool(false, r.at(crypt))
		}
		out.Items = append(out.Items, t)
	}
	return out
}

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.Interface{}
	described := map[string]bool{}
	for _, l := range r.find("network", "interface") {
		name := l.word(2)
		i := byName[name]
		if name == "" {
			continue
		}
		if i == nil {
			i = &pb.Interface{Scope: name, Enabled: r.doc.NoDefault("shutdown").Bool(), Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "network interface show").Bool(), Zone: r.doc.Absence().Text()}
			i.FilterIn, i.FilterOut = facts.NotApplicable().Text(), facts.NotApplicable().Text()
			i.Addresses, i.Described = r.doc.Unknown().Texts(), r.doc.Unknown().Bool()
			if r.doc.Whole() {
				i.Addresses, i.Described = facts.Texts(nil, r.doc.All()), facts.Bool(false, r.doc.All())
			}
			byName[name] = i
			out.Items = append(out.Items, i)
		}
		switch {
		case l.word(3) == "ip" && l.word(4) == "add":
			if p, ok := address(l.word(5), l.after("mask", 6)); ok && facts.Known(i.Addresses) {
				i.Addresses = facts.Texts(append(slices.Clone(i.Addresses.Value), p), append(kept(i.Addresses), r.at(l))...)
			} else if !ok {
				i.Addresses = r.odd("", l).Texts()
			}
		case l.word(3) == "description" && l.word(4) != "":
			described[name] = true
			i.Described = facts.Bool(true, r.at(l))
		case l.word(3) == "shutdown":
			i.Enabled = facts.Bool(false, r.at(l))
		case l.word(3) == "no" && l.word(4) == "shutdown":
			i.Enabled = facts.Bool(true, r.at(l))
		}
	}
	for _, a := range r.find("define", "area", "add", "name") {
		for _, member := range strings.Fields(a.after("attribute", 5)) {
			if i := byName[member]; i != nil {
				i.Zone = facts.Text(a.word(4), r.at(a))
			}
		}
	}
	return out
}

// kept is the evidence of addresses that were read; that there were none is no longer true.
func kept(f *pb.TextsFact) []*pb.Evidence {
	if len(f.GetValue()) == 0 {
		return nil
	}
	return f.GetEvidence()
}

func address(a, mask string) (string, bool) {
	p, ok := masked(a, mask)
	if !ok {
		return "", false
	}
	_, bits, _ := strings.Cut(p, "/")
	return a + "/" + bits, true
}

// redundancyGroups: high availability is on or off; whether the partner is there is not asked.
func (r *reader) redundancyGroups() *pb.RedundancyGroupList {
	s := r.doc.List()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	var last *line
	for _, word := range []string{"enable", "disable"} {
		for _, l := range r.find("ha", word) {
			if len(l.words) == 2 && (last == nil || l.n > last.n) {
				last = l
			}
		}
	}
	switch {
	case last == nil:
		out.State, out.Reason, out.Detail = r.unclear("ha")
	case last.word(1) == "enable":
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "ha show")
		out.Items = append(out.Items, &pb.RedundancyGroup{Scope: "ha", Kind: facts.Text("ha", r.at(last)), State: m.Text(), PeerPresent: m.Bool()})
	}
	return out
}

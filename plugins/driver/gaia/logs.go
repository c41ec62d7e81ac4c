package gaia

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) logStores() *pb.LogStoreList {
	s := r.Doc.List()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	if file, e := r.word("set", "syslog", "filename"); file != "" {
		out.Items = append(out.Items, &pb.LogStore{Scope: file, Active: facts.Bool(true, r.At(e)), Persistent: facts.Bool(true, r.At(e)), Level: r.Doc.NoDefault("syslog level").Text()})
	}
	return out
}

// logTargets reads to whom records are sent, from which severity on.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.Doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("add", "syslog", "log-remote-address") {
		host, ev := e.Word(3), r.At(e)
		if host == "" {
			continue
		}
		t := &pb.LogTarget{Scope: host, Address: facts.Text(host, ev), Port: facts.Int(514), Protocol: r.Doc.NoDefault("protocol").Text(), Encrypted: facts.Bool(false, ev), Queued: r.Doc.NoDefault("queue").Bool()}
		if stanza.Hole(host) {
			t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Text()
		}
		if n, ok := stanza.Number(e.After("port")); ok {
			t.Port = facts.Int(n, ev)
		}
		if p := e.After("protocol"); p != "" {
			t.Protocol = facts.Text(p, ev)
		}
		level := e.After("level")
		t.Selector, t.Everything = facts.Text(level, ev), facts.Bool(slices.Contains([]string{"all", "debug", "info"}, level), ev)
		if level == "" {
			t.Selector, t.Everything = r.Doc.NoDefault("level").Text(), r.Doc.NoDefault("level").Bool()
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// timeSources are the servers that are named; they are not asked while NTP is off.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.Doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	on := r.switched(r.Doc.NoDefault("ntp active").Bool(), "set", "ntp", "active")
	for e := range r.Find("set", "ntp", "server") {
		host, ev := e.Word(4), r.At(e)
		if host == "" || e.Word(3) != "primary" && e.Word(3) != "secondary" {
			host = e.Word(3)
		}
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show ntp current")
		t := &pb.TimeSource{Scope: host, Kind: facts.Text("server", ev), Authenticated: facts.Bool(false, ev), Reachable: m.Bool(), Selected: m.Bool()}
		if facts.Known(on) && !on.GetValue() {
			t.Reachable, t.Selected = facts.Bool(false, on.GetEvidence()...), facts.Bool(false, on.GetEvidence()...)
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// clock: without NTP nothing sets it; with it, only the running system knows.
func (r *reader) clock() *pb.Clock {
	m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show ntp current")
	on := r.switched(r.Doc.NoDefault("ntp active").Bool(), "set", "ntp", "active")
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), DaemonEnabled: on}
	if facts.Known(on) && !on.GetValue() {
		c.Synchronised = facts.Bool(false, on.GetEvidence()...)
	}
	return c
}

func (r *reader) protections() *pb.Protections {
	elsewhere := facts.Unknown(pb.Reason_REASON_ELSEWHERE, policyElsewhere)
	p := &pb.Protections{
		Stateful: elsewhere.Bool(), DosProtection: elsewhere.Bool(), DefaultActionDeny: elsewhere.Bool(), DialIn: elsewhere.Bool(), SignaturesFrom: elsewhere.Time(),
		CommandAccounting: r.Doc.NoDefault("syslog auditlog").Bool(), LogTimestamps: r.Doc.NoDefault("log timestamps").Text(), EnableScheme: r.Doc.Absence().Text(), PasswordEncryption: r.Doc.Unknown().Bool(),
	}
	if hash, e := r.word("set", "expert-password-hash"); e != nil {
		p.EnableScheme = r.scheme(hash, e)
	}
	if r.Whole() {
		p.PasswordEncryption = facts.Bool(true, r.Doc.All())
	}
	for _, u := range r.users() {
		if u.hash != nil && u.hash.After("password-hash") == "" {
			p.PasswordEncryption = facts.Bool(false, r.At(u.hash))
		}
	}
	return p
}

// interfaces reads the ports, a setting a line.
func (r *reader) interfaces() *pb.InterfaceList {
	s := r.Doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.Interface{}
	for e := range r.Find("set", "interface") {
		name, ev := e.Word(2), r.At(e)
		if len(e.Words) < 5 {
			continue
		}
		i := byName[name]
		if i == nil {
			i = &pb.Interface{
				Scope: name, Enabled: r.Doc.NoDefault("state").Bool(), Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show interfaces all").Bool(), Described: r.Doc.Off(), Addresses: r.Doc.Absence().Texts(),
				FilterIn: facts.NotApplicable().Text(), FilterOut: facts.NotApplicable().Text(), Zone: facts.Unknown(pb.Reason_REASON_ELSEWHERE, policyElsewhere).Text(),
			}
			byName[name], out.Items = i, append(out.Items, i)
		}
		switch e.Words[3] {
		case "state":
			i.Enabled = facts.Bool(e.Words[4] == "on", ev)
		case "comments":
			i.Described = facts.Bool(true, ev)
		case "ipv4-address", "ipv6-address":
			i.Addresses = facts.Texts(append(slices.Clone(i.Addresses.GetValue()), e.Words[4]+"/"+e.After("mask-length")), append(slices.Clone(i.Addresses.GetEvidence()), ev)...)
			if len(i.Addresses.GetValue()) == 1 {
				i.Addresses.Evidence = []*pb.Evidence{ev}
			}
		}
	}
	return out
}

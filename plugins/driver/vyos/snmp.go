package vyos

import (
	"fmt"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) communities() *pb.SnmpCommunityList {
	s := r.list()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, n := range r.Root.All("service", "snmp", "community") {
		ev := r.At(n)
		c := &pb.SnmpCommunity{
			Scope: fmt.Sprintf("community %d", len(out.Items)+1), Versions: facts.Texts([]string{"v1", "v2c"}, ev), DefaultName: facts.Bool(n.Word == "public" || n.Word == "private", ev), Access: r.Doc.NoDefault("authorization").Text(), Sources: r.Doc.Absence().Texts(),
		}
		if tree.Hole(n.Word) {
			c.DefaultName = r.Hole(n).Bool()
		}
		if a := n.Value("authorization"); a.Text() == "ro" || a.Text() == "rw" {
			c.Access = facts.Text(a.Word, r.At(a))
		} else if a != nil {
			c.Access = r.Odd(a).Text()
		}
		clients, at := []string{}, []*pb.Evidence{}
		open := false
		for _, word := range []string{"client", "network"} {
			for _, v := range n.All(word) {
				clients, at = append(clients, v.Word), append(at, r.At(v))
				open = open || everybody(v.Word)
			}
		}
		switch {
		case open:
			c.Sources = facts.Absent(at...).Texts()
		case len(clients) > 0:
			c.Sources = facts.Texts(clients, at...)
		}
		out.Items = append(out.Items, c)
	}
	return out
}

var privWords = map[string]string{"aes": "aes128", "des": "des"}

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.list()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, n := range r.Root.All("service", "snmp", "v3", "user") {
		u := &pb.SnmpUser{Scope: n.Word, Sources: r.Doc.Absence().Texts(), Auth: r.algorithm(n, "auth"), Priv: r.algorithm(n, "privacy"), Access: r.Doc.NoDefault("mode").Text()}
		switch {
		case !facts.Known(u.Auth) || !facts.Known(u.Priv):
			u.Level = r.Doc.NoDefault("type").Text()
		case u.Auth.GetValue() == "none":
			u.Level = facts.Text("noAuthNoPriv", r.Section(n))
		case u.Priv.GetValue() == "none":
			u.Level = facts.Text("authNoPriv", r.Section(n))
		default:
			u.Level = facts.Text("authPriv", r.Section(n))
		}
		if m := r.Root.Value("service", "snmp", "v3", "group", n.Value("group").Text(), "mode"); m != nil {
			u.Access = facts.Text(m.Word, r.At(m))
		} else if m := n.Value("mode"); m != nil {
			u.Access = facts.Text(m.Word, r.At(m))
		}
		out.Items = append(out.Items, u)
	}
	return out
}

func (r *reader) algorithm(n *tree.Node, side string) *pb.TextFact {
	at := n.Get(side)
	v := at.Value("type")
	switch {
	case v != nil:
		if w, ok := privWords[v.Word]; ok && side == "privacy" {
			return facts.Text(w, r.At(v))
		}
		return facts.Text(v.Word, r.At(v))
	case at != nil:
		return r.Doc.NoDefault(side + " type").Text()
	case !r.Whole():
		return r.Doc.Unknown().Text()
	}
	return facts.Text("none", r.Section(n))
}

// snmpPath is the agent as a way in: it runs where `service snmp` stands.
func (r *reader) snmpPath() *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Remote: facts.Bool(true, r.Doc.All()), Port: facts.Int(161, r.Doc.All()), Enabled: r.Present("service", "snmp"), Encrypted: facts.Bool(false, r.Doc.All())}
	n := r.Root.Get("service", "snmp")
	if n == nil || !r.Whole() {
		if n != nil {
			p.Encrypted = r.Doc.Unknown().Bool()
		}
		return p
	}
	versions, ev := []string{}, []*pb.Evidence{r.At(n)}
	if n.Has("community") {
		versions = append(versions, "SNMP v1", "SNMP v2c")
	}
	private := true
	for _, u := range r.snmpUsers().GetItems() {
		private = private && u.GetLevel().GetValue() == "authPriv"
	}
	if len(n.All("v3", "user")) > 0 {
		versions = append(versions, "SNMP v3")
	}
	p.Versions = facts.Texts(versions, ev...)
	p.Encrypted = facts.Bool(len(versions) == 1 && private, ev...)
	p.Sources = r.sources("udp", p.Port)
	return p
}

package junos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) communities() *pb.SnmpCommunityList {
	s := r.list()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	nodes := r.Root.All("snmp", "community")
	if len(nodes) == 1 && len(nodes[0].All()) > 0 && tree.Hole(nodes[0].Word) && r.repeated("community", nodes[0].Word) > 1 { // several whose names a tool took away stand as one
		return r.takenAway(nodes[0])
	}
	for _, n := range nodes {
		c := &pb.SnmpCommunity{
			Scope: fmt.Sprintf("community %d", len(out.Items)+1), Versions: facts.Texts([]string{"v1", "v2c"}, r.At(n)), Access: r.defaultText("ro", snmpRead), Sources: r.clients(n),
			DefaultName: facts.Bool(n.Word == "public" || n.Word == "private", r.At(n)),
		}
		if tree.Hole(n.Word) {
			c.DefaultName = r.Hole(n).Bool()
		}
		if a := n.Value("authorization"); a != nil {
			word := map[string]string{"read-only": "ro", "read-write": "rw"}[a.Word]
			if c.Access = facts.Text(word, r.At(a)); word == "" {
				c.Access = r.Odd(a).Text()
			}
		}
		out.Items = append(out.Items, c)
	}
	return out
}

// repeated counts the statements that begin with two words.
func (r *reader) repeated(first, second string) int {
	n := 0
	for _, l := range r.Doc.Lines() {
		w := strings.Fields(l)
		if len(w) == 3 && w[0] == first && w[1] == second && w[2] == "{" {
			n++
		}
	}
	return n
}

// takenAway states each of several communities that a tool gave the same name; what is said of all of them is said of each.
func (r *reader) takenAway(n *tree.Node) *pb.SnmpCommunityList {
	s := r.list()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for i := range r.repeated("community", n.Word) {
		c := &pb.SnmpCommunity{Scope: fmt.Sprintf("community %d", i+1), Versions: facts.Texts([]string{"v1", "v2c"}, r.At(n)), DefaultName: r.Hole(n).Bool(), Access: r.Hole(n).Text(), Sources: r.clients(n)}
		if a := n.All("authorization"); len(a) == 1 {
			if word := map[string]string{"read-only": "ro", "read-write": "rw"}[a[0].Word]; word != "" {
				c.Access = facts.Text(word, r.At(a[0]))
			}
		}
		out.Items = append(out.Items, c)
	}
	return out
}

// clients is who may use a community: a list of its own, or one that is defined elsewhere.
func (r *reader) clients(n *tree.Node) *pb.TextsFact {
	own, named := n.Get("clients"), n.All("client-list-name")
	if own == nil && len(named) == 0 {
		if ri := n.Get("routing-instance"); ri != nil { // clients may be named for each instance
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "routing-instance", r.At(ri)).Texts()
		}
		return r.Doc.Absence().Texts()
	}
	out := []string{}
	var ev []*pb.Evidence
	add := func(list *tree.Node) *pb.TextsFact {
		for _, c := range list.All() {
			switch {
			case tree.Hole(c.Word):
				return r.Hole(c).Texts()
			case c.Has("restrict"), strings.HasPrefix(c.Word, "apply-"):
				continue
			case everybody(c.Word) || c.Word == "default":
				return facts.Absent(r.At(c)).Texts()
			}
			out = append(out, c.Word)
		}
		ev = append(ev, r.Section(list))
		return nil
	}
	if own != nil {
		if f := add(own); f != nil {
			return f
		}
	}
	for _, name := range named {
		list := r.Root.Get("snmp", "client-list", name.Word)
		if list == nil {
			list = r.Root.Get("policy-options", "prefix-list", name.Word)
		}
		if list == nil {
			return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "client-list "+name.Word, r.At(name)).Texts()
		}
		ev = append(ev, r.At(name))
		if f := add(list); f != nil {
			return f
		}
	}
	return facts.Texts(out, ev...)
}

var authWords = map[string]string{
	"authentication-md5": "md5", "authentication-sha": "sha", "authentication-sha224": "sha224", "authentication-sha256": "sha256", "authentication-sha384": "sha384", "authentication-sha512": "sha512", "authentication-none": "none",
}

var privWords = map[string]string{"privacy-des": "des", "privacy-3des": "3des", "privacy-aes128": "aes128", "privacy-aes192": "aes192", "privacy-aes256": "aes256", "privacy-none": "none"}

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.list()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, n := range r.Root.All("snmp", "v3", "usm", "local-engine", "user") {
		u := &pb.SnmpUser{Scope: n.Word, Auth: r.algorithm(n, authWords), Priv: r.algorithm(n, privWords), Sources: r.Doc.Absence().Texts()}
		switch {
		case !facts.Known(u.Auth) || !facts.Known(u.Priv):
			u.Level = r.Doc.Unknown().Text()
			if r.Whole() {
				u.Level = r.Hole(n).Text()
			}
		case u.Auth.GetValue() == "none":
			u.Level = facts.Text("noAuthNoPriv", r.Section(n))
		case u.Priv.GetValue() == "none":
			u.Level = facts.Text("authNoPriv", r.Section(n))
		default:
			u.Level = facts.Text("authPriv", r.Section(n))
		}
		u.Access = r.viewAccess(n.Word)
		out.Items = append(out.Items, u)
	}
	return out
}

func (r *reader) algorithm(n *tree.Node, words map[string]string) *pb.TextFact {
	for _, c := range n.All() {
		if a, ok := words[c.Word]; ok {
			return facts.Text(a, r.At(c))
		}
	}
	if !r.Whole() {
		return r.Doc.Unknown().Text()
	}
	return facts.Text("none", r.Section(n))
}

// viewAccess is what the group of a user may do.
func (r *reader) viewAccess(user string) *pb.TextFact {
	for _, g := range r.Root.All("snmp", "v3", "vacm", "security-to-group", "security-model", "usm", "security-name") {
		group := g.Value("group")
		if g.Word != user || group == nil {
			continue
		}
		at := r.Root.Get("snmp", "v3", "vacm", "access", "group", group.Word)
		if at == nil {
			return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "group "+group.Word, r.At(group)).Text()
		}
		var writes func(n *tree.Node, depth int) *tree.Node
		writes = func(n *tree.Node, depth int) *tree.Node {
			if w := n.Get("write-view"); w != nil || depth > 8 {
				return w
			}
			for _, c := range n.All() {
				if w := writes(c, depth+1); w != nil {
					return w
				}
			}
			return nil
		}
		if w := writes(at, 0); w != nil {
			return facts.Text("rw", r.At(w))
		}
		return facts.Text("ro", r.Section(at))
	}
	return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "security-to-group").Text()
}

// snmpPath is the agent as a way in: it answers once there is a community or a user.
func (r *reader) snmpPath() *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Remote: facts.Bool(true, r.Doc.All()), Port: facts.Int(161, r.Doc.All()), Enabled: r.defaultBool(false, snmpDefault)}
	versions, ev := []string{}, []*pb.Evidence{}
	if c := r.Root.All("snmp", "community"); len(c) > 0 {
		versions, ev = append(versions, "SNMP v1", "SNMP v2c"), append(ev, r.At(c[0]))
	}
	users := r.snmpUsers().GetItems()
	if len(users) > 0 {
		versions, ev = append(versions, "SNMP v3"), append(ev, users[0].GetAuth().GetEvidence()...)
	}
	if len(versions) == 0 {
		p.Encrypted = facts.Bool(false, r.Doc.All())
		return p
	}
	p.Enabled, p.Versions = facts.Bool(true, ev...), facts.Texts(versions, ev...)
	private := !slices.ContainsFunc(users, func(u *pb.SnmpUser) bool { return u.GetLevel().GetValue() != "authPriv" })
	p.Encrypted = facts.Bool(versions[0] == "SNMP v3" && private, ev...)
	if !r.Whole() {
		p.Versions, p.Encrypted = r.Doc.Unknown().Texts(), r.Doc.Unknown().Bool()
		return p
	}
	p.Sources = r.sources(service{scope: "snmp", inbound: []string{"snmp"}}, p.Port)
	if p.Sources.GetState() == pb.FactState_FACT_STATE_ABSENT { // no filter; each community has clients of its own
		var each []verdict
		for _, c := range r.communities().GetItems() {
			f := c.GetSources()
			each = append(each, verdict{open: f.GetState() == pb.FactState_FACT_STATE_ABSENT, unsure: f.GetState() == pb.FactState_FACT_STATE_UNKNOWN, detail: f.GetDetail(), sources: f.GetValue(), ev: f.GetEvidence()})
		}
		if len(each) > 0 && len(users) == 0 {
			p.Sources = together(each)
		}
	}
	return p
}

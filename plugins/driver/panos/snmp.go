package panos

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) snmpVersion() *tree.Node {
	return r.device("deviceconfig", "system", "snmp-setting", "access-setting", "version")
}

// communities: there is one, of which PAN-OS lets nothing be written.
func (r *reader) communities() *pb.SnmpCommunityList {
	s := r.list()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	at := r.snmpVersion().Get("v2c")
	name := at.Value("snmp-community-string")
	if name == nil { // PAN-OS 4 and before
		name = r.device("deviceconfig", "system", "snmp-setting", "snmp-community-string").Value()
	}
	if name == nil {
		return out
	}
	ev := r.At(name)
	c := &pb.SnmpCommunity{
		Scope: "community 1", Versions: facts.Texts([]string{"v2c"}, ev), Access: facts.Text("ro", ev), Sources: r.managers(), DefaultName: facts.Bool(name.Word == "public" || name.Word == "private", ev),
	}
	if tree.Hole(name.Word) {
		c.DefaultName = r.Hole(name).Bool()
	}
	out.Items = append(out.Items, c)
	return out
}

// managers is who may ask over SNMP: whom the ports let in.
func (r *reader) managers() *pb.TextsFact {
	p := &pb.AccessPath{Scope: "snmp"}
	r.enable(p, r.inBand())
	if p.Sources == nil {
		return facts.NotApplicable(p.Enabled.GetEvidence()...).Texts()
	}
	return p.Sources
}

var authWords = map[string]string{"md5": "md5", "sha": "sha", "sha-224": "sha224", "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}

var privWords = map[string]string{"des": "des", "aes": "aes128", "aes-128": "aes128", "aes-192": "aes192", "aes-256": "aes256"}

// snmpUsers always prove themselves and encrypt; by what is named from PAN-OS 10 on.
func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.list()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, n := range r.snmpVersion().All("v3", "users") {
		u := &pb.SnmpUser{Scope: n.Word, Sources: r.managers(), Access: facts.Text("ro", r.At(n)), Auth: r.Doc.NoDefault("authproto").Text(), Priv: r.Doc.NoDefault("privproto").Text(), Level: r.Doc.NoDefault("authpwd").Text()}
		for _, k := range []struct {
			word  string
			names map[string]string
			to    **pb.TextFact
		}{{"authproto", authWords, &u.Auth}, {"privproto", privWords, &u.Priv}} {
			if v := n.Value(k.word); v != nil {
				name := k.names[strings.ToLower(v.Word)]
				if *k.to = facts.Text(name, r.At(v)); name == "" {
					*k.to = r.Odd(v).Text()
				}
			}
		}
		if n.Has("authpwd") && n.Has("privpwd") {
			u.Level = facts.Text("authPriv", r.Section(n))
		}
		out.Items = append(out.Items, u)
	}
	return out
}

// snmpPath adds what the agent offers. Without a community or a user it answers nobody.
func (r *reader) snmpPath(p *pb.AccessPath) {
	p.Methods, p.Authenticated = nil, nil
	v := r.snmpVersion()
	c := r.communities().GetItems()
	switch users := v.All("v3", "users"); {
	case len(c) > 0:
		p.Versions = facts.Texts([]string{"SNMP v2c"}, c[0].GetAccess().GetEvidence()...)
	case len(users) > 0:
		p.Versions, p.Encrypted = facts.Texts([]string{"SNMP v3"}, r.At(users[0])), facts.Bool(true, r.At(users[0]))
	default:
		p.Versions = r.Doc.NoDefault("snmp-setting").Texts()
	}
}

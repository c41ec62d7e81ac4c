package ciscoios

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// snmp reads communities and users.
func (r *reader) snmp() {
	st := r.Doc.List()
	list := &pb.SnmpCommunityList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range r.Find("snmp-server", "community") {
		if !e.Negated && e.Word(2) != "" {
			list.Items = append(list.Items, r.community(e, len(list.Items)+1))
		}
	}
	r.Facts.SnmpCommunities = list
	r.Facts.SnmpUsers = r.snmpUsers()
}

// community reads a community; without a word of access it is read-only.
func (r *reader) community(e *stanza.Entry, n int) *pb.SnmpCommunity {
	c := r.Community(e, n)
	if c.Access == nil {
		c.Access = r.Doc.NoDefault("snmp-server community without ro or rw").Text()
	}
	return c
}

// snmpUsers reads the users, which a running configuration does not show once they are made: "show snmp user" does.
func (r *reader) snmpUsers() *pb.SnmpUserList {
	st := r.Doc.List()
	list := &pb.SnmpUserList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	groups := r.SNMPGroups()
	list.Items = r.SNMPUsers(groups)
	if doc := r.Ans.Command(showSNMPUser); doc.Whole() {
		if users := r.shownUsers(groups); len(users) > 0 {
			return &pb.SnmpUserList{State: pb.FactState_FACT_STATE_KNOWN, Evidence: []*pb.Evidence{doc.All()}, Items: users}
		}
	} else if len(groups) > 0 && len(list.Items) == 0 {
		m := doc.Unknown().Text()
		list.State, list.Reason, list.Detail, list.Evidence = m.GetState(), m.GetReason(), m.GetDetail(), nil
	}
	return list
}

// shownUsers reads "show snmp user".
func (r *reader) shownUsers(groups map[string]*stanza.Entry) []*pb.SnmpUser {
	var out []*pb.SnmpUser
	var u *pb.SnmpUser
	doc := r.Ans.Command(showSNMPUser)
	for n, l := range doc.Lines() {
		key, value, ok := strings.Cut(l, ":")
		if !ok {
			continue
		}
		ev, word := doc.Line(n, l), strings.ToLower(strings.TrimSpace(value))
		switch strings.TrimSpace(key) {
		case "User name":
			u = &pb.SnmpUser{Scope: strings.TrimSpace(value), Auth: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Text(), Priv: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Text()}
			out = append(out, u)
		case "Authentication Protocol":
			if u != nil {
				u.Auth = facts.Text(word, ev)
			}
		case "Privacy Protocol":
			if u != nil {
				u.Priv = facts.Text(word, ev)
			}
		case "Group-name":
			if u != nil && facts.Known(u.Auth) && facts.Known(u.Priv) {
				r.FinishUser(u, groups, strings.TrimSpace(value))
			}
		}
	}
	return out
}

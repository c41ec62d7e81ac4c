package snmpmib

import (
	"net/netip"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The protocols of SNMP-FRAMEWORK and its extensions (RFC 3414, RFC 3826, RFC 7860).
func usmProtocols() map[string]string {
	return map[string]string{
		"1.3.6.1.6.3.10.1.1.1": "none", "1.3.6.1.6.3.10.1.1.2": "md5", "1.3.6.1.6.3.10.1.1.3": "sha", "1.3.6.1.6.3.10.1.1.4": "sha224",
		"1.3.6.1.6.3.10.1.1.5": "sha256", "1.3.6.1.6.3.10.1.1.6": "sha384", "1.3.6.1.6.3.10.1.1.7": "sha512",
		"1.3.6.1.6.3.10.1.2.1": "none", "1.3.6.1.6.3.10.1.2.2": "des", "1.3.6.1.6.3.10.1.2.4": "aes128",
	}
}

// users reads usmUserTable: the active users of the agent's own engine. Which level they must use, and what they may do, stands in
// tables whose names can be communities; they are not asked. Nor does the table prove that it is all: views leave out users.
func (r *reader) users() *pb.SnmpUserList {
	states, auths, privs := r.column(usmStatus), r.column(usmAuth), r.column(usmPriv)
	list := &pb.SnmpUserList{State: pb.FactState_FACT_STATE_UNKNOWN}
	list.Reason, list.Detail = why(states.missing())
	own := ""
	if id, ok := r.column(snmpEngine).object(1); ok && id.Type == driver.StringType {
		own = id.Text
	}
	taken := map[string]bool{}
	const active = 1
	for _, row := range states.rows {
		engine, rest, ok := sized(row.index)
		name, rest2, ok2 := sized(rest)
		e, isBytes := octets(engine)
		n, isBytes2 := octets(name)
		if !ok || !ok2 || !isBytes || !isBytes2 || len(rest2) != 0 || row.Number != active || own == "" || string(e) != own {
			continue
		}
		u := &pb.SnmpUser{Scope: unique(taken, text(string(n)), "user")}
		u.Auth = protocol(auths, row.index)
		u.Priv = protocol(privs, row.index)
		notAsked := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "the access table is not read: its names can be communities")
		u.Level, u.Access = notAsked.Text(), notAsked.Text()
		if facts.Known(u.Auth) && u.Auth.GetValue() == "none" {
			u.Level = facts.Text("noAuthNoPriv", u.Auth.GetEvidence()...)
		}
		list.Items = append(list.Items, u)
	}
	if len(list.Items) > 0 {
		list.Reason, list.Detail = pb.Reason_REASON_NOT_PERMITTED, "an SNMP view can leave out users"
	}
	return list
}

func protocol(c *column, index driver.OID) *pb.TextFact {
	row, ok := c.at(index)
	if !ok {
		return c.missing().Text()
	}
	if word := usmProtocols()[row.Text]; word != "" && row.Type == driver.OIDType {
		return facts.Text(word, c.here(row))
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "another protocol", c.here(row)).Text()
}

// logTargets reads CISCO-SYSLOG-EXT-MIB and HUAWEI-INFOCENTER-MIB: servers that records are sent to.
func (r *reader) logTargets() *pb.LogTargetList {
	list := &pb.LogTargetList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_FOUND, Detail: "no MIB of this agent says where records are sent"}
	taken := map[string]bool{}
	const active = 1
	for _, t := range []struct{ address, status string }{{ciscoSyslogAddr, ciscoSyslogStatus}, {huaweiLogAddr, huaweiLogStatus}} {
		addresses, states := r.column(t.address), r.column(t.status)
		for _, row := range addresses.rows {
			state, ok := states.at(row.index)
			address := logAddress(row)
			if !ok || state.Number != active || address == "" {
				continue
			}
			ev := addresses.here(row)
			unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "not read from the MIB", ev)
			list.Items = append(list.Items, &pb.LogTarget{Scope: unique(taken, address, "target"), Address: facts.Text(address, ev), Port: unsaid.Int(), Protocol: unsaid.Text()})
			list.Detail = "the MIB does not say that these are all"
		}
	}
	return list
}

// logAddress reads an address in words or, as InetAddress has them, in four or sixteen bytes.
func logAddress(r row) string {
	switch r.Type {
	case driver.AddressType:
		return r.Text
	case driver.StringType:
		if a, ok := netip.AddrFromSlice([]byte(r.Text)); ok && !printable(r.Text) {
			return a.String()
		}
		if printable(r.Text) {
			return r.Text
		}
	}
	return ""
}

func printable(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' })
}

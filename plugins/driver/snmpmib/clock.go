package snmpmib

import (
	"net/netip"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// clock reads NTPv4-MIB, CISCO-NTP-MIB or HH3C-NTP-MIB, whichever is there.
func (r *reader) clock() *pb.Clock {
	if c := r.column(ntpStatus); len(c.rows) > 0 {
		return standardClock(c)
	}
	for _, oid := range []string{ciscoNTP, h3cNTP} {
		if c := r.column(oid); len(c.rows) > 0 {
			return vendorClock(c)
		}
	}
	m := r.column(ntpStatus).missing()
	return &pb.Clock{Synchronised: m.Bool(), Source: m.Text(), Stratum: m.Int()}
}

// standardClock reads ntpEntStatus of RFC 5907.
func standardClock(c *column) *pb.Clock {
	m := c.missing()
	out := &pb.Clock{Synchronised: m.Bool(), Source: m.Text(), Stratum: m.Int()}
	// Its own clock (syncToLocal) is no source to follow.
	means := map[int64]bool{1: false, 2: false, 3: false, 4: false, 5: true, 6: true}
	if mode, ok := c.object(1); ok {
		out.Synchronised = status(c, mode.index, means)
	}
	if s, ok := c.object(2); ok {
		if n, isNumber := s.number(); isNumber && n > 0 {
			out.Stratum = facts.Int(n, c.here(s))
		}
	}
	if s, ok := c.object(4); ok && s.Type == driver.StringType && text(s.Text) != "" && facts.Known(out.Synchronised) && out.Synchronised.GetValue() {
		out.Source = facts.Text(text(s.Text), c.here(s))
	}
	return out
}

// vendorClock reads the system group that Cisco's and H3C's MIBs share: leap indicator (1), stratum (2), reference (6).
func vendorClock(c *column) *pb.Clock {
	m := c.missing()
	out := &pb.Clock{Synchronised: m.Bool(), Source: m.Text(), Stratum: m.Int()}
	leap, hasLeap := c.object(1)
	stratum, hasStratum := c.object(2)
	s, isNumber := stratum.number()
	if !hasStratum || !isNumber {
		return out
	}
	out.Stratum = facts.Int(s, c.here(stratum))
	const alarm, unsynchronised = 3, 16
	l, leapIsNumber := leap.number()
	if s == 0 || s >= unsynchronised {
		out.Synchronised = facts.Bool(false, c.here(stratum))
		return out
	}
	if !hasLeap || !leapIsNumber {
		return out
	}
	if l == alarm {
		out.Synchronised = facts.Bool(false, c.here(leap))
		return out
	}
	ref, ok := c.object(6)
	if !ok || ref.Type != driver.StringType {
		return out
	}
	source, local := reference(ref.Text, s)
	if source == "" {
		out.Synchronised = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the reference cannot be read", c.here(ref)).Bool()
		return out
	}
	out.Source = facts.Text(source, c.here(ref))
	out.Synchronised = facts.Bool(!local, c.here(leap), c.here(stratum), c.here(ref))
	return out
}

// reference reads a reference id: four bytes of an address or, of stratum 1, of a word; or either in words. It says whether it is
// the device's own clock.
func reference(id string, stratum int64) (name string, local bool) {
	if len(id) == 4 {
		if a, ok := netip.AddrFromSlice([]byte(id)); ok && stratum > 1 && strings.Trim(id, "\x00") != "" {
			return a.String(), a.IsLoopback()
		}
	}
	name = strings.Trim(text(id), ".")
	if a, err := netip.ParseAddr(name); err == nil {
		return name, a.IsLoopback() || a.IsUnspecified()
	}
	for _, c := range name {
		if c < '!' || c > '~' {
			return "", false
		}
	}
	return name, strings.HasPrefix(strings.ToUpper(name), "LOC")
}

// timeSources are the configured servers. No table says that it has all of them: Cisco's holds version 4 addresses, NTPv4-MIB's
// associations come and go.
func (r *reader) timeSources() *pb.TimeSourceList {
	list := &pb.TimeSourceList{State: pb.FactState_FACT_STATE_UNKNOWN}
	list.Reason, list.Detail = why(r.column(ntpAssocName).missing())
	seen := map[string]bool{}
	names := r.column(ntpAssocName)
	for _, row := range names.rows {
		if name := text(row.Text); row.Type == driver.StringType && name != "" && !seen[name] {
			seen[name] = true
			list.Items = append(list.Items, &pb.TimeSource{Scope: name, Kind: seenAt(names.here(row))})
		}
	}
	r.ciscoSources(list, seen)
	r.h3cSources(list, seen)
	if len(list.Items) > 0 {
		list.Reason, list.Detail = pb.Reason_REASON_NOT_FOUND, "the MIB does not say that these are all"
	}
	return list
}

// seenAt is the kind of a source that a table lists: it does not say which, but where the source was seen.
func seenAt(row *pb.Evidence) *pb.TextFact {
	return facts.Unknown(pb.Reason_REASON_NOT_ASKED, "the table does not say of which kind", row).Text()
}

const truth = 1

func (r *reader) ciscoSources(list *pb.TimeSourceList, seen map[string]bool) {
	peers, configured, reach, sys := r.column(ciscoNTPPeer), r.column(ciscoNTPConf), r.column(ciscoNTPReach), r.column(ciscoNTP)
	for _, row := range peers.rows {
		conf, ok := configured.at(row.index)
		if row.Type != driver.AddressType || !ok || conf.Number != truth || seen[row.Text] || row.Text == "0.0.0.0" {
			continue
		}
		seen[row.Text] = true
		item := &pb.TimeSource{Scope: row.Text, Kind: seenAt(peers.here(row))}
		if v, ok := reach.at(row.index); ok {
			if n, isNumber := v.number(); isNumber {
				item.Reachable = facts.Bool(n != 0, reach.here(v))
			}
		}
		if v, ok := sys.object(9); ok && len(row.index) == 1 { // cntpSysPeer: the association that is followed
			if n, isNumber := v.number(); isNumber {
				item.Selected = facts.Bool(n == int64(row.index[0]), sys.here(v), peers.here(row))
			}
		}
		list.Items = append(list.Items, item)
	}
}

// h3cSources reads hh3cNTPPeerTable, whose index begins with the address.
func (r *reader) h3cSources(list *pb.TimeSourceList, seen map[string]bool) {
	configured, authentic := r.column(h3cNTPConf), r.column(h3cNTPAuth)
	for _, row := range configured.rows {
		if n, ok := row.number(); !ok || n != truth || len(row.index) != 5 {
			continue
		}
		b, ok := octets(row.index[:4])
		a, isAddress := netip.AddrFromSlice(b)
		if !ok || !isAddress || seen[a.String()] {
			continue
		}
		seen[a.String()] = true
		item := &pb.TimeSource{Scope: a.String(), Kind: seenAt(configured.here(row))}
		if v, ok := authentic.at(row.index); ok {
			if n, isNumber := v.number(); isNumber && (n == 1 || n == 2) {
				item.Authenticated = facts.Bool(n == truth, authentic.here(v))
			}
		}
		list.Items = append(list.Items, item)
	}
}

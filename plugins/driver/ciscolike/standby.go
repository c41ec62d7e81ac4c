package ciscolike

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// standbyRow is a group as "show standby brief" or "show hsrp brief" shows it.
type standbyRow struct {
	iface, group, state, active, standby string
	at                                   *pb.Evidence
}

// Standbys states of the HSRP groups how they stand and whether the other router is there, from that command's answer. Other
// groups, and those it does not show, stay without a partner that is known.
func (b *Base) Standbys(command string) {
	doc := b.Ans.Command(command)
	rows := standbyRows(doc)
	for _, g := range b.Facts.RedundancyGroups.GetItems() {
		words := strings.SplitN(g.GetScope(), " ", 3)
		if words[0] != "hsrp" || len(words) < 3 {
			continue
		}
		if g.PeerPresent = doc.Unknown().Bool(); doc.Whole() {
			g.PeerPresent = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "hsrp "+words[1], doc.All()).Bool()
		}
		for _, row := range rows {
			if row.group != words[1] || !shortens(row.iface, words[2]) {
				continue
			}
			g.State = facts.Text(strings.ToLower(row.state), row.at)
			here, ok := row.partner()
			if !ok {
				g.PeerPresent = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "state "+row.state, row.at).Bool()
				break
			}
			if g.PeerPresent = facts.Bool(here, row.at); !here { // of the two families that one group may serve, one without a partner counts
				break
			}
		}
	}
}

// partner says whether the other router is there; false if the state does not tell.
func (r standbyRow) partner() (here, ok bool) {
	other := ""
	switch strings.ToLower(r.state) {
	case "active":
		other = r.standby
	case "standby", "listen":
		other = r.active
	}
	switch strings.ToLower(other) {
	case "", "local":
		return false, false
	case "unknown":
		return false, true
	}
	return true, true
}

// standbyRows reads INTERFACE GROUP PRIORITY [P] STATE ACTIVE STANDBY ADDRESS; a long name may stand on a line of its own.
func standbyRows(doc driver.Document) []standbyRow {
	var out []standbyRow
	alone := ""
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		w := strings.Fields(text)
		if len(w) == 1 {
			alone = w[0]
			continue
		}
		if len(w) > 0 && alone != "" && numeric(w[0]) {
			w = append([]string{alone}, w...)
		}
		alone = ""
		if len(w) < 7 || !numeric(w[1]) || !numeric(w[2]) {
			continue
		}
		if w[3] == "P" {
			w = append(w[:3:3], w[4:]...)
		}
		if len(w) < 7 {
			continue
		}
		out = append(out, standbyRow{iface: w[0], group: w[1], state: w[3], active: w[4], standby: w[5], at: doc.Line(n, text)})
	}
	return out
}

func numeric(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// shortens says whether short is how the platform abbreviates the name of an interface: Gi0/1 for GigabitEthernet0/1.
func shortens(short, name string) bool {
	split := func(s string) (kind, number string) {
		s = strings.ToLower(strings.ReplaceAll(s, " ", ""))
		i := strings.IndexAny(s, "0123456789")
		if i < 0 {
			return s, ""
		}
		return s[:i], s[i:]
	}
	kind1, number1 := split(short)
	kind2, number2 := split(name)
	return kind1 != "" && number1 == number2 && strings.HasPrefix(kind2, kind1)
}

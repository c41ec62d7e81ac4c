package gaia

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// saved reads the one word by which Gaia tells whether its configuration is saved, and where scheduled backups go.
func (r *reader) saved(state driver.Document) *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	s := &pb.Saved{RunningIsSaved: state.Unknown().Bool(), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.archives()}
	if state.Whole() {
		s.RunningIsSaved = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, state.Source).Bool()
	}
	for n, l := range state.Lines() {
		if word := strings.ToLower(strings.TrimSpace(l)); word == "saved" || word == "unsaved" {
			s.RunningIsSaved = facts.Bool(word == "saved", state.Line(n, word))
		}
	}
	return s
}

// archives are where backups go by themselves: those that were added and that a line says when to make.
func (r *reader) archives() *pb.TextsFact {
	var to []string
	var ev []*pb.Evidence
	for e := range r.Find("add", "backup-scheduled", "name") {
		name := e.Word(3)
		if r.Final("set", "backup-scheduled", "name", name, "recurrence") == nil {
			continue
		}
		switch e.Word(4) {
		case "local":
			to, ev = append(to, "local"), append(ev, r.At(e))
		case "scp", "ftp", "tftp":
			if host := e.After("ip"); host != "" && !stanza.Hole(host) {
				to, ev = append(to, host), append(ev, r.At(e))
				continue
			}
			return r.Odd(e).Texts()
		default:
			return r.Odd(e).Texts()
		}
	}
	if len(to) > 0 {
		return facts.Texts(to, ev...)
	}
	return r.Doc.Absence().Texts()
}

// addressBindings are fixed ARP entries.
func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.Doc.List()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("add", "arp", "static") {
		ip, mac := e.After("ipv4-address"), e.After("macaddress")
		if ip == "" || mac == "" {
			r.Unread = append(r.Unread, r.At(e))
			continue
		}
		out.Items = append(out.Items, &pb.AddressBinding{Scope: ip, Mac: facts.Text(mac, r.At(e)), Interface: facts.NotApplicable().Text(), Kind: facts.Text("static-arp", r.At(e))})
	}
	return out
}

// services are those that are better off.
func (r *reader) services() *pb.ServiceList {
	s := r.Doc.List()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	dhcp := r.Doc.NoDefault("dhcp server").Bool()
	if e := r.Final("set", "dhcp", "server", "enable"); e != nil {
		dhcp = facts.Bool(true, r.At(e))
	} else if e := r.Final("set", "dhcp", "server", "disable"); e != nil {
		dhcp = facts.Bool(false, r.At(e))
	}
	out.Items = append(out.Items,
		&pb.Service{Scope: "telnet", Enabled: r.switched(r.Doc.NoDefault("net-access telnet").Bool(), "set", "net-access", "telnet")},
		&pb.Service{Scope: "dhcpd", Enabled: dhcp})
	return out
}

// Words by which a member of a cluster says that it carries traffic or stands ready to.
var ready = []string{"ACTIVE", "STANDBY", "BACKUP", "ACTIVE!", "ACTIVE(!)"}

// redundancyGroups reads the members of the cluster. A gateway that is in none says so.
func redundancyGroups(shown driver.Document) *pb.RedundancyGroupList {
	if !shown.Whole() {
		m := shown.Unknown().Text()
		return &pb.RedundancyGroupList{State: m.GetState(), Reason: m.GetReason(), Detail: m.GetDetail()}
	}
	out := &pb.RedundancyGroupList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: shown.Source}
	g := &pb.RedundancyGroup{Scope: "cluster", PeerPresent: facts.Bool(false, shown.All())}
	for n, l := range shown.Lines() {
		text := strings.TrimSpace(l)
		ev := shown.Line(n, text)
		words := strings.Fields(text)
		switch {
		case strings.HasPrefix(text, "HA module not started"):
			return &pb.RedundancyGroupList{State: pb.FactState_FACT_STATE_KNOWN, Evidence: []*pb.Evidence{ev}}
		case strings.HasPrefix(text, "Cluster Mode:"):
			g.Kind = facts.Text("cluster", ev)
		case g.Kind == nil || len(words) < 4:
		case words[1] == "(local)" && len(words) > 4:
			g.State = facts.Text(strings.ToLower(words[4]), ev)
		case isNumber(words[0]) && slices.Contains(ready, strings.ToUpper(words[3])):
			g.PeerPresent = facts.Bool(true, ev)
		}
	}
	if g.Kind != nil && g.State != nil {
		out.State, out.Reason, out.Detail, out.Items = pb.FactState_FACT_STATE_KNOWN, pb.Reason_REASON_UNSPECIFIED, "", []*pb.RedundancyGroup{g}
		out.Evidence = []*pb.Evidence{shown.All()}
	}
	return out
}

func isNumber(word string) bool {
	_, ok := stanza.Number(word)
	return ok
}

package rgos

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// network reads interfaces, what is applied to them, bindings, and what takes over when the device fails.
func (r *reader) network() {
	r.Interfaces(func(*stanza.Entry) *pb.BoolFact { return r.Doc.NoDefault("shutdown").Bool() })
	groups := r.Facts.RedundancyGroups
	for e := range r.Find("switch", "virtual", "domain") {
		if !e.Negated {
			groups.Items = append(groups.Items, &pb.RedundancyGroup{Scope: "stack", Kind: facts.Text("stack", r.At(e))})
		}
	}
	r.AppliedFilters(func(*stanza.Entry) *pb.Evidence { return nil })
	r.Bindings()
	r.gateways()
	p := r.Facts.Protections
	p.Stateful = r.Doc.NoDefault("ip session").Bool()
	p.DosProtection = r.Doc.NoDefault("nfpp").Bool()
	for _, words := range [][]string{{"ip", "deny", "land"}, {"ip", "deny", "invalid-tcp"}, {"ip", "deny", "spoofing-source"}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			p.DosProtection = facts.Bool(true, r.At(e))
		}
	}
	r.Facts.Saved = &pb.Saved{Archives: r.Doc.NoDefault("archive").Texts(), RunningIsSaved: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the head of the configuration does not tell").Bool()}
}

// gateways reads what protects the address of a gateway from being claimed by others.
func (r *reader) gateways() {
	list := r.Facts.AddressBindings
	for e := range r.Find("interface") {
		name := strings.Join(e.Words[1:], " ")
		for _, s := range e.Under() {
			kind, where := "", ""
			switch {
			case s.Negated:
			case s.Begins("arp-check"):
				kind, where = "arp-inspection", name
			case s.Begins("switchport", "port-security", "binding"), s.Begins("switchport", "port-security", "mac-address"):
				kind, where = "port-security", name
			}
			if kind != "" {
				list.Items = append(list.Items, &pb.AddressBinding{Scope: name, Kind: facts.Text(kind, r.At(s)), Interface: facts.Text(where, r.At(s))})
			}
		}
	}
	for e := range r.Find("address-bind") {
		if !e.Negated && len(e.Words) > 2 && e.Word(1) != "install" && e.Word(1) != "uplink" && e.Word(1) != "ipv6-mode" {
			list.Items = append(list.Items, &pb.AddressBinding{Scope: e.Word(1), Mac: facts.Text(e.Word(2), r.At(e)), Kind: facts.Text("source-guard", r.At(e))})
		}
	}
}

// managing are first words of lines that manage the device, with the words that may follow and are read or say nothing that is asked.
var managing = map[string][]string{
	"aaa":      {"new-model", "authentication", "authorization", "accounting", "group", "local", "log", "domain", "nas-id"},
	"enable":   {"secret", "password", "service"},
	"banner":   {"login", "motd", "exec", "incoming", "slip-ppp", "prompt-timeout"},
	"ntp":      {"server", "peer", "authenticate", "authentication-key", "trusted-key", "access-group", "update-calendar", "master", "disable", "service", "interval"},
	"sntp":     {"server", "enable", "interval"},
	"password": {"policy"},
	"logging":  loggingWords,
}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for word, second := range managing {
		for e := range r.Find(word) {
			if len(e.Words) == 1 || slices.Contains(second, e.Word(1)) || word == "logging" && serverOf(e) != "" && strings.ContainsAny(e.Word(1), ".:") {
				continue
			}
			r.Unread = append(r.Unread, r.At(e))
		}
	}
	r.Distinct()
}

package fortios

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// saved: FortiOS keeps each change as it is made, unless it was told to wait for somebody to save it.
func (r *reader) saved() *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	s := &pb.Saved{RunningIsSaved: r.defaults.Bool("cfg-save", true), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.archives()}
	switch n := r.system("cfg-save"); {
	case n == nil:
	case n.word(1) == "automatic":
		s.RunningIsSaved = facts.Bool(true, r.at(n))
	case n.word(1) == "manual" || n.word(1) == "revert": // whether changes wait is not shown
		s.RunningIsSaved = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "cfg-save "+n.word(1), r.at(n)).Bool()
	default:
		s.RunningIsSaved = r.odd(n).Bool()
	}
	return s
}

// copying is the command by which a script sends the configuration to a server: how, under which name, and where to.
var copying = regexp.MustCompile(`(?m)^\s*exe\w*\s+backup\s+(?:full-)?config\s+(?:s?ftp|tftp)\s+\S+\s+([^\s:"]+)`)

// archives are where the device sends its configuration by itself: to a FortiManager that only keeps copies, by scripts that are
// run again and again, and by stitches that are run on a schedule or at each change.
func (r *reader) archives() *pb.TextsFact {
	var to []string
	var ev []*pb.Evidence
	var unsure *pb.TextsFact
	add := func(server string, n *node) {
		if !slices.Contains(to, server) {
			to = append(to, server)
		}
		ev = append(ev, facts.Line(r.doc.Source, n.n, "set script ******")) // it may hold a password
	}
	for t := range r.everywhere() {
		manager := t.setting("fmg", "system", "central-management")
		kind, mode := t.setting("type", "system", "central-management"), t.setting("mode", "system", "central-management")
		switch {
		case manager == nil || manager.word(1) == "" || kind.word(1) != "fortimanager":
		case mode.word(1) == "backup":
			to, ev = append(to, manager.word(1)), append(ev, r.at(manager), r.at(mode))
		default: // it may fetch copies
			unsure = facts.Unknown(pb.Reason_REASON_ELSEWHERE, "fmg", r.at(manager)).Texts()
		}
		for e := range t.entries("system", "auto-script") {
			n := e.set("script")
			switch m := copying.FindStringSubmatch(n.word(1)); {
			case m == nil:
			case e.set("start").word(1) == "auto" && e.set("repeat").word(1) == "0":
				add(m[1], n)
			default:
				unsure = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "auto-script", r.at(e)).Texts()
			}
		}
		for stitch := range t.entries("system", "automation-stitch") {
			if stitch.set("status").word(1) == "disable" {
				continue
			}
			for _, n := range r.scripts(t, stitch) {
				m := copying.FindStringSubmatch(n.word(1))
				switch {
				case m == nil:
				case recurs(t, stitch.set("trigger").word(1)):
					add(m[1], n)
				default:
					unsure = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "automation-trigger", r.at(stitch)).Texts()
				}
			}
		}
	}
	switch {
	case len(to) > 0:
		return facts.Texts(to, ev...)
	case unsure != nil:
		return unsure
	}
	return r.doc.Absence().Texts()
}

// scripts gives the scripts of a stitch's actions, named by the stitch itself or, on later versions, in a table below it.
func (r *reader) scripts(t, stitch *node) []*node {
	names := stitch.set("action").values()
	for a := range stitch.entries("actions") {
		names = append(names, a.set("action").values()...)
	}
	var out []*node
	for e := range t.entries("system", "automation-action") {
		if n := e.set("script"); n != nil && slices.Contains(names, e.word(0)) {
			out = append(out, n)
		}
	}
	return out
}

// recurs says whether a trigger fires on a schedule, not just once, or at each change of the configuration.
func recurs(t *node, trigger string) bool {
	for e := range t.entries("system", "automation-trigger") {
		if e.word(0) == trigger {
			return e.set("trigger-type").word(1) == "scheduled" && e.set("trigger-frequency").word(1) != "once" || e.set("event-type").word(1) == "config-change"
		}
	}
	return false
}

// addressBindings are fixed ARP entries, and the table that packets are held to where it is switched on.
func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.doc.List()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(e *node, kind string) {
		ip, mac := e.set("ip"), e.set("mac")
		if ip == nil || mac == nil || stanza.Hole(ip.word(1)) {
			return
		}
		b := &pb.AddressBinding{Scope: ip.word(1), Mac: facts.Text(mac.word(1), r.at(mac)), Kind: facts.Text(kind, r.at(e)), Interface: r.doc.Absence().Text()}
		if n := e.set("interface"); n != nil {
			b.Interface = facts.Text(n.word(1), r.at(n))
		}
		out.Items = append(out.Items, b)
	}
	guarded := false
	for e := range r.global.entries("system", "interface") {
		guarded = guarded || e.set("ipmac").word(1) == "enable"
	}
	for t := range r.everywhere() {
		for e := range t.entries("system", "arp-table") {
			add(e, "static-arp")
		}
		through, into := t.setting("bindthroughfw", "firewall", "ipmacbinding", "setting"), t.setting("bindtofw", "firewall", "ipmacbinding", "setting")
		if !guarded || through.word(1) != "enable" && into.word(1) != "enable" {
			continue
		}
		for e := range t.entries("firewall", "ipmacbinding", "table") {
			if e.set("status").word(1) == "enable" {
				add(e, "source-guard")
			}
		}
	}
	return out
}

// services are those that are no way in but are better off: what the device serves to others.
func (r *reader) services(paths []*pb.AccessPath) *pb.ServiceList {
	s := r.doc.List()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, p := range paths {
		if p.GetScope() == "http" || p.GetScope() == "telnet" {
			out.Items = append(out.Items, &pb.Service{Scope: p.GetScope(), Enabled: p.GetEnabled()})
		}
	}
	for _, served := range []struct {
		scope string
		table []string
	}{{"dhcpd", []string{"system", "dhcp", "server"}}, {"named", []string{"system", "dns-server"}}} {
		on := r.doc.Off()
		for t := range r.everywhere() {
			for e := range t.entries(served.table...) {
				if e.set("status").word(1) != "disable" {
					on = facts.Bool(true, r.at(e))
				}
			}
		}
		out.Items = append(out.Items, &pb.Service{Scope: served.scope, Enabled: on})
	}
	return out
}

// stateful is whether sessions are kept track of: always, but not in a virtual domain that lets packets come by other ways.
func (r *reader) stateful() *pb.BoolFact {
	for t := range r.everywhere() {
		for _, key := range []string{"asymroute", "asymroute6"} {
			if n := t.setting(key, "system", "settings"); strings.EqualFold(n.word(1), "enable") {
				return facts.Bool(false, r.at(n))
			}
		}
	}
	return r.defaults.Bool("policy-deny", true)
}

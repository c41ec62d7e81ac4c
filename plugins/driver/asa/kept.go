package asa

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// saved compares what runs with what a restart would load, and says where the device sends copies by itself.
func (r *reader) saved(startup driver.Document) *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	return &pb.Saved{RunningIsSaved: r.same(startup), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.archives()}
}

// same is whether both configurations say the same; secrets are left out, for they may be written in another way.
func (r *reader) same(startup driver.Document) *pb.BoolFact {
	if !startup.Whole() {
		return startup.Unknown().Bool()
	}
	other := parse(startup)
	if !r.Whole() || !other.Whole() {
		return facts.Unknown(pb.Reason_REASON_TRUNCATED, startup.Source).Bool()
	}
	a, b := r.spoken(), other.spoken()
	if slices.Equal(a, b) {
		return facts.Bool(true, r.Doc.All(), startup.All())
	}
	slices.Sort(a)
	slices.Sort(b)
	if slices.Equal(a, b) {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the same lines in another order", startup.All()).Bool()
	}
	return facts.Bool(false, r.Doc.All(), startup.All())
}

func (c *config) spoken() []string {
	var out []string
	for _, e := range c.Top {
		if strings.HasPrefix(e.Words[0], "Cryptochecksum:") {
			continue
		}
		out = append(out, mask(e))
		for n := range e.Node.All() {
			if below := c.Entry(n); len(below.Words) > 0 {
				out = append(out, mask(below))
			}
		}
	}
	return out
}

// archives are where the event manager copies the configuration to, again and again.
func (r *reader) archives() *pb.TextsFact {
	var to []string
	var ev []*pb.Evidence
	var unsure *stanza.Entry
	for e := range r.Find("event", "manager", "applet") {
		if e.Negated {
			continue
		}
		recurs := false
		for _, l := range e.Under() {
			recurs = recurs || !l.Negated && (l.Begins("event", "timer", "absolute") || l.Begins("event", "timer", "watchdog"))
		}
		for _, l := range e.Under() {
			host, copies := copied(l)
			switch {
			case !copies || l.Negated:
			case recurs && host != "":
				to, ev = append(to, host), append(ev, facts.Line(r.Doc.Source, l.Node.N, "action cli command ******")) // the address may hold a password
			default:
				unsure = e
			}
		}
	}
	switch {
	case len(to) > 0:
		return facts.Texts(to, ev...)
	case unsure != nil:
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "event manager applet", facts.Line(r.Doc.Source, unsure.Node.N, unsure.Text(unsure.Words))).Texts()
	}
	return r.Doc.Absence().Texts()
}

// copied gives the machine to which an applet's action copies the configuration; "" where it is the device itself.
func copied(l *stanza.Entry) (host string, copies bool) {
	if l.Words[0] != "action" || l.Word(2) != "cli" || l.Word(3) != "command" {
		return "", false
	}
	words := strings.Fields(strings.Join(l.Words[4:], " "))
	if len(words) == 0 || strings.Trim(words[0], `"`) != "copy" || !slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(w, "-config") }) {
		return "", false
	}
	u, err := url.Parse(strings.Trim(words[len(words)-1], `"`))
	if err != nil || !slices.Contains([]string{"tftp", "ftp", "scp", "http", "https", "smb"}, u.Scheme) {
		return "", true
	}
	return u.Hostname(), true
}

// addressBindings are fixed ARP entries, and interfaces that hold packets to them.
func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.Doc.List()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("arp") {
		if _, err := netip.ParseAddr(e.Word(2)); err == nil && !e.Negated && e.Word(3) != "" {
			ev := r.At(e)
			out.Items = append(out.Items, &pb.AddressBinding{Scope: e.Word(2), Mac: facts.Text(e.Word(3), ev), Interface: facts.Text(e.Word(1), ev), Kind: facts.Text("static-arp", ev)})
		}
	}
	for e := range r.Find("arp-inspection") {
		if !e.Negated && e.Word(2) == "enable" {
			ev := r.At(e)
			out.Items = append(out.Items, &pb.AddressBinding{Scope: e.Word(1), Mac: facts.NotApplicable().Text(), Interface: facts.Text(e.Word(1), ev), Kind: facts.Text("arp-inspection", ev)})
		}
	}
	return out
}

package iosxr

import (
	"regexp"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

type entry = stanza.Entry

var (
	releaseLine  = regexp.MustCompile(`^!! IOS XR Configuration (?:version = )?([0-9]\S*)`)
	promptLine   = regexp.MustCompile(`^(?:RP/)?\S{1,64}#(?:\s*sh(?:ow)?\s.*)?$`)
	softwareLine = regexp.MustCompile(`^Cisco IOS XR Software, Version ([^\s\[,]+)`)
	productLine  = regexp.MustCompile(`^cisco (.+?) (?:Series )?\(.*\) processor`)
	uptimeLine   = regexp.MustCompile(`^(\S+) uptime is `)
)

// parse reads the configuration. It is whole if its head (the comment that names the release, or the host name) and its closing mark were
// seen. The lines below "ntp" are found as if they were written on one line each.
func (r *reader) parse(doc driver.Document) {
	r.Config = stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: mask})
	head, ended := false, false
	for n, l := range doc.Lines() {
		if strings.HasPrefix(l, "!! IOS XR") && r.release == nil {
			if m := releaseLine.FindStringSubmatch(l); m != nil {
				r.release, head = facts.Text(m[1], doc.Line(n, l)), true
			}
		}
	}
	root := stanza.Parse(doc.Lines(), stanza.Options{Free: freeText, Comment: func(s string) bool { return s[0] == '!' }})
	for _, n := range root.Children {
		e := r.Entry(n)
		switch {
		case len(e.Words) == 0, strings.Contains(n.Text, "#") && promptLine.MatchString(n.Text):
			continue
		case len(e.Words) == 1 && e.Words[0] == "end":
			ended = true
			continue
		}
		ended = false
		head = head || e.Words[0] == "hostname"
		r.Flat = r.Flat || e.Begins("ipv4", "address") || e.Words[0] == "shutdown"
		r.Add(e)
		if len(e.Words) == 1 && e.Words[0] == "ntp" {
			for _, c := range n.Children {
				r.Add(r.Entry(&stanza.Node{N: c.N, Last: c.Last, Text: "ntp " + c.Text}))
			}
		}
	}
	if !head || !ended || r.Flat { // without indentation what stands in which section cannot be told
		r.Doc = r.Doc.Cut()
	}
}

// ends are the words that close policies and sets, by the words that open them.
var ends = map[string]string{
	"route-policy": "end-policy", "prefix-set": "end-set", "community-set": "end-set", "large-community-set": "end-set", "as-path-set": "end-set", "extcommunity-set": "end-set", "rd-set": "end-set", "tag-set": "end-set",
	"ospf-area-set": "end-set", "etag-set": "end-set", "mac-set": "end-set", "policy-global": "end-global",
}

// freeText finds where text ends that is no configuration: banners at their delimiter, policies and sets at their ends. A policy that is
// applied ("route-policy NAME in") opens none.
func freeText(text string) func(string) bool {
	first, _, _ := strings.Cut(text, " ")
	end := ends[first]
	if end == "" {
		return ciscolike.FreeText(text)
	}
	words := strings.Fields(text)
	if len(words) != 2 && (len(words) != 3 || first != "extcommunity-set") && !strings.Contains(text, "(") && first != "policy-global" {
		return nil
	}
	return func(l string) bool { return strings.TrimSpace(l) == end }
}

// mask also leaves out communities that stand behind a word about their form.
func mask(e *entry) string {
	if e.Begins("snmp-server", "community") && (e.Word(2) == "clear" || e.Word(2) == "encrypted") && len(e.Words) > 3 {
		return e.Text(append([]string{"snmp-server", "community", e.Word(2), ciscolike.Masked}, e.Words[4:]...))
	}
	return ciscolike.Mask(e)
}

// platform says what the target is.
func (r *reader) platform() {
	p := &pb.Platform{Vendor: facts.Text("cisco", r.Doc.All()), Os: facts.Text("iosxr", r.Doc.All()), Kind: facts.Text("router", r.Doc.All()), Version: r.release}
	shown := r.Ans.Command(showVersion)
	for n, l := range shown.Lines() {
		t := strings.TrimSpace(l)
		ev := shown.Line(n, t)
		if m := softwareLine.FindStringSubmatch(t); m != nil {
			p.Version, p.OsName = facts.Text(m[1], ev), facts.Text(t, ev)
		}
		if m := productLine.FindStringSubmatch(t); m != nil && p.Product == nil {
			p.Product = facts.Text(m[1], ev)
		}
		if m := uptimeLine.FindStringSubmatch(t); m != nil && m[1] != "System" {
			p.Hostname = facts.Text(m[1], ev)
		}
	}
	if e := r.Final("hostname"); e != nil && !e.Negated {
		p.Hostname = facts.Text(e.Word(1), r.At(e))
		if stanza.Hole(e.Word(1)) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
		}
	}
	if p.Version == nil {
		p.Version = shown.Unknown().Text()
	}
	if p.Hostname == nil {
		p.Hostname = r.Doc.NoDefault("hostname").Text()
	}
	r.Facts.Platform = p
}

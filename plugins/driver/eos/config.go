package eos

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

type entry = stanza.Entry

var (
	deviceLine  = regexp.MustCompile(`^! device: (\S+) \(([^,]+), EOS-([0-9]+\.[0-9.]+[A-Z]*)`)
	promptLine  = regexp.MustCompile(`^\S{1,64}#(?:\s*sh(?:ow)?\s.*)?$`)
	imageLine   = regexp.MustCompile(`^Software image version: (\S+)`)
	productLine = regexp.MustCompile(`^Arista (\S.*)$`)
)

// parse reads the configuration. It is whole if its head (the comment that names the device, or the host name) and its closing mark were seen.
func (r *reader) parse(doc driver.Document) {
	r.Config = stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: ciscolike.Mask})
	head, ended := false, false
	for n, l := range doc.Lines() {
		if strings.HasPrefix(l, "!") {
			head = head || strings.HasPrefix(l, "! Command: show") || strings.HasPrefix(l, "!RANCID-CONTENT-TYPE")
			if !strings.HasPrefix(l, "! device:") || r.device != nil {
				continue
			}
			if m := deviceLine.FindStringSubmatch(l); m != nil {
				r.device, r.model, r.release = doc.Line(n, l), m[2], m[3]
				head = true
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
		r.Flat = r.Flat || e.Begins("ip", "address") && len(e.Words) == 3 || e.Words[0] == "shutdown"
		r.Add(e)
	}
	if !head || !ended || r.Flat { // without indentation what stands in which section cannot be told
		r.Doc = r.Doc.Cut()
	}
}

// freeText finds where text ends that is no configuration: banners and scripts at EOF.
func freeText(text string) func(string) bool {
	if !strings.HasPrefix(text, "banner ") && text != "comment" && !strings.HasPrefix(text, "code unit") {
		return nil
	}
	words := strings.Fields(text)
	if len(words) == 2 && words[0] == "banner" || words[0] != "banner" {
		return func(l string) bool { return strings.TrimSpace(l) == "EOF" }
	}
	return nil
}

// platform says what the target is.
func (r *reader) platform() {
	p := &pb.Platform{Vendor: facts.Text("arista", r.Doc.All()), Os: facts.Text("eos", r.Doc.All())}
	shown := r.Ans.Command(showVersion)
	for n, l := range shown.Lines() {
		t := strings.TrimSpace(l)
		if m := productLine.FindStringSubmatch(t); m != nil && p.Product == nil {
			p.Product = facts.Text(m[1], shown.Line(n, t))
		}
		if m := imageLine.FindStringSubmatch(t); m != nil {
			p.Version = facts.Text(m[1], shown.Line(n, t))
		}
	}
	if r.device != nil {
		if p.Product == nil {
			p.Product = facts.Text(r.model, r.device)
		}
		if p.Version == nil {
			p.Version = facts.Text(r.release, r.device)
		}
	}
	if p.Version == nil {
		p.Version = shown.Unknown().Text()
	}
	p.Hostname = r.Doc.NoDefault("hostname").Text()
	if e := r.Final("hostname"); e != nil && !e.Negated {
		p.Hostname = facts.Text(e.Word(1), r.At(e))
		if stanza.Hole(e.Word(1)) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
		}
	}
	p.Kind = shown.Unknown().Text()
	for _, word := range []string{"vlan", "spanning-tree", "mlag"} {
		if e := r.Final(word); e != nil && !slices.Equal(e.Words, []string{"spanning-tree", "mode", "none"}) {
			p.Kind = facts.Text("switch", r.At(e))
		}
	}
	for _, prefix := range []string{"DCS-", "CCS-"} {
		if strings.HasPrefix(p.Product.GetValue(), prefix) {
			p.Kind = facts.Text("switch", p.Product.GetEvidence()...)
		}
	}
	r.Facts.Platform = p
}

package nxos

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

// parse reads the configuration. NX-OS closes it with no mark: it counts as whole if its version was seen at its head and its terminal
// lines, which stand behind the interfaces.
func parse(doc driver.Document) ciscolike.Base {
	b := ciscolike.Base{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: ciscolike.Mask})}
	root := stanza.Parse(ciscolike.Aligned(doc), stanza.Options{Free: ciscolike.FreeText, Comment: func(s string) bool { return s[0] == '!' }})
	version, line := false, false
	for _, n := range root.Children {
		e := b.Entry(n)
		if len(e.Words) == 0 || strings.Contains(n.Text, "#") && promptLine.MatchString(n.Text) {
			continue
		}
		version = version || e.Words[0] == "version"
		line = line || version && e.Words[0] == "line"
		b.Flat = b.Flat || e.Begins("ip", "address") || e.Words[0] == "switchport" || e.Words[0] == "shutdown"
		b.Add(e)
	}
	if !line || b.Flat { // without indentation what stands in which section cannot be told
		b.Doc = b.Doc.Cut()
	}
	return b
}

var promptLine = regexp.MustCompile(`^\S{1,64}#(?:\s*sh(?:ow)?\s.*)?$`)

var (
	releaseLine = regexp.MustCompile(`^(?:NXOS|system): +version (\S+)`)
	productLine = regexp.MustCompile(`^cisco (.+?)(?: Chassis)?(?: \(".*"\))?$`)
	nameLine    = regexp.MustCompile(`^Device name: (\S+)$`)
)

// platform says what the target is.
func (r *reader) platform() {
	p := &pb.Platform{Vendor: facts.Text("cisco", r.Doc.All()), Os: facts.Text("nxos", r.Doc.All())}
	shown := r.Ans.Command(showVersion)
	hardware := false
	for n, l := range shown.Lines() {
		t := strings.TrimSpace(l)
		ev := shown.Line(n, t)
		hardware = hardware || t == "Hardware"
		if m := releaseLine.FindStringSubmatch(t); m != nil {
			p.Version = facts.Text(m[1], ev)
		}
		if m := productLine.FindStringSubmatch(t); m != nil && hardware && p.Product == nil {
			p.Product = facts.Text(m[1], ev)
		}
		if m := nameLine.FindStringSubmatch(t); m != nil {
			p.Hostname = facts.Text(m[1], ev)
		}
		if strings.HasPrefix(t, "Cisco Nexus Operating System") {
			p.OsName = facts.Text(t, ev)
		}
	}
	if e := r.Final("version"); e != nil && p.Version == nil {
		p.Version = facts.Text(e.Word(1), r.At(e))
	}
	for _, word := range []string{"hostname", "switchname"} {
		if e := r.Final(word); e != nil && !e.Negated {
			name := strings.Trim(e.Word(1), `"`)
			p.Hostname = facts.Text(name, r.At(e))
			if stanza.Hole(name) {
				p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
			}
		}
	}
	if p.Version == nil {
		p.Version = shown.Unknown().Text()
	}
	if p.Hostname == nil {
		p.Hostname = r.Doc.NoDefault("hostname").Text()
	}
	major, _, _ := strings.Cut(p.Version.GetValue(), ".")
	r.Documented = slices.Contains([]string{"7", "8", "9"}, major)
	p.Kind = shown.Unknown().Text()
	if e := r.Final("vlan"); e != nil {
		p.Kind = facts.Text("switch", r.At(e))
	}
	for _, s := range []string{"nexus", "n9k", "n7k", "n5k", "n3k", "mds"} {
		if strings.Contains(strings.ToLower(p.Product.GetValue()), s) {
			p.Kind = facts.Text("switch", p.Product.GetEvidence()...)
		}
	}
	r.Facts.Platform = p
}

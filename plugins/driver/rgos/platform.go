package rgos

import (
	"regexp"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	descriptionLine = regexp.MustCompile(`^System description *: *(.+)$`)
	softwareLine    = regexp.MustCompile(`^System software version *: *(.+)$`)
)

// platform says what the target is.
func (r *reader) platform() {
	p := &pb.Platform{Vendor: facts.Text("ruijie", r.Doc.All()), Os: facts.Text("rgos", r.Doc.All())}
	shown := r.Ans.Command(showVersion)
	for n, l := range shown.Lines() {
		t := strings.TrimSpace(l)
		if m := descriptionLine.FindStringSubmatch(t); m != nil {
			p.Product = facts.Text(m[1], shown.Line(n, t))
		}
		if m := softwareLine.FindStringSubmatch(t); m != nil {
			p.Version, p.OsName = facts.Text(release(strings.Fields(m[1])), shown.Line(n, t)), facts.Text(m[1], shown.Line(n, t))
		}
	}
	if e := r.Final("version"); e != nil && p.Version == nil {
		p.Version, p.OsName = facts.Text(release(e.Words[1:]), r.At(e)), facts.Text(strings.Join(e.Words[1:], " "), r.At(e))
	}
	if p.Version == nil {
		p.Version = shown.Unknown().Text()
	}
	p.Hostname = r.Doc.NoDefault("hostname").Text()
	if e := r.Final("hostname"); e != nil && !e.Negated {
		name := strings.Trim(e.Word(1), `"`)
		p.Hostname = facts.Text(name, r.At(e))
		if stanza.Hole(name) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
		}
	}
	p.Kind = r.kind(p.Product)
	r.Facts.Platform = p
}

// release leaves out the build behind the version: "RGOS 10.4(3b19)p3 Release(…)" and "AC_RGOS 11.9(6)W2B1, Release(…)".
func release(words []string) string {
	for i, w := range words {
		if strings.HasPrefix(w, "Release") {
			words = words[:i]
			break
		}
	}
	return strings.TrimRight(strings.Join(words, " "), ",")
}

// kind tells switches, routers and wireless controllers apart by the product, else by what only one of them has.
func (r *reader) kind(product *pb.TextFact) *pb.TextFact {
	name := strings.ToLower(product.GetValue())
	for _, k := range []struct{ part, kind string }{
		{"switch", "switch"}, {"router", "router"}, {"gateway", "router"}, {"firewall", "firewall"}, {"wireless", "other"}, {"access controller", "other"},
	} {
		if strings.Contains(name, k.part) {
			return facts.Text(k.kind, product.GetEvidence()...)
		}
	}
	for _, word := range []string{"ac-controller", "wlan-config", "ap-group"} {
		if e := r.Final(word); e != nil {
			return facts.Text("other", r.At(e))
		}
	}
	for e := range r.Find("interface") {
		for _, c := range e.Node.Children {
			switch {
			case strings.HasPrefix(c.Text, "switchport"):
				return facts.Text("switch", r.Doc.Line(c.N, c.Text))
			case strings.HasPrefix(c.Text, "ip nat "):
				return facts.Text("router", r.Doc.Line(c.N, c.Text))
			}
		}
	}
	return facts.Unknown(pb.Reason_REASON_NOT_ASKED, showVersion).Text()
}

package huaweivrp

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The product lines, whose defaults differ.
const (
	lineS   = "S"
	lineCE  = "CE"
	lineAR  = "AR"
	lineNE  = "NE"
	lineUSG = "USG"
)

// device is what the target is.
type device struct {
	line    string // "" if it cannot be told
	product string
	version string
	v, r    int // of V200R019: 200 and 19
	shown   *pb.Evidence
	kindAt  *pb.Evidence
}

var (
	softwareLine = regexp.MustCompile(`^VRP \(R\) software, Version ([0-9.]+) \((.+) (V[0-9]{3}R[0-9]{3}[A-Z0-9]*)\)`)
	release      = regexp.MustCompile(`^V([0-9]{3})R([0-9]{3})`)
	vrp8Port     = regexp.MustCompile(`^(?:10GE|25GE|40GE|50GE|100GE|200GE|400GE|GE)[0-9]`)
)

// identify tells the product line by "display version", else by what only one line has in its configuration.
func (c *config) identify(shown driver.Document) device {
	var d device
	bracket := false
	for _, h := range c.header {
		if m := versionLine.FindStringSubmatch(h.text); m != nil && d.version == "" {
			d.version, d.shown = m[1], c.Doc.Line(h.n, h.text)
			bracket = h.text[0] == '['
		}
	}
	named := func(text string, ev *pb.Evidence) bool {
		m := softwareLine.FindStringSubmatch(strings.TrimSpace(text))
		if m != nil {
			d.product, d.version, d.line, d.shown, d.kindAt = m[2], m[3], productLine(m[2]), ev, ev
		}
		return m != nil
	}
	for _, h := range c.header {
		if named(h.text, c.Doc.Line(h.n, h.text)) {
			break
		}
	}
	for n, l := range shown.Lines() {
		if named(l, shown.Line(n, l)) {
			break
		}
	}
	if m := release.FindStringSubmatch(d.version); m != nil {
		d.v, _ = strconv.Atoi(m[1])
		d.r, _ = strconv.Atoi(m[2])
	}
	if d.line == "" && d.product == "" {
		d.line, d.kindAt = c.guess(bracket, d.v)
	}
	return d
}

func productLine(product string) string {
	for _, p := range []struct{ prefix, line string }{
		{"USG", lineUSG}, {"Eudemon", lineUSG}, {"HiSecEngine", lineUSG}, {"CE", lineCE}, {"CloudEngine S", lineS}, {"CloudEngine", lineCE},
		{"AR", lineAR}, {"NE", lineNE}, {"ATN", lineNE}, {"CX", lineNE}, {"NetEngine AR", lineAR}, {"NetEngine", lineNE},
	} {
		if strings.HasPrefix(product, p.prefix) {
			return p.line
		}
	}
	if len(product) > 1 && product[0] == 'S' && product[1] >= '0' && product[1] <= '9' {
		return lineS
	}
	return ""
}

func (c *config) guess(bracket bool, v int) (string, *pb.Evidence) {
	first := func(words ...string) *stanza.Entry {
		for _, e := range c.ByWord(words[0]) {
			if e.Begins(words...) && !e.Negated {
				return e
			}
		}
		return nil
	}
	if e := first("security-policy"); e != nil && (v == 500 || v == 600 || first("web-manager") != nil || first("firewall", "zone") != nil) {
		return lineUSG, c.Section(e)
	}
	wireless := first("capwap") != nil || first("wlan", "ac") != nil && !bracket
	for _, e := range c.ByWord("interface") {
		name := e.Word(1)
		switch {
		case vrp8Port.MatchString(name) && !bracket && (v == 200 || v == 300):
			return lineCE, c.At(e)
		case vrp8Port.MatchString(name) && v == 600:
			return lineS, c.At(e)
		case v == 800:
			return lineNE, c.At(e)
		case bracket && (v == 200 || v == 300):
			return lineAR, c.At(e)
		case !bracket && v == 200 && !wireless && strings.HasPrefix(name, "Vlanif"):
			continue // switches of both kinds have them
		case !bracket && v == 200 && !wireless && (strings.HasPrefix(name, "GigabitEthernet") || strings.HasPrefix(name, "XGigabitEthernet")):
			return lineS, c.At(e)
		}
	}
	return "", nil
}

func (r *reader) platform() *pb.Platform {
	d := r.device
	p := &pb.Platform{Vendor: facts.Text("Huawei"), Os: facts.Text("vrp")}
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.Whole() {
		unsaid = facts.Unknown(r.Doc.Reason(), r.Doc.Source)
	}
	p.Kind = unsaid.Text()
	if kind := map[string]string{lineS: "switch", lineCE: "switch", lineAR: "router", lineNE: "router", lineUSG: "firewall"}[d.line]; kind != "" {
		p.Kind = facts.Text(kind, d.kindAt)
	}
	p.Version, p.Product, p.Hostname = unsaid.Text(), unsaid.Text(), unsaid.Text()
	if d.version != "" {
		p.Version = facts.Text(d.version, d.shown)
		p.OsName = facts.Text("VRP "+d.version, d.shown)
	}
	if d.product != "" {
		p.Product = facts.Text(d.product, d.shown)
	}
	if e := r.Final("sysname"); e != nil && len(e.Words) > 1 {
		p.Hostname = facts.Text(strings.Join(e.Words[1:], " "), r.At(e))
		if hole(e.Words[1:]...) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
		}
	}
	return p
}

// hole says whether words are a template's or a filter's, not the device's.
func hole(words ...string) bool { return holeKind(strings.Join(words, " ")) != "" }

func holeKind(s string) string {
	switch {
	case strings.Contains(s, "{{") || strings.Contains(s, "{%"):
		return "template hole"
	case strings.Contains(s, "<removed>") || strings.Contains(s, "<hidden>") || strings.Contains(s, "****"):
		return "redacted"
	}
	return ""
}

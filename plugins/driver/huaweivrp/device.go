package huaweivrp

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The product lines, whose defaults differ.
const (
	switches   = "S"
	dataSwitch = "CE"
	access     = "AR"
	routers    = "NE"
	firewalls  = "USG"
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
			d.version, d.shown = m[1], c.doc.Line(h.n, h.text)
			bracket = h.text[0] == '['
		}
	}
	for n, l := range shown.Lines() {
		if m := softwareLine.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			d.product, d.version, d.shown = m[2], m[3], shown.Line(n, l)
			d.line = productLine(m[2])
			d.kindAt = d.shown
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
		{"USG", firewalls}, {"Eudemon", firewalls}, {"HiSecEngine", firewalls}, {"CE", dataSwitch}, {"CloudEngine S", ""}, {"CloudEngine", dataSwitch},
		{"AR", access}, {"NE", routers}, {"ATN", routers}, {"CX", routers}, {"NetEngine AR", access}, {"NetEngine", routers}, {"S", switches},
	} {
		if strings.HasPrefix(product, p.prefix) {
			return p.line
		}
	}
	return ""
}

func (c *config) guess(bracket bool, v int) (string, *pb.Evidence) {
	first := func(words ...string) *entry {
		for _, e := range c.byWord[words[0]] {
			if e.begins(words...) && !e.undo {
				return e
			}
		}
		return nil
	}
	if e := first("security-policy"); e != nil && (v == 500 || v == 600 || first("web-manager") != nil || first("firewall", "zone") != nil) {
		return firewalls, c.section(e.node)
	}
	wireless := first("capwap") != nil || first("wlan", "ac") != nil && !bracket
	for _, e := range c.byWord["interface"] {
		name := e.word(1)
		switch {
		case vrp8Port.MatchString(name) && v == 200:
			return dataSwitch, c.at(e)
		case v == 800:
			return routers, c.at(e)
		case bracket && (v == 200 || v == 300):
			return access, c.at(e)
		case !bracket && v == 200 && !wireless && strings.HasPrefix(name, "Vlanif"):
			continue // switches of both kinds have them
		case !bracket && v == 200 && !wireless && (strings.HasPrefix(name, "GigabitEthernet") || strings.HasPrefix(name, "XGigabitEthernet")):
			return switches, c.at(e)
		}
	}
	return "", nil
}

func (r *reader) platform() *pb.Platform {
	d := r.device
	p := &pb.Platform{Vendor: facts.Text("Huawei"), Os: facts.Text("vrp")}
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.whole {
		unsaid = facts.Unknown(r.reason(), r.doc.Source)
	}
	p.Kind = unsaid.Text()
	if kind := map[string]string{switches: "switch", dataSwitch: "switch", access: "router", routers: "router", firewalls: "firewall"}[d.line]; kind != "" {
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
	if e := r.final("sysname"); e != nil && len(e.words) > 1 {
		p.Hostname = facts.Text(strings.Join(e.words[1:], " "), r.at(e))
		if hole(e.words[1:]...) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.at(e)).Text()
		}
	}
	return p
}

// hole says whether words are a template's or a filter's, not the device's.
func hole(words ...string) bool {
	s := strings.Join(words, " ")
	return strings.Contains(s, "{{") || strings.Contains(s, "{%") || strings.Contains(s, "<removed>") || strings.Contains(s, "<hidden>")
}

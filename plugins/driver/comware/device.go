package comware

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// device is what the target is.
type device struct {
	version string // "7.1.070, Release 6628P47"
	number  int    // the same for the defaults
	product string
	vendor  string
	kind    string // "" if it cannot be told
	shown   *pb.Evidence
	named   *pb.Evidence
	kindAt  *pb.Evidence
}

var (
	softwareLine = regexp.MustCompile(`(?i)(?:Comware|Platform) (?:Platform )?Software, (?:Software )?Version ([0-9][0-9.]*,? ?(?:Release|ESS|Feature|Alpha|Beta|Test)? ?[A-Z0-9]*)`)
	versionOf    = regexp.MustCompile(`^([0-9]+)\.([0-9]+)(?:\.([0-9]+))?`)
	uptimeLine   = regexp.MustCompile(`^(H3C|HPE|HP|3Com) (.+?) uptime is `)
	partLine     = regexp.MustCompile(`^DEVICE_NAME *: *(\S+)`)
	portName     = regexp.MustCompile(`^(?:GigabitEthernet|Ten-GigabitEthernet|Twenty-FiveGigE|FortyGigE|HundredGigE|Ethernet)[0-9]+/[0-9]+/[0-9]+$`)
)

// identify reads version and model, and tells what kind of device it is: by its model, else by what only one kind has.
func (c *config) identify(shown driver.Document) device {
	d := device{vendor: "H3C"}
	for e := range c.Find("version") {
		if !e.Negated && len(e.Words) > 1 && !hole(e.Words[1:]...) {
			d.version, d.shown = strings.Join(e.Words[1:], " "), c.At(e)
		}
	}
	tell := func(text string, ev *pb.Evidence) {
		if m := softwareLine.FindStringSubmatch(text); m != nil && (d.version == "" || ev.GetSource() == showVersion) {
			d.version, d.shown = strings.TrimSpace(m[1]), ev
		}
		if m := uptimeLine.FindStringSubmatch(text); m != nil {
			d.vendor, d.product, d.named = m[1], m[2], ev
		}
		if m := partLine.FindStringSubmatch(text); m != nil && d.product == "" {
			d.product, d.named = m[1], ev
		}
	}
	for _, said := range c.comments {
		tell(said.text, c.Doc.Line(said.n, said.text))
	}
	for n, l := range shown.Lines() {
		tell(strings.TrimSpace(l), shown.Line(n, strings.TrimSpace(l)))
	}
	d.number = number(d.version)
	if e := c.Final("fips", "mode", "enable"); e != nil && !e.Negated {
		d.number = unsaid
	}
	if d.kind = productKind(d.product); d.kind != "" {
		d.kindAt = d.named
	} else if d.product == "" {
		d.kind, d.kindAt = c.guess()
	}
	return d
}

func number(version string) int {
	m := versionOf.FindStringSubmatch(version)
	if m == nil || len(m[1]) > 2 || len(m[2]) > 2 || len(m[3]) > 3 {
		return 0
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	patch, _ := strconv.Atoi(m[3])
	return major*100000 + minor*1000 + patch
}

func productKind(product string) string {
	up := strings.ToUpper(product)
	switch {
	case strings.Contains(up, "SECPATH") || strings.Contains(up, "FIREWALL") || strings.Contains(up, "VFW"):
		return "firewall"
	case strings.Contains(up, "SWITCH"):
		return "switch"
	case strings.Contains(up, "ROUTER") || strings.HasPrefix(up, "MSR") || strings.HasPrefix(up, "SR") || strings.HasPrefix(up, "CR1") || strings.HasPrefix(up, "VSR"):
		return "router"
	case regexp.MustCompile(`^(?:LS-|LSQ|E?S[0-9]{3,5})`).MatchString(up):
		return "switch"
	case regexp.MustCompile(`^(?:NS-)?(?:F[0-9]{3,4}|M90[0-9]{2})`).MatchString(up):
		return "firewall"
	}
	return ""
}

// guess tells a firewall by its security policies between zones, and a switch by many ports of one module beside a spanning tree.
func (c *config) guess() (string, *pb.Evidence) {
	if zone := c.ByWord("security-zone"); len(zone) > 0 {
		for _, word := range []string{"security-policy", "zone-pair"} {
			if list := c.ByWord(word); len(list) > 0 {
				return "firewall", c.At(list[0])
			}
		}
	}
	ports := 0
	for _, e := range c.ByWord("interface") {
		if portName.MatchString(e.Word(1)) {
			if ports++; ports == 16 && len(c.ByWord("stp"))+len(c.ByWord("irf")) > 0 {
				return "switch", c.At(e)
			}
		}
	}
	return "", nil
}

func (r *reader) platform() *pb.Platform {
	d := r.device
	p := &pb.Platform{Vendor: facts.Text(d.vendor), Os: facts.Text("comware")}
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.Whole() {
		unsaid = r.Doc.Unknown()
	}
	p.Kind, p.Version, p.Product, p.Hostname = unsaid.Text(), unsaid.Text(), unsaid.Text(), unsaid.Text()
	if d.kind != "" {
		p.Kind = facts.Text(d.kind, d.kindAt)
	}
	if d.version != "" {
		p.Version, p.OsName = facts.Text(d.version, d.shown), facts.Text("Comware "+d.version, d.shown)
	}
	if d.product != "" {
		p.Product = facts.Text(d.product, d.named)
	}
	if e := r.Final("sysname"); e != nil && !e.Negated && len(e.Words) > 1 {
		p.Hostname = facts.Text(strings.Join(e.Words[1:], " "), r.At(e))
		if hole(e.Words[1:]...) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
		}
	}
	return p
}

// variable is a template's variable as shell-like tools write it; Comware's own secrets have more than one dollar sign.
var variable = regexp.MustCompile(`^\$\{?[A-Za-z_][A-Za-z0-9_.]*\}?$`)

// hole says whether words are a template's or a filter's, not the device's.
func hole(words ...string) bool { return holeKind(words...) != "" }

func holeKind(words ...string) string {
	for _, w := range words {
		switch {
		case strings.Contains(w, "{{") || strings.Contains(w, "{%") || variable.MatchString(w):
			return "template hole"
		case strings.HasPrefix(w, "<") || strings.Contains(w, "****"):
			return "redacted"
		}
	}
	return ""
}

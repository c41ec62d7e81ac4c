package linux

import (
	"encoding/xml"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// firewalld's zones, as it runs them (firewall-cmd) or, in an image, as its files have them. Each zone becomes a chain.

const (
	firewallZones   = "firewall-cmd --list-all-zones"
	firewallDefault = "firewall-cmd --get-default-zone"
	firewalldConf   = "/etc/firewalld/firewalld.conf"
	firewalldUnit   = "firewalld.service"
	firewalldMine   = "/etc/firewalld"
	firewalldVendor = "/usr/lib/firewalld"
)

type firewallZone struct {
	name       string
	at         confLine
	target     string
	active     bool
	interfaces []string
	sources    []string
	rules      []filterRule
	// services are names whose ports stand elsewhere.
	services []zoneService
}

type zoneService struct {
	name string
	rule filterRule
}

func askFirewalld(a driver.Answers) []*question {
	out := append(files(firewalldConf), globs(firewalldMine+"/zones/*.xml", firewalldVendor+"/zones/*.xml", firewalldMine+"/services/*.xml", firewalldMine+"/policies/*.xml")...)
	if !firewalldThere(a) {
		return out
	}
	if !knownStopped(a, firewalldUnit) {
		out = append(out, commands(firewallZones, firewallDefault)...)
	}
	out = append(out, files(zoneFiles(a)...)...)
	zones, _ := readZones(a)
	for _, z := range zones {
		for _, s := range z.services {
			if file := serviceFile(a, s.name); file != "" {
				out = append(out, files(file)...)
			}
		}
	}
	return out
}

// firewalldThere says that firewalld is installed, as far as its settings show.
func firewalldThere(a driver.Answers) bool {
	return a.File(firewalldConf).Had() || len(listed(a, firewalldVendor+"/zones/*.xml")) > 0
}

// zoneFiles are the zones' files; one of the administrator's hides the vendor's of the same name.
func zoneFiles(a driver.Answers) []string {
	out := listed(a, firewalldMine+"/zones/*.xml")
	for _, p := range listed(a, firewalldVendor+"/zones/*.xml") {
		if !slices.Contains(out, firewalldMine+"/zones/"+path.Base(p)) {
			out = append(out, p)
		}
	}
	return out
}

// serviceFile is where a service's ports stand.
func serviceFile(a driver.Answers, name string) string {
	mine := firewalldMine + "/services/" + name + ".xml"
	switch {
	case name == "" || strings.ContainsAny(name, "/*?[\\"):
		return ""
	case slices.Contains(listed(a, firewalldMine+"/services/*.xml"), mine):
		return mine
	}
	return firewalldVendor + "/services/" + name + ".xml"
}

// readZones gives the zones that run, or those on disk where nothing runs.
func readZones(a driver.Answers) ([]*firewallZone, *facts.Missing) {
	running := a.Command(firewallZones)
	if running.Whole() {
		zones := parseZones(linesOf(running))
		return zones, nil
	}
	if running.Reason() != pb.Reason_REASON_OFFLINE {
		return nil, ptr(running.Unknown())
	}
	var zones []*firewallZone
	var gap *facts.Missing
	for _, pattern := range []string{firewalldMine + "/zones/*.xml", firewalldVendor + "/zones/*.xml"} {
		_, g := entries(a, pattern)
		gap = firstGap(gap, g)
	}
	for _, p := range zoneFiles(a) {
		d := a.File(p)
		z, ok := parseZoneFile(d)
		switch {
		case !d.Whole():
			gap = firstGap(gap, ptr(d.Unknown()))
		case !ok:
			gap = firstGap(gap, ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, p, d.All())))
		default:
			zones = append(zones, z)
		}
	}
	return zones, gap
}

// parseZones reads what firewall-cmd shows of all zones: a name in the first column, its settings indented below it,
// and rich rules indented further.
func parseZones(lines []confLine) []*firewallZone {
	var out []*firewallZone
	var z *firewallZone
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		if text == "" {
			continue
		}
		if l.text[0] != ' ' && l.text[0] != '\t' {
			name, notes, _ := strings.Cut(text, " ")
			z = &firewallZone{name: name, at: l, active: strings.Contains(notes, "active")}
			out = append(out, z)
			continue
		}
		if z == nil {
			continue
		}
		if strings.HasPrefix(text, "rule ") {
			z.rich(l, text)
			continue
		}
		key, value, ok := strings.Cut(text, ":")
		words := strings.Fields(value)
		if !ok {
			continue
		}
		switch key {
		case "target":
			z.target = strings.TrimSpace(value)
		case "interfaces":
			z.interfaces = words
		case "sources":
			z.sources = words
		case "services":
			for _, w := range words {
				z.services = append(z.services, zoneService{w, filterRule{at: l, verdict: verdictAccept}})
			}
		case "ports":
			for _, w := range words {
				z.port(l, w)
			}
		case "protocols":
			for _, w := range words {
				z.rules = append(z.rules, filterRule{at: l, protos: []string{w}, verdict: verdictAccept})
			}
		}
	}
	return out
}

// port lets 8080/tcp in.
func (z *firewallZone) port(l confLine, s string) {
	port, proto, _ := strings.Cut(s, "/")
	r := filterRule{at: l, protos: []string{proto}, verdict: verdictAccept}
	if p, ok := parsePort(port); ok {
		r.ports = []portRange{p}
	} else {
		r.other = []string{s}
	}
	z.rules = append(z.rules, r)
}

// rich reads a rich rule as firewall-cmd prints it.
func (z *firewallZone) rich(l confLine, text string) {
	r := filterRule{at: l}
	service, element := "", ""
	for _, w := range quotedWords(text)[1:] {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			switch w {
			case "accept", "drop", "reject":
				r.verdict = w
			case "log", "audit":
				r.logs = true
				element = w
			case "NOT", "not":
				r.notFrom = r.notFrom || element == "source"
				if element != "source" {
					r.other = append(r.other, w)
				}
			case "masquerade", "forward-port", "icmp-block", "icmp-type", "source-port", "mark":
				r.elsewhere = r.elsewhere || w != "mark"
				element = w
			case "limit":
				r.rated = r.rated || r.verdict != ""
				element = w
			default:
				element = w
			}
			continue
		}
		switch element + " " + key {
		case "source address":
			r.from = []string{value}
		case "destination address":
			r.to = []string{value}
		case "service name":
			service = value
		case "port port":
			if p, ok := parsePort(value); ok {
				r.ports = []portRange{p}
			} else {
				r.other = append(r.other, w)
			}
		case "port protocol":
			r.protos = []string{value}
		case "protocol value":
			r.protos = []string{value}
		case " priority":
			r.priority, _ = strconv.Atoi(value)
		case " family":
			r.family = map[string]string{"ipv4": "ip", "ipv6": "ip6"}[value]
		case "log prefix", "log level", "audit limit", "limit value", "reject type", "icmp-block name", "forward-port port", "forward-port protocol":
		default:
			// Sources by set or hardware address, and whatever comes later.
			if !r.elsewhere && !strings.HasPrefix(element, "log") && element != "limit" {
				r.other = append(r.other, w)
			}
		}
	}
	if service != "" {
		z.services = append(z.services, zoneService{service, r})
		return
	}
	z.rules = append(z.rules, r)
}

// zoneXML is a zone's file, as far as it decides who gets in.
type zoneXML struct {
	Target     string `xml:"target,attr"`
	Interfaces []struct {
		Name string `xml:"name,attr"`
	} `xml:"interface"`
	Sources  []sourceXML  `xml:"source"`
	Services []serviceRef `xml:"service"`
	Ports    []portXML    `xml:"port"`
	Rules    []ruleXML    `xml:"rule"`
}

type serviceRef struct {
	Name string `xml:"name,attr"`
}

type sourceXML struct {
	Address string `xml:"address,attr"`
	Mac     string `xml:"mac,attr"`
	Set     string `xml:"ipset,attr"`
	Invert  string `xml:"invert,attr"`
}

type portXML struct {
	Port     string `xml:"port,attr"`
	Protocol string `xml:"protocol,attr"`
}

type ruleXML struct {
	Family      string      `xml:"family,attr"`
	Priority    int         `xml:"priority,attr"`
	Source      *sourceXML  `xml:"source"`
	Destination *sourceXML  `xml:"destination"`
	Service     *serviceRef `xml:"service"`
	Port        *portXML    `xml:"port"`
	Protocol    *struct {
		Value string `xml:"value,attr"`
	} `xml:"protocol"`
	Masquerade  *struct{} `xml:"masquerade"`
	ForwardPort *struct{} `xml:"forward-port"`
	IcmpBlock   *struct{} `xml:"icmp-block"`
	Log         *struct{} `xml:"log"`
	Accept      *struct{} `xml:"accept"`
	Reject      *struct{} `xml:"reject"`
	Drop        *struct{} `xml:"drop"`
}

func parseZoneFile(d driver.Document) (*firewallZone, bool) {
	var x zoneXML
	if !d.Whole() || xml.Unmarshal(d.Answer.GetBody(), &x) != nil {
		return nil, false
	}
	at := confLine{doc: d, n: 0}
	z := &firewallZone{name: strings.TrimSuffix(path.Base(d.Source), ".xml"), at: at, target: x.Target}
	for _, i := range x.Interfaces {
		z.interfaces = append(z.interfaces, i.Name)
	}
	for _, s := range x.Sources {
		z.sources = append(z.sources, s.Address+s.Mac+s.Set)
	}
	z.active = len(z.interfaces)+len(z.sources) > 0
	for _, s := range x.Services {
		z.services = append(z.services, zoneService{s.Name, filterRule{at: lineWith(d, `"`+s.Name+`"`), verdict: verdictAccept}})
	}
	for _, p := range x.Ports {
		z.port(lineWith(d, `"`+p.Port+`"`), p.Port+"/"+p.Protocol)
	}
	for _, rx := range x.Rules {
		z.richXML(at, rx)
	}
	return z, true
}

func (z *firewallZone) richXML(at confLine, x ruleXML) {
	r := filterRule{at: at, family: map[string]string{"ipv4": "ip", "ipv6": "ip6"}[x.Family], logs: x.Log != nil, priority: x.Priority}
	r.elsewhere = x.Masquerade != nil || x.ForwardPort != nil || x.IcmpBlock != nil
	switch {
	case x.Accept != nil:
		r.verdict = verdictAccept
	case x.Reject != nil:
		r.verdict = verdictReject
	case x.Drop != nil:
		r.verdict = verdictDrop
	}
	if s := x.Source; s != nil {
		r.notFrom = saysYes(s.Invert) || strings.EqualFold(s.Invert, "true")
		if s.Address != "" {
			r.from = []string{s.Address}
			r.at = lineWith(at.doc, `"`+s.Address+`"`)
		} else {
			r.other = append(r.other, "source")
		}
	}
	if x.Destination != nil {
		r.to = []string{x.Destination.Address}
	}
	if x.Protocol != nil {
		r.protos = []string{x.Protocol.Value}
	}
	if x.Port != nil {
		r.protos = []string{x.Port.Protocol}
		p, ok := parsePort(x.Port.Port)
		r.ports = []portRange{p}
		if !ok {
			r.ports, r.other = nil, append(r.other, x.Port.Port)
		}
	}
	if x.Service != nil {
		z.services = append(z.services, zoneService{x.Service.Name, r})
		return
	}
	z.rules = append(z.rules, r)
}

// lineWith finds the first line with a text, for evidence.
func lineWith(d driver.Document, text string) confLine {
	for _, l := range linesOf(d) {
		if strings.Contains(l.text, text) {
			return l
		}
	}
	return confLine{doc: d}
}

package ciscoios

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	softwareLine  = regexp.MustCompile(`^(?:Cisco IOS Software|IOS \(tm\)|Cisco IOS[- ]XE Software).*\bVersion ([0-9][^\s,]*)`)
	processorLine = regexp.MustCompile(`(?i)^cisco (\S+) .*processor.* bytes of (?:physical )?memory`)
	// Older routers name no processor there: "Cisco 2811 (revision 53.51) with 249856K/12288K bytes of memory."
	revisionLine  = regexp.MustCompile(`(?i)^cisco (\S+) \(revision [^)]*\) with .* bytes of memory`)
	restartedLine = regexp.MustCompile(`^System restarted at (.+)$`)
	uptimeLine    = regexp.MustCompile(`^(\S+) uptime is `)
	releaseOf     = regexp.MustCompile(`^([0-9]+)\.([0-9]+)`)
)

// numbered are the names of routers: 881, 2811, 7206VXR. Switches are named by letters first.
var numbered = regexp.MustCompile(`^[0-9]{3,4}[A-Z]*$`)

// shown is what "show version" says.
type shown struct {
	version, name, product, hostname *pb.TextFact
	booted                           *pb.TimeFact
	xe                               bool
}

func (r *reader) shownVersion() shown {
	var s shown
	doc := r.Ans.Command(showVersion)
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		ev := doc.Line(n, t)
		if m := softwareLine.FindStringSubmatch(t); m != nil {
			s.xe = s.xe || strings.Contains(t, "IOS-XE") || strings.Contains(t, "IOS XE") || strings.Contains(t, "IOSXE")
			if s.version == nil || strings.HasPrefix(t, "Cisco IOS Software") && strings.HasPrefix(s.name.GetValue(), "Cisco IOS XE") {
				s.version, s.name = facts.Text(m[1], ev), facts.Text(t, ev)
			}
		}
		for _, product := range []*regexp.Regexp{processorLine, revisionLine} {
			if m := product.FindStringSubmatch(t); m != nil && s.product == nil {
				s.product = facts.Text(m[1], ev)
			}
		}
		if m := uptimeLine.FindStringSubmatch(t); m != nil && s.hostname == nil {
			s.hostname = facts.Text(m[1], ev)
		}
		if m := restartedLine.FindStringSubmatch(t); m != nil {
			if at, ok := moment(m[1]); ok && at.zone == "UTC" {
				s.booted = facts.Time(at.t, ev)
			}
		}
	}
	return s
}

// platform says what the target is.
func (r *reader) platform() {
	s := r.shownVersion()
	p := &pb.Platform{Vendor: facts.Text("cisco", r.Doc.All()), Product: s.product, OsName: s.name, Version: s.version, Hostname: s.hostname, Booted: s.booted}
	var versionAt *pb.Evidence
	if e := r.Final("version"); e != nil {
		versionAt = r.At(e)
		if p.Version == nil {
			p.Version = facts.Text(e.Word(1), versionAt)
		}
	}
	if e := r.Final("hostname"); e != nil {
		name := strings.Trim(e.Word(1), `"`)
		p.Hostname = facts.Text(name, r.At(e))
		if stanza.Hole(name) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
		}
	}
	if m := releaseOf.FindStringSubmatch(p.Version.GetValue()); m != nil {
		r.major, _ = strconv.Atoi(m[1])
		r.minor, _ = strconv.Atoi(m[2])
	}
	missing := r.Ans.Command(showVersion).Unknown()
	if p.Version == nil {
		p.Version = missing.Text()
	}
	if p.Hostname == nil {
		p.Hostname = missing.Text()
	}
	sign := r.xeSign()
	r.xe = s.xe || sign != nil || r.major >= 16 || r.major > 0 && r.major < 10
	switch {
	case r.xe && sign != nil:
		p.Os = facts.Text("iosxe", sign)
	case r.xe:
		p.Os = facts.Text("iosxe", p.Version.GetEvidence()...)
	case r.major > 0:
		p.Os = facts.Text("ios", p.Version.GetEvidence()...)
	default:
		p.Os = missing.Text()
	}
	p.Kind = r.kind(p)
	r.Facts.Platform = p
}

// xeSign finds a line that only IOS-XE writes.
func (r *reader) xeSign() *pb.Evidence {
	for _, e := range r.ByWord("platform") {
		switch e.Word(1) {
		case "qfp", "punt-keepalive", "console", "qos":
			return r.At(e)
		}
	}
	for _, words := range [][]string{{"subscriber", "templating"}, {"virtual-service"}, {"netconf-yang"}, {"restconf"}} {
		if e := r.Final(words...); e != nil {
			return r.At(e)
		}
	}
	for e := range r.Find("license", "udi", "pid") {
		for _, p := range []string{"CSR", "C8", "ASR", "ISR4", "C9", "IR1"} {
			if strings.HasPrefix(e.Word(3), p) {
				return r.At(e)
			}
		}
	}
	return nil
}

// kind tells switches from routers by the product, else by what only one of them has.
func (r *reader) kind(p *pb.Platform) *pb.TextFact {
	product, ev := p.Product.GetValue(), p.Product.GetEvidence()
	if product == "" {
		if e := r.Final("license", "udi", "pid"); e != nil {
			product, ev = e.Word(3), []*pb.Evidence{r.At(e)}
		}
	}
	for _, k := range []struct{ prefix, kind string }{
		{"WS-", "switch"}, {"C98", "other"}, {"C9", "switch"}, {"IE-", "switch"}, {"C8", "router"}, {"CSR", "router"}, {"ISR", "router"}, {"ASR", "router"},
		{"CISCO", "router"}, {"IOSv", "router"}, {"C1", "router"}, {"IR", "router"},
	} {
		if strings.HasPrefix(product, k.prefix) {
			return facts.Text(k.kind, ev...)
		}
	}
	if numbered.MatchString(product) {
		return facts.Text("router", ev...)
	}
	if e := r.Final("ap", "profile"); e != nil { // a wireless controller
		return facts.Text("other", r.At(e))
	}
	for _, e := range r.ByWord("interface") {
		for _, c := range e.Node.Children {
			if strings.HasPrefix(c.Text, "switchport") || strings.HasPrefix(c.Text, "spanning-tree ") {
				return facts.Text("switch", r.Doc.Line(c.N, c.Text))
			}
			if strings.HasPrefix(c.Text, "ip nat ") {
				return facts.Text("router", r.Doc.Line(c.N, c.Text))
			}
		}
	}
	if e := r.Final("router"); e != nil && r.Whole() {
		return facts.Text("router", r.At(e))
	}
	if !r.Whole() {
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source).Text()
	}
	return facts.Unknown(pb.Reason_REASON_NOT_ASKED, showVersion).Text()
}

// stamp is a moment as IOS prints it, with its zone.
type stamp struct {
	t    time.Time
	zone string
}

var stampLine = regexp.MustCompile(`^([0-9:]{8})(?:\.[0-9]+)? (\S+) \S{3} (\S{3} +[0-9]{1,2} [0-9]{4})`)

// moment reads "05:06:40 GMT Tue Sep 10 2019". Only UTC is a zone that every reader understands.
func moment(s string) (stamp, bool) {
	m := stampLine.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return stamp{}, false
	}
	t, err := time.Parse("15:04:05 Jan _2 2006", m[1]+" "+strings.Join(strings.Fields(m[3]), " "))
	if err != nil {
		return stamp{}, false
	}
	zone := m[2]
	if zone == "GMT" {
		zone = "UTC"
	}
	return stamp{t, zone}, true
}

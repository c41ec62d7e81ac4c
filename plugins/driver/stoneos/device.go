package stoneos

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	versionLine = regexp.MustCompile(`^Version ([0-9]{1,2})\.([0-9]{1,2})(?:R([0-9]{1,2})[A-Za-z0-9.]*)?$`)
	versionShow = regexp.MustCompile(`software, Version ([0-9]{1,2})\.([0-9]{1,2})(?:R([0-9]{1,2})[A-Za-z0-9.]*)?`)
	productShow = regexp.MustCompile(`^Product name: (\S+)`)
)

// number makes a number of a version: 5.5R12 is 50512.
func number(m []string) int {
	n := 0
	for _, part := range m[1:4] {
		v, _ := strconv.Atoi(part) // of digits, or empty
		n = n*100 + v
	}
	return n
}

func (r *reader) platform(shown driver.Document) *pb.Platform {
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.Whole() {
		unsaid = r.Doc.Unknown()
	}
	p := &pb.Platform{Vendor: facts.Text("Hillstone"), Os: facts.Text("stoneos"), Kind: unsaid.Text(), Version: unsaid.Text(), Product: unsaid.Text(), Hostname: unsaid.Text()}
	for e := range r.Find("Version") {
		if m := versionLine.FindStringSubmatch(e.Node.Text); m != nil {
			p.Version, r.version = facts.Text(e.Word(1), r.At(e)), number(m)
		}
	}
	for n, l := range shown.Lines() {
		text := strings.TrimSpace(l)
		if m := versionShow.FindStringSubmatch(text); m != nil {
			// The line of "show version" may leave out the release that the configuration tells.
			if v := number(m); v%100 != 0 || r.version == 0 {
				_, version, _ := strings.Cut(m[0], "Version ")
				p.Version, r.version = facts.Text(version, shown.Line(n, text)), v
			}
		}
		if m := productShow.FindStringSubmatch(text); m != nil {
			p.Product = facts.Text(m[1], shown.Line(n, text))
		}
	}
	if e := r.Final("hostname"); e != nil && !e.Negated {
		p.Hostname = facts.Text(value(e, 1), r.At(e))
		if kind := hole(value(e, 1)); kind != "" {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, r.At(e)).Text()
		}
	}
	for _, word := range []string{"policy-global", "rule", "zone"} { // what decides between zones is a firewall
		if all := r.ByWord(word); len(all) > 0 {
			p.Kind = facts.Text("firewall", r.At(all[0]))
			break
		}
	}
	return p
}

// clock reads the zone; no command is documented that says whether the clock follows a server.
func (r *reader) clock() *pb.Clock {
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "ntp")
	na := facts.NotApplicable()
	c := &pb.Clock{Synchronised: unsaid.Bool(), Offset: unsaid.Duration(), Source: unsaid.Text(), Stratum: unsaid.Int(), Daemon: na.Text(), DaemonRunning: na.Bool(), DaemonEnabled: na.Bool()}
	c.Timezone = r.set.Text("clock zone", "UTC+8")
	if e := r.Final("clock", "zone"); e != nil && !e.Negated && len(e.Words) > 2 {
		c.Timezone = facts.Text(strings.Join(e.Words[2:], " "), r.At(e))
	}
	return c
}

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.Doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, g := range r.groups("interface") {
		i := &pb.Interface{
			Scope: g.name, Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show interface").Bool(), Enabled: r.Doc.NoDefault("shutdown").Bool(),
			Described: r.Doc.Off(), Zone: r.Doc.Absence().Text(), Addresses: facts.Texts([]string{}),
		}
		if !r.Whole() {
			i.Addresses = r.Doc.Absence().Texts()
		}
		for l := range g.lines() {
			switch {
			case l.Words[0] == "shutdown":
				i.Enabled = facts.Bool(l.Negated, r.At(l))
			case l.Negated:
			case l.Words[0] == "description":
				i.Described = facts.Bool(true, r.At(l))
			case l.Words[0] == "zone":
				i.Zone = facts.Text(value(l, 1), r.At(l))
			case l.Begins("ip", "address"):
				r.address(i, l)
			}
		}
		out.Items = append(out.Items, i)
	}
	return out
}

// address reads "ip address A M", "ip address A/N"; an address that is given by another is not known.
func (r *reader) address(i *pb.Interface, l *stanza.Entry) {
	ev := r.At(l)
	p, err := netip.ParsePrefix(l.Word(2))
	if err != nil {
		var ok bool
		if p, ok = withMask(l.Word(2), l.Word(3)); !ok {
			i.Addresses = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Texts()
			return
		}
	}
	if facts.Known(i.Addresses) {
		i.Addresses.Value, i.Addresses.Evidence = append(i.Addresses.Value, p.String()), append(i.Addresses.Evidence, ev)
	} else if !r.Whole() {
		i.Addresses = facts.Texts([]string{p.String()}, ev)
	}
}

func withMask(address, mask string) (netip.Prefix, bool) {
	a, err1 := netip.ParseAddr(address)
	m, err2 := netip.ParseAddr(mask)
	if err1 != nil || err2 != nil || !a.Is4() || !m.Is4() {
		return netip.Prefix{}, false
	}
	ones, b := 0, m.As4()
	for ones < 32 && b[ones/8]&(0x80>>(ones%8)) != 0 {
		ones++
	}
	for rest := ones; rest < 32; rest++ {
		if b[rest/8]&(0x80>>(rest%8)) != 0 {
			return netip.Prefix{}, false
		}
	}
	return netip.PrefixFrom(a, ones), true
}

// redundancyGroups says that the device backs up another: it is in a cluster.
func (r *reader) redundancyGroups() *pb.RedundancyGroupList {
	s := r.Doc.List()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	if e := r.Final("ha", "cluster"); e != nil && !e.Negated {
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show ha group")
		out.Items = append(out.Items, &pb.RedundancyGroup{Scope: "ha cluster " + e.Word(2), Kind: facts.Text("ha", r.At(e)), State: m.Text(), PeerPresent: m.Bool()})
	}
	return out
}

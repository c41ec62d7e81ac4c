package zxros

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	versionWord = regexp.MustCompile(`\bV[0-9]+\.[0-9]+(?:\.[0-9]+)*[A-Z0-9.()]*`)
	productWord = regexp.MustCompile(`\b(ZXR10 [A-Z]?[0-9][A-Za-z0-9-]*|ZXCTN [A-Z0-9-]+|ZXAN [A-Z0-9]+|M6000-[A-Z0-9]+)`)
)

// What the product lines are, by the beginning of their names, as their manuals are titled.
var kinds = []struct{ prefix, kind string }{
	{"M6000", "router"}, {"ZXR10 M6000", "router"}, {"ZXR10 T8000", "router"}, {"ZXR10 1800", "router"}, {"ZXR10 2800", "router"}, {"ZXR10 3800", "router"},
	{"ZXR10 5960", "switch"}, {"ZXR10 5900E", "switch"}, {"ZXR10 8900E", "switch"}, {"ZXR10 2900E", "switch"}, {"ZXAN", "other"},
}

func (r *reader) platform(shown driver.Document) *pb.Platform {
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.Whole() {
		unsaid = r.Doc.Unknown()
	}
	p := &pb.Platform{Vendor: facts.Text("ZTE"), Os: facts.Text("zxros"), Kind: unsaid.Text(), Version: unsaid.Text(), Product: unsaid.Text(), Hostname: unsaid.Text()}
	if e := r.Final("version"); e != nil && !e.Negated && versionWord.MatchString(e.Word(1)) {
		p.Version = facts.Text(e.Word(1), r.At(e))
	}
	fromShow := false
	for n, l := range shown.Lines() {
		text := strings.TrimSpace(l)
		if v := versionWord.FindString(text); v != "" && !fromShow && strings.Contains(text, "ersion") {
			p.Version, fromShow = facts.Text(v, shown.Line(n, text)), true
		}
		if m := productWord.FindStringSubmatch(text); m != nil && !facts.Known(p.Product) {
			p.Product = facts.Text(m[1], shown.Line(n, text))
			for _, k := range kinds {
				if strings.HasPrefix(m[1], k.prefix) {
					p.Kind = facts.Text(k.kind, shown.Line(n, text))
				}
			}
		}
	}
	if e := r.Final("hostname"); e != nil && !e.Negated && len(e.Words) > 1 {
		p.Hostname = facts.Text(strings.Join(e.Words[1:], " "), r.At(e))
		if kind := holeKind(e.Words[1:]...); kind != "" {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, r.At(e)).Text()
		}
	}
	for _, e := range r.ByWord("interface") {
		if strings.HasPrefix(e.Word(1), "gpon") || strings.HasPrefix(e.Word(1), "epon") { // an access platform
			p.Kind = facts.Text("other", r.At(e))
			break
		}
	}
	return p
}

// clock reads the NTP status.
func (r *reader) clock(doc driver.Document) *pb.Clock {
	unsaid := doc.Unknown()
	if doc.Whole() {
		unsaid = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	na := facts.NotApplicable()
	c := &pb.Clock{Synchronised: unsaid.Bool(), Offset: unsaid.Duration(), Source: unsaid.Text(), Stratum: unsaid.Int(), Daemon: na.Text(), DaemonRunning: na.Bool(), DaemonEnabled: na.Bool()}
	if e := r.Final("clock", "timezone"); e != nil && !e.Negated {
		c.Timezone = facts.Text(strings.Join(e.Words[2:], " "), r.At(e))
	}
	for n, l := range doc.Lines() {
		text := strings.ToLower(strings.TrimSpace(l))
		ev := doc.Line(n, strings.TrimSpace(l))
		if strings.HasPrefix(text, "clock is synchronized") || strings.HasPrefix(text, "clock is unsynchronized") {
			c.Synchronised = facts.Bool(strings.HasPrefix(text, "clock is s"), ev)
		}
		if _, rest, ok := strings.Cut(text, "stratum "); ok {
			if v, err := strconv.ParseInt(strings.TrimRight(strings.Fields(rest + " x")[0], ","), 10, 32); err == nil {
				c.Stratum = facts.Int(v, ev)
			}
		}
		if _, rest, ok := strings.Cut(text, "clock offset is "); ok {
			if d, err := time.ParseDuration(strings.Replace(strings.SplitN(rest, ",", 2)[0], " msec", "ms", 1)); err == nil {
				c.Offset = facts.Duration(d, ev)
			}
		}
		if _, rest, ok := strings.Cut(text, "reference is "); ok {
			c.Source = facts.Text(strings.Fields(rest + " x")[0], ev)
		}
	}
	return c
}

var remarkTime = regexp.MustCompile(`^(configuration saved|configuration was loaded by txt that saved|last configuration change) at ([0-9]{2}:[0-9]{2}:[0-9]{2} [A-Z][a-z]{2} [A-Z][a-z]{2} +[0-9]{1,2} [0-9]{4})`)

// saved compares the times at the head of the configuration, which are the device's own and name no zone.
func (r *reader) saved() *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	s := &pb.Saved{RunningIsSaved: none.Bool(), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.Doc.NoDefault("auto backup").Texts()}
	var kept, changed time.Time
	var ev []*pb.Evidence
	for _, m := range r.remarks {
		found := remarkTime.FindStringSubmatch(m.text)
		if found == nil {
			continue
		}
		at, err := time.Parse("15:04:05 Mon Jan 2 2006", strings.Join(strings.Fields(found[2]), " "))
		if err != nil {
			continue
		}
		ev = append(ev, r.Doc.Line(m.n, m.text))
		if found[1] == "last configuration change" {
			changed = at
		} else if at.After(kept) {
			kept = at
		}
	}
	if !kept.IsZero() && !changed.IsZero() && !kept.Equal(changed) {
		s.RunningIsSaved = facts.Bool(kept.After(changed), ev...)
	}
	return s
}

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.Doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.Interface{}
	for e := range r.Find("interface") {
		if e.Negated || len(e.Words) < 2 {
			continue
		}
		name := strings.Join(e.Words[1:], "")
		i := byName[name]
		if i == nil { // several sections may speak of one interface
			i = &pb.Interface{
				Scope: name, Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show interface").Bool(), Enabled: r.Doc.NoDefault("shutdown").Bool(),
				Described: r.Doc.Off(), FilterIn: r.Doc.Absence().Text(), FilterOut: r.Doc.Absence().Text(), Addresses: facts.Texts([]string{}),
			}
			if !r.Whole() {
				i.Addresses = r.Doc.Absence().Texts()
			}
			byName[name] = i
			out.Items = append(out.Items, i)
		}
		for _, l := range e.Under() {
			switch {
			case l.Words[0] == "shutdown":
				i.Enabled = facts.Bool(l.Negated, r.At(l))
			case l.Negated:
			case l.Words[0] == "description":
				i.Described = facts.Bool(true, r.At(l))
			case l.Begins("ip", "address") && facts.Known(i.Addresses):
				if p, ok := withMask(l.Word(2), l.Word(3)); ok {
					i.Addresses.Value = append(i.Addresses.Value, p)
					i.Addresses.Evidence = append(i.Addresses.Evidence, r.At(l))
				} else {
					i.Addresses = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.At(l)).Texts()
				}
			case l.Begins("ip", "access-group"), l.Begins("ipv4-access-group"):
				name, direction := l.Words[len(l.Words)-2], l.Words[len(l.Words)-1]
				if direction == "in" || direction == "ingress" {
					i.FilterIn = facts.Text("acl "+name, r.At(l))
				} else {
					i.FilterOut = facts.Text("acl "+name, r.At(l))
				}
			}
		}
	}
	return out
}

func withMask(address, mask string) (string, bool) {
	a, err1 := netip.ParseAddr(address)
	m, err2 := netip.ParseAddr(mask)
	if err1 != nil || err2 != nil || !a.Is4() || !m.Is4() {
		return "", false
	}
	ones, b := 0, m.As4()
	for ones < 32 && b[ones/8]&(0x80>>(ones%8)) != 0 {
		ones++
	}
	return netip.PrefixFrom(a, ones).String(), true
}

package junos

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	modelLine   = regexp.MustCompile(`^Model: (\S+)`)
	junosLine   = regexp.MustCompile(`^Junos: (\S+)`)
	hostLine    = regexp.MustCompile(`^Hostname: (\S+)`)
	packageLine = regexp.MustCompile(`^JUNOS (?:Software Release|Base OS boot|OS Kernel[^\[]*|EX  ?Software Suite) \[([0-9]{2}\.[0-9][^\]]*)\]`)
	bootedLine  = regexp.MustCompile(`^System booted: ([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) (\S+)`)
	savedLine   = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) (\S+)`)
)

func (r *reader) platform() *pb.Platform {
	missing := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	p := &pb.Platform{
		Vendor: facts.Text("Juniper"), Os: facts.Text("junos"), OsName: facts.Text("Junos OS"), Kind: r.kind(""), Product: missing.Text(), Version: missing.Text(), Hostname: missing.Text(), Booted: missing.Time(),
	}
	if v := r.Root.Value("version"); v != nil {
		p.Version = facts.Text(v.Word, r.At(v))
	}
	names := r.Root.All("system", "host-name")
	switch {
	case len(names) == 1 || len(names) > 1 && !names[0].Inherited:
		n := r.Root.Value("system", "host-name")
		if p.Hostname = facts.Text(n.Word, r.At(n)); tree.Hole(n.Word) {
			p.Hostname = r.Hole(n).Text()
		}
	case len(names) > 1:
		p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "each routing engine has a name", r.At(names[0])).Text()
	}
	doc := r.ans.Command(showVersion)
	version := false
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		if m := hostLine.FindStringSubmatch(t); m != nil && !facts.Known(p.Hostname) {
			p.Hostname = facts.Text(m[1], doc.Line(n, t))
		}
		if m := modelLine.FindStringSubmatch(t); m != nil && !facts.Known(p.Product) {
			p.Product, p.Kind = facts.Text(m[1], doc.Line(n, t)), r.kind(m[1], doc.Line(n, t))
		}
		m := junosLine.FindStringSubmatch(t)
		if m == nil {
			m = packageLine.FindStringSubmatch(t)
		}
		if m != nil && !version {
			p.Version, version = facts.Text(m[1], doc.Line(n, t)), true
		}
	}
	for n, l := range r.ans.Command(showUptime).Lines() {
		if m := bootedLine.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			p.Booted = moment(m[1], m[2], r.ans.Command(showUptime).Line(n, strings.TrimSpace(l)))
		}
	}
	return p
}

// moment reads a time whose zone is named; only that of Greenwich is the same everywhere.
func moment(at, zone string, ev *pb.Evidence) *pb.TimeFact {
	t, err := time.Parse("2006-01-02 15:04:05", at)
	if err != nil || zone != "UTC" && zone != "GMT" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "time zone", ev).Time()
	}
	return facts.Time(t, ev)
}

// kind is told by the model, or by what only one kind configures.
func (r *reader) kind(model string, ev ...*pb.Evidence) *pb.TextFact {
	m := strings.TrimPrefix(strings.ToLower(model), "v")
	for _, k := range []struct{ prefix, kind string }{
		{"srx", "firewall"}, {"csrx", "firewall"}, {"ex", "switch"}, {"qfx", "switch"}, {"mx", "router"}, {"ptx", "router"}, {"acx", "router"}, {"t", "router"}, {"m", "router"},
	} {
		if m != "" && strings.HasPrefix(m, k.prefix) {
			return facts.Text(k.kind, ev...)
		}
	}
	if z := r.Root.Get("security", "zones", "security-zone"); z != nil {
		return facts.Text("firewall", r.At(z))
	}
	for _, path := range [][]string{{"ethernet-switching-options"}, {"virtual-chassis"}, {"switch-options"}, {"forwarding-options", "storm-control-profiles"}} {
		if n := r.Root.Get(path...); n != nil && r.Root.Has("vlans") {
			return facts.Text("switch", r.At(n))
		}
	}
	return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "model").Text()
}

var commitLine = regexp.MustCompile(`^([0-9]+) +[0-9]{4}-[0-9]{2}-[0-9]{2} .+ by \S+ via `)

// kept: a commit is saved as it takes effect. Only one that waits to be confirmed is undone by itself: "show system commit" says
// "rollback pending" below the newest commit until then.
func (r *reader) kept() *pb.BoolFact {
	doc := r.ans.Command(showCommit)
	out := doc.Unknown().Bool()
	newest := false
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		m := commitLine.FindStringSubmatch(text)
		switch {
		case m != nil && m[1] != "0":
			return out
		case m != nil:
			if newest = true; doc.Whole() {
				out = facts.Bool(true, doc.Line(n, text))
			}
		case newest && text == "rollback pending":
			return facts.Bool(false, doc.Line(n, text))
		}
	}
	if doc.Whole() && !newest {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source).Bool()
	}
	return out
}

// saved says whether what runs stays, when it was committed and where copies go.
func (r *reader) saved() *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	s := &pb.Saved{RunningIsSaved: r.kept(), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.Doc.Absence().Texts()}
	if m := savedLine.FindStringSubmatch(r.changed); m != nil {
		s.LastChanged = moment(m[1], m[2], r.Doc.Line(r.changedAt, r.changed))
		s.LastSaved = s.LastChanged
	}
	a := r.Root.Get("system", "archival", "configuration")
	if a == nil {
		return s
	}
	hosts, ev := []string{}, []*pb.Evidence{}
	for _, u := range a.All("archive-sites") {
		hosts, ev = append(hosts, mask([]string{u.Word})[0]), append(ev, r.At(u))
	}
	switch {
	case len(hosts) > 0 && (a.Has("transfer-on-commit") || a.Has("transfer-interval")):
		s.Archives = facts.Texts(hosts, ev...)
	case len(hosts) > 0 && r.Whole():
		s.Archives = facts.Absent(ev...).Texts()
	}
	return s
}

type association struct{ reachable, selected *pb.BoolFact }

// associations reads "show ntp associations": a mark, the address, and the reach register in octal.
func (r *reader) associations() map[string]association {
	out := map[string]association{}
	doc := r.ans.Command(showAssociations)
	for n, l := range doc.Lines() {
		w := strings.Fields(l)
		if len(w) < 10 {
			continue
		}
		reach, err := strconv.ParseUint(w[6], 8, 32)
		if err != nil {
			continue
		}
		address := strings.TrimLeft(w[0], "*+-x.#o~")
		ev := doc.Line(n, strings.TrimSpace(l))
		out[address] = association{facts.Bool(reach != 0, ev), facts.Bool(strings.HasPrefix(w[0], "*") || strings.HasPrefix(w[0], "o"), ev)}
	}
	return out
}

// clock reads "show ntp status", and the zone.
func (r *reader) clock() *pb.Clock {
	doc := r.ans.Command(showNTPStatus)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Timezone: r.Doc.NoDefault("time-zone").Text()}
	if z := r.Root.Value("system", "time-zone"); z != nil {
		c.Timezone = facts.Text(z.Word, r.At(z))
	}
	for n, l := range doc.Lines() {
		ev := doc.Line(n, strings.TrimSpace(l))
		for _, part := range strings.Split(l, ",") {
			key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch {
			case key == "sync_ntp":
				c.Synchronised = facts.Bool(true, ev)
			case key == "sync_unspec" || key == "leap_alarm" || strings.HasSuffix(value, "leap_alarm"):
				c.Synchronised = facts.Bool(false, ev)
			case key == "stratum":
				if s, err := strconv.ParseInt(value, 10, 32); err == nil && s >= 0 {
					c.Stratum = facts.Int(s, ev)
				}
			case key == "refid":
				c.Source = facts.Text(value, ev)
			case key == "offset":
				if ms, err := strconv.ParseFloat(value, 64); err == nil && ms > -1e12 && ms < 1e12 {
					c.Offset = facts.Duration(time.Duration(ms*float64(time.Millisecond)), ev)
				}
			}
		}
	}
	return c
}

package linux

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	chronyTracking = "chronyc -n tracking"
	chronySources  = "chronyc -n sources"
	chronyNames    = "chronyc -N sources"
	ntpPeers       = "ntpq -pn"
	timesyncShow   = "timedatectl show-timesync --all"
)

// The clock: what keeps it, what that follows, and how well.
var timeTopic = topic{
	name:       "time",
	privileged: []string{"/var/spool/cron/root", "/var/spool/cron/crontabs/root"},
	commands:   []string{chronyTracking, chronySources, chronyNames, ntpPeers, timesyncShow},
	ask: func(a driver.Answers) []*question {
		out := append(askDaemons(a), driver.Probe(pluginpb.Probe_PROBE_CLOCK))
		patterns, paths := askSystemdConf(a, "timesyncd")
		out = append(out, asked(patterns, paths)...)
		out = append(out, loadChrony(a).questions...)
		out = append(out, loadNTP(a).questions...)
		out = append(out, loadOpenNTP(a).questions...)
		out = append(out, files(crontabs...)...)
		out = append(out, globs("/etc/cron.d/*", "/etc/cron.daily/*", "/etc/cron.hourly/*")...)
		for _, pattern := range []string{"/etc/cron.d/*", "/etc/cron.daily/*", "/etc/cron.hourly/*"} {
			out = append(out, files(listed(a, pattern)...)...)
		}
		r := &reader{Answers: a}
		for _, d := range timeDaemons {
			if r.running(d.programs...).GetValue() {
				out = append(out, commands(d.commands...)...)
			}
		}
		return out
	},
	read: readTime,
}

// crontabs are root's and the system's.
var crontabs = []string{"/etc/crontab", "/var/spool/cron/root", "/var/spool/cron/crontabs/root"}

// timeDaemon is a program that keeps the clock.
type timeDaemon struct {
	name            string
	programs, units []string
	commands        []string
	conf            func(*reader) *timeConf
}

var timeDaemons = []timeDaemon{
	{"chronyd", []string{"chronyd"}, []string{"chronyd.service", "chrony.service"}, []string{chronyTracking, chronySources, chronyNames},
		func(r *reader) *timeConf { return loadChrony(r.Answers) }},
	{"ntpd", []string{"ntpd"}, []string{"ntpd.service", "ntp.service", "ntpsec.service"}, []string{ntpPeers},
		func(r *reader) *timeConf { return loadNTP(r.Answers) }},
	{"systemd-timesyncd", []string{"systemd-timesyncd"}, []string{"systemd-timesyncd.service"}, []string{timesyncShow},
		(*reader).timesyncdConf},
	{"openntpd", []string{"openntpd"}, []string{"openntpd.service"}, nil,
		func(r *reader) *timeConf { return loadOpenNTP(r.Answers) }},
}

func readTime(r *reader) {
	clock := &pb.Clock{}
	list := &pb.TimeSourceList{}
	r.facts.Clock, r.facts.TimeSources = clock, list
	r.zone(clock)
	d, running, enabled, gap := r.timeDaemon()
	clock.DaemonRunning, clock.DaemonEnabled = running, enabled
	switch {
	case d != nil:
		ev := running.GetEvidence()
		if !running.GetValue() {
			ev = enabled.GetEvidence()
		}
		clock.Daemon = facts.Text(d.name, ev...)
		c := d.conf(r)
		settle(list, c.files.gap, c.files.whole()...)
		list.Items = c.facts()
		if len(list.Items) == 0 && d.name == "systemd-timesyncd" && list.State == pb.FactState_FACT_STATE_KNOWN {
			// Without NTP= the servers that were compiled in are used; which, only the running daemon shows.
			m := facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "timesyncd.conf(5), FallbackNTP=")
			settle(list, &m, c.files.whole()...)
		}
		r.live(*d, c, clock, list)
	case gap != nil:
		clock.Daemon = gap.Text()
		settle(list, gap)
		r.kernelClock(clock, gap)
	default:
		r.noDaemon(clock, list)
	}
}

// timeDaemon picks the daemon that keeps the clock: the one that runs, else the one that starts at boot.
func (r *reader) timeDaemon() (d *timeDaemon, running, enabled *pb.BoolFact, gap *facts.Missing) {
	running, enabled = facts.Bool(false), facts.Bool(false)
	for i, d := range timeDaemons {
		if run := r.running(d.programs...); run.GetValue() {
			return &timeDaemons[i], run, r.enabled(d.units...), nil
		} else if !facts.Known(run) {
			running = run
		} else if facts.Known(running) {
			running = run
		}
	}
	for i, d := range timeDaemons {
		if boot := r.enabled(d.units...); boot.GetValue() {
			return &timeDaemons[i], running, boot, nil
		} else if !facts.Known(boot) {
			enabled = boot
		} else if facts.Known(enabled) {
			enabled = boot
		}
	}
	if facts.Known(running) {
		return nil, running, enabled, nil // none runs
	}
	for _, f := range []*pb.BoolFact{enabled, running} {
		if !facts.Known(f) && f.GetReason() != pb.Reason_REASON_OFFLINE {
			m := facts.LikeState(f)
			return nil, running, enabled, &m
		}
	}
	return nil, running, enabled, nil
}

func (c *timeConf) facts() []*pb.TimeSource {
	var out []*pb.TimeSource
	for _, s := range c.sources {
		out = append(out, &pb.TimeSource{Scope: s.name, Kind: facts.Text(s.kind, s.at.ev()), Authenticated: facts.Bool(s.authenticated, s.at.ev())})
	}
	return out
}

// zone states the time zone.
func (r *reader) zone(clock *pb.Clock) {
	d := r.Probe(pluginpb.Probe_PROBE_CLOCK)
	if rec, ok := r.clockRecord(); ok && rec.Get("zone") != "" {
		clock.Timezone = facts.Text(rec.Get("zone"), d.All())
		return
	}
	clock.Timezone = d.Unknown().Text()
}

func (r *reader) clockRecord() (driver.Record, bool) {
	records, err := r.Probe(pluginpb.Probe_PROBE_CLOCK).Records()
	if err != nil || len(records) == 0 {
		return driver.Record{}, false
	}
	return records[0], true
}

// live states what the daemon shows of itself.
func (r *reader) live(d timeDaemon, c *timeConf, clock *pb.Clock, list *pb.TimeSourceList) {
	if !clock.DaemonRunning.GetValue() {
		m := facts.LikeState(clock.DaemonRunning)
		if facts.Known(clock.DaemonRunning) {
			clock.Synchronised = facts.Bool(false, clock.DaemonRunning.GetEvidence()...)
			m = facts.Unknown(pb.Reason_REASON_NOT_FOUND, d.name, clock.DaemonRunning.GetEvidence()...)
		} else {
			clock.Synchronised = m.Bool()
		}
		clock.Offset, clock.Source, clock.Stratum = m.Duration(), m.Text(), m.Int()
		for _, s := range list.Items {
			s.Reachable, s.Selected = m.Bool(), m.Bool()
			if facts.Known(clock.DaemonRunning) {
				s.Reachable, s.Selected = clock.DaemonRunning, clock.DaemonRunning
			}
		}
		return
	}
	switch d.name {
	case "chronyd":
		r.chrony(c, clock, list)
	case "ntpd":
		r.ntp(c, clock, list)
	case "systemd-timesyncd":
		r.timesync(c, clock, list)
	default:
		r.kernelClock(clock, nil)
	}
}

// chrony reads chronyc tracking and sources.
func (r *reader) chrony(c *timeConf, clock *pb.Clock, list *pb.TimeSourceList) {
	d := r.Command(chronySources)
	var gap *facts.Missing
	if !d.Whole() {
		m := d.Unknown()
		gap = &m
	}
	peers := parseChronyPeers(d)
	if named := parseChronyPeers(r.Command(chronyNames)); len(named) == len(peers) {
		peers = withNames(peers, named, c.sources)
	}
	list.Items = statePeers(list.Items, c.sources, peers, gap)
	tracking := r.Command(chronyTracking)
	values := colonValues(tracking)
	leap := values["Leap status"]
	if !tracking.Whole() || leap.value == "" {
		m := tracking.Unknown()
		if tracking.Whole() {
			m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, chronyTracking, tracking.All())
		}
		clock.Synchronised, clock.Offset, clock.Source, clock.Stratum = m.Bool(), m.Duration(), m.Text(), m.Int()
		return
	}
	selected := slices.IndexFunc(peers, func(p peer) bool { return p.selected })
	switch {
	case leap.value == "Not synchronised" || leap.value == "Not synchronized":
		clock.Synchronised = facts.Bool(false, leap.at.ev())
	case gap != nil:
		clock.Synchronised = gap.Bool()
	case selected < 0:
		// chronyd goes on saying "Normal" after all its sources fell silent.
		clock.Synchronised = facts.Bool(false, leap.at.ev(), d.All())
	default:
		clock.Synchronised = facts.Bool(peers[selected].reachable, leap.at.ev(), peers[selected].at.ev())
	}
	if selected >= 0 {
		clock.Source = facts.Text(peers[selected].name, peers[selected].at.ev())
	} else if gap == nil {
		clock.Source = facts.Absent(d.All()).Text()
	}
	system := values["System time"]
	clock.Offset = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, system.value, tracking.All()).Duration()
	if f := strings.Fields(system.value); len(f) >= 3 {
		if seconds, err := strconv.ParseFloat(f[0], 64); err == nil && clock.Synchronised.GetValue() {
			if f[2] == "slow" {
				seconds = -seconds
			}
			clock.Offset = offset(seconds, system.at.ev())
		} else if err == nil {
			clock.Offset = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "no source", leap.at.ev()).Duration()
		}
	}
	clock.Stratum = intOf(values["Stratum"], tracking)
}

// withNames gives the peers the names that the configuration uses, where chronyc can show them.
func withNames(peers, named []peer, conf []timeSource) []peer {
	out := slices.Clone(peers)
	for i := range out {
		if slices.ContainsFunc(conf, func(s timeSource) bool { return s.name == named[i].name }) {
			out[i].name = named[i].name
		}
	}
	return out
}

// offset turns seconds into a fact, to the microsecond.
func offset(seconds float64, ev ...*pb.Evidence) *pb.DurationFact {
	if math.IsNaN(seconds) || math.Abs(seconds) > 1e9 {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "offset", ev...).Duration()
	}
	return facts.Duration(time.Duration(math.Round(seconds*1e6))*time.Microsecond, ev...)
}

func intOf(v iniValue, d driver.Document) *pb.IntFact {
	n, err := strconv.ParseInt(v.value, 10, 64)
	if err != nil {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, d.Source, d.All()).Int()
	}
	return facts.Int(n, v.at.ev())
}

// colonValues reads "Name : value" lines.
func colonValues(d driver.Document) map[string]iniValue {
	out := map[string]iniValue{}
	for _, l := range linesOf(d) {
		if name, value, ok := strings.Cut(l.text, ":"); ok {
			out[strings.TrimSpace(name)] = iniValue{strings.TrimSpace(value), l}
		}
	}
	return out
}

// ntp reads ntpq -pn.
func (r *reader) ntp(c *timeConf, clock *pb.Clock, list *pb.TimeSourceList) {
	d := r.Command(ntpPeers)
	var gap *facts.Missing
	if !d.Whole() {
		m := d.Unknown()
		gap = &m
	}
	peers := parseNTPPeers(d)
	list.Items = statePeers(list.Items, c.sources, peers, gap)
	i := slices.IndexFunc(peers, func(p peer) bool { return p.selected })
	switch {
	case i >= 0:
		p := peers[i]
		f := strings.Fields(p.at.text)
		clock.Synchronised, clock.Source = facts.Bool(p.reachable, p.at.ev()), facts.Text(p.name, p.at.ev())
		if ms, err := strconv.ParseFloat(f[8], 64); err == nil {
			// ntpq shows the server's clock minus ours.
			clock.Offset = offset(-ms/1000, p.at.ev())
		}
		if n, err := strconv.ParseInt(f[2], 10, 64); err == nil {
			clock.Stratum = facts.Int(n+1, p.at.ev())
		}
	case gap != nil:
		clock.Synchronised, clock.Offset, clock.Source, clock.Stratum = gap.Bool(), gap.Duration(), gap.Text(), gap.Int()
	default:
		m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "no source", d.All())
		clock.Synchronised, clock.Source = facts.Bool(false, d.All()), facts.Absent(d.All()).Text()
		clock.Offset, clock.Stratum = m.Duration(), facts.Int(16, d.All())
	}
}

// timesync reads what systemd-timesyncd shows, and the kernel's clock for the offset.
func (r *reader) timesync(c *timeConf, clock *pb.Clock, list *pb.TimeSourceList) {
	d := r.Command(timesyncShow)
	values := map[string]iniValue{}
	for _, l := range linesOf(d) {
		if name, value, ok := strings.Cut(l.text, "="); ok {
			values[name] = iniValue{value, l}
		}
	}
	r.kernelClock(clock, nil)
	name, address := values["ServerName"], values["ServerAddress"]
	if !d.Whole() {
		m := d.Unknown()
		clock.Source = m.Text()
		for _, s := range list.Items {
			s.Reachable, s.Selected = m.Bool(), m.Bool()
		}
		return
	}
	answered := strings.Contains(values["NTPMessage"].value, "Leap=")
	if name.value == "" {
		clock.Source = facts.Absent(d.All()).Text()
	} else {
		clock.Source = facts.Text(name.value, name.at.ev())
	}
	if !answered {
		clock.Synchronised = facts.Bool(false, d.All())
	}
	if _, rest, ok := strings.Cut(values["NTPMessage"].value, "Stratum="); ok {
		if n, err := strconv.ParseInt(digits(rest), 10, 64); err == nil {
			clock.Stratum = facts.Int(n+1, values["NTPMessage"].at.ev())
		}
	}
	var peers []peer
	if name.value != "" {
		peers = append(peers, peer{name: name.value, kind: "server", selected: true, reachable: answered, at: name.at})
		if !slices.ContainsFunc(c.sources, func(s timeSource) bool { return s.name == name.value }) && isAddress(address.value) &&
			slices.ContainsFunc(c.sources, func(s timeSource) bool { return s.name == address.value }) {
			peers[0].name = address.value
		}
	}
	list.Items = statePeers(list.Items, c.sources, peers, nil)
	if len(list.Items) > 0 && len(c.sources) == 0 && c.files.gap == nil {
		settle(list, nil, d.All())
	}
}

// kernelClock states what the kernel knows: whether it is kept, and how far it still has to go.
func (r *reader) kernelClock(clock *pb.Clock, why *facts.Missing) {
	d := r.Probe(pluginpb.Probe_PROBE_CLOCK)
	rec, ok := r.clockRecord()
	if !ok || rec.Get("synchronised") == "" || why != nil {
		m := d.Unknown()
		if why != nil {
			m = *why
		}
		clock.Synchronised, clock.Offset, clock.Source = m.Bool(), m.Duration(), m.Text()
		return
	}
	clock.Synchronised = facts.Bool(rec.Get("synchronised") == "true", d.Line(1, driver.FormatRecord(rec)))
	us, err := strconv.ParseInt(rec.Get("offset_us"), 10, 64)
	clock.Offset = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "offset_us", d.All()).Duration()
	if err == nil && clock.Synchronised.GetValue() && us > -1e15 && us < 1e15 {
		clock.Offset = facts.Duration(time.Duration(us)*time.Microsecond, d.Line(1, driver.FormatRecord(rec)))
	}
}

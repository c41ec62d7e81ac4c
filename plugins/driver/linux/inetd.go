package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// inetdService is a service that inetd or xinetd starts on demand.
type inetdService struct {
	name    string
	enabled *pb.BoolFact
	// sources are who may use it by xinetd's own rule; empty: it has none.
	sources []string
	// programs are the words of its command line, folders taken off.
	programs []string
	at       confLine
}

// is says whether the service is one of those named, or runs one of the programs.
func (s inetdService) is(names, programs []string) bool {
	return slices.Contains(names, s.name) || slices.ContainsFunc(s.programs, func(p string) bool { return slices.Contains(programs, p) })
}

func bases(words []string) []string {
	var out []string
	for _, w := range words {
		out = append(out, path.Base(w))
	}
	return out
}

var (
	inetdUnits  = []string{"inetd.service", "openbsd-inetd.service", "inetutils-inetd.service", "rlinetd.service"}
	xinetdUnits = []string{"xinetd.service"}
)

func askInetd(a driver.Answers) []*question {
	out := append(globs("/etc/xinetd.d/*", "/etc/inetd.d/*"), files("/etc/inetd.conf", "/etc/xinetd.conf")...)
	for _, pattern := range []string{"/etc/xinetd.d/*", "/etc/inetd.d/*"} {
		out = append(out, files(listed(a, pattern)...)...)
	}
	return out
}

// readInetd gives the services of both daemons. A service is enabled only where its daemon is.
func readInetd(r *reader) ([]inetdService, *facts.Missing) {
	var out []inetdService
	var classic, extended conf
	classic.add(r.File("/etc/inetd.conf"))
	classic.addListed(r.Answers, "/etc/inetd.d/*")
	for _, l := range classic.lines {
		if w := strings.Fields(l.text); len(w) >= 6 && !strings.HasPrefix(w[0], "#") {
			out = append(out, inetdService{name: w[0], enabled: r.byDaemon(true, l, []string{"inetd", "rlinetd"}, inetdUnits), programs: bases(w[5:]), at: l})
		}
	}
	extended.add(r.File("/etc/xinetd.conf"))
	extended.addListed(r.Answers, "/etc/xinetd.d/*")
	for _, l := range extended.lines {
		if w := strings.Fields(l.text); len(w) == 2 && (w[0] == "includedir" || w[0] == "include") && path.Clean(w[1]) != "/etc/xinetd.d" {
			extended.lack(facts.Unknown(pb.Reason_REASON_NOT_ASKED, w[1], l.ev()))
		}
	}
	for _, s := range parseXinetd(extended.lines) {
		out = append(out, inetdService{name: s.name, enabled: r.byDaemon(s.on, s.at, []string{"xinetd"}, xinetdUnits), sources: s.sources, programs: s.programs, at: s.at})
	}
	slices.SortStableFunc(out, func(a, b inetdService) int { return strings.Compare(a.name, b.name) })
	out = slices.CompactFunc(out, func(a, b inetdService) bool { return a.name == b.name && a.enabled.GetValue() == b.enabled.GetValue() })
	return out, firstGap(classic.gap, extended.gap)
}

// addListed appends the files that a glob listed.
func (c *conf) addListed(a driver.Answers, pattern string) {
	if _, gap := entries(a, pattern); gap != nil {
		c.lack(*gap)
	}
	for _, p := range listed(a, pattern) {
		c.add(a.File(p))
	}
}

// byDaemon says whether a service that is switched on or off in a daemon's configuration can be used.
func (r *reader) byDaemon(on bool, l confLine, programs, units []string) *pb.BoolFact {
	if !on {
		return facts.Bool(false, l.ev())
	}
	boot, now := r.enabled(units...), r.running(programs...)
	for _, f := range []*pb.BoolFact{boot, now} {
		if f.GetValue() {
			return facts.Bool(true, append([]*pb.Evidence{l.ev()}, f.GetEvidence()...)...)
		}
	}
	for _, f := range []*pb.BoolFact{boot, now} {
		if !facts.Known(f) && f.GetReason() != pb.Reason_REASON_OFFLINE {
			return f
		}
	}
	return facts.Bool(false, append([]*pb.Evidence{l.ev()}, boot.GetEvidence()...)...)
}

type xinetdService struct {
	name              string
	on                bool
	sources, programs []string
	at                confLine
}

// parseXinetd reads the blocks of xinetd.conf(5).
func parseXinetd(lines []confLine) []xinetdService {
	type block struct {
		name  string
		attrs map[string][]string
		at    confLine
	}
	var blocks []*block
	var cur *block
	defaults := &block{attrs: map[string][]string{}}
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		if l.n == 1 {
			cur = nil
		}
		if text == "" || text[0] == '#' {
			continue
		}
		w := strings.Fields(strings.NewReplacer("{", " { ", "}", " } ").Replace(text))
		switch {
		case w[0] == "service" && len(w) > 1:
			cur = &block{name: w[1], attrs: map[string][]string{}, at: l}
			blocks = append(blocks, cur)
		case w[0] == "defaults":
			cur = defaults
		case w[0] == "}":
			cur = nil
		case cur != nil:
			key, value, ok := strings.Cut(text, "=")
			if !ok {
				continue
			}
			adds := strings.HasSuffix(key, "+")
			key = strings.ToLower(strings.TrimRight(key, "+- \t"))
			if !adds {
				cur.attrs[key] = nil
			}
			cur.attrs[key] = append(cur.attrs[key], strings.Fields(value)...)
			if key == "disable" {
				cur.at = l
			}
		}
	}
	var out []xinetdService
	for _, b := range blocks {
		s := xinetdService{name: b.name, at: b.at, sources: b.attrs["only_from"], programs: bases(append(b.attrs["server"], b.attrs["server_args"]...))}
		id := b.name
		if v := b.attrs["id"]; len(v) > 0 {
			id = v[0]
		}
		if len(s.sources) == 0 {
			s.sources = defaults.attrs["only_from"]
		}
		s.on = !slices.Contains(b.attrs["disable"], "yes") && !slices.Contains(defaults.attrs["disabled"], id)
		if list := defaults.attrs["enabled"]; len(list) > 0 && !slices.Contains(list, id) {
			s.on = false
		}
		out = append(out, s)
	}
	return out
}

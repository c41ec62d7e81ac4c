package linux

import (
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// timeSource is a time server as a configuration has it.
type timeSource struct {
	name, kind    string
	authenticated bool
	at            confLine
}

// timeConf is the configuration of a time daemon.
type timeConf struct {
	a         driver.Answers
	questions []*question
	files     conf
	opened    int
	sources   []timeSource
}

// chronyMain are where chronyd looks, by distribution.
var chronyMain = []string{"/etc/chrony.conf", "/etc/chrony/chrony.conf"}

// loadChrony reads chrony's configuration with what it includes, as far as the answers go.
func loadChrony(a driver.Answers) *timeConf {
	c := &timeConf{a: a}
	for _, p := range chronyMain {
		c.openChrony(p, 0)
	}
	return c
}

func (c *timeConf) openChrony(file string, depth int) {
	c.questions = append(c.questions, driver.File(file))
	if c.opened++; c.opened > maxIncludes || depth > maxDepth {
		c.files.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, file+": too many includes"))
		return
	}
	d := c.a.File(file)
	c.files.add(d)
	for _, l := range linesOf(d) {
		f := strings.Fields(l.text)
		if len(f) == 0 || strings.IndexByte("!;#%", f[0][0]) >= 0 {
			continue
		}
		word := strings.ToLower(f[0])
		switch {
		case len(f) < 2:
		case word == "server" || word == "pool" || word == "peer":
			c.sources = append(c.sources, timeSource{f[1], word, slices.Contains(f[2:], "nts") || slices.Contains(f[2:], "key"), l})
		case word == "refclock":
			c.sources = append(c.sources, timeSource{strings.Join(f[1:min(len(f), 3)], " "), "refclock", true, l})
		case word == "include":
			for _, p := range c.matching(f[1]) {
				c.openChrony(p, depth+1)
			}
		case word == "confdir" || word == "sourcedir":
			suffix := map[string]string{"confdir": ".conf", "sourcedir": ".sources"}[word]
			for _, dir := range f[1:] {
				c.questions = append(c.questions, driver.Glob(cleanDir(dir)+"/*"+suffix))
			}
			dirs := make([]string, len(f)-1)
			for i, dir := range f[1:] {
				dirs[i] = cleanDir(dir)
			}
			paths, gap := dropIns(c.a, suffix, dirs...)
			if gap != nil {
				c.files.lack(*gap)
			}
			for _, p := range paths {
				c.openChrony(p, depth+1)
			}
		}
	}
}

func (c *timeConf) matching(pattern string) []string {
	if !strings.ContainsAny(pattern, "*?[") {
		return []string{pattern}
	}
	c.questions = append(c.questions, driver.Glob(pattern))
	if _, gap := entries(c.a, pattern); gap != nil {
		c.files.lack(*gap)
	}
	return listed(c.a, pattern)
}

// ntpMain are where ntpd and its successor look.
var ntpMain = []string{"/etc/ntp.conf", "/etc/ntpsec/ntp.conf"}

// loadNTP reads ntpd's configuration.
func loadNTP(a driver.Answers) *timeConf {
	c := &timeConf{a: a}
	for _, p := range ntpMain {
		c.openNTP(p, 0)
	}
	return c
}

func (c *timeConf) openNTP(file string, depth int) {
	c.questions = append(c.questions, driver.File(file))
	if c.opened++; c.opened > maxIncludes || depth > maxDepth {
		c.files.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, file+": too many includes"))
		return
	}
	d := c.a.File(file)
	c.files.add(d)
	for _, l := range linesOf(d) {
		text, _, _ := strings.Cut(l.text, "#")
		f := strings.Fields(text)
		if len(f) < 2 {
			continue
		}
		word := strings.ToLower(f[0])
		switch word {
		case "server", "pool", "peer", "broadcastclient", "manycastclient", "multicastclient":
			name, options := f[1], f[2:]
			if (name == "-4" || name == "-6") && len(f) > 2 {
				name, options = f[2], f[3:]
			}
			kind := word
			if strings.HasSuffix(word, "client") {
				continue
			}
			if strings.HasPrefix(name, "127.127.") {
				if strings.HasPrefix(name, "127.127.1.") {
					continue // the machine's own clock is no source
				}
				kind = "refclock"
			}
			ok := slices.Contains(options, "key") || slices.Contains(options, "autokey") || slices.Contains(options, "nts")
			c.sources = append(c.sources, timeSource{name, kind, ok, l})
		case "includefile":
			p := strings.Trim(f[1], `"`)
			if !path.IsAbs(p) {
				p = path.Join("/etc", p)
			}
			c.openNTP(p, depth+1)
		}
	}
}

// timesyncd reads timesyncd.conf.
func (r *reader) timesyncdConf() *timeConf {
	set, files := r.readSystemdConf("timesyncd")
	c := &timeConf{a: r.Answers, files: files}
	for _, v := range set.list("Time.NTP") {
		c.sources = append(c.sources, timeSource{v.value, "server", false, v.at})
	}
	if len(c.sources) == 0 {
		for _, v := range set.list("Time.FallbackNTP") {
			c.sources = append(c.sources, timeSource{v.value, "server", false, v.at})
		}
	}
	return c
}

// loadOpenNTP reads OpenNTPD's configuration.
func loadOpenNTP(a driver.Answers) *timeConf {
	c := &timeConf{a: a}
	for _, p := range []string{"/etc/openntpd/ntpd.conf", "/etc/ntpd.conf"} {
		c.questions = append(c.questions, driver.File(p))
		d := a.File(p)
		c.files.add(d)
		for _, l := range linesOf(d) {
			f := strings.Fields(l.text)
			if len(f) >= 2 && (f[0] == "server" || f[0] == "servers") {
				c.sources = append(c.sources, timeSource{f[1], map[string]string{"server": "server", "servers": "pool"}[f[0]], false, l})
			}
		}
	}
	return c
}

// peer is a source as the running daemon shows it.
type peer struct {
	name                string
	kind                string
	selected, reachable bool
	at                  confLine
}

// parseChronyPeers reads chronyc sources: mode, state, name, stratum, poll, reach.
func parseChronyPeers(d driver.Document) []peer {
	var out []peer
	for _, l := range linesOf(d) {
		f := strings.Fields(l.text)
		if len(f) < 5 || len(f[0]) != 2 || strings.IndexByte("^=#", f[0][0]) < 0 || strings.IndexByte("*+-?x~", f[0][1]) < 0 {
			continue
		}
		out = append(out, peer{name: f[1], kind: map[byte]string{'^': "server", '=': "peer", '#': "refclock"}[f[0][0]],
			selected: f[0][1] == '*', reachable: strings.Trim(f[4], "0") != "", at: l})
	}
	return out
}

// parseNTPPeers reads ntpq -pn: remote refid st t when poll reach delay offset jitter, after a mark.
func parseNTPPeers(d driver.Document) []peer {
	var out []peer
	for _, l := range linesOf(d) {
		f := strings.Fields(l.text)
		if len(f) < 10 || f[0] == "remote" || l.text == "" {
			continue
		}
		mark, name := l.text[0], f[0]
		if strings.IndexByte(" *#o+-x.", mark) < 0 {
			continue
		}
		name = strings.TrimLeft(name, "*#o+-x.")
		if f[1] == ".POOL." {
			continue
		}
		out = append(out, peer{name: name, kind: "server", selected: mark == '*' || mark == 'o', reachable: strings.Trim(f[6], "0") != "", at: l})
	}
	return out
}

// statePeers fills what the running daemon shows into the list of sources. Names and addresses are matched as they are,
// and a single name with a single address that is left over. Peers that no source explains are added: a pool's members,
// servers that DHCP named.
func statePeers(list []*pb.TimeSource, conf []timeSource, peers []peer, gap *facts.Missing) []*pb.TimeSource {
	left := slices.Clone(peers)
	var open []int
	for i, s := range conf {
		k := slices.IndexFunc(left, func(p peer) bool { return sameHost(p.name, s.name) })
		if k < 0 {
			open = append(open, i)
			continue
		}
		best := left[k]
		left = slices.Delete(left, k, k+1)
		for s.kind == "pool" {
			// A pool is many machines under one name; it is as good as the best of them.
			if k = slices.IndexFunc(left, func(p peer) bool { return p.name == s.name }); k < 0 {
				break
			}
			if p := left[k]; p.selected || p.reachable && !best.reachable {
				best = p
			}
			left = slices.Delete(left, k, k+1)
		}
		setPeer(list[i], best)
	}
	if len(open) == 1 && len(left) == 1 && !isAddress(conf[open[0]].name) {
		setPeer(list[open[0]], left[0])
		open, left = nil, nil
	}
	for _, i := range open {
		switch {
		case gap != nil:
			list[i].Reachable, list[i].Selected = gap.Bool(), gap.Bool()
		case isAddress(conf[i].name) || len(left) == 0:
			list[i].Reachable, list[i].Selected = facts.Bool(false, conf[i].at.ev()), facts.Bool(false, conf[i].at.ev())
		case !slices.ContainsFunc(left, func(p peer) bool { return p.reachable }):
			list[i].Reachable, list[i].Selected = facts.Bool(false, left[0].at.ev()), facts.Bool(false, left[0].at.ev())
		default:
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, conf[i].name+": which address it is cannot be told", conf[i].at.ev())
			list[i].Reachable, list[i].Selected = m.Bool(), m.Bool()
		}
	}
	for _, p := range left {
		s := &pb.TimeSource{Scope: p.name, Kind: facts.Text(p.kind, p.at.ev())}
		s.Authenticated = facts.Unknown(pb.Reason_REASON_NOT_ASKED, p.name, p.at.ev()).Bool()
		setPeer(s, p)
		list = append(list, s)
	}
	return list
}

func setPeer(s *pb.TimeSource, p peer) {
	s.Reachable, s.Selected = facts.Bool(p.reachable, p.at.ev()), facts.Bool(p.selected, p.at.ev())
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// sameHost compares names, of which one may be cut short: ntpq shows 15 letters.
func sameHost(shown, name string) bool {
	if shown == name {
		return true
	}
	a, err1 := netip.ParseAddr(shown)
	b, err2 := netip.ParseAddr(name)
	return err1 == nil && err2 == nil && a == b
}

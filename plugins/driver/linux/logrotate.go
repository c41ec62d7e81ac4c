package linux

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const logrotateConf = "/etc/logrotate.conf"

// rotation is how a log is rotated.
type rotation struct {
	// by is what sets it off: a period (hourly, daily, ...), or size.
	by    string
	count int // how many old files are kept; -1: all
	// maxAge in days; 0: none.
	maxAge int
	// maxSize says that size sets it off too.
	maxSize bool
	at      map[string]confLine
}

// rotationRule is a block: patterns, and what holds for the files that match.
type rotationRule struct {
	patterns []string
	rotation rotation
	at       confLine
}

// logrotate is its configuration, put together.
type logrotate struct {
	a         driver.Answers
	questions []*question
	files     conf
	opened    int
	rules     []rotationRule
	odd       []confLine
	global    rotation
	taboo     []string
}

// tabooSuffixes are what logrotate passes over in an included folder, unless told otherwise.
var tabooSuffixes = []string{
	",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-tmp",
	".rhn-cfg-tmp-", ".rpmnew", ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old", "~",
}

// loadLogrotate reads logrotate.conf and what it includes, as far as the answers go.
func loadLogrotate(a driver.Answers) *logrotate {
	c := &logrotate{a: a, taboo: tabooSuffixes, global: rotation{by: "size", at: map[string]confLine{}}}
	c.open(logrotateConf, 0)
	return c
}

func (c *logrotate) open(file string, depth int) {
	c.questions = append(c.questions, driver.File(file))
	if c.opened++; c.opened > maxIncludes || depth > maxDepth {
		c.files.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, file+": too many includes"))
		return
	}
	d := c.a.File(file)
	c.files.add(d)
	c.parse(linesOf(d), depth)
}

// parse reads one file. A block begins with paths, perhaps on several lines, and a brace.
func (c *logrotate) parse(lines []confLine, depth int) {
	var names []string
	var block *rotationRule
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		text := strings.TrimSpace(l.text)
		if text == "" || text[0] == '#' {
			continue
		}
		if block == nil && (strings.ContainsAny(text, "{") || text[0] == '/' || text[0] == '"' || text[0] == '\'') {
			head, rest, opens := cutBrace(text)
			names = append(names, splitQuoted(head)...)
			if !opens {
				continue
			}
			block = &rotationRule{patterns: names, rotation: c.global.clone(), at: l}
			names = nil
			if text = strings.TrimSpace(rest); text == "" {
				continue
			}
		}
		if block != nil && strings.HasPrefix(text, "}") {
			c.rules = append(c.rules, *block)
			block = nil
			continue
		}
		closes := block != nil && strings.HasSuffix(text, "}")
		if closes {
			text = strings.TrimSpace(strings.TrimSuffix(text, "}"))
		}
		word, value := cutWord(text)
		switch {
		case block == nil && word == "include":
			c.include(value, depth)
		case block == nil && word == "tabooext":
			c.tabooExt(value)
		case slices.Contains([]string{"prerotate", "postrotate", "firstaction", "lastaction", "preremove"}, word):
			for i+1 < len(lines) && strings.TrimSpace(lines[i].text) != "endscript" {
				i++
			}
		case block != nil:
			if !block.rotation.set(word, value, l) {
				c.odd = append(c.odd, l)
			}
			if closes {
				c.rules = append(c.rules, *block)
				block = nil
			}
		default:
			if !c.global.set(word, value, l) {
				c.odd = append(c.odd, l)
			}
		}
	}
}

// cutBrace cuts a line at the brace that opens a block; braces in a pattern, as in {a,b}, have no space before them.
func cutBrace(s string) (head, rest string, ok bool) {
	for i := range len(s) {
		if s[i] == '{' && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t' || i == len(s)-1) {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// cutWord cuts a directive from its value; an equals sign may stand between them.
func cutWord(s string) (word, value string) {
	i := strings.IndexAny(s, " \t=")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.Trim(strings.TrimSpace(strings.TrimLeft(s[i:], " \t=")), `"`)
}

// splitQuoted splits at spaces outside quotes.
func splitQuoted(s string) []string {
	var out []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if q := s[0]; q == '"' || q == '\'' {
			in, rest, _ := strings.Cut(s[1:], string(q))
			out, s = append(out, in), rest
			continue
		}
		i := strings.IndexAny(s, " \t")
		if i < 0 {
			return append(out, s)
		}
		out, s = append(out, s[:i]), s[i:]
	}
	return out
}

func (c *logrotate) tabooExt(value string) {
	add, more := strings.CutPrefix(value, "+")
	if !more {
		c.taboo = nil
	}
	c.taboo = slices.Clone(c.taboo)
	for _, s := range strings.Split(add, ",") {
		if s = strings.TrimSpace(s); s != "" {
			c.taboo = append(c.taboo, s)
		}
	}
}

// include reads a file, or the files of a folder.
func (c *logrotate) include(target string, depth int) {
	target = cleanDir(target)
	c.questions = append(c.questions, driver.Glob(target))
	e, ok, gap := entry(c.a, target)
	if gap != nil {
		c.files.lack(*gap)
	}
	if !ok {
		return
	}
	if e.Kind != "directory" {
		c.open(target, depth+1)
		return
	}
	c.questions = append(c.questions, driver.Glob(target+"/*"))
	if _, gap := entries(c.a, target+"/*"); gap != nil {
		c.files.lack(*gap)
	}
	for _, p := range listed(c.a, target+"/*") {
		if !slices.ContainsFunc(c.taboo, func(s string) bool { return strings.HasSuffix(p, s) }) {
			c.open(p, depth+1)
		}
	}
}

func (r rotation) clone() rotation {
	at := make(map[string]confLine, len(r.at))
	for k, v := range r.at {
		at[k] = v
	}
	r.at = at
	return r
}

// logrotateWords are directives that do not bear on how long records stay.
var logrotateWords = []string{
	"compress", "nocompress", "compresscmd", "uncompresscmd", "compressext", "compressoptions", "delaycompress", "nodelaycompress", "copy", "nocopy",
	"copytruncate", "nocopytruncate", "create", "nocreate", "createolddir", "nocreateolddir", "dateext", "nodateext", "dateformat", "dateyesterday",
	"datehourago", "extension", "addextension", "ifempty", "notifempty", "mail", "nomail", "mailfirst", "maillast", "missingok", "nomissingok",
	"ignoreduplicates", "olddir", "noolddir", "renamecopy", "norenamecopy", "sharedscripts", "nosharedscripts", "shred", "noshred", "shredcycles", "start", "su",
	"tabooext", "taboopat", "allowhardlink", "noallowhardlink", "minage", "minsize", "endscript", "error",
}

// set takes a directive.
func (r *rotation) set(word, value string, l confLine) bool {
	number := func(to *int) bool {
		n, err := strconv.Atoi(value)
		if err == nil {
			*to = n
		}
		return err == nil
	}
	switch word {
	case "hourly", "daily", "weekly", "monthly", "yearly", "size":
		r.by = word
	case "maxsize":
		r.maxSize = true
	case "rotate":
		if !number(&r.count) {
			return false
		}
	case "maxage":
		if !number(&r.maxAge) {
			return false
		}
	default:
		return slices.Contains(logrotateWords, word)
	}
	key := word
	if word == r.by {
		key = "by"
	}
	r.at[key] = l
	return true
}

// find gives the rules that name the file.
func (c *logrotate) find(file string) []rotationRule {
	var out []rotationRule
	for _, rule := range c.rules {
		if slices.ContainsFunc(rule.patterns, func(p string) bool { return matchesPattern(p, file) }) {
			out = append(out, rule)
		}
	}
	return out
}

// matchesPattern is the shell's matching, with {a,b}.
func matchesPattern(pattern, file string) bool {
	for _, p := range expandBraces(pattern, 64) {
		if ok, err := path.Match(p, file); err == nil && ok {
			return true
		}
	}
	return false
}

// expandBraces writes out a{b,c}d as abd and acd, up to a limit.
func expandBraces(s string, limit int) []string {
	open := strings.IndexByte(s, '{')
	if open < 0 || limit <= 1 {
		return []string{s}
	}
	end := strings.IndexByte(s[open:], '}')
	if end < 0 {
		return []string{s}
	}
	var out []string
	for _, alt := range strings.Split(s[open+1:open+end], ",") {
		out = append(out, expandBraces(s[:open]+alt+s[open+end+1:], limit/2)...)
		if len(out) >= limit {
			break
		}
	}
	return out
}

// least is how long a record stays at the least, by the rotation's own clock: one that was written just before a
// rotation lives through as many periods as files are kept.
func (r rotation) least() (d time.Duration, forever bool) {
	const day = 24 * time.Hour
	const century = 36500
	n := min(r.count, century)
	if n < 0 && r.maxAge == 0 {
		return 0, true
	}
	switch r.by {
	case "hourly":
		d = time.Duration(n) * time.Hour
	case "daily":
		d = time.Duration(n) * day
	case "weekly":
		d = time.Duration(n) * 7 * day
	case "monthly":
		d = time.Duration(shortestMonths(n)) * day
	case "yearly":
		d = time.Duration(min(n, century/365)) * 365 * day
	}
	if oldest := time.Duration(min(r.maxAge, century)) * day; r.maxAge > 0 && (n < 0 || oldest < d) {
		d = oldest
	}
	return d, false
}

// shortestMonths gives the fewest days that so many months in a row can have.
func shortestMonths(n int) int {
	if n <= 0 {
		return 0
	}
	months := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	best := 400
	for first := range months {
		sum := 0
		for i := range n % 12 {
			sum += months[(first+i)%12]
		}
		best = min(best, sum)
	}
	return n/12*365 + best
}

// rotated states how long a log's records stay by the settings, whether or not logrotate is run: if it is not, they stay
// longer.
func (c *logrotate) rotated(s *pb.LogStore, file string) {
	rules := c.find(file)
	switch {
	case c.files.gap != nil:
		s.Retention, s.RetentionBasis = c.files.gap.Duration(), c.files.gap.Text()
		return
	case len(rules) == 0:
		ev := c.files.whole()
		if len(ev) == 0 {
			ev = []*pb.Evidence{facts.Source(logrotateConf)}
		}
		s.Retention, s.RetentionBasis = facts.Forever(ev...), facts.Text("nothing", ev...)
		return
	case len(rules) > 1:
		m := facts.Unknown(pb.Reason_REASON_CONFLICT, file, rules[0].at.ev(), rules[1].at.ev())
		s.Retention, s.RetentionBasis = m.Duration(), m.Text()
		return
	}
	rot := rules[0].rotation
	ev := []*pb.Evidence{rules[0].at.ev()}
	for _, key := range []string{"by", "rotate", "maxage", "maxsize"} {
		if l, ok := rot.at[key]; ok {
			ev = append(ev, l.ev())
		}
	}
	d, forever := rot.least()
	switch {
	case forever:
		s.Retention, s.RetentionBasis = facts.Forever(ev...), facts.Text("nothing", ev...)
	case rot.by == "size" || rot.maxSize:
		s.Retention, s.RetentionBasis = bySize(file, ev...), facts.Text("size", ev...)
	default:
		s.Retention, s.RetentionBasis = facts.Duration(d, ev...), facts.Text("time", ev...)
	}
}

package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const syslogNGConf = "/etc/syslog-ng/syslog-ng.conf"

// syslogNG is syslog-ng's configuration, as far as it says where records go.
type syslogNG struct {
	a            driver.Answers
	questions    []*question
	files        conf
	opened       int
	destinations map[string][]syslogAction
	actions      []syslogAction
	odd          []confLine
}

// ngToken is a word, a string or a mark of the configuration.
type ngToken struct {
	text   string
	quoted bool
	at     confLine
}

// loadSyslogNG reads syslog-ng.conf and what it includes, as far as the answers go.
func loadSyslogNG(a driver.Answers) *syslogNG {
	c := &syslogNG{a: a, destinations: map[string][]syslogAction{}}
	tokens := c.open(syslogNGConf, 0)
	// Destinations may stand after the paths that use them.
	c.statements(tokens, "destination", c.destination)
	c.statements(tokens, "log", c.log)
	return c
}

func (c *syslogNG) open(file string, depth int) []ngToken {
	c.questions = append(c.questions, driver.File(file))
	if c.opened++; c.opened > maxIncludes || depth > maxDepth {
		c.files.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, file+": too many includes"))
		return nil
	}
	d := c.a.File(file)
	c.files.add(d)
	var out []ngToken
	for _, l := range linesOf(d) {
		text := strings.TrimSpace(l.text)
		if target, ok := strings.CutPrefix(text, "@include"); ok {
			out = append(out, c.include(strings.Trim(strings.TrimSpace(target), `"';`), depth)...)
			continue
		}
		if strings.HasPrefix(text, "@") {
			continue
		}
		out = append(out, ngTokens(l)...)
	}
	return out
}

func (c *syslogNG) include(target string, depth int) []ngToken {
	if !strings.HasPrefix(target, "/") {
		target = path.Join(path.Dir(syslogNGConf), target)
	}
	if target == "/etc/syslog-ng/scl.conf" {
		return nil // the library of ready-made blocks: it sends nothing by itself
	}
	paths := []string{target}
	if strings.ContainsAny(target, "*?[") {
		c.questions = append(c.questions, driver.Glob(target))
		if _, gap := entries(c.a, target); gap != nil {
			c.files.lack(*gap)
		}
		paths = listed(c.a, target)
	}
	var out []ngToken
	for _, p := range paths {
		out = append(out, c.open(p, depth+1)...)
	}
	return out
}

// ngTokens cuts a line into words, strings and the marks { } ( ) ; — a comment ends it.
func ngTokens(l confLine) []ngToken {
	var out []ngToken
	s := l.text
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == ',' || c == '\r':
			i++
		case c == '#':
			return out
		case strings.IndexByte("{}();", c) >= 0:
			out = append(out, ngToken{text: s[i : i+1], at: l})
			i++
		case c == '"' || c == '\'':
			end := strings.IndexByte(s[i+1:], c)
			if end < 0 {
				end = len(s) - i - 1
			}
			out = append(out, ngToken{text: s[i+1 : i+1+end], quoted: true, at: l})
			i += end + 2
		default:
			end := strings.IndexAny(s[i:], " \t,{}();#\"'\r")
			if end < 0 {
				end = len(s) - i
			}
			out = append(out, ngToken{text: s[i : i+end], at: l})
			i += end
		}
	}
	return out
}

// statements gives each top-level "kind name { body };" to take.
func (c *syslogNG) statements(tokens []ngToken, kind string, take func(name string, body []ngToken, at confLine)) {
	for i := 0; i < len(tokens); {
		open := i
		for open < len(tokens) && (tokens[open].quoted || tokens[open].text != "{" && tokens[open].text != ";") {
			open++
		}
		if open == len(tokens) || tokens[open].text == ";" {
			i = open + 1
			continue
		}
		end := closing(tokens, open)
		if tokens[i].text == kind && !tokens[i].quoted {
			name := ""
			if open > i+1 {
				name = tokens[i+1].text
			}
			take(name, tokens[open+1:end], tokens[i].at)
		}
		i = end + 1
	}
}

// closing finds the mark that closes the one at open; the end if none does.
func closing(tokens []ngToken, open int) int {
	pair := map[string]string{"{": "}", "(": ")"}[tokens[open].text]
	depth := 0
	for i := open; i < len(tokens); i++ {
		switch {
		case tokens[i].quoted:
		case tokens[i].text == tokens[open].text:
			depth++
		case tokens[i].text == pair:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(tokens)
}

// calls gives each "word ( arguments )" of a body.
func calls(body []ngToken, take func(word ngToken, args []ngToken)) {
	for i := 0; i+1 < len(body); i++ {
		if !body[i].quoted && body[i+1].text == "(" && !body[i+1].quoted {
			end := closing(body, i+1)
			take(body[i], body[i+2:min(end, len(body))])
			i = end
		}
	}
}

func (c *syslogNG) destination(name string, body []ngToken, _ confLine) {
	calls(body, func(word ngToken, args []ngToken) {
		x := syslogAction{at: word.at, kind: "other"}
		option := map[string][]ngToken{}
		calls(args, func(w ngToken, a []ngToken) { option[strings.ReplaceAll(w.text, "_", "-")] = a })
		first := func(name, otherwise string) string {
			if a := option[name]; len(a) > 0 {
				return a[0].text
			}
			return otherwise
		}
		if len(args) > 0 {
			x.target = args[0].text
		}
		switch word.text {
		case "file":
			x.kind = "file"
			if strings.Contains(x.target, "$") {
				x.kind = "other"
			}
		case "udp", "udp6":
			x.kind, x.protocol, x.port = "forward", "udp", first("port", "514")
		case "tcp", "tcp6":
			x.kind, x.protocol, x.port = "forward", "tcp", first("port", "514")
		case "network", "syslog":
			x.kind, x.protocol = "forward", first("transport", "tcp")
			x.port = first("port", map[string]string{"udp": "514", "tcp": "601", "tls": "6514"}[x.protocol])
		}
		_, tls := option["tls"]
		if x.encrypted = x.kind == "forward" && (x.protocol == "tls" || x.protocol == "tcp" && tls && word.text == "tcp"); x.encrypted {
			x.protocol = "tls"
		}
		calls(option["disk-buffer"], func(w ngToken, _ []ngToken) { x.queued = x.queued || strings.HasPrefix(w.text, "disk") })
		c.destinations[name] = append(c.destinations[name], x)
	})
}

// log takes a path from sources to destinations. Filters are not worked out: what passes them cannot be told.
func (c *syslogNG) log(_ string, body []ngToken, at confLine) {
	filtered := ""
	var reached []syslogAction
	calls(body, func(word ngToken, args []ngToken) {
		switch {
		case len(args) == 0:
		case word.text == "filter":
			filtered = strings.TrimSpace(filtered + " " + args[0].text)
		case word.text == "destination":
			reached = append(reached, c.destinations[args[0].text]...)
		}
	})
	if slices.ContainsFunc(body, func(t ngToken) bool { return !t.quoted && t.text == "{" }) {
		filtered = "embedded"
	}
	if len(c.actions)+len(reached) > maxActions {
		c.files.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, syslogNGConf+": too many destinations"))
		return
	}
	for _, x := range reached {
		x.match, x.exact, x.selector = allMessages(), filtered == "", orDefault(filtered, "*.*")
		c.actions = append(c.actions, x)
	}
}

func (c *syslogNG) daemon() syslogDaemon {
	return syslogDaemon{c.files, c.actions, c.odd, func(syslogAction) []string { return []string{"time", "type", "source"} }}
}

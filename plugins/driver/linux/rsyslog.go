package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const rsyslogConf = "/etc/rsyslog.conf"

// Bounds for what a configuration may make us follow.
const (
	maxIncludes = 500
	maxDepth    = 10
	maxActions  = 300
)

// syslogAction is something that is done with messages.
type syslogAction struct {
	at confLine
	// kind is file, forward or other.
	kind string
	// target is a file, a host and a port; protocol is udp, tcp, tls or relp.
	target, port, protocol string
	encrypted              bool
	queued                 bool
	template               string
	// match are the messages that get here; exact says that no more and no less do. selector is how that is written.
	match    messages
	exact    bool
	selector string
}

// rsyslog is its configuration, put together and worked through.
type rsyslog struct {
	a         driver.Answers
	questions []*question
	files     conf
	opened    int

	odd       []confLine
	actions   []syslogAction
	rulesets  map[string][]syslogStatement
	templates map[string]string
	start     string // ruleset that messages enter
	// reads says how local messages come in: imuxsock, imjournal.
	reads map[string]confLine

	driver, fileTemplate, streamDriver, streamMode string
	mainQueueFile                                  bool
	// queue are the old-style settings that the next action takes.
	queue map[string]string
}

// loadRsyslog reads rsyslog.conf and everything it includes, as far as the answers go; questions are what is missing.
func loadRsyslog(a driver.Answers) *rsyslog {
	c := &rsyslog{a: a, rulesets: map[string][]syslogStatement{}, templates: map[string]string{}, reads: map[string]confLine{},
		queue: map[string]string{}, fileTemplate: "RSYSLOG_FileFormat"}
	main := c.open(rsyslogConf, 0)
	f := &flow{dropped: &messages{}, maybe: new(bool)}
	c.rulesetsOf(main)
	if body, ok := c.rulesets[c.start]; ok && c.start != "" {
		c.run(main, &flow{dropped: ptr(allMessages()), maybe: new(bool)}, 0)
		main = body
	}
	f.set, f.exact = allMessages(), true
	c.run(main, f, 0)
	return c
}

// open reads a file, with what it includes in its place.
func (c *rsyslog) open(file string, depth int) []syslogStatement {
	c.questions = append(c.questions, driver.File(file))
	if c.opened++; c.opened > maxIncludes || depth > maxDepth {
		c.files.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, file+": too many includes"))
		return nil
	}
	d := c.a.File(file)
	c.files.add(d)
	return c.expand(parseRsyslog(linesOf(d)), depth)
}

// expand puts the included files in the place of the statements that include them.
func (c *rsyslog) expand(list []syslogStatement, depth int) []syslogStatement {
	var out []syslogStatement
	for _, s := range list {
		var pattern string
		switch {
		case s.kind == "directive" && s.name == "includeconfig":
			pattern = strings.Trim(s.value, `"`)
		case s.kind == "object" && s.name == "include":
			pattern = s.params["file"]
		default:
			s.body, s.otherwise = c.expand(s.body, depth), c.expand(s.otherwise, depth)
			out = append(out, s)
			continue
		}
		for _, p := range c.matching(pattern) {
			out = append(out, c.open(p, depth+1)...)
		}
	}
	return out
}

// matching gives the files that an include names.
func (c *rsyslog) matching(pattern string) []string {
	switch {
	case pattern == "":
		return nil
	case !strings.HasPrefix(pattern, "/"):
		pattern = path.Join(path.Dir(rsyslogConf), pattern)
	case strings.HasSuffix(pattern, "/"):
		pattern += "*"
	}
	if !strings.ContainsAny(pattern, "*?[") {
		return []string{pattern}
	}
	c.questions = append(c.questions, driver.Glob(pattern))
	if _, gap := entries(c.a, pattern); gap != nil {
		c.files.lack(*gap)
	}
	return listed(c.a, pattern)
}

// rulesetsOf finds the named rulesets, and which of them messages enter.
func (c *rsyslog) rulesetsOf(list []syslogStatement) {
	for _, s := range list {
		switch {
		case s.kind == "object" && s.name == "ruleset":
			c.rulesets[strings.ToLower(s.params["name"])] = s.body
		case s.kind == "directive" && s.name == "defaultruleset":
			c.start = strings.ToLower(s.value)
		}
	}
}

// flow is what of the messages reaches a place.
type flow struct {
	set      messages
	exact    bool
	selector string
	// dropped are messages that were discarded before; maybe says that others may have been. They are shared by the
	// whole of a ruleset.
	dropped *messages
	maybe   *bool
}

func (f *flow) within(m messages, exact bool, selector string) *flow {
	in := *f
	in.set, in.exact = f.set.and(m), f.exact && exact
	if in.selector != "" {
		selector = in.selector + " " + selector
	}
	in.selector = strings.TrimSpace(selector)
	return &in
}

// run works through statements in order.
func (c *rsyslog) run(list []syslogStatement, f *flow, depth int) {
	if depth > maxNesting {
		c.files.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, rsyslogConf+": nested too deeply"))
		return
	}
	outside := false // in an old-style ruleset that local messages do not enter
	block := f
	for _, s := range list {
		switch s.kind {
		case "directive":
			if s.name == "ruleset" {
				outside = !strings.EqualFold(s.value, "RSYSLOG_DefaultRuleset") && !strings.EqualFold(s.value, c.start)
				continue
			}
			c.directive(s)
		case "object":
			c.object(s, block, outside)
		case "call":
			if body, ok := c.rulesets[strings.ToLower(s.name)]; ok && !outside {
				c.run(body, block, depth+1)
			}
		case "stop":
			if !outside {
				c.stop(block)
			}
		case "action":
			if !outside {
				c.oldAction(s, block)
			}
		case "filter":
			if s.name == "block" {
				block = f
				if s.value != "!*" && s.value != "+*" && s.value != "-*" {
					block = f.within(allMessages(), false, s.value)
				}
				continue
			}
			if outside {
				continue
			}
			m, exact := c.filter(s)
			c.run(s.body, block.within(m, exact, s.value), depth+1)
			rest := allMessages()
			if exact {
				rest = rest.minus(m)
			}
			c.run(s.otherwise, block.within(rest, exact, "not "+s.value), depth+1)
		default:
			c.odd = append(c.odd, s.at)
		}
	}
}

func (c *rsyslog) stop(f *flow) {
	if f.exact {
		*f.dropped = f.dropped.or(f.set)
	} else {
		*f.maybe = true
	}
}

// filter says which messages a filter lets through, and whether that can be told exactly.
func (c *rsyslog) filter(s syslogStatement) (messages, bool) {
	switch s.name {
	case "always":
		return allMessages(), true
	case "selector":
		m, ok := parseSelector(s.value)
		if !ok {
			c.odd = append(c.odd, s.at)
			return allMessages(), false
		}
		return m, true
	case "if":
		return parseCondition(s.value)
	}
	return allMessages(), false
}

// parseCondition reads the conditions that mean the same as a selector; of all others it says that it cannot tell.
func parseCondition(s string) (messages, bool) {
	s = strings.ReplaceAll(s, `"`, `'`)
	if in, ok := strings.CutPrefix(s, "prifilt('"); ok && strings.HasSuffix(in, "')") && strings.Count(in, "'") == 1 {
		if m, ok := parseSelector(strings.TrimSuffix(in, "')")); ok {
			return m, true
		}
		return allMessages(), false
	}
	var out messages
	for _, term := range strings.Split(s, " or ") {
		f := strings.Fields(strings.Trim(strings.TrimSpace(term), "()"))
		if len(f) != 3 {
			return allMessages(), false
		}
		value := strings.Trim(f[2], "'")
		var m messages
		ok := false
		switch f[0] + " " + f[1] {
		case "$syslogfacility-text ==":
			m, ok = messages{}.with(value, "*")
		case "$syslogseverity <=":
			if n := len(value); n == 1 && value[0] >= '0' && value[0] <= '7' {
				m, ok = messages{}.with("*", severityNames[value[0]-'0'])
			}
		}
		if !ok {
			return allMessages(), false
		}
		out = out.or(m)
	}
	return out, true
}

// directive takes an old-style setting.
func (c *rsyslog) directive(s syslogStatement) {
	value := strings.Trim(s.value, `"`)
	switch s.name {
	case "modload":
		c.load(strings.TrimSuffix(path.Base(value), ".so"), nil, s.at)
	case "omitlocallogging":
		if saysYes(value) {
			delete(c.reads, "imuxsock")
		}
	case "actionfiledefaulttemplate":
		c.fileTemplate = value
	case "defaultnetstreamdriver":
		c.driver = value
	case "actionsendstreamdriver":
		c.streamDriver = value
	case "actionsendstreamdrivermode":
		c.streamMode = value
	case "mainmsgqueuefilename":
		c.mainQueueFile = value != ""
	case "actionqueuetype", "actionqueuefilename", "actionresumeretrycount":
		c.queue[s.name] = value
	case "template":
		name, text, _ := strings.Cut(s.value, ",")
		c.templates[strings.TrimSpace(name)] = text
	}
}

// load notes a module by which local messages come in.
func (c *rsyslog) load(module string, params map[string]string, at confLine) {
	if module == "imjournal" || module == "imuxsock" && !strings.EqualFold(params["syssock.use"], "off") {
		c.reads[module] = at
	}
}

// object takes a setting or action in the newer syntax.
func (c *rsyslog) object(s syslogStatement, f *flow, outside bool) {
	switch s.name {
	case "module":
		c.load(s.params["load"], s.params, s.at)
		if t := s.params["template"]; s.params["load"] == "builtin:omfile" && t != "" {
			c.fileTemplate = t
		}
	case "global":
		if d := s.params["defaultnetstreamdriver"]; d != "" {
			c.driver = d
		}
	case "main_queue":
		c.mainQueueFile = c.mainQueueFile || s.params["queue.filename"] != ""
	case "template":
		c.templates[s.params["name"]] = s.params["string"] + s.raw
	case "action":
		if !outside {
			c.newAction(s, f)
		}
	}
}

// newAction takes action(type="...").
func (c *rsyslog) newAction(s syslogStatement, f *flow) {
	p := s.params
	x := syslogAction{at: s.at, kind: "other", template: p["template"]}
	forever := p["action.resumeretrycount"] == "-1"
	x.queued = forever && (p["queue.filename"] != "" || c.mainQueueFile && p["queue.type"] == "")
	switch strings.ToLower(p["type"]) {
	case "omfile":
		if x.target = p["file"]; x.target != "" {
			x.kind = "file"
		}
	case "omfwd":
		x.kind, x.port, x.protocol = "forward", orDefault(p["port"], "514"), strings.ToLower(orDefault(p["protocol"], "udp"))
		x.encrypted = x.protocol == "tcp" && p["streamdrivermode"] == "1" && isTLS(orDefault(p["streamdriver"], orDefault(p["streamdriver.name"], c.driver)))
		if x.encrypted {
			x.protocol = "tls"
		}
		for _, target := range strings.FieldsFunc(p["target"], func(r rune) bool { return strings.ContainsRune(`[]", `, r) }) {
			x.target = target
			c.add(x, f)
		}
		return
	case "omrelp":
		x.kind, x.target, x.port, x.protocol = "forward", p["target"], orDefault(p["port"], "514"), "relp"
		x.encrypted = saysYes(p["tls"])
	}
	c.add(x, f)
}

func isTLS(driver string) bool { return slices.Contains([]string{"gtls", "ossl", "mbedtls"}, driver) }

// oldAction takes what stands behind a selector: a file, @host, @@host and their like.
func (c *rsyslog) oldAction(s syslogStatement, f *flow) {
	text, template, _ := strings.Cut(s.value, ";")
	x := syslogAction{at: s.at, kind: "other", template: strings.TrimSpace(template)}
	text = strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(text, "/") || strings.HasPrefix(text, "-/"):
		x.kind, x.target = "file", strings.TrimPrefix(text, "-")
	case strings.HasPrefix(text, "@"):
		x.kind, x.protocol = "forward", "udp"
		host := text[1:]
		if strings.HasPrefix(host, "@") {
			x.protocol, host = "tcp", host[1:]
			if c.streamMode == "1" && isTLS(orDefault(c.streamDriver, c.driver)) {
				x.protocol, x.encrypted = "tls", true
			}
		}
		x.target, x.port = hostPort(host)
	case strings.HasPrefix(text, ":omrelp:"):
		x.kind, x.protocol = "forward", "relp"
		x.target, x.port = hostPort(strings.TrimPrefix(text, ":omrelp:"))
	}
	forever := c.queue["actionresumeretrycount"] == "-1"
	x.queued = forever && (c.queue["actionqueuefilename"] != "" || c.mainQueueFile && c.queue["actionqueuetype"] == "")
	clear(c.queue)
	c.add(x, f)
}

// hostPort reads host, host:port, [address]:port, with options such as (o) or (z9) before it.
func hostPort(s string) (host, port string) {
	if strings.HasPrefix(s, "(") {
		_, s, _ = strings.Cut(s, ")")
	}
	port = "514"
	if in, ok := strings.CutPrefix(s, "["); ok {
		host, rest, _ := strings.Cut(in, "]")
		if p, ok := strings.CutPrefix(rest, ":"); ok && p != "" {
			port = p
		}
		return host, port
	}
	if h, p, ok := strings.Cut(s, ":"); ok && !strings.Contains(p, ":") {
		return h, orDefault(p, port)
	}
	return s, port
}

// add keeps an action with the messages that reach it.
func (c *rsyslog) add(x syslogAction, f *flow) {
	if len(c.actions) == maxActions {
		c.files.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, rsyslogConf+": too many actions"))
		return
	}
	x.match, x.exact, x.selector = f.set.minus(*f.dropped), f.exact && !*f.maybe, orDefault(f.selector, "*.*")
	c.actions = append(c.actions, x)
}

// fields says what a template puts into each record.
func (c *rsyslog) fields(template string) []string {
	if strings.HasPrefix(template, "RSYSLOG_") {
		return []string{"time", "type", "source"}
	}
	text := strings.ToLower(c.templates[template])
	var out []string
	for _, part := range []struct {
		field string
		names []string
	}{
		{"time", []string{"timestamp", "timereported", "timegenerated", "$now", "rawmsg"}},
		{"type", []string{"syslogtag", "programname", "app-name", "syslogfacility", "pri-text", "rawmsg"}},
		{"source", []string{"hostname", "fromhost", "rawmsg"}},
	} {
		if slices.ContainsFunc(part.names, func(n string) bool { return strings.Contains(text, n) }) {
			out = append(out, part.field)
		}
	}
	return out
}

package linux

import (
	"strings"
)

// syslogStatement is a statement of rsyslog's configuration, in either of its syntaxes.
type syslogStatement struct {
	at confLine
	// kind is directive ($Name value), object (name(...)), filter (with the statements it guards), action (an old-style
	// action), stop, call, include or odd.
	kind string
	// name and value: of a directive; of an object or call, its name; of a filter, how it is written and its text; of an
	// action, its text.
	name, value string
	params      map[string]string
	// body is what a filter or ruleset holds, otherwise what else does. raw is a template's body.
	body, otherwise []syslogStatement
	raw             string
}

const maxNesting = 40

// parseRsyslog reads one file.
func parseRsyslog(lines []confLine) []syslogStatement {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	p := &rsyslogParser{src: b.String(), lines: lines}
	out := p.statements(0, false)
	return out
}

type rsyslogParser struct {
	src   string
	lines []confLine
	pos   int
	// line is how many line ends stand before counted.
	line, counted int
}

// here gives the line that the parser stands on.
func (p *rsyslogParser) here() confLine {
	p.line += strings.Count(p.src[p.counted:p.pos], "\n")
	p.counted = p.pos
	if p.line < len(p.lines) {
		return p.lines[p.line]
	}
	if len(p.lines) == 0 {
		return confLine{}
	}
	return p.lines[len(p.lines)-1]
}

// space passes over white space and comments.
func (p *rsyslogParser) space() {
	for p.pos < len(p.src) {
		rest := p.src[p.pos:]
		switch {
		case strings.ContainsRune(" \t\r\n", rune(rest[0])):
			p.pos++
		case strings.HasPrefix(rest, "\\\n"):
			p.pos += 2
		case rest[0] == '#':
			p.skipTo("\n")
		case strings.HasPrefix(rest, "/*"):
			p.skipTo("*/")
		default:
			return
		}
	}
}

// skipTo passes over everything up to and including the mark.
func (p *rsyslogParser) skipTo(mark string) {
	i := strings.Index(p.src[p.pos:], mark)
	if i < 0 {
		p.pos = len(p.src)
		return
	}
	p.pos += i + len(mark)
}

// statements reads up to the end, or to the brace that closes a block.
func (p *rsyslogParser) statements(depth int, block bool) []syslogStatement {
	var out []syslogStatement
	for {
		p.space()
		if p.pos >= len(p.src) {
			return out
		}
		if p.src[p.pos] == '}' {
			p.pos++
			if block {
				return out
			}
			continue
		}
		if p.src[p.pos] == '&' {
			p.pos++
			next := p.action(depth)
			// The sign repeats the filter of the statement before it.
			if n := len(out); n > 0 && out[n-1].kind == "filter" {
				out[n-1].body = append(out[n-1].body, next...)
			} else {
				out = append(out, next...)
			}
			continue
		}
		out = append(out, p.statement(depth))
	}
}

// word reads a name at the current place without moving: letters, digits, _ and -.
func (p *rsyslogParser) word() string {
	i := p.pos
	for i < len(p.src) && (isWordByte(p.src[i]) || i > p.pos && p.src[i] == '-') {
		i++
	}
	return p.src[p.pos:i]
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// restOfLine reads to the end of the line; a backslash before it goes on on the next.
func (p *rsyslogParser) restOfLine() string {
	start := p.pos
	for {
		i := strings.IndexByte(p.src[p.pos:], '\n')
		if i < 0 {
			p.pos = len(p.src)
			break
		}
		p.pos += i + 1
		if i == 0 || p.src[p.pos-2] != '\\' {
			break
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(p.src[start:p.pos], "\\\n", " "))
}

func (p *rsyslogParser) statement(depth int) syslogStatement {
	s := syslogStatement{at: p.here(), kind: "odd"}
	if depth > maxNesting {
		p.pos = len(p.src)
		return s
	}
	switch c := p.src[p.pos]; c {
	case '$':
		s.kind = "directive"
		s.name, s.value, _ = strings.Cut(strings.TrimPrefix(p.restOfLine(), "$"), " ")
		s.name, s.value = strings.ToLower(s.name), stripComment(strings.TrimSpace(s.value))
		return s
	case '!', '+', '-':
		s.kind, s.name, s.value = "filter", "block", p.restOfLine()
		return s
	case '{':
		p.pos++
		s.kind, s.name = "filter", "always"
		s.body = p.statements(depth+1, true)
		return s
	case ':':
		return p.property(depth, s)
	}
	word := strings.ToLower(p.word())
	after := strings.TrimLeft(p.src[p.pos+len(word):], " \t\r\n")
	switch {
	case word == "if":
		return p.condition(depth, s)
	case word == "stop":
		p.pos += len(word)
		s.kind = "stop"
		return s
	case word == "call":
		p.pos += len(word)
		p.space()
		s.kind, s.name = "call", p.word()
		p.restOfLine()
		return s
	case word == "set" || word == "unset" || word == "reset" || word == "call_indirect":
		p.skipTo(";")
		s.kind, s.name = "object", word
		return s
	case word == "continue":
		p.pos += len(word)
		s.kind, s.name = "object", word
		return s
	case word != "" && strings.HasPrefix(after, "("):
		return p.object(depth, s, word)
	}
	return p.selector(depth, s)
}

// object reads name(key="value" ...) and the block that may follow.
func (p *rsyslogParser) object(depth int, s syslogStatement, name string) syslogStatement {
	p.skipTo("(")
	s.kind, s.name, s.params = "object", name, map[string]string{}
	for {
		p.space()
		if p.pos >= len(p.src) { // it does not end
			s.kind = "odd"
			return s
		}
		if p.src[p.pos] == ')' {
			p.pos++
			break
		}
		start := p.pos
		for p.pos < len(p.src) && (isWordByte(p.src[p.pos]) || strings.IndexByte(".-$!", p.src[p.pos]) >= 0) {
			p.pos++
		}
		key := strings.ToLower(p.src[start:p.pos])
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] != '=' {
			if p.pos == start {
				p.pos++
			}
			continue
		}
		p.pos++
		p.space()
		s.params[key] = p.paramValue()
	}
	save := p.pos
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == '{' && (name == "ruleset" || name == "template" || name == "foreach") {
		p.pos++
		from := p.pos
		s.body = p.statements(depth+1, true)
		s.raw = p.src[from:p.pos]
		return s
	}
	p.pos = save
	return s
}

func (p *rsyslogParser) paramValue() string {
	if p.pos >= len(p.src) {
		return ""
	}
	switch p.src[p.pos] {
	case '"', '\'':
		return p.quoted()
	case '[':
		start := p.pos
		p.skipTo("]")
		return p.src[start:p.pos]
	}
	start := p.pos
	for p.pos < len(p.src) && !strings.ContainsRune(" \t\r\n)", rune(p.src[p.pos])) {
		p.pos++
	}
	return p.src[start:p.pos]
}

// quoted reads a string in quotes; a backslash keeps the next letter.
func (p *rsyslogParser) quoted() string {
	quote := p.src[p.pos]
	p.pos++
	var b strings.Builder
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		p.pos++
		switch {
		case c == '\\' && p.pos < len(p.src):
			b.WriteByte(p.src[p.pos])
			p.pos++
		case c == quote:
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// condition reads if EXPRESSION then STATEMENT [else STATEMENT].
func (p *rsyslogParser) condition(depth int, s syslogStatement) syslogStatement {
	p.pos += len("if")
	start := p.pos
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == '"' || c == '\'':
			p.quoted()
		case c == '#' || strings.HasPrefix(p.src[p.pos:], "/*"):
			p.space()
		case isWordByte(c):
			w := p.word()
			if strings.EqualFold(w, "then") {
				s.kind, s.name, s.value = "filter", "if", strings.Join(strings.Fields(p.src[start:p.pos]), " ")
				p.pos += len(w)
				s.body = p.action(depth + 1)
				p.orElse(depth, &s)
				return s
			}
			p.pos += len(w)
		default:
			p.pos++
		}
	}
	return s
}

func (p *rsyslogParser) orElse(depth int, s *syslogStatement) {
	save := p.pos
	p.space()
	if strings.EqualFold(p.word(), "else") {
		p.pos += len("else")
		s.otherwise = p.action(depth + 1)
		return
	}
	p.pos = save
}

// action reads what a filter guards: a block, a statement, or an old-style action to the end of the line.
func (p *rsyslogParser) action(depth int) []syslogStatement {
	p.space()
	if p.pos >= len(p.src) {
		return nil
	}
	at := p.here()
	if depth > maxNesting {
		p.pos = len(p.src)
		return []syslogStatement{{at: at, kind: "odd"}}
	}
	if p.src[p.pos] == '{' {
		p.pos++
		return p.statements(depth+1, true)
	}
	word := strings.ToLower(p.word())
	after := strings.TrimLeft(p.src[p.pos+len(word):], " \t")
	switch {
	case word == "if", word == "stop", word == "call", word == "set", word == "unset", word == "continue", word != "" && strings.HasPrefix(after, "("):
		return []syslogStatement{p.statement(depth + 1)}
	}
	text := stripComment(p.restOfLine())
	if text == "~" {
		return []syslogStatement{{at: at, kind: "stop"}}
	}
	return []syslogStatement{{at: at, kind: "action", value: text}}
}

// property reads :property, operation, "value" action.
func (p *rsyslogParser) property(depth int, s syslogStatement) syslogStatement {
	start := p.pos
	for p.pos < len(p.src) && p.src[p.pos] != '\n' {
		if p.src[p.pos] == '"' {
			p.quoted()
			s.kind, s.name, s.value = "filter", "property", strings.TrimSpace(p.src[start:p.pos])
			s.body = p.action(depth + 1)
			return s
		}
		p.pos++
	}
	return s
}

// selector reads facility.severity;... action.
func (p *rsyslogParser) selector(depth int, s syslogStatement) syslogStatement {
	var b strings.Builder
	for p.pos < len(p.src) && !strings.ContainsRune(" \t\n", rune(p.src[p.pos])) {
		if strings.HasPrefix(p.src[p.pos:], "\\\n") { // goes on on the next line
			p.pos += len("\\\n")
			p.pos += len(p.src[p.pos:]) - len(strings.TrimLeft(p.src[p.pos:], " \t"))
			continue
		}
		b.WriteByte(p.src[p.pos])
		p.pos++
	}
	s.value = b.String()
	if p.pos >= len(p.src) || p.src[p.pos] == '\n' || !strings.Contains(s.value, ".") {
		p.restOfLine()
		return s
	}
	for p.pos < len(p.src) && (p.src[p.pos] == ' ' || p.src[p.pos] == '\t') {
		p.pos++
	}
	s.kind, s.name = "filter", "selector"
	s.body = p.action(depth + 1)
	return s
}

// stripComment takes a comment off the end of an old-style line.
func stripComment(s string) string {
	if i := strings.Index(s, " #"); i >= 0 {
		s = s[:i]
	}
	if i := strings.Index(s, "\t#"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

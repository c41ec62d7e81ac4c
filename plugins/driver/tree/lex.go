package tree

import "strings"

type kind int

const (
	word  kind = iota
	begin      // {
	end        // }
	stop       // the end of a statement
	listBegin
	listEnd
	broken // the end of a line where a statement cannot end
	over   // the end of the text
)

type token struct {
	kind   kind
	text   string
	line   int
	quoted bool
}

// lexer splits a text into words, quoted words, braces and ends of statements.
type lexer struct {
	s    string
	pos  int
	line int
	// lines says that a statement ends with its line, flat that braces are letters like others.
	lines, flat bool
	noise       func(string) bool
	fresh       bool // at the beginning of a line
	// odd says that a quotation has no end, or that a template's control words stand between the lines.
	odd bool
	// words are those of the statement that is read; inList says that a bracket among them is open.
	words  []token
	inList bool
}

func (l *lexer) next() token {
	for l.pos < len(l.s) {
		if l.fresh {
			l.fresh = false
			if l.noise != nil && l.noise(l.rest()) {
				l.skipLine()
				continue
			}
		}
		switch c := l.s[l.pos]; {
		case c == '\n':
			l.pos++
			l.line++
			l.fresh = true
			if l.lines {
				return token{kind: stop, line: l.line - 1}
			}
			if len(l.words) > 0 && !l.inList {
				return token{kind: broken, line: l.line - 1}
			}
		case c == ' ' || c == '\t' || c == '\r':
			l.pos++
		case strings.HasPrefix(l.s[l.pos:], "/*"):
			l.comment()
		case l.lines && !l.flat && strings.HasPrefix(l.s[l.pos:], "//"), !l.lines && c == '#':
			l.skipToEnd()
		case strings.HasPrefix(l.s[l.pos:], "{%"):
			l.odd = true
			l.skipToEnd()
		case !l.flat && c == '{' && !strings.HasPrefix(l.s[l.pos:], "{{"):
			l.pos++
			return token{kind: begin, line: l.line}
		case !l.flat && c == '}':
			l.pos++
			return token{kind: end, line: l.line}
		case !l.lines && c == ';':
			l.pos++
			return token{kind: stop, line: l.line}
		case c == '[' && !(l.lines && !l.flat):
			l.pos++
			return token{kind: listBegin, line: l.line}
		case c == ']' && !(l.lines && !l.flat):
			l.pos++
			return token{kind: listEnd, line: l.line}
		case c == '"', c == '\'' && l.flat:
			if t, ok := l.quotation(c); ok {
				return t
			}
			l.odd = true
			return l.bare()
		default:
			return l.bare()
		}
	}
	return token{kind: over, line: l.line}
}

// rest is what stands on the line from here.
func (l *lexer) rest() string {
	if i := strings.IndexByte(l.s[l.pos:], '\n'); i >= 0 {
		return l.s[l.pos : l.pos+i]
	}
	return l.s[l.pos:]
}

// near is what stands on the line from here, as far as a template's word may reach.
func (l *lexer) near() string {
	s := l.s[l.pos:min(len(l.s), l.pos+1000)]
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i]
	}
	return s
}

func (l *lexer) skipToEnd() { l.pos += len(l.rest()) }

func (l *lexer) skipLine() {
	l.skipToEnd()
	if l.pos < len(l.s) {
		l.pos++
		l.line++
		l.fresh = true
	}
}

func (l *lexer) comment() {
	i := strings.Index(l.s[l.pos+2:], "*/")
	if i < 0 {
		l.odd = true
		l.pos = len(l.s)
		return
	}
	text := l.s[l.pos : l.pos+2+i+2]
	l.line += strings.Count(text, "\n")
	l.pos += len(text)
}

// quotation reads to the closing quote, over several lines if need be.
func (l *lexer) quotation(quote byte) (token, bool) {
	t := token{kind: word, line: l.line, quoted: true}
	plain := true
	for i := l.pos + 1; i < len(l.s); i++ {
		switch l.s[i] {
		case '\\':
			if quote == '"' {
				plain = false
				i++
			}
		case quote:
			t.text = l.s[l.pos+1 : i]
			l.line += strings.Count(t.text, "\n")
			l.pos = i + 1
			if !plain {
				t.text = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(t.text)
			}
			return t, true
		}
	}
	return t, false
}

// spans are marks of templates: what stands between them belongs to a word although it holds blanks.
var spans = [][2]string{{"{{", "}}"}, {"<?", "?>"}, {"<%", "%>"}, {"${", "}"}}

func (l *lexer) bare() token {
	t := token{kind: word, line: l.line}
	from := l.pos
scan:
	for l.pos < len(l.s) {
		c := l.s[l.pos]
		for _, s := range spans {
			if c == s[0][0] && strings.HasPrefix(l.s[l.pos:], s[0]) {
				if i := strings.Index(l.near(), s[1]); i > 0 {
					l.pos += i + len(s[1])
					continue scan
				}
			}
		}
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			break scan
		case !l.lines && c == ';', !l.flat && !l.lines && (c == '{' || c == '}'):
			break scan
		case !l.lines && c == ']' && !strings.Contains(l.s[from:l.pos], "["):
			break scan
		}
		l.pos++
	}
	if l.pos == from { // a mark that begins nothing
		l.pos++
	}
	t.text = l.s[from:l.pos]
	return t
}

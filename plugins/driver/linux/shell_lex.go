package linux

import "strings"

// shellWord is a word of a shell script, or an operator that separates commands.
type shellWord struct {
	// raw is the word as written; text is without its quotes.
	raw, text string
	// fixed says that nothing in it is expanded by the shell.
	fixed    bool
	operator bool
	at       confLine
}

// lexShell splits a script into words and operators: ; newline && || | & ( ) ;;. Comments and here-documents are left
// out. It does not expand anything.
func lexShell(lines []confLine) []shellWord {
	var out []shellWord
	var heredocs []string
	l := shellLexer{lines: lines}
	for l.more() {
		l.blanks()
		c, ok := l.peek(0)
		if !ok { // the end of a line
			out = append(out, shellWord{raw: ";", text: ";", operator: true, at: l.at()})
			l.nextLine() // which may be beyond the last: a \\ may end the file
			for len(heredocs) > 0 {
				l.skipUntil(heredocs[0])
				heredocs = heredocs[1:]
			}
			continue
		}
		if op := l.operator(); op != "" {
			out = append(out, shellWord{raw: op, text: op, operator: true, at: l.at()})
			l.col += len(op)
			continue
		}
		if c == '#' {
			l.col = len(l.lines[l.row].text)
			continue
		}
		if l.starts("<<") && !l.starts("<<<") {
			l.col += 2
			if d, ok := l.peek(0); ok && d == '-' {
				l.col++
			}
			l.blanks()
			heredocs = append(heredocs, l.word().text)
			continue
		}
		if c == '<' || c == '>' {
			for l.starts("<") || l.starts(">") || l.starts("&") {
				l.col++
			}
			l.blanks()
			l.word()
			continue
		}
		out = append(out, l.word())
	}
	return out
}

type shellLexer struct {
	lines    []confLine
	row, col int
}

func (l *shellLexer) more() bool   { return l.row < len(l.lines) }
func (l *shellLexer) at() confLine { return l.lines[min(l.row, len(l.lines)-1)] }
func (l *shellLexer) nextLine()    { l.row, l.col = l.row+1, 0 }

func (l *shellLexer) peek(n int) (byte, bool) {
	if !l.more() || l.col+n >= len(l.lines[l.row].text) {
		return 0, false
	}
	return l.lines[l.row].text[l.col+n], true
}

func (l *shellLexer) starts(s string) bool {
	return l.more() && strings.HasPrefix(l.lines[l.row].text[min(l.col, len(l.lines[l.row].text)):], s)
}

// blanks skips blanks, and the end of a line that is continued.
func (l *shellLexer) blanks() {
	for {
		c, ok := l.peek(0)
		_, more := l.peek(1)
		switch {
		case ok && (c == ' ' || c == '\t'):
			l.col++
		case ok && c == '\\' && !more:
			l.nextLine()
		default:
			return
		}
	}
}

func (l *shellLexer) operator() string {
	for _, op := range []string{"&&", "||", ";;&", ";;", ";&", ";", "|&", "|", "&", "(", ")"} {
		if l.starts(op) && !(op == "&" && l.starts("&>")) {
			return op
		}
	}
	return ""
}

func (l *shellLexer) skipUntil(delimiter string) {
	for l.more() {
		line := strings.TrimLeft(l.lines[l.row].text, "\t")
		l.nextLine()
		if line == delimiter {
			return
		}
	}
}

// word reads one word, through quotes and substitutions, over line ends where those reach that far.
func (l *shellLexer) word() shellWord {
	w := shellWord{fixed: true}
	if !l.more() {
		return w
	}
	w.at = l.at()
	var raw, text strings.Builder
	quote := byte(0)
	depth := 0 // of $( and ${
	for l.more() {
		c, ok := l.peek(0)
		if !ok {
			if quote == 0 && depth == 0 {
				break
			}
			raw.WriteByte('\n')
			text.WriteByte('\n')
			l.nextLine()
			continue
		}
		if quote == 0 && depth == 0 && strings.IndexByte(" \t;&|()<>", c) >= 0 {
			break
		}
		raw.WriteByte(c)
		l.col++
		switch {
		case quote == '\'':
			if c == '\'' {
				quote = 0
				continue
			}
		case c == '\\':
			next, ok := l.peek(0)
			if !ok {
				l.nextLine()
				continue
			}
			raw.WriteByte(next)
			c = next
			l.col++
		case c == quote:
			quote = 0
			continue
		case quote == 0 && (c == '\'' || c == '"' || c == '`'):
			quote = c
			w.fixed = w.fixed && c != '`'
			continue
		case c == '$':
			w.fixed = false
			if next, ok := l.peek(0); ok && (next == '(' || next == '{') {
				depth++
				raw.WriteByte(next)
				text.WriteByte(c)
				c = next
				l.col++
			}
		case depth > 0 && (c == '(' || c == '{'):
			depth++
		case depth > 0 && (c == ')' || c == '}'):
			depth--
		case quote == 0 && depth == 0 && strings.IndexByte("*?[~", c) >= 0:
			w.fixed = false
		}
		text.WriteByte(c)
	}
	w.raw, w.text = raw.String(), text.String()
	return w
}

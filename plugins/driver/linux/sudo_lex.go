package linux

import "strings"

// sudoLine is a logical line of sudoers: continuation lines joined, comments taken off.
type sudoLine struct {
	text string
	at   confLine
	// last is the last line that belongs to it.
	last int
}

// sudoLines splits a sudoers file. A # begins a comment unless it stands before a number (a uid) or begins the old form
// of include.
func sudoLines(lines []confLine) []sudoLine {
	var out []sudoLine
	for i := 0; i < len(lines); i++ {
		l := sudoLine{at: lines[i], last: lines[i].n}
		var b strings.Builder
		for {
			text, more := sudoText(lines[i].text, b.Len() == 0)
			b.WriteString(text)
			if !more || i+1 >= len(lines) {
				break
			}
			i++
			l.last = lines[i].n
		}
		if l.text = strings.TrimSpace(b.String()); l.text != "" {
			out = append(out, l)
		}
	}
	return out
}

// sudoText takes comment and continuation mark off one line.
func sudoText(s string, first bool) (text string, more bool) {
	if t := strings.TrimSpace(s); first && (strings.HasPrefix(t, "#include ") || strings.HasPrefix(t, "#includedir ") ||
		strings.HasPrefix(t, "#include\t") || strings.HasPrefix(t, "#includedir\t")) {
		return t, false
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 == len(s):
			return s[:i] + " ", true
		case s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '#' && !quoted && (i+1 >= len(s) || s[i+1] < '0' || s[i+1] > '9'):
			return s[:i], false
		}
	}
	return s, false
}

// splitSudo splits at a separator outside quotes and parentheses that no backslash takes its meaning from.
func splitSudo(s string, sep byte) []string {
	var out []string
	quoted, depth, from := false, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth = max(depth-1, 0)
		case c == sep && depth == 0:
			out = append(out, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(s[from:]))
}

// cutSudo cuts at the first separator, as splitSudo sees it.
func cutSudo(s string, sep byte) (before, after string, ok bool) {
	parts := splitSudo(s, sep)
	if len(parts) == 1 {
		return parts[0], "", false
	}
	return parts[0], strings.TrimSpace(s[strings.Index(s, parts[0])+len(parts[0]):])[1:], true
}

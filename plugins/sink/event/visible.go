package event

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cut is the mark of a text that was too long.
const Cut = "…[cut]"

// Visible makes text of a device or a person harmless in a line of a log: whatever ends a line, drives a terminal, turns the direction
// of writing or cannot be seen is written out as its code point, like <U+202E>; a byte that is no UTF-8 like <0xFF>; a tab is a space.
// What is longer than room bytes is cut and marked.
func Visible(s string, room int) string {
	// Nothing becomes shorter, so what stands behind is cut anyway.
	s = s[:min(len(s), room+utf8.UTFMax)]
	clean := true
	for i, r := range s {
		if harmful(r) || r == utf8.RuneError && isBroken(s[i:]) {
			clean = false
			break
		}
	}
	if clean {
		return limited(s, room)
	}
	var b strings.Builder
	for len(s) > 0 && b.Len() <= room {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "<0x%02X>", s[0])
		case r == '\t':
			b.WriteByte(' ')
		case harmful(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return limited(b.String(), room)
}

func harmful(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

func isBroken(s string) bool {
	_, n := utf8.DecodeRuneInString(s)
	return n == 1
}

// limited cuts between characters.
func limited(s string, room int) string {
	if len(s) <= room {
		return s
	}
	end := room - len(Cut)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + Cut
}

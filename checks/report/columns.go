package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Width is how many columns of a terminal a text takes: a Chinese character takes two, a combining mark none.
func Width(s string) int { return columns(s) }

func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < 0x20 || r == 0x7f:
		return 0
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// pad fills s with spaces up to n columns.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-columns(s)))
}

// padLeft puts s to the right of n columns.
func padLeft(s string, n int) string {
	return strings.Repeat(" ", max(0, n-columns(s))) + s
}

// clean takes control characters out of what a target said, so that it cannot drive the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return ' '
		}
		return visible(r)
	}, s)
}

// visible puts a mark in the place of what would drive a terminal or turn the direction of text.
func visible(r rune) rune {
	if unicode.IsControl(r) || r == '\u202e' || r == '\u202d' || r == '\u2066' || r == '\u2067' || r == '\u2068' || r == '\u2069' {
		return '\uFFFD'
	}
	return r
}

// noLineStart are characters that Chinese typesetting does not put at the beginning of a line.
const noLineStart = "，。、；：？！）》」』”’…%,.;:?!)]}"

// wrap breaks a text into lines of at most n columns: between words, and between Chinese characters.
func wrap(s string, n int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		used = 0
	}
	for _, piece := range pieces(s) {
		w := columns(piece)
		if used > 0 && used+w > n && !strings.ContainsRune(noLineStart, []rune(piece)[0]) {
			flush()
		}
		if used == 0 {
			piece = strings.TrimLeft(piece, " ")
			w = columns(piece)
		}
		for w > n {
			cut := 0
			for i, r := range piece {
				if columns(piece[:i])+runeColumns(r) > n {
					cut = i
					break
				}
			}
			if cut == 0 {
				break
			}
			line.WriteString(piece[:cut])
			flush()
			piece = piece[cut:]
			w = columns(piece)
		}
		line.WriteString(piece)
		used += w
	}
	if used > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}

// pieces splits where a line may break: a word with the spaces before it, or one wide character.
func pieces(s string) []string {
	var out []string
	start := 0
	prevSpace := false
	for i, r := range s {
		wide := runeColumns(r) == 2
		if i > start && (wide || r == ' ' && !prevSpace || i > 0 && runeColumns(lastRune(s[:i])) == 2) {
			out = append(out, s[start:i])
			start = i
		}
		prevSpace = r == ' '
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

func lastRune(s string) rune {
	r := []rune(s[max(0, len(s)-4):])
	return r[len(r)-1]
}

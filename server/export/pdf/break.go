package pdf

import (
	"strings"
	"unicode"

	"github.com/plumbline/plumbline/checks/report"
)

// Characters that Chinese typesetting puts neither at the beginning of a line nor at its end.
const (
	notFirst = "，。、；：？！）》」』】〉〕”’…—·％%,.;:?!)]}"
	notLast  = "（《「『【〈〔“‘([{"
)

// wide says whether a line may be broken on either side of a character.
func wide(r rune) bool { return r >= 0x2e80 && !unicode.IsSpace(r) }

// breakable says whether a line may end between two characters.
func breakable(before, after rune) bool {
	if strings.ContainsRune(notFirst, after) || strings.ContainsRune(notLast, before) {
		return false
	}
	return wide(before) || wide(after) || before == ' ' || strings.ContainsRune("/-_,;:=", before) && after != ' '
}

// lines breaks a text to fit a width, of which measure says what a character takes. No character is lost but spaces at a break; a word
// that is wider than the line is broken where it must be.
func lines(text string, width float64, measure func(rune) float64) []string {
	var out []string
	for paragraph := range strings.Lines(text) {
		out = append(out, paragraphLines([]rune(strings.TrimSpace(report.Clean(strings.TrimRight(paragraph, "\r\n")))), width, measure)...)
	}
	return out
}

func paragraphLines(rest []rune, width float64, measure func(rune) float64) []string {
	var out []string
	for len(rest) > 0 {
		used, end, last := 0.0, len(rest), 0
		for i, r := range rest {
			if used += measure(r); used > width && i > 0 {
				end = i
				break
			}
			if i+1 < len(rest) && breakable(r, rest[i+1]) {
				last = i + 1
			}
		}
		if end < len(rest) && last > 0 {
			end = min(end, last)
		}
		out = append(out, strings.TrimRight(string(rest[:end]), " "))
		rest = rest[end:]
		for len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	return out
}

package driver

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf16"
)

// A configuration that a person kept is often a terminal's log: pager prompts stand among the lines, with the backspaces or cursor
// movements that rubbed them out, carriage returns are doubled, and an editor has put a byte order mark before it or made it UTF-16.
// Read as it is, a pager's prompt becomes a line of the configuration, and the line that it hides is missed.

// pagerLine is a line that holds nothing but a pager's prompt.
var pagerLine = regexp.MustCompile(`^\s*(?:-{2,4} ?\(?(?:more|More|MORE)(?: \d+%)?\)? ?-{2,4}(?:\(\d+%\))?|<--- More --->)[ \t\r]*$`)

// pagerBefore is a pager's prompt before a line, rubbed out by blanks; recorders often drop the escape character of the movements and
// the backspaces altogether.
var pagerBefore = regexp.MustCompile(`^ *-{2,4} ?More ?-{2,4} ?(?:\x1b?\[\d+D *\x1b?\[\d+D)`)

// pagerBlanks is the same with the movements lost: as many blanks as the prompt is wide remain.
var pagerBlanks = regexp.MustCompile(`^ ?--More-- ? {8}`)

// Printed gives text as a terminal would show it, line by line: no line is added and none taken away, so that numbers of lines hold.
// Text without a terminal's marks is given as it is.
func Printed(text []byte) []byte {
	text = bytes.TrimPrefix(fromUTF16(text), []byte("\ufeff"))
	if bytes.IndexByte(text, 0) >= 0 {
		text = bytes.ReplaceAll(text, []byte{0}, nil)
	}
	if !marked(text) {
		return text
	}
	out := make([]byte, 0, len(text))
	for line := range bytes.Lines(text) {
		body := bytes.TrimRight(line, "\r\n")
		end := line[len(body):]
		if at := bytes.LastIndexByte(end, '\n'); at >= 0 {
			end = end[at:]
		}
		out = append(append(out, shown(body)...), end...)
	}
	return out
}

// marked says whether anything of a terminal is in text.
func marked(text []byte) bool {
	if bytes.ContainsAny(text, "\b\x1b\x7f") || bytes.Contains(text, []byte("\r\r")) {
		return true
	}
	if at := bytes.IndexByte(text, '\r'); at >= 0 && bytes.Count(text, []byte{'\r'}) != bytes.Count(text, []byte("\r\n")) {
		return true
	}
	for _, word := range []string{"--More", "-- More", "-- MORE", "--MORE", "(more"} {
		if bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	return false
}

// shown gives what is left of a line when a terminal has carried out what moves within it.
func shown(line []byte) []byte {
	if bytes.Contains(line, []byte("More")) {
		line = pagerBefore.ReplaceAll(line, nil)
		line = pagerBlanks.ReplaceAll(line, nil)
	}
	if bytes.ContainsAny(line, "\b\r\x1b\x7f") {
		line = drawn(line)
	}
	if pagerLine.Match(line) {
		return nil
	}
	return line
}

// maxColumn bounds how far a movement may carry the cursor.
const maxColumn = 1000

// drawn carries out carriage returns, backspaces and the sequences that move the cursor within its line or erase; others are dropped.
func drawn(in []byte) []byte {
	var out []byte
	col := 0
	for i := 0; i < len(in); i++ {
		switch c := in[i]; c {
		case '\r':
			col = 0
		case '\b':
			col = max(0, col-1)
		case 0x7f, 0x07:
		case 0x1b:
			final, n, skip := sequence(in[i+1:])
			i += skip
			switch final {
			case 'D':
				col = max(0, col-n)
			case 'C':
				col = min(col+n, max(len(out), maxColumn))
			case 'G':
				col = min(n, maxColumn) - 1
			case 'K', 'J':
				if n == 1 && col < len(out) { // without a number: from here to the end
					out = out[:col]
				}
			}
		default:
			for len(out) < col {
				out = append(out, ' ')
			}
			if col < len(out) {
				out[col] = c
			} else {
				out = append(out, c)
			}
			col++
		}
	}
	return bytes.TrimRight(out, " ")
}

// sequence reads what follows an escape character: the letter that ends it, its number (1 if it has none) and its length.
func sequence(in []byte) (final byte, n, length int) {
	if len(in) == 0 {
		return 0, 1, 0
	}
	if in[0] != '[' {
		return 0, 1, 1
	}
	end := 1
	for end < len(in) && (in[end] < '@' || in[end] > '~') {
		end++
	}
	if end == len(in) {
		return 0, 1, end
	}
	n, err := strconv.Atoi(string(in[1:end]))
	if err != nil || n < 1 {
		n = 1
	}
	return in[end], n, end + 1
}

// configEcho is a prompt with the command behind it that shows the whole configuration.
var configEcho = regexp.MustCompile(`^([<\[]?[^\s<>\[\]#]{1,80}[>#\]]|\[?[^\s\[\]]{1,64}@[^\]\s]{1,64}\]?[>#$%]) ?(?:(?:dis|disp|displ|displa|display) +cu\S*|(?:sh|sho|show) +(?:ru\S*|conf\S*|full-conf\S*))(?: *\| *(?:no-more|display [a-z]+))* *$`)

// fence is what stands before and behind a listing in a document.
var fence = []byte("```")

// OfConfig gives a log of several commands without what stood before the command that shows the configuration and without what followed
// its answer but the prompt, the one listing of a document without the document, and a text that was set off as a whole without the blanks before its
// lines. Lines that are taken away stay as empty ones.
func OfConfig(text []byte) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	from, changed, prompt := -1, false, []byte(nil)
	fenced := bytes.Count(text, fence) == 2
	for i, l := range lines {
		switch {
		case from >= 0 && bytes.HasPrefix(l, prompt):
			blank(lines[i:])
			if prompt[0] != fence[0] { // a prompt proves that the answer came to its end
				lines[i] = append(bytes.Clone(prompt), lines[i]...)
			}
			changed = true
		case from < 0 && fenced && bytes.HasPrefix(l, fence):
			from, prompt = i, fence
			blank(lines[i : i+1])
		case from < 0 && bytes.ContainsAny(l, "<>#]$%") && (bytes.Contains(l, []byte("sh")) || bytes.Contains(l, []byte("dis"))):
			if m := configEcho.FindSubmatch(bytes.TrimRight(l, " \r\n")); m != nil {
				from, prompt = i, m[1]
			}
		}
		if changed {
			break
		}
	}
	if from > 0 && slices.ContainsFunc(lines[:from], func(l []byte) bool { return bytes.HasPrefix(l, prompt) || &prompt[0] == &fence[0] }) {
		blank(lines[:from])
		changed = true
	}
	if !dedent(lines) && !changed {
		return text
	}
	return bytes.Join(lines, nil)
}

func blank(lines [][]byte) {
	for i, l := range lines {
		lines[i] = l[len(bytes.TrimRight(l, "\r\n")):]
	}
}

// minOffset is how far a text must be set off before that is taken for its surroundings' doing: a blank or two may be its own.
const minOffset = 3

func dedent(lines [][]byte) bool {
	least := -1
	for _, l := range lines {
		if text := bytes.TrimLeft(l, " "); len(bytes.TrimSpace(text)) > 0 && (least < 0 || len(l)-len(text) < least) {
			if least = len(l) - len(text); least < minOffset {
				return false
			}
		}
	}
	for i, l := range lines {
		lines[i] = l[max(0, min(least, len(l)-len(bytes.TrimLeft(l, " ")))):]
	}
	return least > 0
}

// fromUTF16 gives text in UTF-8 if a mark at its beginning says that it is UTF-16.
func fromUTF16(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return text
	}
	text = text[2:]
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

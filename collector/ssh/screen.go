package ssh

import (
	"bytes"
	"errors"
)

// A screen turns what a terminal receives into lines of text. It carries out what moves within a line (carriage return,
// backspace, the erasing and moving sequences) and drops what only decorates. Bytes of text pass unchanged, whatever their
// encoding: no byte of GBK, GB18030 or UTF-8 text beyond ASCII is ever taken for a control.
//
// Where visible text was overwritten, or the cursor left its line, what remains is not what was sent; garbled and redrawn say so.
type screen struct {
	text  []byte // complete lines, each with its newline
	line  []byte // the line that the cursor is on
	col   int
	lines int // complete lines since the last clear

	home    bool // a carriage return came; what follows tells whether it moves the cursor or ends the line
	paged   bool // the pager's words were taken off this line; what erases them may follow
	garbled bool // since the last clear, the first line aside: it is the echo, which a line editor may redraw
	redrawn bool // the line that the cursor is on was garbled
	maxLine int
	maxText int // what the reader means to take, not enforced here

	state  state
	params []byte
}

type state byte

const (
	ground state = iota
	escape
	csi
	osc
	oscEscape
	charset
)

// Longest control sequence that is waited for.
const (
	maxParams = 64
	maxOSC    = 4096
)

var errLongLine = errors.New("a line beyond the limit")

// write takes what came. After an error the screen is of no use.
func (s *screen) write(b []byte) error {
	for len(b) > 0 {
		if s.state == ground && !s.home && s.col == len(s.line) {
			// The usual case at its usual speed: text at the end of the line.
			if n := plain(b); n > 0 {
				s.line = append(s.line, b[:n]...)
				s.col += n
				if len(s.line) > s.maxLine {
					return errLongLine
				}
				b = b[n:]
				continue
			}
		}
		s.step(b[0])
		if len(s.line) > s.maxLine {
			return errLongLine
		}
		b = b[1:]
	}
	return nil
}

// plain says how many bytes at the start are text.
func plain(b []byte) int {
	for i, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return i
		}
	}
	return len(b)
}

func (s *screen) step(c byte) {
	switch s.state {
	case escape:
		switch c {
		case '[':
			s.state, s.params = csi, s.params[:0]
		case ']', 'P', 'X', '^', '_':
			s.state, s.params = osc, s.params[:0]
		case '(', ')', '*', '+', '#', '%', ' ':
			s.state = charset
		case 'D', 'E', 'M', 'c':
			s.redrawn, s.state = true, ground
		default:
			s.state = ground
		}
	case csi:
		s.params = append(s.params, c)
		switch {
		case c >= 0x40 && c <= 0x7e:
			s.control(c, s.params[:len(s.params)-1])
			s.state = ground
		case len(s.params) > maxParams || c < ' ':
			s.redrawn, s.state = true, ground
		}
	case osc:
		s.params = append(s.params, c)
		switch {
		case c == 0x07:
			s.state = ground
		case c == 0x1b:
			s.state = oscEscape
		case len(s.params) > maxOSC || c == '\n':
			s.redrawn, s.state = true, ground
		}
	case oscEscape, charset:
		s.state = ground
	default:
		s.ground(c)
	}
}

func (s *screen) ground(c byte) {
	if s.home && c != '\n' && c != '\r' {
		s.home = false
		s.moveTo(0)
	}
	switch c {
	case '\n':
		s.keep()
		s.garbled = s.garbled || s.redrawn && s.lines > 0
		s.lines++
		s.line, s.col, s.paged, s.home, s.redrawn = s.line[:0], 0, false, false, false
	case '\r':
		s.home = true
	case '\b':
		s.moveTo(s.col - 1)
	case 0x1b:
		s.state = escape
	default:
		if c >= ' ' && c != 0x7f || c == '\t' {
			s.put(c)
		}
	}
}

// The text grows twofold up to a size that few answers reach, and then at once to the most there can be: memory that is not used costs
// nothing, and copies of large answers do.
const usual = 4 << 20

// keep adds the line to the text.
func (s *screen) keep() {
	need := len(s.text) + len(s.line) + 1
	if need > cap(s.text) {
		size := max(need, 2*cap(s.text))
		if size > usual {
			size = max(need, s.maxText+s.maxLine+chunk)
		}
		s.text = append(make([]byte, 0, size), s.text...)
	}
	s.text = append(append(s.text, s.line...), '\n')
}

func (s *screen) put(c byte) {
	if s.col == len(s.line) {
		s.line = append(s.line, c)
	} else {
		if old := s.line[s.col]; old != c && old != ' ' {
			s.redrawn = true
		}
		s.line[s.col] = c
	}
	s.col++
}

// moveTo moves the cursor within the line, not beyond the terminal's width or what is there already.
func (s *screen) moveTo(col int) {
	s.col = min(max(col, 0), max(len(s.line), columns))
	if s.col == 0 && s.paged {
		// Whatever was written since the pager's words were taken away has erased them.
		s.cut(0)
	}
	for len(s.line) < s.col {
		s.line = append(s.line, ' ')
	}
}

// cut drops the rest of the line from a column on.
func (s *screen) cut(col int) {
	if len(bytes.TrimSpace(s.line[col:])) > 0 {
		s.redrawn = true
	}
	s.line = s.line[:col]
	s.col = min(s.col, col)
}

func (s *screen) control(final byte, params []byte) {
	n := number(params)
	switch final {
	case 'C':
		s.moveTo(s.col + max(n, 1))
	case 'D':
		s.moveTo(s.col - max(n, 1))
	case 'G', '`':
		s.moveTo(n - 1)
	case 'K', 'J':
		switch n {
		case 0:
			s.cut(s.col)
		case 2:
			s.cut(0)
		default:
			s.redrawn = true
		}
	case 'm', 'h', 'l', 'n', 'c', 'r', 't', 'q', 's', 'u', '~': // colours, modes, reports
	default: // anything that leaves the line
		s.redrawn = true
	}
}

// number is the first number of a sequence's parameters, 0 if there is none, bounded.
func number(params []byte) int {
	n := 0
	for _, c := range params {
		if c < '0' || c > '9' {
			break
		}
		n = min(n*10+int(c-'0'), 1<<16)
	}
	return n
}

// tail is the line that is not ended yet, without the blanks at its end.
func (s *screen) tail() []byte { return bytes.TrimRight(s.line, " \t") }

// page takes the pager's words off the line, as their key is about to be sent.
func (s *screen) page() { s.line, s.col, s.paged, s.home = s.line[:0], 0, true, false }

// clear forgets the complete lines; the line that the cursor is on stays.
func (s *screen) clear() { s.text, s.lines, s.garbled, s.redrawn = nil, 0, false, false }

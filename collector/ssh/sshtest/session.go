package sshtest

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// A session is one terminal.
type session struct {
	server *Server
	device Device // its own copy: the pager is switched off for one session
	ch     ssh.Channel
	conn   *stuckConn
	in     *bufio.Reader
	raised bool
	config bool // within the configuration
	gone   bool
	serial int

	// Under the server's lock.
	received  []byte
	lines     []string
	loggedOut bool
}

func (s *Server) session(ch ssh.Channel, reqs <-chan *ssh.Request, conn *stuckConn) {
	shell := make(chan bool, 1)
	s.work.Go(func() {
		defer close(shell)
		for r := range reqs {
			switch r.Type {
			case "pty-req":
				_ = r.Reply(s.device.Hostile != RefusePTY, nil)
			case "shell":
				_ = r.Reply(true, nil)
				select {
				case shell <- true:
				default:
				}
			default:
				_ = r.Reply(false, nil)
			}
		}
	})
	if !<-shell {
		return
	}
	x := &session{server: s, device: s.device, ch: ch, conn: conn}
	typed, in := io.Pipe()
	x.in = bufio.NewReaderSize(typed, 256)
	defer typed.Close()
	s.mu.Lock()
	s.sessions = append(s.sessions, x)
	s.mu.Unlock()
	if s.device.Hostile == ResetAtShell {
		reset(conn.Conn)
		return
	}
	s.work.Go(func() { x.listen(in) })
	x.run()
}

// listen records what is typed as it comes, and hands it to the session.
func (x *session) listen(in *io.PipeWriter) {
	buf := make([]byte, 512)
	for {
		n, err := x.ch.Read(buf)
		x.server.mu.Lock()
		x.received = append(x.received, buf[:n]...)
		x.server.mu.Unlock()
		if err == nil {
			_, err = in.Write(buf[:n])
		}
		if err != nil {
			in.CloseWithError(err)
			return
		}
	}
}

func (x *session) run() {
	x.print(x.device.Motd)
	if !x.dialogues() || x.misbehaveLogin() {
		return
	}
	for !x.gone {
		x.write(x.prompt())
		line, ok := x.line(true)
		if !ok {
			return
		}
		if line != "" {
			x.server.mu.Lock()
			x.lines = append(x.lines, line)
			x.server.mu.Unlock()
			x.obey(line)
		}
	}
}

func (x *session) prompt() string {
	host := x.device.Hostname
	if x.server.device.Hostile == LoginChanging {
		x.serial++
		host = fmt.Sprint(host, x.serial)
	}
	return x.device.Personality.prompt(host, x.raised)
}

// dialogues asks what the device asks after a login; false: the session is over.
func (x *session) dialogues() bool {
	for _, d := range x.device.Dialogues {
		for try := 0; ; try++ {
			x.print(d.Ask)
			if d.Key {
				if _, err := x.in.ReadByte(); err != nil {
					return false
				}
				x.write("\r\n")
				break
			}
			line, ok := x.line(true)
			if !ok {
				return false
			}
			if line == d.Want {
				break
			}
			x.mistake(d.Ask + " <- " + line)
			if try == 2 {
				return false
			}
		}
	}
	if x.device.AfterDialogues != "" {
		x.print(x.device.AfterDialogues)
		return false
	}
	return true
}

func (x *session) mistake(what string) {
	x.server.mu.Lock()
	x.server.wrong = append(x.server.wrong, what)
	x.server.mu.Unlock()
}

// line reads a line as a line editor does.
func (x *session) line(echo bool) (string, bool) {
	var line, echoed []byte
	echo = echo && x.server.device.Hostile != NoEcho
	for {
		b, err := x.in.ReadByte()
		if err != nil {
			return "", false
		}
		switch b {
		case '\r', '\n':
			x.write(string(echoed) + "\r\n")
			return string(line), true
		case 0x7f, '\b':
			if len(line) > 0 {
				line = line[:len(line)-1]
			}
		case 0x03:
			x.write("^C\r\n")
			return "", true
		default:
			line = append(line, b)
			if !echo {
				continue
			}
			if echoed = append(echoed, b); !x.device.Coalesce || x.in.Buffered() == 0 {
				x.write(string(echoed))
				echoed = echoed[:0]
			}
		}
	}
}

// obey does what a line says.
func (x *session) obey(line string) {
	p := x.device.Personality
	if x.device.Delay > 0 && !slices.Contains(p.Logout, line) && !x.server.pause(x.device.Delay) {
		x.gone = true
		return
	}
	answer, known := x.device.Answers[line]
	switch {
	case slices.Contains(p.Logout, line):
		x.server.mu.Lock()
		x.loggedOut = true
		x.server.mu.Unlock()
		if x.server.device.Hostile == IgnoreLogout {
			x.wait()
		}
		x.gone = true
	case slices.Contains(p.PagerOff, line):
		x.device.Page = -1
	case p.Raise != "" && line == p.Raise:
		x.raise()
	case known && line == x.device.Config && x.misbehave(answer):
	case known:
		x.page(answer)
	case x.config || p.configures(line):
		x.config = true
		x.server.mu.Lock()
		x.server.running += line + "\n"
		x.server.mu.Unlock()
	default:
		x.mistake(line)
		x.print(p.Unknown)
	}
}

func (x *session) raise() {
	if x.raised {
		return
	}
	p := x.device.Personality
	for range x.device.RaiseTries {
		x.write(p.RaiseAsks)
		secret, ok := x.line(false)
		if !ok {
			x.gone = true
			return
		}
		if x.server.attempt("raise", p.Raise, true, secret == x.device.RaisePassword) == nil {
			x.raised = true
			return
		}
	}
	x.print(p.RaiseRefused)
}

// page prints an answer through the pager; false: the client is gone or had enough.
func (x *session) page(text string) bool {
	lines := strings.SplitAfter(text, "\n")
	if x.device.Page < 0 || x.device.Personality.Pager == "" || len(lines) <= x.device.Page {
		return x.print(text)
	}
	left := x.device.Page - 1
	for i := 0; i < len(lines); {
		n := min(left, len(lines)-i)
		if !x.print(strings.Join(lines[i:i+n], "")) {
			return false
		}
		if i += n; i >= len(lines) || i == len(lines)-1 && lines[i] == "" {
			return true
		}
		x.write(x.device.Personality.Pager)
		for left = 0; left == 0; {
			b, err := x.in.ReadByte()
			if err != nil {
				x.gone = true
				return false
			}
			switch b {
			case ' ':
				left = x.device.Page - 1
			case '\r', '\n':
				left = 1
			case 'q', 'Q', 0x03:
				x.write(x.device.Personality.Erase)
				return false
			}
		}
		x.write(x.device.Personality.Erase)
	}
	return true
}

// print writes text with the terminal's line ends.
func (x *session) print(text string) bool {
	out := strings.ReplaceAll(text, "\n", "\r\n")
	for _, cut := range x.device.Cuts {
		if cut > 0 && cut < len(out) {
			if !x.write(out[:cut]) || !x.server.pause(max(x.device.ChunkDelay, time.Millisecond)) {
				return false
			}
			out = out[cut:]
		}
	}
	return x.write(out)
}

// write sends bytes, in pieces if it is to.
func (x *session) write(out string) bool {
	for len(out) > 0 {
		n := len(out)
		if x.device.Chunk > 0 {
			n = min(n, x.device.Chunk)
		}
		if _, err := x.ch.Write([]byte(out[:n])); err != nil {
			x.gone = true
			return false
		}
		if out = out[n:]; x.device.ChunkDelay > 0 && x.device.Chunk > 0 && !x.server.pause(x.device.ChunkDelay) {
			return false
		}
	}
	return true
}

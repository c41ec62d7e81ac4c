package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/ssh/internal/wire"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// TerminalOptions are what a session may be given besides the driver's description.
type TerminalOptions struct {
	// Platform is the description made ready by Prepare, for those who open many sessions; nil: Terminal prepares it.
	Platform *Platform
	// NoRaise leaves the privilege as the login gave it, even if the credential could raise it.
	NoRaise bool
}

// A Terminal is a session on a device that is at its prompt. It answers one question at a time.
type Terminal struct {
	p      *Platform
	s      *stream
	screen screen
	limits Limits
	settle time.Duration // how long a line must stand before it is taken for the prompt
	until  time.Time     // the session's end

	prompt   string          // the device's own, as learned at login
	typed    map[string]bool // the commands that were typed at the prompt
	preamble []byte          // lines that the device prints before each prompt
	revealed []string
	paging   bool // the pager is on
	raised   bool
	raiseErr error
	lost     error // why no further question makes sense
	closed   bool
}

var _ driver.Asker = (*Terminal)(nil)

// The terminal is so wide that devices neither wrap nor scroll, and so high that few want to page.
const (
	columns = 511
	rows    = 20000
)

// Bounds of the settle time: the round trip decides between them. It only has to outlast the gap between packets; that the end was
// the end is proved by the next echo.
const (
	minSettle = 2 * time.Millisecond
	maxSettle = 200 * time.Millisecond
)

// Terminal opens a terminal and brings it to the prompt: it answers the driver's login dialogues with their one safe answer, raises the
// privilege if the driver and the credential can, and runs the driver's opening commands. The context ends the opening only; each
// question has its own. The error is a *LoginError.
func (c *Conn) Terminal(ctx context.Context, d *pluginpb.DescribeResponse, o TerminalOptions) (*Terminal, error) {
	p := o.Platform
	if p == nil {
		var err error
		if p, err = Prepare(d); err != nil {
			return nil, &LoginError{Err: err}
		}
	}
	abort := func() { c.link.Close() }
	stop := context.AfterFunc(ctx, abort)
	guard := time.AfterFunc(c.limits.Command, abort)
	channel, err := shell(c.client)
	guard.Stop()
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, &LoginError{Err: because(ctx, err)}
	}
	t := &Terminal{
		p: p, s: newStream(channel, abort), limits: c.limits, typed: map[string]bool{}, screen: screen{maxLine: c.limits.Line, maxText: c.limits.Output},
		settle: min(max(c.trip, minSettle), maxSettle), until: c.until,
	}
	if err := t.open(ctx, c, o); err != nil {
		t.part(errors.Is(err, ErrBusy) || t.prompt != "")
		return nil, &LoginError{Revealed: t.revealed, Err: err}
	}
	return t, nil
}

func (t *Terminal) open(ctx context.Context, c *Conn, o TerminalOptions) error {
	if err := t.login(ctx); err != nil {
		return err
	}
	if command, ok := t.p.words.Raise(); ok && c.credential.Raise.Set() && !o.NoRaise {
		if err := t.raise(ctx, command, c.credential.Raise); err != nil {
			return err
		}
	}
	for _, w := range t.p.words.Open() {
		// Refused or not: if the pager stays on, it is answered by its key.
		if r := t.run(ctx, w, t.limits.Command, false); r.lost != nil {
			return r.lost
		}
	}
	return nil
}

// shell opens the channel and its terminal.
func shell(client *ssh.Client) (ssh.Channel, error) {
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		var refused *ssh.OpenChannelError
		if errors.As(err, &refused) {
			return nil, fmt.Errorf("%w: %s", ErrBusy, printable(refused.Message, 200))
		}
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	}
	go ssh.DiscardRequests(requests) // ends with the channel
	pty := struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}{"vt100", columns, rows, 0, 0, "\x00"}
	for _, request := range []struct {
		name    string
		payload []byte
	}{{"pty-req", ssh.Marshal(pty)}, {"shell", nil}} {
		ok, err := channel.SendRequest(request.name, true, request.payload)
		if err == nil && !ok {
			err = errors.New("refused")
		}
		if err != nil {
			channel.Close()
			return nil, fmt.Errorf("%w: %s: %w", ErrLost, request.name, err)
		}
	}
	return channel, nil
}

// Revealed says what the login dialogues revealed, in the driver's words, e.g. "initial password unchanged".
func (t *Terminal) Revealed() []string { return slices.Clone(t.revealed) }

// Prompt is the device's prompt, as it was learned.
func (t *Terminal) Prompt() string { return t.prompt }

// Raised says whether the privilege was raised; if it was tried and refused, with the error.
func (t *Terminal) Raised() (bool, error) { return t.raised, t.raiseErr }

// As says on which platform the session turned out to be: it is left in that one's way.
func (t *Terminal) As(p *Platform) { t.p = p }

// feed waits for bytes and puts them on the screen.
func (t *Terminal) feed(ctx context.Context, wait time.Duration) error {
	return t.feedAtLeast(ctx, wait, 1)
}

// feedAtLeast waits for so many bytes, or the end of the wait.
func (t *Terminal) feedAtLeast(ctx context.Context, wait time.Duration, want int) error {
	b, err := t.s.next(ctx, wait, want)
	if err == nil {
		err = t.screen.write(b)
	}
	switch {
	case errors.Is(err, io.EOF):
		return ErrLost
	case errors.Is(err, errLongLine):
		return fmt.Errorf("%w: %w", ErrHostile, err)
	}
	return err
}

// rest reads until the device rests: either on a line that waits for us (true), or because nothing came for a lull (false). stands says
// how long such a line must stand to be believed; 0: it is none.
func (t *Terminal) rest(ctx context.Context, by time.Time, lull time.Duration, stands func(tail []byte) time.Duration) (bool, error) {
	for {
		wait := stands(t.screen.tail())
		hit := wait > 0
		if !hit {
			wait = lull
		}
		left := time.Until(by)
		if left <= 0 {
			return false, ErrTimeout
		}
		switch err := t.feed(ctx, min(wait, left)); {
		case errors.Is(err, errQuiet) && left > wait:
			return hit, nil
		case errors.Is(err, errQuiet):
			return false, ErrTimeout
		case err != nil:
			return false, err
		case len(t.screen.text) > maxMotd:
			return false, fmt.Errorf("%w: no end before the prompt", ErrHostile)
		}
	}
}

// echoes says that a line is the prompt and, after it, what was typed.
func (t *Terminal) echoes(line []byte, typed string) bool {
	before, ok := bytes.CutSuffix(bytes.TrimRight(line, " \t"), []byte(typed))
	return ok && t.p.samePrompt(bytes.TrimRight(before, " \t"), t.prompt)
}

// Close logs out and closes the session; the session never stays behind. The error says that what this session read must not be
// used (ErrOutOfSync): the last answer had not ended where it seemed to.
func (t *Terminal) Close() error {
	if t.closed {
		return nil
	}
	err := t.inStep()
	if t.lost == nil && err == nil {
		t.screen.clear()
		word, _ := t.p.words.Logout()
		err = t.logout(word)
	} else {
		t.part(true)
	}
	t.closed = true
	t.s.close()
	if errors.Is(err, ErrOutOfSync) {
		return err
	}
	return nil
}

// logout types the logout at the prompt and waits for the end. The device's echo of it, and no other, proves the last answer's end.
func (t *Terminal) logout(word wire.Word) error {
	by := time.Now().Add(partingTime)
	t.typed[word.Text()] = true
	for again := 0; again <= 2; again++ { // a nested view may need it more than once
		t.screen.clear()
		if t.s.send(word) != nil {
			return nil //nolint:nilerr // the session is gone already: there is nobody to say goodbye to
		}
		if back, err := t.parting(word, by); err != nil || !back {
			return err
		}
	}
	return nil
}

// parting reads what follows a logout: the end, or the prompt again (true).
func (t *Terminal) parting(word wire.Word, by time.Time) (back bool, err error) {
	for {
		err := t.feed(context.Background(), min(t.settle, time.Until(by)))
		quiet := errors.Is(err, errQuiet)
		back := quiet && t.screen.lines > 0 && t.p.samePrompt(t.screen.tail(), t.prompt)
		if over := err != nil && !quiet || time.Until(by) <= 0 || len(t.screen.text) > t.limits.Output; !over && !back {
			continue
		}
		line, rest, said := bytes.Cut(t.screen.text, []byte{'\n'})
		if said && !t.echoes(line, word.Text()) {
			return false, fmt.Errorf("%w: a line of %d bytes before the logout", ErrOutOfSync, len(line))
		}
		return back, t.foreign(rest)
	}
}

// foreign finds, in what must be one answer, the echo of a command: it had been taken for over, or for begun, too soon.
func (t *Terminal) foreign(text []byte) error {
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte{'\n'})
		if len(line) > maxAsking+len(t.prompt) {
			continue
		}
		if rest, ok := t.p.after(line, t.prompt); ok && t.typed[string(rest)] {
			return fmt.Errorf("%w: the echo of %q within an answer", ErrOutOfSync, rest)
		}
	}
	return nil
}

// part ends a session that is not at its prompt, or not known to be. If it may, it logs out: at the prompt, once output has ended, or
// into flowing output, which the device reads when it is done. Nothing is typed into a line that stands and could be a question, nor
// where the pager is on: the letters of the logout would be its keys.
func (t *Terminal) part(may bool) {
	if t.closed {
		return
	}
	t.closed = true
	defer t.s.close()
	if !may {
		return
	}
	word, _ := t.p.words.Logout()
	key, _ := t.p.words.Key()
	end := time.Now().Add(partingTime)
	sent := false
	for now := time.Now(); now.Before(end); now = time.Now() {
		half := end.Add(-partingTime / 2)
		err := t.feed(context.Background(), min(20*time.Millisecond, time.Until(end)))
		tail := t.screen.tail()
		quiet := errors.Is(err, errQuiet)
		switch {
		case err != nil && !quiet:
			return
		case sent:
		case quiet && t.p.isPager(tail):
			t.paging = true
			t.screen.page()
			err = t.s.send(key)
		case quiet && t.p.isPrompt(tail), now.After(half) && !t.paging && (!quiet || len(tail) == 0):
			sent = true
			err = t.s.send(word)
		}
		if err != nil && !quiet {
			return
		}
		t.screen.clear()
	}
}

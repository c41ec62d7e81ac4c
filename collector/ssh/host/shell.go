package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	// remoteTimeout is how long a command may run before the host itself ends it, with all it started: the agent's limit.
	remoteTimeout = 60 * time.Second
	// maxOutput is how much a command may print.
	maxOutput = 32 << 20
	// maxComplaint is how much of what it prints as errors is kept.
	maxComplaint = 4 << 10
	// sessions is how many channels run commands at a time; sshd allows ten a connection unless told otherwise.
	sessions = 4
)

// Every command goes through one of two frames, which do what the agent does: a bare environment, nothing to read, the root
// folder, a low priority, programs from the system's folders only, an end to a command that hangs. The frame prints a word
// before the output and the errors, and a word with the exit status after the output, so that what a login script prints is
// told from both, and an output that was cut or never began is not taken for one. The words stand in the frame in two parts: an echo of the
// command line is no output. It has no quote, backslash, exclamation mark or newline in it and so means the same to every
// login shell.
const (
	frameStart = `/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C /bin/sh -c '` +
		`cd / || exit 1; unset PWD OLDPWD; echo plumbline"":begin $$ >&2; echo plumbline"":begin $$; w=missing; ` +
		`for d in /usr/sbin /usr/bin /sbin /bin; do ` +
		`if [ -f "$d/$1" ]; then if [ -x "$d/$1" ]; then `
	frameUser = `nice -n 10 timeout -s KILL 60 "$@" </dev/null`
	frameRoot = `nice -n 10 sudo -n timeout -s KILL 60 "$@" </dev/null`
	frameEnd  = `; r=$?; echo plumbline"":end $r; exit $r; fi; w=denied; ` +
		`elif [ -d "$d" ]; then [ -x "$d" ] || w=denied; fi; done; ` +
		`echo plumbline"":end $w; exit 127' plumbline`

	markBegin = "plumbline:begin "
	markEnd   = "plumbline:end "
)

// rights are whose a command runs as.
type rights bool

const (
	asUser rights = false
	asRoot rights = true
)

// line is the command line for words.
func line(as rights, words ...string) (string, error) {
	run := frameUser
	if as == asRoot {
		run = frameRoot
	}
	out := frameStart + run + frameEnd
	for _, w := range words {
		q, err := quote(w)
		if err != nil {
			return "", err
		}
		out += " " + q
	}
	return out, nil
}

// quote makes a word that any login shell takes as it stands. A word in which one of them would see more is refused.
func quote(w string) (string, error) {
	plain := w != ""
	for _, c := range []byte(w) {
		switch {
		case c < ' ' || c == 0x7f || c == '\'' || c == '!':
			return "", fmt.Errorf("%q cannot be put on a command line", w)
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_-+=:,./@%", c) >= 0:
		default:
			plain = false
		}
	}
	// Of backslashes only these two are read by a shell (fish) between single quotes.
	if strings.Contains(w, `\\`) || strings.HasSuffix(w, `\`) {
		return "", fmt.Errorf("%q cannot be put on a command line", w)
	}
	if plain {
		return w, nil
	}
	return "'" + w + "'", nil
}

// split takes a command apart at blanks; what stands in double quotes stays together.
func split(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	started, quoted := false, false
	for _, c := range []byte(command) {
		switch {
		case c == '"':
			quoted, started = !quoted, true
		case c == ' ' && !quoted:
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	if quoted || len(words) == 0 || words[0] == "" || strings.Contains(words[0], "/") || strings.ContainsRune(command, 0) {
		return nil, fmt.Errorf("%q is not a command", command)
	}
	return words, nil
}

// shell runs command lines on channels of the connection.
type shell struct {
	client  *ssh.Client
	timeout time.Duration
	slots   chan struct{}
}

func newShell(client *ssh.Client, timeout time.Duration) *shell {
	return &shell{client: client, timeout: timeout, slots: make(chan struct{}, sessions)}
}

// result is what a framed command came to.
type result struct {
	body      []byte
	complaint string
	status    int
	// frame is the number of the process that ran the frame.
	frame int
	took  time.Duration
}

// failure says how a command failed, in the agent's words; nil if it did not.
func (r result) failure() error {
	const killed = 128 + 9
	switch {
	case r.status == 0:
		return nil
	case r.status == killed && r.took >= remoteTimeout-time.Second:
		return fmt.Errorf("%w: still runs after %s", os.ErrDeadlineExceeded, remoteTimeout)
	}
	text := fmt.Sprintf("exit status %d", r.status)
	first, _, _ := strings.Cut(strings.TrimSpace(r.complaint), "\n")
	if len(bytes.TrimSpace(r.body)) == 0 && first != "" {
		text += ": " + strings.ToValidUTF8(first, "\uFFFD")
	}
	return errors.New(text)
}

// run runs words in the frame. An error means that what came is not whole: the program is not there, or the end is not proved.
func (s *shell) run(ctx context.Context, as rights, limit int, words ...string) (result, error) {
	command, err := line(as, words...)
	if err != nil {
		return result{}, err
	}
	out, complaint, status, took, err := s.exec(ctx, command, limit)
	r, framed := unframe(out)
	r.complaint, r.took = behindMark(string(complaint)), took
	switch {
	case err != nil:
		return r, err
	case framed == framedMissing:
		return r, fmt.Errorf("%s: %w", words[0], errNoProgram)
	case framed == framedDenied:
		return r, fmt.Errorf("%s: %w", words[0], syscall.EACCES)
	case framed == framedNever:
		first, _, _ := strings.Cut(strings.TrimSpace(string(complaint)+"\n"+string(out[:min(len(out), 200)])), "\n")
		return r, fmt.Errorf("%w: %s", errNotRun, strings.ToValidUTF8(first, "\uFFFD"))
	case framed != framedWhole || r.status != status:
		return r, errUnended
	}
	return r, nil
}

// tool runs words of our own in the frame. That the tool is not installed is no answer to what is asked by it.
func (s *shell) tool(ctx context.Context, as rights, limit int, words ...string) (result, error) {
	r, err := s.run(ctx, as, limit, words...)
	if errors.Is(err, errNoProgram) {
		err = errors.New(err.Error())
	}
	return r, err
}

// behindMark is what was complained of after the frame began.
func behindMark(complaint string) string {
	_, rest, ok := strings.Cut(complaint, markBegin)
	if !ok {
		return complaint
	}
	_, rest, _ = strings.Cut(rest, "\n")
	return rest
}

// What unframe found.
const (
	framedNever = iota
	framedOpen
	framedMissing
	framedDenied
	framedWhole
)

// unframe finds what a command printed between the words of its frame.
func unframe(out []byte) (result, int) {
	var r result
	i := bytes.Index(out, []byte(markBegin))
	if i < 0 || i > maxComplaint {
		return r, framedNever
	}
	number, body, ok := bytes.Cut(out[i+len(markBegin):], []byte("\n"))
	frame, err := strconv.Atoi(string(number))
	if !ok || err != nil || frame <= 0 {
		return r, framedNever
	}
	r.frame, r.body = frame, body
	end := bytes.LastIndex(body, []byte(markEnd))
	if end < 0 || !bytes.HasSuffix(body, []byte("\n")) {
		return r, framedOpen
	}
	word := string(body[end+len(markEnd) : len(body)-1])
	r.body = body[:end]
	switch word {
	case "missing":
		r.body = nil
		return r, framedMissing
	case "denied":
		r.body = nil
		return r, framedDenied
	}
	status, err := strconv.Atoi(word)
	if err != nil || status < 0 || status > 255 || word != strconv.Itoa(status) {
		r.body = body
		return r, framedOpen
	}
	r.status = status
	return r, framedWhole
}

// exec runs a command line on a channel of its own and gives what it printed and its exit status. It returns in time whatever
// the server does; the channel is then given up, and what waits for it ends with the connection at the latest.
func (s *shell) exec(ctx context.Context, command string, limit int) (out, complaint []byte, status int, took time.Duration, err error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, nil, 0, 0, context.Cause(ctx)
	}
	started := time.Now()
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	session, err := s.session(limited)
	if err != nil {
		return nil, nil, 0, 0, err
	}
	stop, flood := context.WithCancelCause(limited)
	defer flood(nil)
	stdout := &bounded{limit: limit + maxComplaint, full: func() { flood(errOutput) }}
	stderr := &bounded{limit: 2 * maxComplaint}
	session.Stdout, session.Stderr = stdout, stderr
	ended := make(chan error, 1)
	go func() { ended <- session.Run(command) }()
	select {
	case err = <-ended:
	case <-stop.Done():
		err = context.Cause(stop)
		if errors.Is(err, context.DeadlineExceeded) {
			err = os.ErrDeadlineExceeded
		}
	}
	go session.Close()
	var exit *ssh.ExitError
	var missing *ssh.ExitMissingError
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.Is(context.Cause(stop), errOutput):
		err = errOutput
	case errors.As(err, &exit):
		status, err = exit.ExitStatus(), nil
	case errors.As(err, &missing):
		err = errUnended
	}
	return stdout.bytes(), stderr.bytes(), status, time.Since(started), err
}

// session opens a channel.
func (s *shell) session(ctx context.Context) (*ssh.Session, error) {
	type opened struct {
		session *ssh.Session
		err     error
	}
	ready := make(chan opened)
	go func() {
		session, err := s.client.NewSession()
		select {
		case ready <- opened{session, err}:
		case <-ctx.Done():
			if err == nil {
				session.Close()
			}
		}
	}()
	select {
	case o := <-ready:
		var refused *ssh.OpenChannelError
		if o.err != nil && !errors.As(o.err, &refused) {
			return nil, fmt.Errorf("%w: %w", errLost, o.err)
		}
		return o.session, o.err
	case <-ctx.Done():
		err := context.Cause(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = os.ErrDeadlineExceeded
		}
		return nil, err
	}
}

// bounded keeps the beginning of what is written to it. It never fails; full is called when there is more.
type bounded struct {
	limit int
	full  func()

	mu   sync.Mutex
	kept bytes.Buffer
}

var _ io.Writer = (*bounded)(nil)

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	room := b.limit - b.kept.Len()
	b.kept.Write(p[:min(room, len(p))])
	b.mu.Unlock()
	if len(p) > room && b.full != nil {
		b.full()
	}
	return len(p), nil
}

// bytes gives a copy: who writes may not have ended.
func (b *bounded) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.kept.Bytes())
}

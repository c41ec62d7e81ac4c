package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/plumbline/plumbline/collector/ssh/internal/wire"
	"github.com/plumbline/plumbline/collector/vault"
)

// Questions that no driver may have answered: whoever meets one leaves.
var (
	asksLogin    = regexp.MustCompile(`(?i)(?:^|\s)(?:user ?name|login|user|account|password|用户名|口令|密码)\s*[:：]\s*$`)
	asksCode     = regexp.MustCompile(`(?i)(?:verification|one[- ]?time|\botp\b|token|passcode|authenticator|second factor|dynamic|sms|动态|验证码|令牌|短信).*[:：]\s*$`)
	asksNew      = regexp.MustCompile(`(?i)(?:\b(?:old|current|new|re-?type|re-?enter|confirm)\b.{0,30}passw.*|(?:旧|原|新|确认).{0,6}(?:口令|密码).*)[:：]\s*$`)
	saysExpired  = regexp.MustCompile(`(?i)passw(?:or)?d.{0,40}(?:expired|must be changed|change required)|(?:口令|密码).{0,10}(?:过期|必须修改)`)
	saysChange   = regexp.MustCompile(`(?i)passw(?:or)?d.*chang|chang.*passw(?:or)?d|(?:修改|更改|变更).{0,12}(?:口令|密码)|(?:口令|密码).{0,12}(?:修改|更改|变更)`)
	asksAnything = regexp.MustCompile(`(?i)[\[(]\s*y(?:es)?\s*[/|]\s*n(?:o)?\s*[\])]|[\[(]\s*n(?:o)?\s*[/|]\s*y(?:es)?\s*[\])]|[?？]\s*$`)
	pressKey     = regexp.MustCompile(`(?i)press\s+(?:any\s+key|<?(?:enter|return|cr)>?)|按(?:任意|回车)键`)
	// The device says how many sessions it has and how many are taken, ours among them.
	saysUsers = regexp.MustCompile(`(?is)max(?:imum)?\s+number\s+of\s+VTY\s+users\s+is\s+(\d{1,5}).{0,80}?current\s+VTY\s+users\s+on\s?line\s+is\s+(\d{1,5})`)
)

// changeAsked is what a dialogue reveals that asks for another password, where its driver gives it no meaning.
const changeAsked = "password change asked for"

const (
	probes     = 4                      // newlines typed to learn the prompt
	lull       = 400 * time.Millisecond // silence after which a question may stand on a line of its own
	wakeUp     = 3 * time.Second        // silence after which a newline may bring the first prompt
	asking     = 50 * time.Millisecond  // a question stands at least this long before it is answered
	freeAtMost = 1                      // with so few sessions free the device is left to its operators
)

// login brings the session from the first byte to the learned prompt.
func (t *Terminal) login(ctx context.Context) error {
	by := earliest(t.until, time.Now().Add(t.limits.Command))
	silent := time.Now()
	woken := false
	seen := 0 // bytes of complete lines that were answered
	var old standing
	for answered := 0; ; {
		before := len(t.screen.text) + len(t.screen.line)
		at := question{}
		stands, err := t.rest(ctx, by, lull, func(tail []byte) time.Duration {
			at = question{}
			if !old.still(&t.screen) {
				at = t.read(tail)
			}
			return t.patience(at.kind)
		})
		if err != nil {
			return t.noPrompt(err)
		}
		if len(t.screen.text)+len(t.screen.line) > before {
			silent = time.Now()
		}
		if !stands {
			// The question may be a whole line.
			lines := bytes.TrimRight(t.screen.text[min(seen, len(t.screen.text)):], " \t\r\n")
			if len(t.screen.tail()) == 0 && len(lines) > 0 {
				at = t.read(lines[bytes.LastIndexByte(lines, '\n')+1:])
				if at.kind == prompt || at.kind == pager {
					at.kind = nothing
				}
			}
		}
		switch at.kind {
		case refuse:
			return at.err
		case prompt:
			if full := t.busy(); full != nil {
				t.prompt = string(t.screen.tail())
				return full
			}
			if learned, err := t.learn(ctx, by); learned || err != nil {
				return err
			}
			seen, old, silent = 0, standing{}, time.Now()
			continue
		case answer, newline, pager:
			if answered++; answered > maxDialogues {
				return fmt.Errorf("%w: it keeps asking", ErrQuestion)
			}
			if err := t.reply(at); err != nil {
				return t.noPrompt(err)
			}
			seen, silent = len(t.screen.text)+len(t.screen.line), time.Now()
			old = standing{lines: t.screen.lines, tail: string(t.screen.tail())}
			continue
		}
		if time.Since(silent) < wakeUp {
			continue
		}
		if tail := t.screen.tail(); asksAnything.Match(tail) {
			return fmt.Errorf("%w: %s", ErrQuestion, printable(string(tail), 160))
		}
		if !woken && len(t.screen.tail()) == 0 && len(t.screen.text) == 0 {
			woken, silent = true, time.Now()
			if err := t.s.send(t.p.words.Newline()); err != nil {
				return t.noPrompt(err)
			}
		}
		if time.Since(silent) > t.limits.Idle {
			return t.noPrompt(ErrTimeout)
		}
	}
}

// A question is what a device rests on during the login.
type question struct {
	kind kind
	word wire.Word
	say  string // what it reveals
	err  error
}

type kind int

const (
	nothing kind = iota
	prompt
	pager
	newline
	answer
	refuse
)

// read says what a line asks for. The driver's dialogues come first: it knows the platform.
func (t *Terminal) read(line []byte) question {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || len(line) > maxAsking {
		return question{}
	}
	for i, d := range t.p.dialogues {
		if d.asks.Match(line) {
			means := d.means
			if means == "" && saysChange.Match(line) {
				means = changeAsked
			}
			return question{kind: answer, word: t.p.words.Answer(i), say: means}
		}
	}
	for _, never := range []struct {
		asks *regexp.Regexp
		err  error
	}{{asksCode, ErrMFA}, {asksNew, ErrPasswordChange}, {asksLogin, ErrRefused}} {
		if never.asks.Match(line) {
			return question{kind: refuse, err: fmt.Errorf("%w: the session asks %q", never.err, printable(string(line), 160))}
		}
	}
	switch {
	case pressKey.Match(line):
		return question{kind: newline, word: t.p.words.Newline()}
	case t.p.isPager(line) || t.p.isPager(t.screen.tail()):
		key, _ := t.p.words.Key()
		return question{kind: pager, word: key}
	case t.p.isPrompt(line):
		return question{kind: prompt}
	}
	return question{}
}

// A standing question was answered: until its line ends or goes it is not asked anew, even if the echo of the answer joins it.
type standing struct {
	lines int
	tail  string
}

func (o standing) still(s *screen) bool {
	return o.tail != "" && s.lines == o.lines && bytes.HasPrefix(s.line, []byte(o.tail))
}

// patience is how long a line must stand before it is believed to ask that.
func (t *Terminal) patience(k kind) time.Duration {
	switch k {
	case nothing:
		return 0
	case prompt:
		return min(4*t.settle, maxSettle)
	}
	return max(asking, t.settle)
}

// reply gives the one answer.
func (t *Terminal) reply(q question) error {
	if q.say != "" {
		t.reveal(q.say)
	}
	if q.kind == pager {
		t.screen.page()
	}
	return t.s.send(q.word)
}

func (t *Terminal) reveal(what string) {
	for _, r := range t.revealed {
		if r == what {
			return
		}
	}
	t.revealed = append(t.revealed, what)
}

// busy says that the device has too few sessions left.
func (t *Terminal) busy() error {
	m := saysUsers.FindSubmatch(t.screen.text)
	if m == nil {
		return nil
	}
	most, _ := strconv.Atoi(string(m[1]))
	now, _ := strconv.Atoi(string(m[2]))
	if most-now > freeAtMost {
		return nil
	}
	return fmt.Errorf("%w: %d of %d are taken", ErrBusy, now, most)
}

// learn makes sure of the prompt: a newline typed at it must end its line, untouched, and bring the same again. If it brings a question
// instead, nothing was learned and there is more to the login.
func (t *Terminal) learn(ctx context.Context, by time.Time) (bool, error) {
	for range probes {
		candidate := string(t.screen.tail())
		t.screen.clear()
		if err := t.s.send(t.p.words.Newline()); err != nil {
			return false, t.noPrompt(err)
		}
		at := question{}
		stands, err := t.rest(ctx, by, t.limits.Idle, func(tail []byte) time.Duration {
			if at = (question{}); t.screen.lines > 0 { // before the newline's own line end is back, what stands is the old prompt
				at = t.read(tail)
			}
			if at.kind == prompt {
				return t.settle
			}
			return t.patience(at.kind)
		})
		switch {
		case err != nil:
			return false, t.noPrompt(err)
		case !stands:
			return false, t.noPrompt(ErrTimeout)
		case at.kind != prompt:
			return false, nil
		}
		line, rest, _ := bytes.Cut(t.screen.text, []byte{'\n'})
		if string(bytes.TrimRight(line, " \t")) == candidate && t.p.samePrompt(t.screen.tail(), candidate) {
			t.prompt, t.preamble = string(t.screen.tail()), bytes.Clone(rest)
			t.screen.clear()
			return true, nil
		}
	}
	return false, fmt.Errorf("%w: it is another each time", ErrNoPrompt)
}

// noPrompt tells the end of a login that came to no prompt.
func (t *Terminal) noPrompt(err error) error {
	switch {
	case saysExpired.Match(t.screen.text) && (errors.Is(err, ErrLost) || errors.Is(err, ErrTimeout)):
		return fmt.Errorf("%w: the password has expired", ErrPasswordChange)
	case errors.Is(err, ErrTimeout):
		return fmt.Errorf("%w: %w: last line: %s", ErrNoPrompt, err, printable(string(t.screen.tail()), 80))
	}
	return err
}

// raise raises the privilege, with one password at most.
func (t *Terminal) raise(ctx context.Context, command wire.Word, secret vault.Secret) error {
	word, err := t.p.words.Secret(secret)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCredential, err)
	}
	by := earliest(t.until, time.Now().Add(t.limits.Command))
	t.screen.clear()
	if err := t.s.send(command); err != nil {
		return err
	}
	asked := false
	old := t.prompt
	for {
		asks := func(tail []byte) bool { return t.p.raiseAsks != nil && matches(t.p.raiseAsks, tail) }
		stands, err := t.rest(ctx, by, t.limits.Idle, func(tail []byte) time.Duration {
			if t.screen.lines > 0 && (asks(tail) || t.p.isPrompt(tail)) {
				return min(4*t.settle, maxSettle)
			}
			return 0
		})
		if err != nil || !stands {
			t.prompt = "" // nothing may be typed any more
			return fmt.Errorf("%w: no answer: %w", ErrRaise, errors.Join(err, ErrTimeout))
		}
		switch {
		case !asks(t.screen.tail()):
			refused := t.p.refusal(t.screen.text)
			if refused != "" || asked && saysNo.Match(t.screen.text) {
				t.raiseErr = fmt.Errorf("%w: %s", ErrRaise, printable(refused, 80))
			}
			t.raised = t.raiseErr == nil
			if string(t.screen.tail()) == old {
				t.screen.clear()
				return nil
			}
			learned, err := t.learn(ctx, by)
			if err == nil && !learned {
				t.prompt = ""
				err = fmt.Errorf("%w: a question after it", ErrRaise)
			}
			return err
		case asked:
			t.prompt = "" // whatever is typed now would be a second attempt
			return fmt.Errorf("%w: the password is asked for again", ErrRaise)
		}
		line, _, _ := bytes.Cut(t.screen.text, []byte{'\n'})
		if !t.echoes(line, command.Text()) {
			t.prompt = ""
			return fmt.Errorf("%w: a password is asked for, but not by %q", ErrOutOfSync, command.Text())
		}
		asked = true
		t.screen.clear()
		if err := t.s.send(word); err != nil {
			return err
		}
	}
}

// What a device says that did not raise the privilege, whatever its driver lists.
var saysNo = regexp.MustCompile(`(?i)bad (?:secret|password)|denied|incorrect|invalid|fail|wrong|error`)

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

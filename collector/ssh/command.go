package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/plumbline/plumbline/collector/ssh/internal/wire"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Answer asks one command. Anything else, and any command that is not letter by letter on the driver's list, is not asked: not a byte
// is sent. It fails when the session is lost; what could not be answered within a session that goes on is an answer with a reason.
func (t *Terminal) Answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	command, ok := q.GetKind().(*pluginpb.Question_Command)
	if !ok {
		return unasked(q, "a terminal answers commands only"), nil
	}
	word, ok := t.p.words.Command(command.Command)
	if !ok {
		return unasked(q, "not on the driver's list of commands"), nil
	}
	if t.lost == nil && t.closed {
		t.lost = fmt.Errorf("%w: it was closed", ErrLost)
	}
	if t.lost != nil {
		return nil, t.lost
	}
	isConfig := command.Command == t.p.config
	limit := t.limits.Command
	if isConfig {
		limit = t.limits.Config
	}
	r := t.run(ctx, word, limit, isConfig && len(t.p.endMarks) > 0)
	if r.lost != nil {
		t.lost = r.lost
		if errors.Is(r.lost, ErrOutOfSync) || ctx.Err() != nil {
			t.part(true)
			return nil, fmt.Errorf("%s: %w", driver.Text(q), r.lost)
		}
	}
	ans := &pluginpb.Answer{Question: q, Body: r.body, Complete: r.lost == nil && r.reason == pb.Reason_REASON_UNSPECIFIED, Reason: r.reason, Error: r.detail}
	if ans.Complete {
		t.refused(ans, command.Command)
	}
	return ans, nil
}

func unasked(q *pluginpb.Question, why string) *pluginpb.Answer {
	return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_NOT_ASKED, Error: why}
}

var (
	saysUnknown   = regexp.MustCompile(`(?i)unrecogni[sz]ed|unknown|invalid|incomplete|ambiguous|wrong|not found|too many param|syntax|parse error|not supported|^\s*\^\s*$|未识别|无法识别|不支持`)
	saysForbidden = regexp.MustCompile(`(?i)authori[sz]|permi|denied|privilege|not allowed|right|权限|拒绝`)
)

// refused turns an answer that is an error message into one with its reason. A command that takes a higher privilege than the login may
// have is often called unknown: then nothing is proved absent.
func (t *Terminal) refused(a *pluginpb.Answer, command string) {
	said := t.p.refusal(a.Body)
	if said == "" {
		return
	}
	a.Error = printable(said, 160)
	switch privileged := slices.Contains(t.p.privileged, command); {
	case saysForbidden.MatchString(said), privileged && saysUnknown.MatchString(said):
		a.Reason = pb.Reason_REASON_NOT_PERMITTED
	case saysUnknown.MatchString(said):
		a.Reason = pb.Reason_REASON_NOT_FOUND
	default:
		a.Reason = pb.Reason_REASON_FAILED
	}
}

// A result is what one command brought.
type result struct {
	body   []byte
	reason pb.Reason // why it is not whole
	detail string
	lost   error // the session cannot go on
}

// inStep makes sure that the device still rests where the last answer ended: what came since belongs to no question.
func (t *Terminal) inStep() error {
	if t.lost != nil {
		return nil //nolint:nilerr // whoever asks next is told
	}
	before := t.screen.lines
	switch err := t.feed(context.Background(), 0); {
	case errors.Is(err, errQuiet):
		return nil
	case err != nil:
		return err
	case t.screen.lines == before && t.p.samePrompt(t.screen.tail(), t.prompt):
		return nil
	}
	return fmt.Errorf("%w: more came after the last answer", ErrOutOfSync)
}

// run types a command at the prompt and reads to its proved end: the echo of exactly that command after the prompt, the output, and the
// prompt again with nothing after it. Of a configuration the last words must be an end mark.
func (t *Terminal) run(ctx context.Context, word wire.Word, limit time.Duration, toEndMark bool) result {
	if err := t.inStep(); err != nil {
		return result{lost: err}
	}
	t.screen.clear()
	t.typed[word.Text()] = true
	if err := t.s.send(word); err != nil {
		return result{lost: fmt.Errorf("%w: %w", ErrLost, err)}
	}
	e := exchange{Terminal: t, word: word, by: earliest(t.until, time.Now().Add(limit)), toEndMark: toEndMark}
	return e.result(e.read(ctx))
}

// An exchange is one command and its answer.
type exchange struct {
	*Terminal
	word      wire.Word
	by        time.Time
	toEndMark bool
	echoed    int // bytes of the echo's line, once it was seen
	pages     int
	barren    int // pages in a row that brought no line
	atPage    int // complete lines at the last page
	unproved  bool
	hesitant  bool // the echo is slow, or not what was expected
}

// read reads to the end of the answer.
func (e *exchange) read(ctx context.Context) error {
	for {
		wait, rests := e.waiting()
		left := time.Until(e.by)
		if left <= 0 {
			return ErrTimeout
		}
		want := 1
		if e.echoed == 0 && !e.hesitant {
			// No use waking up for each letter of the echo.
			if want = len(e.prompt) + len(e.word.Text()) - len(e.screen.line); want > 1 {
				wait = min(wait, lull)
			}
		}
		err := e.feedAtLeast(ctx, min(wait, left), want)
		switch {
		case errors.Is(err, errQuiet) && want > 1:
			e.hesitant = true
			continue
		case errors.Is(err, errQuiet) && rests == pager:
			if err := e.turn(); err != nil {
				return err
			}
			continue
		case errors.Is(err, errQuiet) && rests == prompt:
			return nil
		case errors.Is(err, errQuiet):
			return ErrTimeout
		case err != nil:
			return err
		}
		if len(e.screen.text) > e.limits.Output {
			return fmt.Errorf("%w: the answer is larger than %d bytes", ErrHostile, e.limits.Output)
		}
		if err := e.echo(); err != nil {
			return err
		}
	}
}

// waiting says what the device seems to rest on, and how long that must stand to be believed.
func (e *exchange) waiting() (time.Duration, kind) {
	tail := e.screen.tail()
	switch {
	case e.echoed == 0:
		return e.limits.Idle, nothing
	case e.p.samePrompt(tail, e.prompt):
		e.unproved = e.toEndMark && !e.p.ended(e.body())
		if e.unproved {
			return max(lull, 4*e.settle), prompt // it may yet go on
		}
		return e.settle, prompt
	case e.p.isPager(tail):
		return e.settle, pager
	}
	return e.limits.Idle, nothing
}

// echo finds the line with which every answer begins. Any other first line belongs to an answer before.
func (e *exchange) echo() error {
	if e.echoed > 0 {
		return nil
	}
	line, _, ok := bytes.Cut(e.screen.text, []byte{'\n'})
	if !ok {
		return nil
	}
	if !e.echoes(line, e.word.Text()) {
		return fmt.Errorf("%w: a line of %d bytes instead of the echo of %q", ErrOutOfSync, len(line), e.word.Text())
	}
	e.echoed = len(line) + 1
	return nil
}

// turn asks the pager for more.
func (e *exchange) turn() error {
	e.pages++
	if e.barren++; e.screen.lines > e.atPage {
		e.barren, e.atPage = 0, e.screen.lines
	}
	if e.pages > e.limits.Pages || e.barren > emptyPages {
		return fmt.Errorf("%w: pages without end", ErrHostile)
	}
	key, _ := e.p.words.Key()
	e.paging = true
	e.screen.page()
	if err := e.s.send(key); err != nil {
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return nil
}

// body is the answer so far: what follows the echo, without what the device prints before its prompts.
func (e *exchange) body() []byte {
	body := e.screen.text[e.echoed:]
	if len(e.preamble) > 0 {
		body = bytes.TrimSuffix(body, e.preamble)
	}
	return body
}

// result tells what came of it.
func (e *exchange) result(err error) result {
	if err == nil {
		err = e.foreign(e.body())
	}
	if errors.Is(err, ErrOutOfSync) {
		return result{lost: err}
	}
	r := result{body: e.body()}
	if err != nil {
		// What came after the last line end is part of what was read, too.
		r.body = append(r.body, e.screen.tail()...)
	}
	switch {
	case err == nil && e.unproved:
		r.reason, r.detail = pb.Reason_REASON_TRUNCATED, "the end mark was not seen"
	case err == nil && (e.screen.garbled || e.screen.redrawn):
		r.reason, r.detail = pb.Reason_REASON_NOT_UNDERSTOOD, "the device wrote over its own words"
	case err == nil:
	case errors.Is(err, ErrTimeout):
		r.reason, r.lost = pb.Reason_REASON_TIMEOUT, err
	case errors.Is(err, ErrHostile):
		r.reason, r.lost = pb.Reason_REASON_TOO_LARGE, err
	default:
		r.reason, r.lost = pb.Reason_REASON_TRUNCATED, err
	}
	if r.lost != nil {
		r.detail = r.lost.Error()
	}
	return r
}

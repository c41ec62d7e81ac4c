package host

import (
	"context"
	"sync"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// How many questions are under way at a time. Files go over one channel and cost the host little; commands are programs that
// run there.
const (
	filesAhead    = 32
	commandsAhead = 3
)

// Ahead gives d for an interview by this asker (driver.Conduct): what d asks in one round is then fetched side by side, so that
// the interview takes the time of its rounds and not of its questions. The answers are the same.
func (a *Asker) Ahead(d driver.Driver) driver.Driver { return foreseen{d, &a.ahead} }

type foreseen struct {
	driver.Driver
	ahead *ahead
}

func (f foreseen) Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error) {
	questions, err := f.Driver.Ask(answers)
	f.ahead.announce(questions)
	return questions, err
}

// ahead fetches announced questions beside the one that is waited for.
type ahead struct {
	asker *Asker
	life  context.Context
	files chan struct{}
	runs  chan struct{}

	mu      sync.Mutex
	fetched map[string]*fetched
}

type fetched struct {
	done   chan struct{}
	answer *pluginpb.Answer
}

func (h *ahead) init(life context.Context, a *Asker) {
	h.asker, h.life, h.fetched = a, life, map[string]*fetched{}
	h.files, h.runs = make(chan struct{}, filesAhead), make(chan struct{}, commandsAhead)
}

// announce begins to fetch questions.
func (h *ahead) announce(questions []*pluginpb.Question) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, q := range questions {
		name := driver.Text(q)
		if _, known := h.fetched[name]; known || len(h.fetched) >= driver.MaxQuestions || h.life.Err() != nil {
			continue
		}
		f := &fetched{done: make(chan struct{})}
		h.fetched[name] = f
		slots := h.files
		switch q.GetKind().(type) {
		case *pluginpb.Question_Command, *pluginpb.Question_Probe:
			slots = h.runs
		}
		h.asker.work.Go(func() {
			defer close(f.done)
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-h.life.Done():
				return
			}
			if ans, err := h.asker.answer(h.life, q); err == nil && settled(q, ans) {
				f.answer = ans
			}
		})
	}
}

// settled says whether an answer would be the same if it were asked for alone. One that took too long, or failed with the
// source of all files, is asked for again in its turn.
func settled(q *pluginpb.Question, a *pluginpb.Answer) bool {
	switch q.GetKind().(type) {
	case *pluginpb.Question_File, *pluginpb.Question_Glob:
		return a.GetReason() != pb.Reason_REASON_TIMEOUT && a.GetReason() != pb.Reason_REASON_FAILED
	}
	return true
}

// take gives the answer to a question that was announced, once.
func (h *ahead) take(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, bool) {
	name := driver.Text(q)
	h.mu.Lock()
	f := h.fetched[name]
	delete(h.fetched, name)
	h.mu.Unlock()
	if f == nil {
		return nil, false
	}
	select {
	case <-f.done:
		return f.answer, f.answer != nil
	case <-ctx.Done():
		return nil, false
	}
}

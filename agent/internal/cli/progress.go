package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins/program"
)

const (
	// patience is how long a scan may take before it says how far it is.
	patience = time.Second
	// refresh is how often it says so.
	refresh = 200 * time.Millisecond
)

// progress shows on a terminal what is being asked.
type progress struct {
	mu       sync.Mutex
	asked    int
	question string

	stop    chan struct{}
	stopped chan struct{}
}

// showProgress begins; nothing is shown if standard error is no terminal.
func (a *app) showProgress() *progress {
	p := &progress{stop: make(chan struct{}), stopped: make(chan struct{})}
	width, ok := program.Terminal(a.Stderr)
	if !ok {
		close(p.stopped)
		return p
	}
	go func() {
		defer close(p.stopped)
		wait, shown := time.After(patience), false
		for {
			select {
			case <-p.stop:
				if shown {
					fmt.Fprint(a.Stderr, "\r\x1b[K")
				}
				return
			case <-wait:
				p.mu.Lock()
				line := a.Say("正在读取第 %d 项：%s", "reading item %d: %s", p.asked, p.question)
				p.mu.Unlock()
				fmt.Fprint(a.Stderr, "\r\x1b[K"+program.Cut(line, width-1))
				wait, shown = time.After(refresh), true
			}
		}
	}()
	return p
}

// ask notes a question.
func (p *progress) ask(question string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	p.question = question
}

// end takes the line away.
func (p *progress) end() {
	close(p.stop)
	<-p.stopped
}

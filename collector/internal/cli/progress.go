package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins/program"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	// patience is how long a sweep may take before it says how far it is.
	patience = time.Second
	// refresh is how often it says so on a terminal, plain how often elsewhere.
	refresh = 200 * time.Millisecond
	plain   = 15 * time.Second
)

// progress shows how far a sweep is: a line that is kept up to date on a terminal, a new line now and then elsewhere.
type progress struct {
	mu                           sync.Mutex
	total, started, done, missed int
	last                         string
	began                        time.Time

	stop    chan struct{}
	stopped chan struct{}
}

func (a *app) showProgress(total int) *progress {
	p := &progress{total: total, began: time.Now(), stop: make(chan struct{}), stopped: make(chan struct{})}
	width, onTerminal := program.Terminal(a.Stderr)
	every := plain
	if onTerminal {
		every = refresh
	}
	go func() {
		defer close(p.stopped)
		wait, shown := time.After(max(patience, every)), false
		for {
			select {
			case <-p.stop:
				if shown && onTerminal {
					fmt.Fprint(a.Stderr, "\r\x1b[K")
				}
				return
			case <-wait:
				line := p.line(a)
				if onTerminal {
					fmt.Fprint(a.Stderr, "\r\x1b[K"+program.Cut(line, width-1))
				} else {
					fmt.Fprintln(a.Stderr, line)
				}
				wait, shown = time.After(every), true
			}
		}
	}()
	return p
}

// line says how far it is.
func (p *progress) line(a *app) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	rate := float64(p.done) / time.Since(p.began).Seconds()
	left := a.Say("未知", "unknown")
	if rate > 0 {
		left = (time.Duration(float64(p.total-p.done)/rate) * time.Second).Round(time.Second).String()
	}
	return a.Say("%d/%d 完成，%d 进行中，%d 未读取，每秒 %.1f 个，剩余约 %s  %s", "%d/%d done, %d running, %d not read, %.1f a second, about %s left  %s",
		p.done, p.total, p.started-p.done, p.missed, rate, left, p.last)
}

// begun notes that a target is being visited.
func (p *progress) begun(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started++
	p.last = id
}

// ended notes a target's end.
func (p *progress) ended(s *pb.Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.started = max(p.started, p.done) // some end without having begun
	if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_QUESTIONED {
		p.missed++
	}
}

// looked notes that a target's key was looked for.
func (p *progress) looked(seen bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.started = p.done
	if !seen {
		p.missed++
	}
}

// end takes the line away.
func (p *progress) end() {
	close(p.stop)
	<-p.stopped
}

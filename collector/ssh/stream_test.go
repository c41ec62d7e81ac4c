package ssh

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/plumbline/plumbline/collector/ssh/internal/wire"
	"github.com/plumbline/plumbline/collector/ssh/sshtest"
)

// A stuckChannel takes nothing, as with a window of 0, until it is closed.
type stuckChannel struct {
	gone  chan struct{}
	close sync.Once
}

func (c *stuckChannel) wait() (int, error)        { <-c.gone; return 0, io.EOF }
func (c *stuckChannel) Read([]byte) (int, error)  { return c.wait() }
func (c *stuckChannel) Write([]byte) (int, error) { return c.wait() }
func (c *stuckChannel) Close() error              { return nil } // the peer does not agree

// S8: a peer that takes nothing (window 0) loses the connection instead of holding the collector.
func TestS8WindowZero(t *testing.T) {
	c := &stuckChannel{gone: make(chan struct{})}
	s := newStream(c, func() { c.close.Do(func() { close(c.gone) }) })
	s.patient = 50 * time.Millisecond
	list, err := wire.New(sshtest.VRP().Describe())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := s.send(list.Newline()); !errors.Is(err, io.EOF) || time.Since(start) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	s.close()
	silent := &stuckChannel{gone: make(chan struct{})}
	s = newStream(silent, func() { silent.close.Do(func() { close(silent.gone) }) })
	start = time.Now()
	s.close() // the channel's end never comes: the connection is broken instead
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("closing took %v", took)
	}
}

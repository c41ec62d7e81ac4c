package ssh

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/plumbline/plumbline/collector/ssh/internal/wire"
)

// A stream is a terminal's bytes in both directions, with an end to every wait. One goroutine reads ahead of the caller by a
// buffer at most, so that a device that floods waits for us and not in our memory. The caller may ask to be woken only when so many
// bytes are there: most devices echo byte by byte.
type stream struct {
	channel io.ReadWriteCloser
	out     wire.Out
	abort   func() // breaks the whole connection
	wake    chan struct{}
	ended   chan struct{} // the reader is gone
	timer   *time.Timer
	patient time.Duration // for the peer to take what was typed

	mu      sync.Mutex
	space   *sync.Cond // the caller took what was there, or wants no more
	come    []byte     // what came and was not taken yet
	taken   []byte     // what the caller has; the two change places
	want    int        // bytes that are worth waking the caller for
	eof     bool
	stopped bool
}

// errQuiet says that nothing came for as long as was to be waited.
var errQuiet = errors.New("quiet")

const chunk = 4 << 10

func newStream(channel io.ReadWriteCloser, abort func()) *stream {
	s := &stream{
		channel: channel, out: wire.NewOut(channel), abort: abort,
		wake: make(chan struct{}, 1), ended: make(chan struct{}), timer: time.NewTimer(time.Hour), patient: writeTime,
	}
	s.space = sync.NewCond(&s.mu)
	go s.read()
	return s
}

// read keeps what comes.
func (s *stream) read() {
	defer close(s.ended)
	buf := make([]byte, chunk/2)
	for {
		n, err := s.channel.Read(buf)
		s.mu.Lock()
		for len(s.come)+n > chunk && !s.stopped {
			s.space.Wait()
		}
		s.come = append(s.come, buf[:n]...)
		s.eof = err != nil
		if s.eof || s.stopped || len(s.come) >= s.want {
			s.signal()
		}
		over := s.eof || s.stopped
		s.mu.Unlock()
		if over {
			return
		}
	}
}

func (s *stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// next waits for what comes: some bytes, good until the next call; errQuiet; io.EOF; or the context's end. It waits until there are
// as many bytes as wanted, or the time is over; then what is there will do.
func (s *stream) next(ctx context.Context, wait time.Duration, want int) ([]byte, error) {
	b, err := s.take(max(want, 1))
	if b != nil || err != nil || wait <= 0 {
		return s.orQuiet(b, err)
	}
	s.timer.Reset(wait)
	defer s.timer.Stop()
	for {
		select {
		case <-s.wake:
			if b, err := s.take(max(want, 1)); b != nil || err != nil {
				return b, err
			}
		case <-s.timer.C:
			return s.orQuiet(s.take(1))
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *stream) orQuiet(b []byte, err error) ([]byte, error) {
	if b == nil && err == nil {
		// What came is too little to be woken for; a caller that does not wait gets it all the same.
		if b, err = s.take(1); b == nil && err == nil {
			err = errQuiet
		}
	}
	return b, err
}

// take gives what came, if it is enough or all there will ever be.
func (s *stream) take(want int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.want = min(want, chunk/2)
	switch {
	case len(s.come) > 0 && (len(s.come) >= s.want || s.eof):
		s.come, s.taken = s.taken[:0], s.come
		s.space.Signal()
		return s.taken, nil
	case s.eof:
		return nil, io.EOF
	}
	return nil, nil
}

// send types a word. A peer that does not take it in time loses the connection, which ends the write.
func (s *stream) send(w wire.Word) error {
	guard := time.AfterFunc(s.patient, s.abort)
	defer guard.Stop()
	return s.out.Type(w)
}

// close ends the channel and waits for the reader; a peer that keeps the channel open loses the connection. It may be called again.
func (s *stream) close() {
	s.mu.Lock()
	s.stopped = true
	s.space.Signal()
	s.mu.Unlock()
	guard := time.AfterFunc(time.Second, s.abort)
	defer guard.Stop()
	_ = s.channel.Close()
	<-s.ended
	s.timer.Stop()
}

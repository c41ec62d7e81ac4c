package ssh

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A link is a connection whose deadline always works: where the connection has none of its own, as through a jump host, it is
// closed when the time is over.
type link struct {
	net.Conn
	// The bytes that came; how many of them, since the last that did not fit, spell the word with which SSH introduces itself.
	read    atomic.Int64
	spelled atomic.Int32

	mu    sync.Mutex
	timer *time.Timer
}

// until sets the deadline of all reading and writing.
func (l *link) until(t time.Time) {
	if l.Conn.SetDeadline(t) == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer == nil {
		l.timer = time.AfterFunc(time.Until(t), func() { l.Conn.Close() })
		return
	}
	l.timer.Reset(time.Until(t))
}

func (l *link) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.read.Add(int64(n))
	for i := 0; i < n && !l.spoke(); i++ {
		switch at := l.spelled.Load(); b[i] {
		case hello[at]:
			l.spelled.Store(at + 1)
		case hello[0]:
			l.spelled.Store(1)
		default:
			l.spelled.Store(0)
		}
	}
	return n, err
}

const hello = "SSH-"

// spoke says that the other side introduced itself.
func (l *link) spoke() bool { return l.spelled.Load() == int32(len(hello)) }

func (l *link) Close() error {
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	return l.Conn.Close()
}

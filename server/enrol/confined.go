package enrol

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// What a connection of the enrolment side may use up. Behind it stands anyone who reaches the port, and an enrolment
// takes a few kilobytes and a second.
const (
	confinedBytes = 256 << 10
	confinedLife  = time.Minute
	confinedCount = 500
)

// A confined connection ends when it has had its share.
type confined struct {
	net.Conn
	left   atomic.Int64
	timer  *time.Timer
	closed sync.Once
	leave  func()
}

// confine takes a connection in, if there is room for one more.
func (s *Service) confine(conn net.Conn) (net.Conn, error) {
	if s.anonymous.Add(1) > confinedCount {
		s.anonymous.Add(-1)
		return nil, errors.New("too many connections to enrol at once")
	}
	c := &confined{Conn: conn, leave: func() { s.anonymous.Add(-1) }}
	c.left.Store(confinedBytes)
	c.timer = time.AfterFunc(confinedLife, func() { _ = conn.Close() })
	return c, nil
}

func (c *confined) Read(b []byte) (int, error) {
	if c.left.Load() <= 0 {
		return 0, errors.New("more was sent than an enrolment takes")
	}
	n, err := c.Conn.Read(b)
	c.left.Add(-int64(n))
	return n, err
}

func (c *confined) Close() error {
	c.closed.Do(func() {
		c.timer.Stop()
		c.leave()
	})
	return c.Conn.Close()
}

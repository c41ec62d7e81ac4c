package enrol

import (
	"net"
	"sync"
)

// connections are the open ones, by identity.
type connections struct {
	mu   sync.Mutex
	open map[string]map[*connection]bool
}

func newConnections() *connections {
	return &connections{open: map[string]map[*connection]bool{}}
}

// A connection takes itself off the list when it is closed.
type connection struct {
	net.Conn
	name string
	of   *connections
}

func (c *connection) Close() error {
	c.of.remove(c)
	return c.Conn.Close()
}

func (l *connections) add(name string, conn net.Conn) *connection {
	c := &connection{Conn: conn, name: name, of: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[name] == nil {
		l.open[name] = map[*connection]bool{}
	}
	l.open[name][c] = true
	return c
}

func (l *connections) remove(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open[c.name], c)
	if len(l.open[c.name]) == 0 {
		delete(l.open, c.name)
	}
}

// cut closes every connection of an identity; all that runs over them ends with them.
func (l *connections) cut(name string) {
	l.mu.Lock()
	var doomed []*connection
	for c := range l.open[name] {
		doomed = append(doomed, c)
	}
	l.mu.Unlock()
	for _, c := range doomed {
		_ = c.Close() // it is to be gone, and nobody hears how
	}
}

func (l *connections) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, of := range l.open {
		n += len(of)
	}
	return n
}

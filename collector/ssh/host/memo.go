package host

import (
	"context"
	"errors"
	"os"
	"sync"
)

// memo remembers what was asked for by name. Several that want the same wait for one asking. What was cut short by time is
// not remembered.
type memo[T any] struct {
	mu    sync.Mutex
	cells map[string]*cell[T]
}

type cell[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func (m *memo[T]) get(ctx context.Context, key string, ask func() (T, error)) (T, error) {
	m.mu.Lock()
	c, ok := m.cells[key]
	if !ok {
		if m.cells == nil {
			m.cells = map[string]*cell[T]{}
		}
		c = &cell[T]{done: make(chan struct{})}
		m.cells[key] = c
	}
	m.mu.Unlock()
	if ok {
		select {
		case <-c.done:
			return c.value, c.err
		case <-ctx.Done():
			var none T
			return none, context.Cause(ctx)
		}
	}
	c.value, c.err = ask()
	if passing(c.err) {
		m.mu.Lock()
		delete(m.cells, key)
		m.mu.Unlock()
	}
	close(c.done)
	return c.value, c.err
}

// peek gives what was had whole.
func (m *memo[T]) peek(key string) (value T, ok bool) {
	m.mu.Lock()
	c := m.cells[key]
	m.mu.Unlock()
	if c == nil {
		return value, false
	}
	select {
	case <-c.done:
		return c.value, c.err == nil
	default:
		return value, false
	}
}

// passing says that an error may be another the next time.
func passing(err error) bool {
	var broken *brokenError
	return errors.As(err, &broken) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// brokenError is the end of a source, not of what it was asked for.
type brokenError struct{ error }

func (b *brokenError) Unwrap() error { return b.error }

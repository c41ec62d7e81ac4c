package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/format"
)

// Outlet appends events to a file, one a line: path, max_bytes and keep as for the sink, format and lang as in package format.
type Outlet struct {
	log
	as event.Format
}

// NewOutlet gives one that is not configured yet.
func NewOutlet() event.Outlet { return &Outlet{log: newLog(time.Now)} }

// Configure checks the settings and opens the file.
func (o *Outlet) Configure(_ context.Context, settings map[string]string) error {
	if err := o.close(); err != nil {
		return err
	}
	o.log = newLog(o.now)
	var choice format.Choice
	for name, value := range settings {
		known, err := o.set(name, value)
		if !known && !choice.Set(name, value) {
			err = errors.New("there is no such setting")
		}
		if err != nil {
			return fmt.Errorf("setting %q: %w", name, err)
		}
	}
	var err error
	if o.as, err = choice.Make("event"); err != nil {
		return err
	}
	return o.open()
}

// Send appends the events and accepts them after one fsync.
func (o *Outlet) Send(ctx context.Context, events []*event.Event) (int, error) {
	if o.path == "" {
		return 0, errors.New("the file outlet is not configured")
	}
	return all(ctx, events, o.some)
}

// some appends as many events as belong into the current file, at least one.
func (o *Outlet) some(events []*event.Event) (int, error) {
	room, err := o.room()
	if err != nil {
		return 0, err
	}
	var b []byte
	n := 0
	for n < len(events) && (n == 0 || int64(len(b)) < room) {
		if b, err = o.as.Append(b, events[n]); err != nil {
			return 0, err
		}
		b = append(b, '\n')
		n++
	}
	if err := o.write(b); err != nil {
		return 0, err
	}
	return n, nil
}

// Close closes the file.
func (o *Outlet) Close() error { return o.close() }

// Package stream tells events as lines over TLS or TCP, to receivers that read JSON lines: OCSF if not told otherwise.
package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/format"
	"github.com/plumbline/plumbline/plugins/sink/wire"
)

// Name of the outlet.
const Name = "stream"

// Outlet is a receiver of lines.
type Outlet struct {
	to     wire.Destination
	format event.Format
}

// New gives one that is not configured yet.
func New() event.Outlet { return &Outlet{} }

// Configure checks the settings, which are those of packages wire and format, and reads the certificates.
func (o *Outlet) Configure(_ context.Context, settings map[string]string) error {
	*o = Outlet{}
	var choice format.Choice
	for name, text := range settings {
		known, err := o.to.Set(name, text)
		if err != nil {
			return err
		}
		if !known && !choice.Set(name, text) {
			return fmt.Errorf("setting %q: there is no such setting", name)
		}
	}
	if err := o.to.Ready(); err != nil {
		return err
	}
	var err error
	o.format, err = choice.Make("ocsf")
	return err
}

// Send tells all or, as far as it knows, none.
func (o *Outlet) Send(ctx context.Context, events []*event.Event) (int, error) {
	if o.format == nil {
		return 0, errors.New("the stream outlet is not configured")
	}
	if len(events) == 0 {
		return 0, nil
	}
	records := make([][]byte, 0, len(events))
	for _, e := range events {
		line, err := o.format.Append(nil, e)
		if err != nil {
			return 0, err
		}
		records = append(records, append(line, '\n'))
	}
	if err := o.to.Deliver(ctx, records); err != nil {
		return 0, err
	}
	return len(events), nil
}

// Close ends what is open.
func (o *Outlet) Close() error { return o.to.Close() }

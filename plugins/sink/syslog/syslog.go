// Package syslog tells events to a syslog receiver: RFC 5424 messages whose text is CEF, over TLS (RFC 5425) or TCP (RFC 6587), both with
// octet counting. It does not speak UDP, which loses what it likes, nor the older form of RFC 3164.
package syslog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/plugins/sink/cef"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/format"
	"github.com/plumbline/plumbline/plugins/sink/wire"
)

// Name of the outlet.
const Name = "syslog"

// Settings besides those of package wire.
const (
	// settingFacility is the number of the facility; 13, log audit.
	settingFacility = "facility"
	// settingHost is the name that messages come from; the host's own.
	settingHost = "hostname"
)

const defaultFacility = 13

// Outlet is a syslog receiver.
type Outlet struct {
	to       wire.Destination
	format   event.Format
	facility int
	host     string
}

// New gives one that is not configured yet.
func New() event.Outlet { return &Outlet{} }

// Configure checks the settings and reads the certificates.
func (o *Outlet) Configure(_ context.Context, settings map[string]string) error {
	*o = Outlet{facility: defaultFacility}
	var choice format.Choice
	for name, text := range settings {
		known, err := o.to.Set(name, text)
		switch {
		case known:
		case name == format.Lang:
			choice.Lang = text
		case name == settingFacility:
			if o.facility, err = strconv.Atoi(text); err != nil || o.facility < 0 || o.facility > 23 {
				err = fmt.Errorf("setting %q: want a number from 0 to 23", name)
			}
		case name == settingHost:
			if o.host = text; text == "" || text != headerWord(text, 255) {
				err = fmt.Errorf("setting %q: want a name of visible ASCII characters", name)
			}
		default:
			err = fmt.Errorf("setting %q: there is no such setting", name)
		}
		if err != nil {
			return err
		}
	}
	if o.host == "" {
		name, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("setting %q: the host does not know its name: %w", settingHost, err)
		}
		o.host = headerWord(name, 255)
	}
	if err := o.to.Ready(); err != nil {
		return err
	}
	var err error
	o.format, err = choice.Make("cef")
	return err
}

// headerWord is text as a word of a header: visible ASCII, "-" for nothing.
func headerWord(text string, room int) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return "-"
	}
	return text[:min(len(text), room)]
}

// Send tells all or, as far as it knows, none.
func (o *Outlet) Send(ctx context.Context, events []*event.Event) (int, error) {
	if o.format == nil {
		return 0, errors.New("the syslog outlet is not configured")
	}
	if len(events) == 0 {
		return 0, nil
	}
	records := make([][]byte, 0, len(events))
	for _, e := range events {
		text, err := o.format.Append(o.header(e), e)
		if err != nil {
			return 0, err
		}
		records = append(records, append(append(strconv.AppendInt(nil, int64(len(text)), 10), ' '), text...))
	}
	if err := o.to.Deliver(ctx, records); err != nil {
		return 0, err
	}
	return len(events), nil
}

// Severities of syslog.
const (
	warning = 4
	notice  = 5
	info    = 6
)

// header is all before the text: PRI, version, time, host, program, process, kind, no structured data.
func (o *Outlet) header(e *event.Event) []byte {
	severity := info
	switch s := cef.Severity(e); {
	case s > 5:
		severity = warning
	case s > 1:
		severity = notice
	}
	b := fmt.Appendf(nil, "<%d>1 ", o.facility*8+severity)
	if e.At.IsZero() {
		b = append(b, '-')
	} else {
		b = e.At.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	}
	return fmt.Appendf(b, " %s plumbline - %s - ", o.host, headerWord(string(e.Kind), 32))
}

// Close ends what is open.
func (o *Outlet) Close() error { return o.to.Close() }

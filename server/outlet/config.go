// Package outlet tells receivers outside, such as a SIEM, what becomes of findings: every change as it is committed, and on demand or
// nightly the full state. Runner serves each outlet from the store's feed with a cursor of its own, so that one that is down, slow or
// refuses delays nobody else and loses nothing.
//
// Whatever is told is told at least once, in the order of commits, with an id that is the same when it is told again. How it is written and
// carried are packages of plugins/sink; DESIGN.md has the subtle points. It judges nothing and keeps nothing but what the store keeps.
package outlet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/file"
	"github.com/plumbline/plumbline/plugins/sink/kafka"
	"github.com/plumbline/plumbline/plugins/sink/stream"
	"github.com/plumbline/plumbline/plugins/sink/syslog"
	"github.com/plumbline/plumbline/plugins/sink/webhook"
)

// Config is one outlet, as the operator names it.
type Config struct {
	// Name is the operator's; how far it has come is kept under it.
	Name string `yaml:"name"`
	// Kind is syslog, stream, webhook, kafka or file.
	Kind string `yaml:"kind"`
	// Settings are those of the kind; its README lists them.
	Settings map[string]string `yaml:"settings"`
	// FullAt is HH:MM by the server's clock: when to tell the full state each night; empty for never.
	FullAt string `yaml:"full_at"`
}

// makers are the kinds.
var makers = map[string]func() event.Outlet{
	syslog.Name: syslog.New, stream.Name: stream.New, webhook.Name: webhook.New, kafka.Name: kafka.New, file.Name: file.NewOutlet,
}

// Kinds are the words for them.
const kinds = "syslog, stream, webhook, kafka, file"

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// Check says all that is wrong with the outlets, but for their settings.
func Check(list []Config) error {
	var wrong []error
	seen := map[string]bool{}
	for i, c := range list {
		say := func(format string, args ...any) {
			wrong = append(wrong, fmt.Errorf("outlets[%d] %s: %w", i, c.Name, fmt.Errorf(format, args...)))
		}
		if !name.MatchString(c.Name) {
			say("name: want 1 to 63 of a-z, 0-9, dot, dash and underline, not %q", c.Name)
		}
		if seen[c.Name] {
			say("name: there is another one of this name")
		}
		seen[c.Name] = true
		if makers[c.Kind] == nil {
			say("kind: want one of %s, not %q", kinds, c.Kind)
		}
		if _, err := time.Parse("15:04", c.FullAt); c.FullAt != "" && err != nil {
			say("full_at: want HH:MM, not %q", c.FullAt)
		}
	}
	return errors.Join(wrong...)
}

// Open makes the outlet and gives it its settings. It reaches nobody.
func (c Config) Open(ctx context.Context) (event.Outlet, error) {
	made := makers[c.Kind]
	if made == nil {
		return nil, fmt.Errorf("outlet %s: kind: want one of %s, not %q", c.Name, kinds, c.Kind)
	}
	o := made()
	if err := o.Configure(ctx, c.Settings); err != nil {
		return nil, fmt.Errorf("outlet %s: %w", c.Name, err)
	}
	return o, nil
}

// Try sends one event of kind Test and says whether the receiver has it. A file may be open in a running server: its test is written
// beside it and removed.
func (c Config) Try(ctx context.Context, now time.Time, version string) (err error) {
	if c.Kind == file.Name {
		c.Settings = maps.Clone(c.Settings)
		c.Settings["path"] += ".test"
		defer func() {
			if err == nil {
				err = os.Remove(c.Settings["path"])
			}
		}()
	}
	o, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	n, err := o.Send(ctx, []*event.Event{{ID: event.ID(string(event.Test), c.Name, now.String()), Kind: event.Test, At: now, Program: version}})
	if err == nil && n != 1 {
		err = errNothing
	}
	if err != nil {
		return fmt.Errorf("outlet %s: %w", c.Name, err)
	}
	return nil
}

var errNothing = errors.New("it took nothing and does not say why")

// due says whether the time of day has come since the last.
func due(fullAt string, last, now time.Time) bool {
	at, err := time.Parse("15:04", fullAt)
	if err != nil || strings.TrimSpace(fullAt) == "" {
		return false
	}
	latest := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, now.Location())
	if latest.After(now) {
		latest = latest.AddDate(0, 0, -1)
	}
	return last.Before(latest)
}

// Package plugins starts drivers and sinks that are programs of their own and keeps them in their place: a program is named by an
// absolute path and the SHA-256 of its content, is started from a sealed copy of exactly the bytes that were hashed, gets
// no environment of ours, speaks gRPC over mutual TLS only, and ends when we do. A driver may ask only commands that the
// operator approved in the configuration. A sink may besides be one of the program's own, which then starts itself; a program
// that is root starts its sinks as another user, because the one that opens sockets is not root.
//
// Loading is all or nothing. The package does not know what drivers and sinks are for (see driver and sink) and holds no list of
// built-in ones.
package plugins

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// MaxProgram is the largest program that is started as a plugin, in bytes.
const MaxProgram = 256 << 20

// StartTimeout bounds how long a plugin may take to answer for the first time.
const StartTimeout = 15 * time.Second

// Config is one external driver, as the operator names it.
type Config struct {
	// Name under which the driver must describe itself.
	Name string
	// Path of the program, absolute.
	Path string
	// SHA256 of the program, 64 hex digits. There is no way to leave it out.
	SHA256 string
	// Commands that it may have typed, exactly: its questions, what it types when a session opens, raises its privilege or ends, and
	// its answers to login dialogues. What it lists beyond these refuses it.
	Commands []string
}

// Drivers are running external drivers.
type Drivers struct {
	Drivers []driver.Driver
	clients []*process
}

// Load starts every configured driver. If one cannot be started or does not keep to its configuration, none is left
// running. log receives what the programs write to stderr, a line each.
func Load(ctx context.Context, configs []Config, log io.Writer) (*Drivers, error) {
	d := &Drivers{}
	for _, c := range configs {
		if err := d.add(ctx, c, log); err != nil {
			d.Close()
			return nil, fmt.Errorf("driver %s: %w", c.Name, err)
		}
	}
	return d, nil
}

// Close ends every driver and waits for it.
func (d *Drivers) Close() {
	for _, p := range d.clients {
		p.close()
	}
	d.clients, d.Drivers = nil, nil
}

func (d *Drivers) add(ctx context.Context, c Config, log io.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	program, err := pinned(c.Path, c.SHA256)
	if err != nil {
		return err
	}
	p, got, err := start[driver.Driver](launch{
		program: program, handshake: driver.Handshake, name: driver.PluginName, carrier: &driver.Plugin{}, maxMessage: driver.MaxMessage,
	}, log)
	if err != nil {
		return err
	}
	d.clients = append(d.clients, p)
	desc := got.Describe()
	if desc.GetName() != c.Name {
		return fmt.Errorf("%s calls itself %q", c.Path, desc.GetName())
	}
	for _, word := range typed(desc) {
		if !slices.Contains(c.Commands, word) {
			return fmt.Errorf("%s wants to type %q, which is not among the approved commands", c.Path, word)
		}
	}
	d.Drivers = append(d.Drivers, got)
	return nil
}

// typed is everything that a driver's description may have typed on a device, but the pager's key, which is a single one.
func typed(d *pluginpb.DescribeResponse) []string {
	words := slices.Concat(d.GetCommands(), d.GetDialect().GetOnOpen(), []string{d.GetDialect().GetRaiseCommand(), d.GetDialect().GetLogout()})
	for _, q := range d.GetDialect().GetDialogues() {
		words = append(words, q.GetAnswer())
	}
	if key := d.GetDialect().GetPagerKey(); len(key) > 1 {
		words = append(words, key)
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

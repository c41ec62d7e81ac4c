// Package plugins starts drivers that are programs of their own and keeps them in their place: a program is named by an
// absolute path and the SHA-256 of its content, is started from a sealed copy of exactly the bytes that were hashed, gets
// no environment of ours, speaks gRPC over mutual TLS only, and ends when we do. A driver may ask only commands that the
// operator approved in the configuration.
//
// Loading is all or nothing. The package does not know what drivers are for (see driver) and holds no list of built-in
// ones (see driver/all).
package plugins

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

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
	switch {
	case !filepath.IsAbs(c.Path):
		return fmt.Errorf("path %q is not absolute", c.Path)
	case len(c.SHA256) != 64:
		return fmt.Errorf("sha256 of %s is missing or not 64 hex digits (sha256sum %s prints it)", c.Path, c.Path)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p, got, err := start(c, log)
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

// A process is a running plugin. It is started and ended by one goroutine that keeps its thread: on Linux the plugin
// dies with the thread that started it (PR_SET_PDEATHSIG), which must therefore live as long as the plugin should.
type process struct {
	stop chan struct{}
	done chan struct{}
}

func (p *process) close() {
	close(p.stop)
	<-p.done
}

func start(c Config, log io.Writer) (*process, driver.Driver, error) {
	program, err := seal(c.Path, strings.ToLower(c.SHA256))
	if err != nil {
		return nil, nil, err
	}
	type started struct {
		d   driver.Driver
		err error
	}
	p := &process{stop: make(chan struct{}), done: make(chan struct{})}
	result := make(chan started)
	go func() {
		runtime.LockOSThread()
		defer close(p.done)
		defer func() { _ = program.Close() }()
		client := plugin.NewClient(&plugin.ClientConfig{
			HandshakeConfig:  driver.Handshake,
			Plugins:          plugin.PluginSet{driver.PluginName: &driver.Plugin{}},
			Cmd:              command(program),
			AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
			AutoMTLS:         true,
			SkipHostEnv:      true,
			StartTimeout:     StartTimeout,
			Stderr:           log,
			SyncStdout:       io.Discard,
			SyncStderr:       log,
			Logger:           hclog.NewNullLogger(),
			GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
				grpc.MaxCallRecvMsgSize(driver.MaxMessage), grpc.MaxCallSendMsgSize(driver.MaxMessage))},
		})
		defer client.Kill()
		d, err := dispense(client)
		result <- started{d, err}
		if err == nil {
			<-p.stop
		}
	}()
	r := <-result
	if r.err != nil {
		<-p.done
		return nil, nil, fmt.Errorf("start %s: %w", c.Path, r.err)
	}
	return p, r.d, nil
}

func dispense(client *plugin.Client) (driver.Driver, error) {
	conn, err := client.Client()
	if err != nil {
		return nil, err
	}
	raw, err := conn.Dispense(driver.PluginName)
	if err != nil {
		return nil, err
	}
	d, ok := raw.(driver.Driver)
	if !ok {
		return nil, errors.New("it is not a driver")
	}
	return d, nil
}

// command starts a sealed program without arguments, environment or inherited files, in the root folder.
func command(program *sealed) *exec.Cmd {
	cmd := exec.Command(program.path) //nolint:gosec,noctx // the sealed copy of what the operator pinned; close ends it
	cmd.Args = []string{program.name}
	cmd.Env = []string{}
	cmd.Dir = "/"
	confine(cmd)
	return cmd
}

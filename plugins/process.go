package plugins

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// endTimeout is how long a plugin may take to end.
const endTimeout = time.Second

// A program can be started as a plugin.
type program interface {
	// path starts it from within this process, name is what it is called.
	paths() (path, name string)
	io.Closer
}

func (s *sealed) paths() (path, name string) { return s.path, s.name }

// pinned seals a program that the configuration names.
func pinned(path, sha256 string) (*sealed, error) {
	if !isDigest(sha256) {
		return nil, fmt.Errorf("sha256 of %s is missing or not 64 hex digits (sha256sum %s prints it)", path, path)
	}
	if err := trusted(path); err != nil {
		return nil, err
	}
	return seal(path, strings.ToLower(sha256))
}

// A launch is what start must know of a plugin.
type launch struct {
	program    program
	args       []string
	as         *Identity
	handshake  plugin.HandshakeConfig
	name       string
	carrier    plugin.Plugin
	maxMessage int
}

// A process is a running plugin. It is started and ended by one goroutine that keeps its thread: on Linux the plugin
// dies with the thread that started it (PR_SET_PDEATHSIG), which must therefore live as long as the plugin should.
type process struct {
	client *plugin.Client
	stop   chan struct{}
	done   chan struct{}
}

func (p *process) close() {
	close(p.stop)
	<-p.done
}

// start starts a program as a plugin and gives what it serves. It gives the program back.
func start[T any](l launch, log io.Writer) (*process, T, error) {
	type started struct {
		served T
		err    error
	}
	p := &process{stop: make(chan struct{}), done: make(chan struct{})}
	result := make(chan started)
	go func() {
		runtime.LockOSThread()
		defer close(p.done)
		defer func() { _ = l.program.Close() }()
		sockets, err := socketDir(l.as)
		if err != nil {
			result <- started{err: err}
			return
		}
		defer os.RemoveAll(sockets) //nolint:errcheck // nobody is left who could be told
		cmd := command(l, sockets)
		p.client = plugin.NewClient(&plugin.ClientConfig{
			HandshakeConfig:  l.handshake,
			Plugins:          plugin.PluginSet{l.name: l.carrier},
			Cmd:              cmd,
			AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
			AutoMTLS:         true,
			SkipHostEnv:      true,
			StartTimeout:     StartTimeout,
			Stderr:           log,
			SyncStdout:       io.Discard,
			SyncStderr:       log,
			Logger:           hclog.NewNullLogger(),
			GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
				grpc.MaxCallRecvMsgSize(l.maxMessage), grpc.MaxCallSendMsgSize(l.maxMessage))},
		})
		defer end(p.client, cmd)
		served, err := dispense[T](p.client, l.name)
		result <- started{served, err}
		if err == nil {
			<-p.stop
		}
	}()
	r := <-result
	if r.err != nil {
		<-p.done
		_, name := l.program.paths()
		return nil, r.served, fmt.Errorf("start %s: %w", name, r.err)
	}
	return p, r.served, nil
}

// end asks the plugin to end, and ends it if it does not: a stopped process would keep who asks waiting for ever.
func end(client *plugin.Client, cmd *exec.Cmd) {
	late := time.AfterFunc(endTimeout, func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill() // it may have ended meanwhile
		}
	})
	defer late.Stop()
	client.Kill()
}

func dispense[T any](client *plugin.Client, name string) (served T, err error) {
	conn, err := client.Client()
	if err != nil {
		return served, err
	}
	raw, err := conn.Dispense(name)
	if err != nil {
		return served, err
	}
	served, ok := raw.(T)
	if !ok {
		return served, errors.New("it does not serve a " + name)
	}
	return served, nil
}

// socketDir makes the folder in which the plugin listens. It is the plugin's and nobody else's, and goes when the plugin ends,
// however it ends.
func socketDir(as *Identity) (string, error) {
	dir, err := os.MkdirTemp("", "plumbline-plugin-")
	if err != nil {
		return "", err
	}
	if as != nil {
		if err := os.Chown(dir, int(as.UID), int(as.GID)); err != nil {
			return "", errors.Join(err, os.Remove(dir))
		}
	}
	return dir, nil
}

// command starts a program without our environment or inherited files, in the root folder.
func command(l launch, sockets string) *exec.Cmd {
	path, name := l.program.paths()
	cmd := exec.Command(path) //nolint:gosec,noctx // what the operator pinned, or ourselves; close ends it
	cmd.Args = append([]string{name}, l.args...)
	cmd.Env = []string{plugin.EnvUnixSocketDir + "=" + sockets}
	cmd.Dir = "/"
	confine(cmd, l.as)
	return cmd
}

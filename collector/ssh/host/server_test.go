package host

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// server is an SSH server in this process that runs what it is told as some user, as sshd would, writes down every line, and
// misbehaves on request.
type server struct {
	// uid to run things as.
	uid uint32
	// shell is the login shell; "": /bin/sh.
	shell string
	// env is the session's environment.
	env []string
	// sftp serves the subsystem; nil refuses it.
	sftp func(ssh.Channel)
	// exec serves a command instead of the shell if it returns true.
	exec func(line string, ch ssh.Channel) bool

	mu    sync.Mutex
	lines []string
	ended chan struct{}
	wg    sync.WaitGroup
}

// realSFTP runs the SFTP server of Debian.
func (s *server) realSFTP(ch ssh.Channel) { s.run(ch, "/usr/lib/openssh/sftp-server") }

func (s *server) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

// connect starts the server and gives a client of it.
func (s *server) connect(t testing.TB) *ssh.Client {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.ended = make(chan struct{})
	s.wg.Go(func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		conn, channels, requests, err := ssh.NewServerConn(c, config)
		if err != nil {
			c.Close()
			return
		}
		go ssh.DiscardRequests(requests)
		for n := range channels {
			ch, requests, err := n.Accept()
			if err != nil {
				break
			}
			s.wg.Go(func() { s.session(ch, requests) })
		}
		conn.Close()
	})
	client, err := ssh.Dial("tcp", l.Addr().String(), &ssh.ClientConfig{User: "x", HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(s.ended)
		client.Close()
		s.wg.Wait()
	})
	return client
}

func (s *server) session(ch ssh.Channel, requests <-chan *ssh.Request) {
	for r := range requests {
		var text struct{ Value string }
		if (r.Type != "exec" && r.Type != "subsystem") || ssh.Unmarshal(r.Payload, &text) != nil {
			_ = r.Reply(false, nil)
			continue
		}
		line := text.Value
		if r.Type == "subsystem" {
			line = "subsystem " + line
		}
		s.mu.Lock()
		s.lines = append(s.lines, line)
		s.mu.Unlock()
		if r.Type == "subsystem" && s.sftp == nil {
			_ = r.Reply(false, nil)
			continue
		}
		_ = r.Reply(true, nil)
		s.wg.Go(func() {
			defer ch.Close()
			switch {
			case r.Type == "subsystem":
				s.sftp(ch)
			case s.exec != nil && s.exec(text.Value, ch):
			default:
				shell := s.shell
				if shell == "" {
					shell = "/bin/sh"
				}
				s.run(ch, shell, "-c", text.Value)
			}
		})
	}
}

// run runs a program on a channel and says how it ended.
func (s *server) run(ch ssh.Channel, words ...string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env, cmd.Dir = append([]string{"PATH=/usr/bin:/bin"}, s.env...), "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: s.uid, Gid: s.uid}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	cmd.Stdout, cmd.Stderr = ch, ch.Stderr()
	if cmd.Start() != nil {
		return
	}
	go func() { _, _ = io.Copy(stdin, ch); stdin.Close() }()
	err = cmd.Wait()
	var exit *exec.ExitError
	status := uint32(0)
	if errors.As(err, &exit) {
		status = uint32(exit.ExitCode())
	}
	exited(ch, status)
}

func exited(ch ssh.Channel, status uint32) {
	_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
}

// nobody is a user without any right.
const nobody = 65534

// asNobody skips what only root can try.
func asNobody(t testing.TB) uint32 {
	t.Helper()
	if os.Geteuid() != 0 {
		return uint32(os.Geteuid()) // we have no rights ourselves
	}
	return nobody
}

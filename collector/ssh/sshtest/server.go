package sshtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// A Server is a running fake device.
type Server struct {
	Addr    string
	HostKey ssh.PublicKey

	device   Device
	listener net.Listener
	config   *ssh.ServerConfig
	closing  chan struct{}
	work     sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	attempts []Attempt
	sessions []*session
	open     int
	peak     int
	running  string // the configuration as far as it was changed
	wrong    []string
	accepted atomic.Int64
}

// An Attempt is a login, or the raising of privilege, that a client tried.
type Attempt struct {
	User, Method string
	// Secret says that a secret or a signature was sent, OK that it was accepted.
	Secret, OK bool
}

// Start runs a fake device until the test ends.
func Start(t testing.TB, d Device) *Server {
	t.Helper()
	s, err := Listen(d)
	if err != nil {
		t.Fatalf("fake device: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Listen runs a fake device until Close.
func Listen(d Device) (*Server, error) {
	d = d.filled()
	s := &Server{device: d, closing: make(chan struct{}), conns: map[net.Conn]bool{}}
	signer := d.HostKey
	if signer == nil {
		var err error
		if signer, err = newKey(d.Legacy); err != nil {
			return nil, err
		}
	}
	s.HostKey = signer.PublicKey()
	s.config = s.serverConfig(signer)
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.Addr = s.listener.Addr().String()
	s.work.Go(s.accept)
	return s, nil
}

func newKey(old bool) (ssh.Signer, error) {
	if old {
		key, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			return nil, err
		}
		return ssh.NewSignerFromKey(key)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(key)
}

// Close ends the device and all that is connected to it.
func (s *Server) Close() error {
	s.mu.Lock()
	select {
	case <-s.closing:
		s.mu.Unlock()
		return nil
	default:
	}
	close(s.closing)
	err := s.listener.Close()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
	return err
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.accepted.Add(1)
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.work.Go(func() {
			defer func() {
				c.Close()
				s.mu.Lock()
				delete(s.conns, c)
				s.mu.Unlock()
			}()
			s.serve(c)
		})
		select { // a connection that came while closing
		case <-s.closing:
			c.Close()
		default:
		}
	}
}

func (s *Server) serve(c net.Conn) {
	if s.beforeSSH(c) {
		return
	}
	stuck := &stuckConn{Conn: c, closing: s.closing, stuck: make(chan struct{})}
	config := *s.config
	s.hostileLogin(&config, c)
	conn, channels, requests, err := ssh.NewServerConn(stuck, &config)
	if err != nil {
		return
	}
	defer conn.Close()
	s.work.Go(func() { ssh.DiscardRequests(requests) })
	for nc := range channels {
		switch {
		case nc.ChannelType() == "direct-tcpip" && s.device.Forward:
			s.work.Go(func() { s.forward(nc) })
		case nc.ChannelType() != "session" || s.device.Hostile == RefuseChannel:
			_ = nc.Reject(ssh.Prohibited, "not here")
		case !s.enter():
			_ = nc.Reject(ssh.ResourceShortage, "too many sessions")
		default:
			ch, reqs, err := nc.Accept()
			if err != nil {
				s.leave()
				continue
			}
			s.work.Go(func() {
				defer ch.Close()
				defer s.leave() // before the client hears of it and looks
				s.session(ch, reqs, stuck)
			})
		}
	}
}

func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.device.MaxSessions > 0 && s.open >= s.device.MaxSessions {
		return false
	}
	s.open++
	s.peak = max(s.peak, s.open)
	return true
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

// forward connects a client onwards.
func (s *Server) forward(nc ssh.NewChannel) {
	var to struct {
		Host     string
		Port     uint32
		FromHost string
		FromPort uint32
	}
	if err := ssh.Unmarshal(nc.ExtraData(), &to); err != nil {
		_ = nc.Reject(ssh.ConnectionFailed, "unreadable")
		return
	}
	c, err := net.DialTimeout("tcp", net.JoinHostPort(to.Host, fmt.Sprint(to.Port)), 5*time.Second)
	if err != nil {
		_ = nc.Reject(ssh.ConnectionFailed, "no route")
		return
	}
	defer c.Close()
	ch, reqs, err := nc.Accept()
	if err != nil {
		return
	}
	defer ch.Close()
	s.work.Go(func() { ssh.DiscardRequests(reqs) })
	s.work.Go(func() {
		_, _ = io.Copy(c, ch)
		c.Close()
	})
	_, _ = io.Copy(ch, c)
}

var errWrong = errors.New("wrong")

func (s *Server) attempt(user, method string, secret, ok bool) error {
	s.mu.Lock()
	s.attempts = append(s.attempts, Attempt{user, method, secret, ok})
	s.mu.Unlock()
	if !ok {
		return errWrong
	}
	return nil
}

func (s *Server) serverConfig(signer ssh.Signer) *ssh.ServerConfig {
	d := s.device
	c := &ssh.ServerConfig{ServerVersion: "SSH-2.0-Fake"}
	c.AddHostKey(signer)
	if d.Banner != "" {
		c.BannerCallback = func(ssh.ConnMetadata) string { return d.Banner }
	}
	if d.Legacy {
		c.KeyExchanges = []string{ssh.InsecureKeyExchangeDH14SHA1, ssh.InsecureKeyExchangeDH1SHA1}
		c.Ciphers = []string{ssh.InsecureCipherAES128CBC, ssh.InsecureCipherTripleDESCBC}
		c.MACs = []string{ssh.InsecureHMACSHA196}
	}
	further := func(ok bool) error {
		if !ok || d.Second == "" {
			return nil
		}
		return &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{
			KeyboardInteractiveCallback: s.interact, PasswordCallback: nil,
		}}
	}
	for _, m := range d.Methods {
		switch m {
		case "none":
			c.NoClientAuth = true
		case "password":
			c.PasswordCallback = func(m ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
				ok := m.User() == d.User && string(password) == d.Password
				if err := s.attempt(m.User(), "password", true, ok); err != nil {
					return nil, err
				}
				return nil, further(ok)
			}
		case "keyboard-interactive":
			c.KeyboardInteractiveCallback = s.interact
		case "publickey":
			c.PublicKeyCallback = s.publicKey
		}
	}
	return c
}

func (s *Server) interact(m ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
	for _, c := range s.device.Challenges {
		answers, err := ask("", "", []string{c.Question}, []bool{c.Echo})
		if err != nil || len(answers) != 1 {
			return nil, errWrong
		}
		if err := s.attempt(m.User(), "keyboard-interactive", true, answers[0] == c.Answer && m.User() == s.device.User); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (s *Server) publicKey(m ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	ok := slices.ContainsFunc(s.device.Keys, func(k ssh.PublicKey) bool { return bytes.Equal(k.Marshal(), key.Marshal()) })
	if s.device.CA != nil {
		checker := ssh.CertChecker{IsUserAuthority: func(a ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), s.device.CA.Marshal()) }}
		if _, err := checker.Authenticate(m, key); err == nil {
			ok = true
		}
	}
	return nil, s.attempt(m.User(), "publickey", true, ok && m.User() == s.device.User)
}

// Accepted counts the connections that came.
func (s *Server) Accepted() int { return int(s.accepted.Load()) }

// Attempts are all logins and raisings of privilege that were tried.
func (s *Server) Attempts() []Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.attempts)
}

// Failures counts the refused ones of an account; the account of the raise command is "raise".
func (s *Server) Failures(user string) int {
	n := 0
	for _, a := range s.Attempts() {
		if a.User == user && !a.OK {
			n++
		}
	}
	return n
}

// OpenSessions counts the terminals that are open, PeakSessions the most there ever were at a time.
func (s *Server) OpenSessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// PeakSessions counts the most terminals that were open at a time.
func (s *Server) PeakSessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}

// Received is every byte that was typed in any terminal, session after session.
func (s *Server) Received() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []byte
	for _, x := range s.sessions {
		all = append(all, x.received...)
	}
	return all
}

// Lines are the lines that were typed at a prompt.
func (s *Server) Lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, x := range s.sessions {
		all = append(all, x.lines...)
	}
	return all
}

// Sessions counts the terminals there ever were, Logouts those that ended by a logout.
func (s *Server) Sessions() (sessions, logouts int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		if x.loggedOut {
			logouts++
		}
	}
	return len(s.sessions), logouts
}

// Wrong are the answers given to dialogues that were not the safe ones, and the lines that were not commands.
func (s *Server) Wrong() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.wrong)
}

// Digest is a fingerprint of the running configuration: any command that would change it changes the fingerprint.
func (s *Server) Digest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256([]byte(s.device.Answers[s.device.Config] + "\x00" + s.running))
	return fmt.Sprintf("%x", sum[:8])
}

// Configured says what was typed that would have changed the configuration.
func (s *Server) Configured() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.FieldsFunc(s.running, func(r rune) bool { return r == '\n' })
}

package ssh

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/collector/vault"
)

// newKey makes a key pair and its PEM.
func newKey(t testing.TB) (ssh.Signer, vault.Secret) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	return signer, vault.NewSecret(string(pem.EncodeToMemory(block)))
}

// S5: whatever the device offers, a dial makes at most one attempt, and none if nothing fits.
func TestS5OneAttempt(t *testing.T) {
	signer, private := newKey(t)
	other, _ := newKey(t)
	wrong := &vault.Credential{User: "admin", Password: vault.NewSecret("nope")}
	right := admin()
	keyed := &vault.Credential{User: "admin", PrivateKey: private, Password: vault.NewSecret("nope")}
	keyOnly := &vault.Credential{User: "admin", PrivateKey: private}
	both := []string{"password", "keyboard-interactive"}
	all := []string{"password", "keyboard-interactive", "publickey"}
	for _, c := range []struct {
		name       string
		device     sshtest.Device
		credential *vault.Credential
		err        error
		method     string
		failures   int
	}{
		{"password right", sshtest.Device{}, right, nil, "password", 0},
		{"password wrong", sshtest.Device{}, wrong, ErrRefused, "", 1},
		{"both offered, right", sshtest.Device{Methods: both}, right, nil, "password", 0},
		{"both offered, wrong", sshtest.Device{Methods: both}, wrong, ErrRefused, "", 1},
		{"keyboard right", sshtest.Device{Methods: both[1:]}, right, nil, "keyboard-interactive", 0},
		{"keyboard wrong", sshtest.Device{Methods: both[1:]}, wrong, ErrRefused, "", 1},
		{"keyboard asks twice", sshtest.Device{Methods: both[1:], Challenges: []sshtest.Challenge{{Question: "Password:", Answer: "Pa55-word"}, {Question: "Password:", Answer: "x"}}}, right, ErrRefused, "", 0},
		{"one-time code", sshtest.Device{Methods: both[1:], Challenges: []sshtest.Challenge{{Question: "One-time password: ", Answer: "1"}}}, right, ErrMFA, "", 0},
		{"code shown", sshtest.Device{Methods: both[1:], Challenges: []sshtest.Challenge{{Question: "Password: ", Echo: true, Answer: "1"}}}, right, ErrMFA, "", 0},
		{"chinese code", sshtest.Device{Methods: both[1:], Challenges: []sshtest.Challenge{{Question: "请输入动态口令:", Answer: "1"}}}, right, ErrMFA, "", 0},
		{"chinese password", sshtest.Device{Methods: both[1:], Challenges: []sshtest.Challenge{{Question: "请输入密码:", Answer: "Pa55-word"}}}, right, nil, "keyboard-interactive", 0},
		{"password, then code", sshtest.Device{Methods: both[1:], Challenges: []sshtest.Challenge{{Question: "Password:", Answer: "Pa55-word"}, {Question: "Verification code:", Answer: "1"}}}, right, ErrMFA, "", 0},
		{"new password", sshtest.Device{Methods: both[1:], Challenges: []sshtest.Challenge{{Question: "New password:", Answer: "1"}}}, right, ErrPasswordChange, "", 0},
		{"second method", sshtest.Device{Second: "keyboard-interactive"}, right, ErrMFA, "", 0},
		{"key right", sshtest.Device{Methods: all, Keys: []ssh.PublicKey{signer.PublicKey()}}, keyed, nil, "publickey", 0},
		{"key wrong", sshtest.Device{Methods: all, Keys: []ssh.PublicKey{other.PublicKey()}}, keyed, ErrRefused, "", 1},
		{"key not offered, password wrong", sshtest.Device{Methods: both}, keyed, ErrRefused, "", 1},
		{"only a key, passwords offered", sshtest.Device{Methods: both}, keyOnly, ErrNoMethod, "", 0},
		{"only a password, keys offered", sshtest.Device{Methods: all[2:]}, right, ErrNoMethod, "", 0},
		{"nobody is asked", sshtest.Device{Methods: []string{"none", "password"}}, right, nil, "none", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sshtest.Start(t, c.device)
			config := configFor(s)
			config.Credential = c.credential
			conn, err := Dial(t.Context(), config)
			if !errors.Is(err, c.err) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			if err == nil {
				if m := conn.Negotiated().Method; m != c.method {
					t.Errorf("method %s, want %s", m, c.method)
				}
				conn.Close()
			}
			var failed *DialError
			if errors.As(err, &failed) && failed.Attempted != (c.failures > 0) && !errors.Is(err, ErrMFA) && !errors.Is(err, ErrRefused) {
				t.Errorf("attempted = %v", failed.Attempted)
			}
			if n := s.Failures("admin"); n != c.failures {
				t.Errorf("%d failures on the device, want %d: %v", n, c.failures, s.Attempts())
			}
			if n := s.Accepted(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// C3: a target with another key, or with one that nobody pinned, hears no login at all.
func TestC3RogueKey(t *testing.T) {
	honest := sshtest.Start(t, sshtest.Device{})
	rogue := sshtest.Start(t, sshtest.Device{Methods: []string{"none", "password", "keyboard-interactive"}})
	old := sshtest.Start(t, sshtest.Device{Legacy: true})
	for _, c := range []struct {
		name   string
		server *sshtest.Server
		keys   HostKeys
		err    error
	}{
		{"changed", rogue, pinned{honest.HostKey}, ErrChangedKey},
		{"changed to another kind", rogue, pinned{old.HostKey}, ErrChangedKey},
		{"unknown", rogue, strict{}, ErrUnknownKey},
		{"nothing to check by", rogue, nil, ErrUnknownKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := configFor(c.server)
			config.HostKeys = c.keys
			_, err := Dial(t.Context(), config)
			if !errors.Is(err, c.err) {
				t.Errorf("got %v, want %v", err, c.err)
			}
			var failed *DialError
			if !errors.As(err, &failed) || failed.Attempted {
				t.Errorf("no DialError without attempt: %v", err)
			}
			if c.name == "unknown" && failed.Fingerprint != ssh.FingerprintSHA256(rogue.HostKey) {
				t.Errorf("fingerprint %q", failed.Fingerprint)
			}
			if a := c.server.Attempts(); len(a) != 0 {
				t.Errorf("the rogue heard %v", a)
			}
		})
	}
}

// Old devices are reached by their profile only, and it tells.
func TestLegacyAlgorithms(t *testing.T) {
	s := sshtest.Start(t, sshtest.Device{Legacy: true})
	c := configFor(s)
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrAlgorithms) {
		t.Errorf("modern: %v", err)
	}
	c.Algorithms = Legacy
	conn, err := Dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	n := conn.Negotiated()
	if !n.Weak || len(n.WeakAlgorithms) < 3 || n.Fingerprint != ssh.FingerprintSHA256(s.HostKey) || n.ServerVersion != "SSH-2.0-Fake" {
		t.Errorf("negotiated %+v", n)
	}
	modern := sshtest.Start(t, sshtest.Device{Banner: "keep out\n"})
	strong, err := Dial(t.Context(), configFor(modern))
	if err != nil {
		t.Fatal(err)
	}
	defer strong.Close()
	if n := strong.Negotiated(); n.Weak || n.KeyExchange == "" || n.CipherIn == "" {
		t.Errorf("negotiated %+v", n)
	}
	if strong.Banner() != "keep out\n" {
		t.Errorf("banner %q", strong.Banner())
	}
}

// Jump hosts are logged in to like targets, each with its own key and credential.
func TestJumpHosts(t *testing.T) {
	outer := sshtest.Start(t, sshtest.Device{Forward: true})
	inner := sshtest.Start(t, sshtest.Device{Forward: true, User: "hop", Password: "hop-pass"})
	target := sshtest.Start(t, sshtest.Device{Answers: map[string]string{showVersion: "V5\n"}})
	hop := configFor(inner)
	hop.Credential = &vault.Credential{User: "hop", Password: vault.NewSecret("hop-pass")}
	c := configFor(target)
	c.Jump = []Config{configFor(outer), hop}
	term := open(t, c, sshtest.VRP().Describe(showConfig, showVersion))
	if ans := ask(t, term, showVersion); string(ans.GetBody()) != "V5\n" || !ans.GetComplete() {
		t.Errorf("answer %v", ans)
	}
	if inner.Accepted() != 1 || outer.Accepted() != 1 {
		t.Errorf("hops: %d, %d", outer.Accepted(), inner.Accepted())
	}
	// A silent host behind a jump host ends in time, although the connection through it knows no deadline.
	silent := sshtest.Start(t, sshtest.Device{Hostile: sshtest.SilentAccept})
	c = configFor(silent)
	c.Jump, c.Limits = []Config{configFor(outer)}, Limits{Handshake: 300 * time.Millisecond}
	start := time.Now()
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrUnreachable) || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	// A jump host whose key changed hears no login, and the target nothing.
	c = configFor(target)
	swapped := configFor(outer)
	swapped.HostKeys = pinned{inner.HostKey}
	c.Jump = []Config{swapped}
	before := target.Accepted()
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrChangedKey) || target.Accepted() != before {
		t.Errorf("%v", err)
	}
}

func TestDialErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	s := sshtest.Start(t, sshtest.Device{})
	c := configFor(s)
	c.Address = closed
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrUnreachable) {
		t.Errorf("closed port: %v", err)
	}
	c = configFor(s)
	c.Credential = nil
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrCredential) {
		t.Errorf("no credential: %v", err)
	}
	c.Credential = &vault.Credential{User: "admin", PrivateKey: vault.NewSecret("garbage")}
	if _, err := Dial(t.Context(), c); !errors.Is(err, ErrCredential) || s.Accepted() != 0 {
		t.Errorf("bad key: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	silent := sshtest.Start(t, sshtest.Device{Hostile: sshtest.SilentAccept})
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	if _, err := Dial(ctx, configFor(silent)); !errors.Is(err, context.Canceled) || time.Since(start) > 2*time.Second {
		t.Errorf("cancelled: %v after %v", err, time.Since(start))
	}
}

// S3: a wrong password costs each device one failure, and a wrong raise password one.
func TestS3WrongPassword(t *testing.T) {
	for range 50 {
		s := sshtest.Start(t, sshtest.Device{Methods: []string{"password", "keyboard-interactive"}})
		c := configFor(s)
		c.Credential = &vault.Credential{User: "admin", Password: vault.NewSecret("nope")}
		if _, err := Dial(t.Context(), c); !errors.Is(err, ErrRefused) {
			t.Fatalf("got %v", err)
		}
		if n := s.Failures("admin"); n != 1 {
			t.Fatalf("%d failures", n)
		}
	}
	for _, p := range []sshtest.Personality{sshtest.IOS(), sshtest.VRP()} {
		for tries := 1; tries <= 3; tries += 2 {
			s := sshtest.Start(t, sshtest.Device{Personality: p, RaiseTries: tries, Answers: map[string]string{showVersion: "v\n"}})
			c := configFor(s)
			c.Credential.Raise = vault.NewSecret("nope")
			conn, err := Dial(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			term, err := conn.Terminal(t.Context(), p.Describe(showConfig, showVersion), TerminalOptions{})
			if tries > 1 { // it asks again: whatever is typed now is another attempt
				if !errors.Is(err, ErrRaise) {
					t.Errorf("%s, %d: got %v", p.Name, tries, err)
				}
			} else if err != nil {
				t.Errorf("%s, %d: %v", p.Name, tries, err)
			} else {
				if raised, err := term.Raised(); raised || !errors.Is(err, ErrRaise) {
					t.Errorf("%s: raised %v, %v", p.Name, raised, err)
				}
				if ans := ask(t, term, showVersion); !ans.GetComplete() {
					t.Errorf("%s: unraised: %v", p.Name, ans)
				}
				term.Close()
			}
			conn.Close()
			if n := s.Failures("raise"); n != 1 {
				t.Errorf("%s, %d: %d failures of %s", p.Name, tries, n, p.Raise)
			}
		}
	}
}

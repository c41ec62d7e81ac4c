package hostkeys

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	sshasker "github.com/plumbline/plumbline/collector/ssh"
)

// device is a server with some host keys that counts the passwords it gets.
type device struct {
	config    *ssh.ServerConfig
	passwords atomic.Int32
}

func newDevice(keys ...ssh.Signer) *device {
	d := &device{}
	d.config = &ssh.ServerConfig{PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
		d.passwords.Add(1)
		return nil, nil
	}}
	for _, k := range keys {
		d.config.AddHostKey(k)
	}
	return d
}

// login makes a handshake as a collector does.
func (d *device) login(t *testing.T, s *Store, target string) (shown string, err error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := listener.Accept()
		if err != nil {
			return
		}
		if conn, channels, requests, err := ssh.NewServerConn(c, d.config); err == nil {
			go ssh.DiscardRequests(requests)
			for ch := range channels {
				_ = ch.Reject(ssh.Prohibited, "")
			}
			conn.Close()
		}
		c.Close()
	}()
	client, err := ssh.Dial("tcp", listener.Addr().String(), &ssh.ClientConfig{
		User: "u", Auth: []ssh.AuthMethod{ssh.Password("secret")}, HostKeyAlgorithms: s.Algorithms(target, address),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			shown = key.Type()
			return s.Check(target, address, key)
		},
	})
	if err == nil {
		client.Close()
	}
	<-done
	return shown, err
}

func signer(t *testing.T, key any) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// C3: a device with several keys shows the pinned one; a rogue gets no password, whatever keys it has.
func TestC3Handshake(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, rogueKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	honest := newDevice(signer(t, edKey), signer(t, rsaKey))
	s := open(t, filepath.Join(t.TempDir(), "pins"))
	if _, err := honest.login(t, s, "sw"); !errors.Is(err, sshasker.ErrUnknownKey) || honest.passwords.Load() != 0 {
		t.Fatalf("unknown: %v, %d passwords", err, honest.passwords.Load())
	}
	if err := s.Accept("sw", address, signer(t, rsaKey).PublicKey(), "w", then, Add); err != nil {
		t.Fatal(err)
	}
	if shown, err := honest.login(t, s, "sw"); err != nil || shown != ssh.KeyAlgoRSA || honest.passwords.Load() != 1 {
		t.Errorf("%s %v, %d passwords", shown, err, honest.passwords.Load())
	}
	for _, rogue := range []*device{newDevice(signer(t, rogueKey)), newDevice(signer(t, edKey))} {
		_, err := rogue.login(t, s, "sw")
		var e *KeyError
		if !errors.Is(err, sshasker.ErrChangedKey) || !errors.As(err, &e) || e.Shown.Fingerprint == "" || rogue.passwords.Load() != 0 {
			t.Errorf("rogue: %v, %d passwords", err, rogue.passwords.Load())
		}
	}
}

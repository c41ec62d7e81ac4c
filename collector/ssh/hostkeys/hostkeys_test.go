package hostkeys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"

	sshasker "github.com/plumbline/plumbline/collector/ssh"
)

// The tests start this program again as another process that accepts keys.
func TestMain(m *testing.M) {
	if file := os.Getenv("HOSTKEYS_WRITER"); file != "" {
		os.Exit(writer(file, os.Getenv("HOSTKEYS_NAME")))
	}
	goleak.VerifyTestMain(m)
}

const writes = 25

func writer(file, name string) int {
	s, err := Open(file)
	for i := range writes {
		if err == nil {
			err = s.Accept(name+strconv.Itoa(i), "10.0.0.1:22", newEd(), "tester", time.Now(), Add)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func public(k any) ssh.PublicKey {
	p, err := ssh.NewPublicKey(k)
	if err != nil {
		panic(err)
	}
	return p
}

func newEd() ssh.PublicKey {
	k, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return public(k)
}

func newEC() ssh.PublicKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return public(&k.PublicKey)
}

func newRSA() ssh.PublicKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return public(&k.PublicKey)
}

const address = "10.0.0.1:22"

var then = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func open(t *testing.T, files ...string) *Store {
	t.Helper()
	s, err := Open(files...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func store(t *testing.T) (*Store, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pins")
	return open(t, file), file
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// C3: a key nobody accepted is refused, and so is another than the accepted one, with the fingerprints of both.
func TestC3Pins(t *testing.T) {
	s, file := store(t)
	key, other, rsaKey := newEd(), newEd(), newRSA()
	if err := s.Check("sw", address, key); !errors.Is(err, sshasker.ErrUnknownKey) || errors.Is(err, sshasker.ErrChangedKey) {
		t.Fatalf("unknown key: %v", err)
	}
	if s.Algorithms("sw", address) != nil {
		t.Error("algorithms of nothing")
	}
	if err := s.Accept("sw", address, key, "王 工", then, Add); err != nil {
		t.Fatal(err)
	}
	for _, st := range []*Store{s, open(t, file)} {
		if err := st.Check("sw", "192.0.2.9:2222", key); err != nil {
			t.Errorf("the pin is the target's, not the address's: %v", err)
		}
		for _, k := range []ssh.PublicKey{other, rsaKey} {
			err := st.Check("sw", address, k)
			var e *KeyError
			if !errors.Is(err, sshasker.ErrChangedKey) || !errors.As(err, &e) {
				t.Fatalf("changed key: %v", err)
			}
			for _, say := range []string{e.Say().GetZh(), e.Say().GetEn()} {
				for _, want := range []string{ssh.FingerprintSHA256(key), ssh.FingerprintSHA256(k), file + ":2"} {
					if !strings.Contains(say, want) {
						t.Errorf("%q is not in %s", want, say)
					}
				}
			}
		}
		if err := st.Check("sw2", address, key); !errors.Is(err, sshasker.ErrUnknownKey) {
			t.Errorf("a pin serves another target: %v", err)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestAlgorithmsPinnedFirst(t *testing.T) {
	s, _ := store(t)
	for _, k := range []ssh.PublicKey{newRSA(), newEC()} {
		if err := s.Accept("sw", address, k, "w", then, Add); err != nil {
			t.Fatal(err)
		}
	}
	got := s.Algorithms("sw", address)
	want := []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA, ssh.KeyAlgoECDSA256}
	if len(got) <= len(want) || !slices.Equal(got[:4], want) || !slices.Contains(got, ssh.KeyAlgoED25519) {
		t.Errorf("%q", got)
	}
	if sorted := slices.Sorted(slices.Values(got)); len(slices.Compact(sorted)) != len(got) {
		t.Errorf("twice: %q", got)
	}
}

func TestAcceptNeverReplacesSilently(t *testing.T) {
	s, _ := store(t)
	key, other, ec := newEd(), newEd(), newEC()
	accept := func(k ssh.PublicKey, m Mode) error { return s.Accept("sw", address, k, "w", then, m) }
	if err := accept(key, Add); err != nil {
		t.Fatal(err)
	}
	if err := accept(key, Add); err != nil {
		t.Errorf("accepted twice: %v", err)
	}
	if err := accept(other, Add); !errors.Is(err, ErrPinned) || !errors.Is(err, sshasker.ErrChangedKey) {
		t.Errorf("%v", err)
	}
	if err := accept(ec, Add); err != nil {
		t.Errorf("another kind beside: %v", err)
	}
	if pins, err := s.List("sw"); err != nil || len(pins) != 2 || pins[0].Who != "w" || !pins[0].When.Equal(then) {
		t.Errorf("%+v %v", pins, err)
	}
	if err := accept(other, Replace); err != nil {
		t.Fatal(err)
	}
	if pins, err := s.List(); err != nil || len(pins) != 1 || !same(pins[0].Key, other) {
		t.Errorf("%+v %v", pins, err)
	}
	if n, err := s.Remove("sw", "SHA256:none"); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := s.Remove("sw", ""); n != 1 || err != nil {
		t.Error(n, err)
	}
	if err := s.Check("sw", address, other); !errors.Is(err, sshasker.ErrUnknownKey) {
		t.Error(err)
	}
	for _, bad := range [][3]string{{"", "a", "w"}, {"t", "", "w"}, {"t", "a", ""}, {"t\tx", "a", "w"}, {"t", "a", "w\nx\ty"}, {"#t", "a", "w"}, {strings.Repeat("t", 301), "a", "w"}} {
		if err := s.Accept(bad[0], bad[1], key, bad[2], then, Add); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestPending(t *testing.T) {
	key, changed, gone := newEd(), newEd(), newEC()
	known := write(t, "@revoked * "+authorized(gone)+xknownhosts.Line([]string{"10.0.0.9"}, key)+"\n")
	s := open(t, filepath.Join(t.TempDir(), "pins"), known)
	if err := s.Accept("sw", address, key, "w", then, Add); err != nil {
		t.Fatal(err)
	}
	got, err := s.Pending(Seen{"sw", address, key}, Seen{"sw", address, changed}, Seen{"sw", address, newEC()}, Seen{"new", "10.0.0.8:22", key}, Seen{"sw", address, gone}, Seen{"k", "10.0.0.9:22", key}, Seen{"k", "10.0.0.9:22", changed})
	if err != nil {
		t.Fatal(err)
	}
	want := []Status{Known, Changed, Another, New, Revoked, Known, Changed}
	for i, p := range got {
		if p.Status != want[i] || p.Fingerprint == "" {
			t.Errorf("%d: %s, want %s", i, p.Status, want[i])
		}
	}
	if len(got[1].Pinned) != 1 || got[3].Pinned != nil {
		t.Error(got[1].Pinned, got[3].Pinned)
	}
	if err := s.Accept("x", address, gone, "w", then, Replace); !errors.Is(err, ErrRevokedKey) {
		t.Errorf("a revoked key is accepted: %v", err)
	}
	if err := s.Accept("k", "10.0.0.9:22", changed, "w", then, Add); !errors.Is(err, ErrPinned) {
		t.Errorf("a key that contradicts known_hosts is accepted: %v", err)
	}
	if err := s.Accept("k", "10.0.0.9:22", changed, "w", then, Replace); err != nil {
		t.Error(err)
	}
	if err := s.Check("k", "10.0.0.9:22", changed); err != nil {
		t.Errorf("the pin does not count: %v", err)
	}
}

func authorized(k ssh.PublicKey) string { return string(ssh.MarshalAuthorizedKey(k)) }

func TestKnownHosts(t *testing.T) {
	key, odd, ca, other := newEd(), newEd(), newEd(), newEd()
	caSigner, cert := certificate(t, "host.example.com")
	file := write(t, xknownhosts.Line([]string{xknownhosts.HashHostname("10.0.0.1")}, key)+"\n"+
		xknownhosts.Line([]string{"[10.0.0.1]:2222"}, odd)+"\n# comment\n\n"+
		"*.wild.example.com "+authorized(ca)+
		"@cert-authority *.example.com "+authorized(caSigner))
	s := open(t, filepath.Join(t.TempDir(), "pins"), file)
	tests := []struct {
		address string
		key     ssh.PublicKey
		want    error
	}{
		{"10.0.0.1:22", key, nil}, {"10.0.0.1", key, nil}, {"10.0.0.1:22", other, sshasker.ErrChangedKey},
		{"10.0.0.1:2222", odd, nil}, {"10.0.0.1:2222", key, sshasker.ErrChangedKey}, {"10.0.0.2:22", key, sshasker.ErrUnknownKey},
		{"a.wild.example.com:830", ca, nil}, {"host.example.com:22", cert, nil}, {"else.example.com:22", cert, sshasker.ErrUnknownKey},
		{"10.0.0.2:22", cert, sshasker.ErrUnknownKey},
	}
	for _, test := range tests {
		if err := s.Check("t", test.address, test.key); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.address, err, test.want)
		}
	}
	if got := s.Algorithms("t", "10.0.0.1:22"); len(got) < 2 || got[0] != ssh.KeyAlgoED25519 {
		t.Errorf("%q", got)
	}
	if got := s.Algorithms("t", "host.example.com:22"); !slices.Contains(got, ssh.CertAlgoED25519v01) {
		t.Errorf("%q", got)
	}
	// A pin comes before known_hosts, and the key in a certificate is the key that is pinned.
	if err := s.Accept("h", "host.example.com:22", cert, "w", then, Add); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Check("h", "host.example.com:22", bare(cert)), s.Check("h", "host.example.com:22", cert)); err != nil {
		t.Error(err)
	}
	if err := s.Check("h", "10.0.0.1:22", key); !errors.Is(err, sshasker.ErrChangedKey) {
		t.Errorf("known_hosts outweighs a pin: %v", err)
	}
}

func certificate(t *testing.T, host string) (ca ssh.PublicKey, cert ssh.PublicKey) {
	t.Helper()
	_, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	c := &ssh.Certificate{Key: newEd(), CertType: ssh.HostCert, ValidPrincipals: []string{host}, ValidBefore: ssh.CertTimeInfinity}
	if err := c.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	return signer.PublicKey(), c
}

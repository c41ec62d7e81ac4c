// Package identity is an agent's or collector's side of its identity: it trades a one-time join token for a client
// certificate, keeps key, certificate, roots and renewal counter in a private folder, renews the certificate by itself
// at half its life, and gives the TLS configuration that proves who is calling. [Join] makes an identity, [Open] finds
// it again, [Identity.Keep] keeps it valid, [Identity.Credentials] uses it.
//
// The server is known by the fingerprint of its root, which came with the join token; no public authority is asked and
// no first use trusted. The words that both sides must agree on (join string, name, clock header) are here too.
//
// The package sends no findings and reads no settings.
package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// An Identity is who this program is to the server. It is safe for concurrent use.
type Identity struct {
	dir    string
	now    func() time.Time
	jitter float64

	mu    sync.Mutex
	state state
	leaf  *x509.Certificate
	roots *x509.CertPool
	// renewing keeps two renewals from running at once: they would look like clones.
	renewing sync.Mutex
}

// Options are what a test sets; the zero value is right for everyone else.
type Options struct {
	// Now is the clock.
	Now func() time.Time
	// Jitter gives a number in [0, 1) that spreads the renewals of a fleet.
	Jitter func() float64
}

func (o Options) clock() func() time.Time {
	if o.Now == nil {
		return time.Now
	}
	return o.Now
}

func (o Options) draw() float64 {
	if o.Jitter != nil {
		return o.Jitter()
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1<<20))
	if err != nil {
		return 0.5
	}
	return float64(n.Int64()) / (1 << 20)
}

// Open reads the identity that [Join] left in dir. Its error wraps [ErrNotJoined] when there is none.
func Open(dir string, o Options) (*Identity, error) {
	s, err := readState(dir)
	if err != nil {
		return nil, fmt.Errorf("open the identity: %w", err)
	}
	i := &Identity{dir: dir, now: o.clock(), jitter: o.draw()}
	if err := i.adopt(s); err != nil {
		return nil, fmt.Errorf("open the identity: %w", err)
	}
	return i, nil
}

// adopt takes a state that was read or is about to be written.
func (i *Identity) adopt(s state) error {
	leaf, roots, err := s.check()
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.state, i.leaf, i.roots = s, leaf, roots
	return nil
}

func (i *Identity) current() (state, *x509.Certificate, *x509.CertPool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.state, i.leaf, i.roots
}

// Name is what the join token was bound to.
func (i *Identity) Name() string { s, _, _ := i.current(); return s.Name }

// Kind says whether this is an agent or a collector.
func (i *Identity) Kind() Kind { s, _, _ := i.current(); return s.Kind }

// Renewals is how often the certificate was renewed.
func (i *Identity) Renewals() uint64 { s, _, _ := i.current(); return s.Renewals }

// NotAfter is when the certificate ends.
func (i *Identity) NotAfter() time.Time { _, leaf, _ := i.current(); return leaf.NotAfter }

// RenewAt is when the certificate is to be renewed: at half its life, a tenth of it earlier or later.
func (i *Identity) RenewAt() time.Time {
	_, leaf, _ := i.current()
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	return leaf.NotBefore.Add(life/2 + time.Duration((i.jitter-0.5)*float64(life)/5))
}

func (i *Identity) certificate() (*tls.Certificate, error) {
	s, leaf, _ := i.current()
	key, err := parseKey(s.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: s.Chain, PrivateKey: key, Leaf: leaf}, nil
}

// request makes a certificate request that says the name and nothing else.
func request(name string, key *ecdsa.PrivateKey) ([]byte, error) {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate request: %w", err)
	}
	return csr, nil
}

func newKey() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	return key, der, nil
}

func parseKey(der []byte) (*ecdsa.PrivateKey, error) {
	// The error of the parser is not passed on: it may speak of the key.
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("the private key cannot be read")
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("the private key is not an ECDSA key")
	}
	return ec, nil
}

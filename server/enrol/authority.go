package enrol

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
)

// How long certificates live.
const (
	rootLife   = 10 * 365 * 24 * time.Hour
	serverLife = 30 * 24 * time.Hour
	// ClientLife is the life of a client certificate where the operator says nothing else.
	ClientLife = 24 * time.Hour
	// backdate makes a client certificate valid for servers whose clocks are a little behind this one's.
	backdate = time.Minute
)

// An Authority issues certificates. It has one key and one or more roots: after a change the former roots stay trusted
// until they are retired, and the new root is also signed by the one before it, so that whoever knows only that one goes
// on without a break. It is safe for concurrent use.
type Authority struct {
	now func() time.Time

	mu  sync.RWMutex
	key *ecdsa.PrivateKey
	// roots are self-signed, the one that signs first; crosses are its key signed by former roots.
	roots, crosses []*x509.Certificate
}

// NewAuthority makes a key and a root.
func NewAuthority(now func() time.Time) (*Authority, error) {
	a := &Authority{now: now}
	key, root, err := a.newRoot()
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	a.key, a.roots = key, []*x509.Certificate{root}
	return a, nil
}

// ParseAuthority reads what [Authority.PEM] wrote.
func ParseAuthority(text []byte, now func() time.Time) (*Authority, error) {
	a := &Authority{now: now}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		switch block.Type {
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			ec, ok := key.(*ecdsa.PrivateKey)
			if err != nil || !ok || a.key != nil {
				return nil, errors.New("read the authority: it must hold exactly one ECDSA key")
			}
			a.key = ec
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("read the authority: %w", err)
			}
			if !c.IsCA || !c.BasicConstraintsValid {
				return nil, fmt.Errorf("read the authority: %s is no authority's certificate", c.Subject)
			}
			if c.CheckSignatureFrom(c) == nil {
				a.roots = append(a.roots, c)
			} else {
				a.crosses = append(a.crosses, c)
			}
		default:
			return nil, fmt.Errorf("read the authority: what is a %q doing there", block.Type)
		}
	}
	if len(bytes.TrimSpace(text)) != 0 || a.key == nil || len(a.roots) == 0 || !a.key.PublicKey.Equal(a.roots[0].PublicKey) {
		return nil, errors.New("read the authority: it must hold a private key and, as the first certificate, the root of that key, in PEM")
	}
	return a, nil
}

// PEM is the authority with its private key.
func (a *Authority) PEM() ([]byte, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return nil, errors.New("write the authority: its key cannot be encoded")
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for _, list := range [][]*x509.Certificate{a.roots, a.crosses} {
		for _, c := range list {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
		}
	}
	return out, nil
}

// OpenAuthority reads the authority from a file, and makes both where there is no file yet.
func OpenAuthority(path string, now func() time.Time) (*Authority, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		a, err := NewAuthority(now)
		if err != nil {
			return nil, err
		}
		return a, a.Save(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the authority: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("open the authority: %s is open to others (%v): it must be for its owner alone (chmod 600)", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open the authority: %w", err)
	}
	return ParseAuthority(text, now)
}

// Save writes the authority to a file that only its owner can read.
func (a *Authority) Save(path string) error {
	text, err := a.PEM()
	if err != nil {
		return err
	}
	if err := identity.WriteFile(path, text); err != nil {
		return fmt.Errorf("write the authority: %w", err)
	}
	return nil
}

// Change begins a new root. Both are trusted until [Authority.Retire]; identities learn the new one when they renew. Save
// it afterwards.
func (a *Authority) Change() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	key, root, err := a.newRoot()
	if err != nil {
		return fmt.Errorf("change the authority: %w", err)
	}
	former := a.roots[0]
	t := *root
	t.SerialNumber, t.AuthorityKeyId, t.NotAfter = serial(), nil, former.NotAfter
	der, err := x509.CreateCertificate(rand.Reader, &t, former, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("change the authority: %w", err)
	}
	cross, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("change the authority: %w", err)
	}
	a.key = key
	a.roots = append([]*x509.Certificate{root}, a.roots...)
	a.crosses = append([]*x509.Certificate{cross}, a.crosses...)
	return nil
}

// Retire ends the trust in all roots but the newest, and says how many there were. Save it afterwards.
func (a *Authority) Retire() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.roots) - 1
	a.roots, a.crosses = a.roots[:1], nil
	return n
}

// Fingerprint is the SHA-256 of the root that signs, as a join string carries it.
func (a *Authority) Fingerprint() [sha256.Size]byte {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return sha256.Sum256(a.roots[0].Raw)
}

// Roots are the trusted roots, DER.
func (a *Authority) Roots() [][]byte {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return raw(a.roots)
}

func (a *Authority) pool() *x509.CertPool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	pool := x509.NewCertPool()
	for _, c := range a.roots {
		pool.AddCert(c)
	}
	return pool
}

func (a *Authority) newRoot() (*ecdsa.PrivateKey, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := a.now()
	t := &x509.Certificate{
		SerialNumber: serial(),
		// The name differs from root to root, so that chains are never tried with the wrong one.
		Subject:   pkix.Name{CommonName: "Plumbline root " + now.UTC().Format("2006-01-02") + " " + serial().Text(36)[:6]},
		NotBefore: now.Add(-identity.MaxSkew - backdate), NotAfter: now.Add(rootLife),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true, MaxPathLen: 3,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	root, err := x509.ParseCertificate(der)
	return key, root, err
}

// Client signs a client certificate: of what the applicant sent it takes the public key alone. enrolment is the id of the
// identity.
func (a *Authority) Client(public any, kind identity.Kind, name, enrolment string, life time.Duration) ([][]byte, error) {
	now := a.now()
	t := &x509.Certificate{
		Subject:   pkix.Name{CommonName: name, SerialNumber: enrolment},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		URIs: []*url.URL{identity.URI(kind, name)}, BasicConstraintsValid: true,
	}
	chain, err := a.sign(t, public)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s %s: %w", kind, name, err)
	}
	return chain, nil
}

// Server makes a key and a certificate for the server itself, for names and addresses. The chain ends with the root, for
// those who know no more of it than a fingerprint.
func (a *Authority) Server(names []string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the server's key: %w", err)
	}
	now := a.now()
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Plumbline server"},
		// Others check this one, by clocks that may be behind ours.
		NotBefore: now.Add(-identity.MaxSkew - backdate), NotAfter: now.Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	chain, err := a.sign(t, key.Public())
	if err != nil {
		return nil, fmt.Errorf("sign the server's certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return nil, fmt.Errorf("sign the server's certificate: %w", err)
	}
	chain = append(chain, a.Roots()[0])
	return &tls.Certificate{Certificate: chain, PrivateKey: key, Leaf: leaf}, nil
}

// sign gives the certificate and the cross-signed ones that lead to former roots.
func (a *Authority) sign(t *x509.Certificate, public any) ([][]byte, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	t.SerialNumber = serial()
	der, err := x509.CreateCertificate(rand.Reader, t, a.roots[0], public, a.key)
	if err != nil {
		return nil, err
	}
	return append([][]byte{der}, raw(a.crosses)...), nil
}

func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[0] |= 1              // never zero, never shorter
	return new(big.Int).SetBytes(b[:])
}

func raw(list []*x509.Certificate) [][]byte {
	out := make([][]byte, 0, len(list))
	for _, c := range list {
		out = append(out, c.Raw)
	}
	return out
}

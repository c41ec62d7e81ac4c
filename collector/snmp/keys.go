package snmp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/plumbline/plumbline/collector/snmp/internal/usm"
	"github.com/plumbline/plumbline/collector/vault"
)

// Keys are what the passphrases of a version 3 credential were stretched to. They hold no passphrase, print as asterisks, and
// serve any number of engines at microseconds each.
type Keys struct {
	auth           usm.Auth
	priv           usm.Priv
	authKu, privKu []byte
}

// NewKeys stretches a credential's passphrases, at about a millisecond each.
func NewKeys(c vault.SNMP) (*Keys, error) {
	k := &Keys{}
	if !wanted(c.Auth) {
		if wanted(c.Priv) {
			return nil, fmt.Errorf("%w: privacy without authentication", ErrCredential)
		}
		return k, nil
	}
	var err error
	if k.auth, err = usm.AuthByName(c.Auth); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	if k.authKu, err = k.auth.Expand([]byte(c.AuthPassword.Reveal())); err != nil {
		return nil, fmt.Errorf("%w: authentication: %w", ErrCredential, err)
	}
	if !wanted(c.Priv) {
		return k, nil
	}
	if k.priv, err = usm.PrivByName(c.Priv); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	if c.PrivPassword.Reveal() == c.AuthPassword.Reveal() {
		k.privKu = k.authKu
	} else if k.privKu, err = k.auth.Expand([]byte(c.PrivPassword.Reveal())); err != nil {
		return nil, fmt.Errorf("%w: privacy: %w", ErrCredential, err)
	}
	return k, nil
}

func wanted(protocol string) bool { return protocol != "" && protocol != "none" }

// localize gives both keys for one engine; nil where a protocol is not used.
func (k *Keys) localize(engine string) (auth, priv []byte, err error) {
	if k.authKu != nil {
		auth = k.auth.Localize(k.authKu, engine)
	}
	if k.privKu != nil {
		priv, err = k.auth.LocalizePriv(k.priv, k.privKu, engine)
	}
	return auth, priv, err
}

// Format masks the keys for every verb.
func (k *Keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, "******") }

// A Keyring makes the Keys of each credential once. It is for many goroutines.
type Keyring struct {
	mu   sync.Mutex
	salt [32]byte
	keys map[[32]byte]*Keys
}

// NewKeyring makes an empty one.
func NewKeyring() *Keyring {
	r := &Keyring{keys: map[[32]byte]*Keys{}}
	_, _ = rand.Read(r.salt[:]) // never fails: crypto/rand
	return r
}

// Of gives the keys of a credential. A credential whose passphrase was changed is another one; they are told apart by a digest
// under a salt that is drawn anew for each ring.
func (r *Keyring) Of(c vault.SNMP) (*Keys, error) {
	m := hmac.New(sha256.New, r.salt[:])
	for _, part := range []string{c.Auth, c.AuthPassword.Reveal(), c.Priv, c.PrivPassword.Reveal()} {
		fmt.Fprintf(m, "%d:%s", len(part), part)
	}
	id := [32]byte(m.Sum(nil))
	r.mu.Lock()
	defer r.mu.Unlock()
	if k, ok := r.keys[id]; ok {
		return k, nil
	}
	k, err := NewKeys(c)
	if err != nil {
		return nil, err
	}
	r.keys[id] = k
	return k, nil
}

// Package usm is the cryptography of SNMPv3's user-based security model (RFC 3414, RFC 3826, RFC 7860): keys from passphrases,
// keys for one engine, digests. It knows no messages.
//
// The expensive step, stretching a passphrase over a mebibyte, is the same for every engine. It is done once; what is kept is its
// result, Ku, never the passphrase. A key for one engine is then two short hashes away.
package usm

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // what devices speak; the protocol is the credential's choice
	"crypto/sha1" //nolint:gosec // see above
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
)

// Auth is an authentication protocol.
type Auth struct {
	// Name is how credentials call it.
	Name string
	// New makes its hash.
	New func() hash.Hash
	// Digest is how many bytes of the HMAC a message carries.
	Digest int
}

// Auths are all that there are.
func Auths() []Auth {
	return []Auth{
		{"md5", md5.New, 12}, {"sha", sha1.New, 12},
		{"sha224", sha256.New224, 16}, {"sha256", sha256.New, 24}, {"sha384", sha512.New384, 32}, {"sha512", sha512.New, 48},
	}
}

// AuthByName finds one.
func AuthByName(name string) (Auth, error) {
	for _, a := range Auths() {
		if a.Name == name {
			return a, nil
		}
	}
	return Auth{}, fmt.Errorf("there is no authentication protocol %q", name)
}

// Priv is a privacy protocol.
type Priv struct {
	Name string
	// Key is how many bytes its key has (for DES with the eight that make the initialisation vector).
	Key int
	// Reeder says that a hash too short for the key is extended as draft-reeder-snmpv3-usm-3dese has it, not as
	// draft-blumenthal-aes-usm has it.
	Reeder bool
}

// Privs are all that there are.
func Privs() []Priv {
	return []Priv{
		{"des", 16, false}, {"aes128", 16, false},
		{"aes192", 24, false}, {"aes256", 32, false}, {"aes192c", 24, true}, {"aes256c", 32, true},
	}
}

// PrivByName finds one.
func PrivByName(name string) (Priv, error) {
	for _, p := range Privs() {
		if p.Name == name {
			return p, nil
		}
	}
	return Priv{}, fmt.Errorf("there is no privacy protocol %q", name)
}

var errNoPassphrase = errors.New("the passphrase is empty")

// Expand stretches a passphrase to Ku (RFC 3414, A.2).
func (a Auth) Expand(passphrase []byte) ([]byte, error) {
	if len(passphrase) == 0 {
		return nil, errNoPassphrase
	}
	chunk := make([]byte, 0, 4096+len(passphrase))
	for len(chunk) < 4096 {
		chunk = append(chunk, passphrase...)
	}
	defer clear(chunk)
	h := a.New()
	for left := 1 << 20; left > 0; left -= len(chunk) {
		h.Write(chunk[:min(left, len(chunk))])
	}
	return h.Sum(nil), nil
}

// Localize gives the key for one engine.
func (a Auth) Localize(ku []byte, engine string) []byte {
	h := a.New()
	h.Write(ku)
	h.Write([]byte(engine))
	h.Write(ku)
	return h.Sum(nil)
}

// LocalizePriv gives the privacy key for one engine, extended where the hash is shorter than the cipher's key.
func (a Auth) LocalizePriv(p Priv, ku []byte, engine string) ([]byte, error) {
	key := a.Localize(ku, engine)
	for last := key; len(key) < p.Key; {
		if p.Reeder {
			// The localized key is the passphrase of the next part: this is the one case in which an engine costs a mebibyte.
			next, err := a.Expand(last)
			if err != nil {
				return nil, err
			}
			last = a.Localize(next, engine)
			key = append(key, last...)
			continue
		}
		h := a.New()
		h.Write(key)
		key = h.Sum(key)
	}
	return key[:p.Key], nil
}

// MAC is the digest that a message carries.
func (a Auth) MAC(key, message []byte) []byte {
	m := hmac.New(a.New, key)
	m.Write(message)
	return m.Sum(nil)[:a.Digest]
}

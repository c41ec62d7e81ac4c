package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const keySize = 32

// newKey gives random bytes for a key.
func newKey() []byte {
	k := make([]byte, keySize)
	_, _ = rand.Read(k) // never fails
	return k
}

// bound is what a sealed value is bound to: moved to another place, it does not open.
func bound(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

func bodyOf(name string, version int64) []byte {
	return bound("plumbline credential 1", name, strconv.FormatInt(version, 10))
}

func wrapOf(name string, version int64, key string) []byte {
	return bound("plumbline wrap 1", name, strconv.FormatInt(version, 10), key)
}

func printOf(key string) []byte { return bound("plumbline fingerprints 1", key) }

// errOpen says no more: whatever is wrong, nothing was opened.
var errOpen = errors.New("it does not open: it was changed or moved, or the key is another one")

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal encrypts by AES-256-GCM; the nonce is random and stands before the rest.
func seal(key, plain, to []byte) ([]byte, error) {
	a, err := aead(key)
	if err != nil {
		return nil, err
	}
	return a.Seal(nil, nil, plain, to), nil //nolint:gosec // it makes its own nonce
}

func unseal(key, sealed, to []byte) ([]byte, error) {
	a, err := aead(key)
	if err != nil {
		return nil, err
	}
	plain, err := a.Open(nil, nil, sealed, to)
	if err != nil {
		return nil, errOpen
	}
	return plain, nil
}

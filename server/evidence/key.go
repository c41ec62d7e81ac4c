package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
)

// A PublicKey checks signatures of one log. It is written as a line "NAME+HASH+KEY", the form of golang.org/x/mod/sumdb/note.
type PublicKey struct {
	Name string
	Key  ed25519.PublicKey
}

// algEd25519 comes before the key in its line.
const algEd25519 = 1

// ParsePublicKey reads the line of a key.
func ParsePublicKey(line string) (PublicKey, error) {
	v, err := note.NewVerifier(line)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%.80q is no public key: want NAME+HASH+KEY, as plumbline-server evidence key prints it", line)
	}
	// The key itself may hold a "+".
	raw, err := base64.StdEncoding.DecodeString(strings.SplitN(line, "+", 3)[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algEd25519 {
		return PublicKey{}, errors.New("the public key is not an Ed25519 key")
	}
	return PublicKey{Name: v.Name(), Key: raw[1:]}, nil
}

// ParsePublicKeys reads lines of keys; empty lines and those that begin with # are passed over.
func ParsePublicKeys(text string) ([]PublicKey, error) {
	var keys []PublicKey
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := ParsePublicKey(line)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no public key in it")
	}
	return keys, nil
}

func (k PublicKey) String() string {
	line, err := note.NewEd25519VerifierKey(k.Name, k.Key)
	if err != nil {
		return ""
	}
	return line
}

// ID is the SHA-256 of the key, hex: how a signature says whose it is.
func (k PublicKey) ID() string {
	sum := sha256.Sum256(k.Key)
	return hex.EncodeToString(sum[:])
}

// Keys are the key that signs, and former ones whose signatures stay good. They share the name of the log.
type Keys struct {
	name   string
	signer ed25519.PrivateKey
	former []PublicKey
}

// NewKeys makes a key, and a name for the log that it begins.
func NewKeys() (*Keys, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the evidence key: %w", err)
	}
	sum := sha256.Sum256(public)
	return &Keys{name: "plumbline-" + hex.EncodeToString(sum[:6]), signer: private}, nil
}

// Change begins a new key; the former one is kept for checking.
func (k *Keys) Change() error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("change the evidence key: %w", err)
	}
	k.former = append([]PublicKey{k.Public()[0]}, k.former...)
	k.signer = private
	return nil
}

// Log is the name of the log.
func (k *Keys) Log() string { return k.name }

// Public gives the key that signs, then the former ones.
func (k *Keys) Public() []PublicKey {
	own := PublicKey{Name: k.name, Key: k.signer.Public().(ed25519.PublicKey)}
	return append([]PublicKey{own}, k.former...)
}

// nameHeader carries the name of the log in the file.
const nameHeader = "Log"

// PEM is the key that signs with its former ones.
func (k *Keys) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.signer)
	if err != nil {
		return nil, errors.New("write the evidence key: it cannot be encoded")
	}
	headers := map[string]string{nameHeader: k.name}
	out := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Headers: headers, Bytes: der})
	for _, former := range k.former {
		der, err := x509.MarshalPKIXPublicKey(former.Key)
		if err != nil {
			return nil, fmt.Errorf("write the evidence key: %w", err)
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Headers: headers, Bytes: der})...)
	}
	return out, nil
}

var errKeys = errors.New("read the evidence key: it must hold one Ed25519 private key with the name of its log, and former public keys, in PEM")

// ParseKeys reads what [Keys.PEM] wrote.
func ParseKeys(text []byte) (*Keys, error) {
	k := &Keys{}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		switch block.Type {
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			private, ok := key.(ed25519.PrivateKey)
			if err != nil || !ok || k.signer != nil {
				return nil, errKeys
			}
			k.signer, k.name = private, block.Headers[nameHeader]
		case "PUBLIC KEY":
			key, err := x509.ParsePKIXPublicKey(block.Bytes)
			public, ok := key.(ed25519.PublicKey)
			if err != nil || !ok {
				return nil, errKeys
			}
			k.former = append(k.former, PublicKey{Name: block.Headers[nameHeader], Key: public})
		default:
			return nil, errKeys
		}
	}
	if len(bytes.TrimSpace(text)) != 0 || k.signer == nil || k.Public()[0].String() == "" {
		return nil, errKeys
	}
	return k, nil
}

// OpenKeys reads the keys from a file, and makes both where there is no file yet.
func OpenKeys(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		k, err := NewKeys()
		if err != nil {
			return nil, err
		}
		return k, k.Save(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the evidence key: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("open the evidence key: %s is open to others (%v): it must be for its owner alone (chmod 600)", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open the evidence key: %w", err)
	}
	return ParseKeys(text)
}

// Save writes the keys to a file that only its owner can read.
func (k *Keys) Save(path string) error {
	text, err := k.PEM()
	if err != nil {
		return err
	}
	if err := identity.WriteFile(path, text); err != nil {
		return fmt.Errorf("write the evidence key: %w", err)
	}
	return nil
}

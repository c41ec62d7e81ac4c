package identity

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/plumbline/plumbline/plugins/internal/folder"
)

// ErrNotJoined says that the folder holds no identity yet.
var ErrNotJoined = errors.New("no identity here yet: join first")

const stateFile = "identity.json"

// state is what is kept, in one file, so that key, certificate and counter can never be of different moments.
type state struct {
	Version int    `json:"version"`
	Name    string `json:"name"`
	Kind    Kind   `json:"kind"`
	// Key is the private key, PKCS #8.
	Key []byte `json:"key"`
	// Chain is the client certificate and its issuers, Roots what the server is checked by; DER.
	Chain    [][]byte `json:"chain"`
	Roots    [][]byte `json:"roots"`
	Renewals uint64   `json:"renewals"`
	// Pending is the key of a renewal that was asked for and whose answer did not come. The next attempt asks with the same one:
	// with another it would be taken for a clone.
	Pending []byte `json:"pending,omitempty"`
}

func (s *state) check() (*x509.Certificate, *x509.CertPool, error) {
	if s.Version != 1 {
		return nil, nil, fmt.Errorf("the identity is of version %d, which this program does not know", s.Version)
	}
	key, err := parseKey(s.Key)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Chain) == 0 {
		return nil, nil, errors.New("the identity has no certificate")
	}
	leaf, err := x509.ParseCertificate(s.Chain[0])
	if err != nil {
		return nil, nil, fmt.Errorf("read the client certificate: %w", err)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, nil, errors.New("the client certificate is for another key")
	}
	if kind, name, err := FromCertificate(leaf); err != nil || kind != s.Kind || name != s.Name {
		return nil, nil, fmt.Errorf("the client certificate is not for %s %s", s.Kind, s.Name)
	}
	pool, err := poolOf(s.Roots)
	return leaf, pool, err
}

func poolOf(roots [][]byte) (*x509.CertPool, error) {
	if len(roots) == 0 {
		return nil, errors.New("there is no root to check the server by")
	}
	pool := x509.NewCertPool()
	for _, der := range roots {
		root, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("read a root: %w", err)
		}
		pool.AddCert(root)
	}
	return pool, nil
}

func readState(dir string) (state, error) {
	var s state
	if err := checkPrivate(dir); err != nil {
		return s, err
	}
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, ErrNotJoined
	}
	if err != nil {
		return s, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		// What the decoder says may quote the key.
		return s, fmt.Errorf("%s is damaged", stateFile)
	}
	return s, nil
}

// checkPrivate refuses a folder that others can look into. On Windows its access list says so, which is the installer's.
func checkPrivate(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotJoined
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is open to others (%v): it must be for its owner alone (chmod 700)", dir, info.Mode().Perm())
	}
	return nil
}

func writeState(dir string, s state) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return errors.New("write the identity: it cannot be encoded")
	}
	if err := WriteFile(filepath.Join(dir, stateFile), text); err != nil {
		return fmt.Errorf("write the identity: %w", err)
	}
	return nil
}

// WriteFile replaces a private file so that after a crash or a power cut the old or the new content is there, whole.
func WriteFile(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // created 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return folder.Sync(filepath.Dir(path))
}

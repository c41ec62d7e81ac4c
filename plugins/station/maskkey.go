package station

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
)

const (
	maskFile = "mask.key"
	maskLen  = 32
)

// MaskKey gives the key of this installation's fingerprints of secrets, and makes it the first time: with another key every scan would
// say that every secret has changed.
func MaskKey(stateDir string) ([]byte, error) {
	name := filepath.Join(stateDir, maskFile)
	key, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, maskLen)
		rand.Read(key) // never fails: crypto/rand
		err = identity.WriteFile(name, key)
	}
	if err != nil {
		return nil, fmt.Errorf("key of fingerprints: %w", err)
	}
	if len(key) != maskLen {
		return nil, fmt.Errorf("%s is damaged: it has %d bytes instead of %d", name, len(key), maskLen)
	}
	return key, nil
}

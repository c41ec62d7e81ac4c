package program

import (
	"crypto/rand"
	"io/fs"
	"os"
	"syscall"
)

// keyFile is where an installation keeps the key of its fingerprints.
const keyFile = "/var/lib/plumbline/mask.key"

// keyLen is how many bytes make a key.
const keyLen = 32

// MaskKey gives the installation's own key, if there is one that only its owner can read, or else one for this run only:
// its fingerprints then say "the same secret" within one report and nothing beyond.
func (*App) MaskKey() []byte {
	if key, ok := readKey(keyFile); ok {
		return key
	}
	key := make([]byte, keyLen)
	rand.Read(key) // never fails: crypto/rand
	return key
}

func readKey(name string) ([]byte, bool) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Mode()&fs.FileMode(0o077) != 0 {
		return nil, false
	}
	key := make([]byte, keyLen)
	n, err := f.Read(key)
	return key, err == nil && n == keyLen
}

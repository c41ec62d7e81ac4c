package secrets

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A kek wraps the keys of credentials. Its id says nothing about it.
type kek struct {
	id  string
	key []byte
}

func newKEK(key []byte) kek {
	sum := sha256.Sum256(append([]byte("plumbline kek id\x00"), key...))
	return kek{hex.EncodeToString(sum[:8]), key}
}

const (
	keyPrefix = "plk_"
	// maxKeys is how many a file may hold: the current one, and during a rotation the former.
	maxKeys    = 2
	maxKeyFile = 4 << 10
	keyHead    = "# The key of Plumbline's credentials. The first seals; a second one is there while a rotation runs. Whoever has this file and\n" +
		"# the database has the credentials: back the two up apart.\n# 准绳凭据密钥：第一行用于加密，轮换期间另有一行旧密钥。请勿与数据库备份存放在一起。\n"
)

// ErrNoKeyFile says that there is no file of keys.
var ErrNoKeyFile = errors.New("there is no file of keys")

// InitKeyFile makes a file with a new key. It never replaces one.
func InitKeyFile(path string) (id string, err error) {
	k := newKEK(newKey())
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("make the file of keys: %w", err)
	}
	if err := writeKeys(f, []kek{k}); err != nil {
		return "", errors.Join(fmt.Errorf("make the file of keys: %w", err), os.Remove(path))
	}
	return k.id, syncFolder(path)
}

func writeKeys(f *os.File, keys []kek) error {
	text := keyHead
	for _, k := range keys {
		text += keyPrefix + base64.RawURLEncoding.EncodeToString(k.key) + "\n"
	}
	_, err := f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be synced there
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("sync the folder of the keys: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// replaceKeyFile puts keys in the place of those in the file, all or nothing.
func replaceKeyFile(path string, keys []kek) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // for its owner only
	if err != nil {
		return fmt.Errorf("write the file of keys: %w", err)
	}
	if err := writeKeys(f, keys); err != nil {
		return errors.Join(fmt.Errorf("write the file of keys: %w", err), os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("write the file of keys: %w", err), os.Remove(f.Name()))
	}
	return syncFolder(path)
}

// readKeyFile reads the keys, the current one first. A file that others can read is refused.
func readKeyFile(path string) ([]kek, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoKeyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("open the file of keys: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open the file of keys: %w", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s is open to others (%v): it must be for its owner alone (chmod 600)", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the file of keys: %w", err)
	}
	var keys []kek
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		// The line is never repeated: it is the key.
		code, ok := strings.CutPrefix(line, keyPrefix)
		key, err := base64.RawURLEncoding.Strict().DecodeString(code)
		if !ok || err != nil || len(key) != keySize {
			return nil, fmt.Errorf("%s:%d: not a key as secret init-key writes them", path, number)
		}
		keys = append(keys, newKEK(key))
	}
	if len(text) > maxKeyFile || len(keys) == 0 || len(keys) > maxKeys || len(keys) == 2 && keys[0].id == keys[1].id {
		return nil, fmt.Errorf("%s must hold one key, or two while a rotation runs, and holds %d", path, len(keys))
	}
	return keys, nil
}

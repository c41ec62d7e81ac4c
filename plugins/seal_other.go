//go:build !linux

package plugins

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A sealed program is, where the system has no sealed memory, a copy in a folder that only we may write.
type sealed struct {
	dir, path, name string
}

func seal(path, want string) (*sealed, error) {
	src, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	dir, err := os.MkdirTemp("", "plumbline-plugin-")
	if err != nil {
		return nil, err
	}
	s := &sealed{dir, filepath.Join(dir, filepath.Base(path)), filepath.Base(path)}
	dst, err := os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(dst, hash), io.LimitReader(src, MaxProgram+1))
	if err = errors.Join(err, dst.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("copy %s: %w", path, err), s.Close())
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return nil, errors.Join(fmt.Errorf("%s has SHA-256 %s, the configuration pins %s", path, got, want), s.Close())
	}
	return s, nil
}

// Close removes the copy.
func (s *sealed) Close() error { return os.RemoveAll(s.dir) }

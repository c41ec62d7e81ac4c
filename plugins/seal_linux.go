package plugins

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// A sealed program is a copy in memory that nobody can change any more, not even by the file it was read from.
type sealed struct {
	file *os.File
	// path starts the copy from within this process.
	path string
	// name is what the program is called.
	name string
}

// seal copies the program into memory, hashes the copy and seals it. What is started later is what was hashed here: to
// hash a path and then start it by name lets whoever swaps the file in between win.
func seal(path, want string) (*sealed, error) {
	src, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > MaxProgram:
		return nil, fmt.Errorf("%s is larger than %d MiB", path, MaxProgram>>20)
	}
	fd, err := unix.MemfdCreate(filepath.Base(path), unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("memfd: %w", err)
	}
	file := os.NewFile(uintptr(fd), filepath.Base(path))
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, hash), io.LimitReader(src, MaxProgram+1)); err != nil {
		return nil, errors.Join(fmt.Errorf("copy %s: %w", path, err), file.Close())
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return nil, errors.Join(fmt.Errorf("%s has SHA-256 %s, the configuration pins %s", path, got, want), file.Close())
	}
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE); err != nil {
		return nil, errors.Join(fmt.Errorf("seal: %w", err), file.Close())
	}
	return &sealed{file, fmt.Sprintf("/proc/self/fd/%d", file.Fd()), filepath.Base(path)}, nil
}

// Close gives the memory back; a program that runs keeps its own hold.
func (s *sealed) Close() error { return s.file.Close() }

package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Take takes the folder. Who finds it taken gets ErrInUse at once.
func Take(dir string) (*Hold, error) {
	f, err := os.OpenFile(filepath.Join(dir, Lock), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
	if err != nil {
		f.Close()
		if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			return nil, fmt.Errorf("%s: %w", dir, ErrInUse)
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return &Hold{f}, nil
}

// Release gives the folder back.
func (h *Hold) Release() error { return h.file.Close() }

// Sync: names are durable with the file on NTFS.
func Sync(string) error { return nil }

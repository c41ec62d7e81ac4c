package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// Restore puts a backup in the place of a store that is not there any more, and begins a new epoch, so that senders send again what
// came after the backup. The backup is checked first; where it does not pass, nothing is put in place.
func Restore(ctx context.Context, backup, path string, by store.Entry, now func() time.Time) (err error) {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("restore: %s is there; move it away first", name), err)
		}
	}
	partial := path + ".restoring"
	defer func() {
		for _, name := range []string{partial, partial + "-wal", partial + "-shm"} {
			if e := os.Remove(name); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
	}()
	if err := copyFile(backup, partial); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := renew(ctx, partial, by, now); err != nil {
		return fmt.Errorf("restore %s: %w", backup, err)
	}
	if err := sync(partial); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return sync(filepath.Dir(path))
}

// renew checks the copy and begins its new epoch. When the last connection closes, all of it is in the one file.
func renew(ctx context.Context, path string, by store.Entry, now func() time.Time) (err error) {
	s, err := Open(ctx, path, now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	found, err := s.Check(ctx, true)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("it is damaged, %d places; the first: %s", len(found), found[0])
	}
	return s.Restored(ctx, by)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, in)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s is empty", from)
	}
	return errors.Join(err, out.Sync(), out.Close())
}

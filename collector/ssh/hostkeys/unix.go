//go:build unix && !aix && !solaris

package hostkeys

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

const (
	permissions = true
	// lockWait is how long another process may hold the lock; a rewrite takes milliseconds.
	lockWait = 10 * time.Second
)

func ownedByUs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int(s.Uid) == os.Geteuid())
}

// lock holds off all others that change the file, in this process and others. The lock file stays: removing it would let
// two hold a lock.
func lock(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, failed("无法锁定 %s：%s", "cannot lock %s: %s", file, err.Error())
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(10 * time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { f.Close() }, nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) || time.Now().After(end):
			f.Close()
			return nil, failed("无法锁定 %s，可能正由另一进程修改", "cannot lock %s: another process may be changing it", file)
		}
	}
}

func syncFolder(d *os.File) error { return d.Sync() }

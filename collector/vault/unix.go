//go:build unix

package vault

import (
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// permissions says that permission bits mean something here; nonblock keeps a named pipe from holding an open up.
const (
	permissions = true
	nonblock    = syscall.O_NONBLOCK
)

func ownedByUs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int(s.Uid) == os.Geteuid())
}

// killWhole lets a command and all it started end together.
func killWhole(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

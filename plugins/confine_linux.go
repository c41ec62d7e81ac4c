package plugins

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// confine lets the kernel end the plugin when the thread that started it ends, gives it a session of its own so that it does
// not reach our terminal, and makes it the user it is to be, with no other group.
func confine(cmd *exec.Cmd, as *Identity) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	if as != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: as.UID, Gid: as.GID}
	}
}

// canConfine: a process may be started as another user.
const canConfine = true

// self is this very program, even if its file was replaced meanwhile.
type self struct{}

func (self) paths() (path, name string) { return "/proc/self/exe", filepath.Base(os.Args[0]) }

func (self) Close() error { return nil }

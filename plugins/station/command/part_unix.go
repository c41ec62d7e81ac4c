//go:build unix

package command

import (
	"os"
	"os/exec"
	"syscall"

	"github.com/plumbline/plumbline/plugins"
)

// runAs makes a command run as a user, with no other group.
func runAs(cmd *exec.Cmd, as *plugins.Identity) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: as.UID, Gid: as.GID}}
}

// give gives a folder to a user.
func give(dir string, as *plugins.Identity) error { return os.Chown(dir, int(as.UID), int(as.GID)) }

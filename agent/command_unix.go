//go:build unix

package agent

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// niceness of the commands: a scan gives way to the work of the host.
const niceness = 10

// alone starts a command as a group of its own, so that ending it ends what it started.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		if errors.Is(endGroup(cmd.Process.Pid), syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return nil
	}
}

// endGroup ends a command with all that it started.
func endGroup(group int) error { return syscall.Kill(-group, syscall.SIGKILL) }

// calm lowers the priority of a command that has just started. That it may have ended already does no harm.
func calm(group int) { _ = syscall.Setpriority(syscall.PRIO_PGRP, group, niceness) }

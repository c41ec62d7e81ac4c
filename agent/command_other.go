//go:build !unix

package agent

import "os/exec"

// alone has nothing to do here: ending a command ends it.
func alone(*exec.Cmd) {}

// endGroup has nothing to do here: there are no groups.
func endGroup(int) error { return nil }

// calm has nothing to do here.
func calm(int) {}

//go:build !linux

package plugins

import (
	"os"
	"os/exec"
	"path/filepath"
)

func confine(*exec.Cmd, *Identity) {}

// canConfine: this system starts plugins as the user that we are.
const canConfine = false

// self is this program.
type self struct{}

func (self) paths() (path, name string) {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	return path, filepath.Base(path)
}

func (self) Close() error { return nil }

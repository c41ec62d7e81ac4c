//go:build !linux

package command

import "os"

// self is this program, and what it is called.
func self() (path, name string, err error) {
	path, err = os.Executable()
	return path, os.Args[0], err
}

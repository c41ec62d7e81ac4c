package spool

import (
	"errors"

	"golang.org/x/sys/windows"
)

// private: the folder inherits who may reach it.
func private(string) error { return nil }

func diskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

//go:build !linux

package spool_test

import "testing"

func smallDisk(t *testing.T, _ int) string {
	t.Skip("only Linux mounts a small disk for a test")
	return ""
}

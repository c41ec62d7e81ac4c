//go:build linux

package hostfacts

import (
	"strings"
	"testing"
)

// FuzzProc feeds what a hostile process can put into /proc, its name and its control group, to what reads it there.
func FuzzProc(f *testing.F) {
	for _, seed := range []string{
		"1 (systemd) S 0 1 1 0 -1 4194560 1", "7 (a) b) (c) S 0 1 1 0 -1 64 1", "9 (\n) R", ")(", "",
		"0::/system.slice/ssh.service\n", "1:name=systemd:/user.slice/user-0.slice/session-3.scope\n0::/x\n", "::", "0::/.service",
		"proc /proc proc rw,hidepid=2 0 0\n", "proc /proc proc hidepid= 0 0", "socket:[12345]", "socket:[4294967296]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := string(text)
		if comm, _, ok := readStat(s); ok && !strings.Contains(s, "("+comm+")") {
			t.Errorf("%q is not the name in %q", comm, s)
		}
		if u := unit(s); u != "" && (strings.Contains(u, "/") || !strings.Contains(s, u)) {
			t.Errorf("%q is not a unit in %q", u, s)
		}
		hidesPids(s)
		socketInode(text)
		if b, ok := readMessage(text); ok && b.address.Port() == 0 {
			t.Error("a socket without a port")
		}
	})
}

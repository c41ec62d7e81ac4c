//go:build unix

package agent

import (
	"fmt"
	"io/fs"
	"syscall"
)

// owners gives the user and the group that a file belongs to.
func owners(info fs.FileInfo) (uid, gid uint32, err error) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("%s: the system does not say whose it is", info.Name())
	}
	return st.Uid, st.Gid, nil
}

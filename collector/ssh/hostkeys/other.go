//go:build !unix || aix || solaris

package hostkeys

import (
	"io/fs"
	"os"
)

const permissions = false

func ownedByUs(fs.FileInfo) bool { return true }

// lock refuses: without a lock, two that write lose each other's pins. Reading works.
func lock(file string) (func(), error) {
	return nil, failed("本系统不支持锁定 %s，请在 Linux 上登记主机密钥", "this system cannot lock %s: accept host keys on Linux", file)
}

func syncFolder(*os.File) error { return nil }

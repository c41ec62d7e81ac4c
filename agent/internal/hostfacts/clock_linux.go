package hostfacts

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ReadClock asks the kernel how its clock stands.
func ReadClock() (Clock, error) {
	var tx unix.Timex
	state, err := unix.Adjtimex(&tx)
	c := Clock{UTC: time.Now().UTC(), Zone: zone()}
	if err != nil {
		return c, os.NewSyscallError("adjtimex", err)
	}
	unit := time.Microsecond
	if tx.Status&unix.STA_NANO != 0 {
		unit = time.Nanosecond
	}
	c.Kernel = true
	c.Synchronised = state != unix.TIME_ERROR && tx.Status&unix.STA_UNSYNC == 0
	c.Offset = time.Duration(tx.Offset) * unit
	c.MaxError = time.Duration(tx.Maxerror) * time.Microsecond
	return c, nil
}

// zone reads the zone's name from where /etc/localtime points. Without that file the C library takes UTC; a copied file
// does not say its name, but Debian keeps it beside.
func zone() string {
	target, err := os.Readlink("/etc/localtime")
	if err == nil {
		if _, name, ok := strings.Cut(target, "zoneinfo/"); ok {
			return name
		}
		return ""
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "UTC"
	}
	name, err := os.ReadFile("/etc/timezone")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}

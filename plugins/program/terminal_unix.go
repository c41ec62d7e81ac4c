//go:build unix

package program

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const usualWidth = 80

// Terminal gives the width in columns of the terminal that w writes to; ok is false if it writes to none.
func Terminal(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile {
		return 0, false
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	if size.Col == 0 {
		return usualWidth, true // a terminal that does not know its size
	}
	return int(size.Col), true
}

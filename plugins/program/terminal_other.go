//go:build !unix

package program

import "io"

// terminal: reports here go without colours and progress.
func Terminal(io.Writer) (width int, ok bool) { return 0, false }

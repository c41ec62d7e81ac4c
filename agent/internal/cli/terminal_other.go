//go:build !unix

package cli

import "io"

// terminal: reports here go without colours and progress.
func terminal(io.Writer) (width int, ok bool) { return 0, false }

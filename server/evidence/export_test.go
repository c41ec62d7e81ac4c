package evidence

import "io"

// WritePart writes a part into a container, for tests that take bundles apart.
func WritePart(w io.Writer, name string, body []byte) { _ = writePart(w, name, body) }

package program

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Output is where a report goes: to a file that appears whole or not at all, or to standard output.
type Output struct {
	*bufio.Writer
	file *os.File
	name string
}

// OpenOutput prepares the output before the work begins, so that a wrong name costs no scan. A report tells where a host
// is weak: its file is the owner's alone.
func OpenOutput(name string, stdout io.Writer) (*Output, error) {
	if name == "" || name == "-" {
		return &Output{Writer: bufio.NewWriter(stdout)}, nil
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "write", Path: name, Err: fmt.Errorf("not a regular file")}
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, err
	}
	return &Output{Writer: bufio.NewWriter(f), file: f, name: name}, nil
}

// Commit makes what was written count.
func (o *Output) Commit() error {
	if err := o.Flush(); err != nil || o.file == nil {
		return err
	}
	if err := o.file.Sync(); err != nil {
		return err
	}
	if err := o.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(o.file.Name(), o.name); err != nil {
		return err
	}
	o.file = nil
	return nil
}

// Discard takes away what was not committed.
func (o *Output) Discard() {
	if o.file != nil {
		o.file.Close()
		os.Remove(o.file.Name())
	}
}

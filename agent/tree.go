package agent

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// What is read is bounded: a file as it comes from the target may be of any size.
const (
	// maxFile is the largest file that is read whole.
	maxFile = 32 << 20
	// cutFile is how much is kept of a file that says by its size that it is larger: enough for its first lines.
	cutFile = 1 << 20
	// maxTotal bounds the files of one target together.
	maxTotal = 256 << 20
	// maxLinks is how many links one path may go through.
	maxLinks = 40
)

// A tree is a file system to read in. Paths are absolute.
type tree interface {
	// Stat and Open follow links, Lstat and Readlink do not follow the last one.
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	Readlink(name string) (string, error)
	// Open opens for reading. It never waits, neither for the other end of a pipe nor for a device.
	Open(name string) (*os.File, error)
}

// openFlags: nothing that is opened for reading may wait, or become the terminal.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// live is the file system of the host itself.
type live struct{}

func (live) Stat(name string) (fs.FileInfo, error)  { return os.Stat(name) }
func (live) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }
func (live) Readlink(name string) (string, error)   { return os.Readlink(name) }
func (live) Open(name string) (*os.File, error)     { return os.OpenFile(name, openFlags, 0) }

// inside is a folder that holds the file system of a target. A link, absolute or with dots, means what it meant there:
// it is followed inside the folder. os.Root sees to it that no step leaves the folder, whatever changes meanwhile.
type inside struct{ root *os.Root }

// errRunning says that only the running system has what a path names.
var errRunning = errors.New("the running system's own file")

// running are the folders that a running system fills; in an image they are empty or stale, which proves nothing.
var running = []string{"proc", "sys", "run", "dev"}

func isRunning(name string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	return slices.Contains(running, first)
}

// resolve gives the path of name in the folder with its links followed; without last, a link in the last place stays.
func (in inside) resolve(name string, last bool) (string, error) {
	rest := strings.Split(path.Clean("/"+name), "/")
	at := "."
	for links := 0; len(rest) > 0; {
		element := rest[0]
		rest = rest[1:]
		if element == "" || element == "." {
			continue
		}
		if element == ".." {
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, element)
		if isRunning(next) {
			return "", errRunning
		}
		if len(rest) == 0 && !last {
			return next, nil
		}
		info, err := in.root.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", syscall.ELOOP
		}
		target, err := in.root.Readlink(next)
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(target, "/") {
			at = "."
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return at, nil
}

func (in inside) Stat(name string) (fs.FileInfo, error) {
	p, err := in.resolve(name, true)
	if err != nil {
		return nil, err
	}
	return in.root.Lstat(p)
}

func (in inside) Lstat(name string) (fs.FileInfo, error) {
	p, err := in.resolve(name, false)
	if err != nil {
		return nil, err
	}
	return in.root.Lstat(p)
}

func (in inside) Readlink(name string) (string, error) {
	p, err := in.resolve(name, false)
	if err != nil {
		return "", err
	}
	return in.root.Readlink(p)
}

func (in inside) Open(name string) (*os.File, error) {
	p, err := in.resolve(name, true)
	if err != nil {
		return nil, err
	}
	return in.root.OpenFile(p, openFlags, 0)
}

var (
	errUnsafe = errors.New("not a regular file")
	errLarge  = errors.New("larger than the limit")
)

// readFile reads a regular file, at most limit bytes. With errLarge it gives what it had of the beginning.
func readFile(t tree, name string, limit int64) ([]byte, error) {
	// Looked at before it is opened: opening a device may do something.
	info, err := t.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w but a %s", errUnsafe, kindWord(info.Mode()))
	}
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w but a %s", errUnsafe, kindWord(info.Mode()))
	}
	if info.Size() > limit {
		limit = min(limit, cutFile)
	}
	// The files of /proc and /sys say that they are empty: only the end is the end.
	body := make([]byte, 0, min(info.Size(), limit)+512)
	for {
		n, err := f.Read(body[len(body):min(cap(body), int(limit)+1)])
		body = body[:len(body)+n]
		if int64(len(body)) > limit {
			return body[:limit], errLarge
		}
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		if err != nil {
			return body, err
		}
		if len(body) == cap(body) {
			body = slices.Grow(body, max(len(body), 4096))
		}
	}
}

func kindWord(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "directory"
	case m&fs.ModeNamedPipe != 0:
		return "pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	case m&fs.ModeSymlink != 0:
		return "link"
	}
	return "thing of another kind"
}

// failed is the answer to a question about a file that could not be had, or not whole.
func failed(q *pluginpb.Question, body []byte, err error) *pluginpb.Answer {
	a := &pluginpb.Answer{Question: q, Body: body, Reason: reasonOf(err), Error: errorText(err)}
	a.Complete = a.Reason == pb.Reason_REASON_NOT_FOUND
	return a
}

func reasonOf(err error) pb.Reason {
	switch {
	case errors.Is(err, errRunning):
		return pb.Reason_REASON_OFFLINE
	case errors.Is(err, errUnsafe), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENXIO):
		return pb.Reason_REASON_UNSAFE_FILE
	case errors.Is(err, errLarge):
		return pb.Reason_REASON_TOO_LARGE
	case errors.Is(err, fs.ErrPermission):
		return pb.Reason_REASON_NOT_PERMITTED
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return pb.Reason_REASON_NOT_FOUND
	case errors.Is(err, os.ErrDeadlineExceeded):
		return pb.Reason_REASON_TIMEOUT
	}
	return pb.Reason_REASON_FAILED
}

// errorText is the error without the path, which the question already names.
func errorText(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// What is read is bounded, as the agent bounds it.
const (
	// maxFile is the largest file that is read whole.
	maxFile = 32 << 20
	// cutFile is how much is kept of a file that says by its size that it is larger: enough for its first lines.
	cutFile = 1 << 20
	// maxTotal bounds the files of one host together.
	maxTotal = 256 << 20
	// maxLinks is how many links one path may go through.
	maxLinks = 40
	// maxSources is how often a source that hangs or breaks is replaced by another.
	maxSources = 3
	// maxListed bounds what is kept of all folders together.
	maxListed = 200000
)

// attr is what a host says of a file itself.
type attr struct {
	// kind is as in driver.Entry; mode has the file's type too.
	kind           string
	mode, uid, gid uint32
	size, modified int64
}

// The types of a file in its mode.
const (
	modeType   = 0o170000
	modePipe   = 0o010000
	modeChar   = 0o020000
	modeFolder = 0o040000
	modeBlock  = 0o060000
	modeFile   = 0o100000
	modeLink   = 0o120000
	modeSocket = 0o140000
)

// setMode sets mode and kind; a mode without a type leaves no kind.
func (a *attr) setMode(mode uint32) {
	a.mode = mode
	switch mode & modeType {
	case modeFile:
		a.kind = "file"
	case modeFolder:
		a.kind = "directory"
	case modeLink:
		a.kind = "link"
	case modePipe, modeChar, modeBlock, modeSocket:
		a.kind = "other"
	}
}

// word is how people call it.
func (a attr) word() string {
	switch a.mode & modeType {
	case modePipe:
		return "pipe"
	case modeSocket:
		return "socket"
	case modeChar, modeBlock:
		return "device"
	}
	return a.kind
}

// cut is the limit for a file of this size.
func cut(limit, size int64) int64 {
	if size > limit {
		return min(limit, cutFile)
	}
	return limit
}

// entry is a file in a folder. Its error says why its attributes are not known.
type entry struct {
	name string
	attr attr
	err  error
}

// A source shows the files of a host. Its paths are absolute and go through no link, except perhaps at their end, which is not
// followed. What it says does not exist is proved not to.
type source interface {
	lstat(ctx context.Context, name string) (attr, error)
	readlink(ctx context.Context, name string) (string, error)
	// readdir lists a folder without . and ..; with errLarge it gives the beginning.
	readdir(ctx context.Context, name string, limit int) ([]entry, error)
	// read reads a regular file of about this size; with errLarge it gives the beginning.
	read(ctx context.Context, name string, size, limit int64) ([]byte, error)
	// silent says that nothing has come since then.
	silent(since time.Time) bool
	close()
}

// tree is the file system of a host. It follows links itself: SFTP calls a loop, a file in the place of a folder and what does
// not exist by one name, and only the last is an absence. What was seen once is not asked for again. It is for use by several
// at a time.
type tree struct {
	open func(context.Context) (source, error)
	// opening is held while a source is opened.
	opening chan struct{}

	mu   sync.Mutex
	now  source
	left int
	why  error // what the last source ended with
	// total counts the bytes of all files.
	total int64
	// listed counts the entries of all folders.
	listed int

	// large is held while a large file is read.
	large chan struct{}

	attrs   memo[attr]
	links   memo[string]
	folders memo[[]entry]
}

func newTree(open func(context.Context) (source, error)) *tree {
	return &tree{open: open, left: maxSources, opening: make(chan struct{}, 1), large: make(chan struct{}, 1)}
}

// source gives the source, opening it if need be.
func (t *tree) source(ctx context.Context) (source, error) {
	select {
	case t.opening <- struct{}{}:
		defer func() { <-t.opening }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	t.mu.Lock()
	now, left, why := t.now, t.left, t.why
	t.mu.Unlock()
	if now != nil {
		return now, nil
	}
	if left == 0 {
		return nil, why
	}
	s, err := t.open(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.left == 0: // closed meanwhile
		if err == nil {
			s.close()
		}
		return nil, t.why
	case err == nil:
		t.now, t.left = s, t.left-1
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		t.left, t.why = t.left-1, os.ErrDeadlineExceeded
	case !errors.Is(err, context.Canceled):
		t.left, t.why = 0, err // it would not be otherwise the next time
	}
	return s, err
}

// drop gives up a source that hangs or has ended.
func (t *tree) drop(s source, why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == s {
		s.close()
		t.now, t.why = nil, why
	}
}

func (t *tree) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now != nil {
		t.now.close()
	}
	t.now, t.left, t.why = nil, 0, errors.New("closed")
}

// use has work done by the source; a source that hangs or has ended is dropped.
func use[T any](ctx context.Context, t *tree, work func(source) (T, error)) (T, error) {
	s, err := t.source(ctx)
	if err != nil {
		var none T
		return none, err
	}
	began := time.Now()
	v, err := work(s)
	var broken *brokenError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		if err = os.ErrDeadlineExceeded; s.silent(began) {
			t.drop(s, err)
		}
	case errors.As(err, &broken):
		t.drop(s, err)
	}
	return v, err
}

func (t *tree) lstatReal(ctx context.Context, name string) (attr, error) {
	if list, ok := t.folders.peek(path.Dir(name)); ok && name != "/" {
		i, found := slices.BinarySearchFunc(list, path.Base(name), func(e entry, base string) int { return cmp.Compare(e.name, base) })
		if found {
			return list[i].attr, list[i].err
		} // and if not, it may be there all the same: autofs shows a folder when it is named
	}
	return t.attrs.get(ctx, name, func() (attr, error) {
		return use(ctx, t, func(s source) (attr, error) { return s.lstat(ctx, name) })
	})
}

// resolve gives the path without links that a path means, and what is there; without last, a link in the last place stays.
func (t *tree) resolve(ctx context.Context, name string, last bool) (string, attr, error) {
	at := "/"
	here, err := t.lstatReal(ctx, at)
	if err != nil {
		return "", attr{}, err
	}
	rest := strings.Split(name, "/")
	for links := 0; len(rest) > 0; {
		element := rest[0]
		rest = rest[1:]
		if element == "" {
			continue
		}
		if here.kind != "directory" {
			return "", attr{}, syscall.ENOTDIR
		}
		if element == "." || element == ".." {
			if element == ".." {
				at = path.Dir(at)
			}
			if here, err = t.lstatReal(ctx, at); err != nil {
				return "", attr{}, err
			}
			continue
		}
		next := path.Join(at, element)
		a, err := t.lstatReal(ctx, next)
		if err != nil {
			return "", attr{}, err
		}
		if a.kind != "link" || !last && !slash(rest) {
			at, here = next, a
			continue
		}
		if links++; links > maxLinks {
			return "", attr{}, syscall.ELOOP
		}
		if next == "/proc/self" || next == "/proc/thread-self" {
			// Whoever asks: where it leads has ended when it is asked for by find or cat.
			at, here = next, attr{kind: "directory", mode: modeFolder}
			continue
		}
		if kernelLink(next) {
			return "", attr{}, fmt.Errorf("%w but a link of the kernel's", errUnsafe)
		}
		target, err := t.linkReal(ctx, next)
		if err != nil {
			return "", attr{}, err
		}
		if strings.HasPrefix(target, "/") {
			at = "/"
			if here, err = t.lstatReal(ctx, at); err != nil {
				return "", attr{}, err
			}
		}
		rest = append(strings.Split(target, "/"), rest...)
		if len(rest) > 4*maxName {
			return "", attr{}, syscall.ELOOP
		}
	}
	return at, here, nil
}

// slash says whether elements are left, so that what comes before them is a folder.
func slash(rest []string) bool {
	for _, r := range rest {
		if r != "" {
			return true
		}
	}
	return false
}

// kernelLink says whether a link's text is not where it leads: those of /proc/PID lead to open files and other roots.
func kernelLink(name string) bool {
	rest, ok := strings.CutPrefix(name, "/proc/")
	who, _, below := strings.Cut(rest, "/")
	return ok && below && (who == "self" || who == "thread-self" || who[0] >= '0' && who[0] <= '9')
}

func (t *tree) linkReal(ctx context.Context, name string) (string, error) {
	return t.links.get(ctx, name, func() (string, error) {
		return use(ctx, t, func(s source) (string, error) { return s.readlink(ctx, name) })
	})
}

// stat follows links, lstat and readlink do not follow the last one.
func (t *tree) stat(ctx context.Context, name string) (attr, error) {
	_, a, err := t.resolve(ctx, name, true)
	return a, err
}

func (t *tree) lstat(ctx context.Context, name string) (attr, error) {
	_, a, err := t.resolve(ctx, name, false)
	return a, err
}

func (t *tree) readlink(ctx context.Context, name string) (string, error) {
	actual, a, err := t.resolve(ctx, name, false)
	if err == nil && a.kind != "link" {
		err = syscall.EINVAL
	}
	if err != nil {
		return "", err
	}
	return t.linkReal(ctx, actual)
}

// folder lists what is in a folder, sorted; with errLarge it gives the beginning. What is no folder has nothing in it.
func (t *tree) folder(ctx context.Context, name string) ([]entry, error) {
	actual, a, err := t.resolve(ctx, name, true)
	if err != nil || a.kind != "directory" {
		return nil, err
	}
	return t.folders.get(ctx, actual, func() ([]entry, error) {
		return use(ctx, t, func(s source) ([]entry, error) { return t.readdir(ctx, s, actual) })
	})
}

// readdir lists a folder by name.
func (t *tree) readdir(ctx context.Context, s source, dir string) ([]entry, error) {
	list, err := s.readdir(ctx, dir, maxEntries)
	slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.listed += len(list); t.listed > maxListed {
		return nil, fmt.Errorf("more than %d entries in all: %w", maxListed, errLarge)
	}
	if err != nil && errors.Is(err, errLarge) {
		err = fmt.Errorf("%s: %w", dir, err)
	}
	return list, err
}

// file reads a regular file, within the limits. With errLarge it gives what it had of the beginning.
func (t *tree) file(ctx context.Context, name string) ([]byte, error) {
	actual, a, err := t.resolve(ctx, name, true)
	if err != nil {
		return nil, err
	}
	// Looked at before it is opened: opening a device may do something, and opening a pipe waits.
	if a.kind != "file" {
		return nil, fmt.Errorf("%w but a %s", errUnsafe, a.word())
	}
	if a.size <= cutFile {
		body, err := t.read(ctx, actual, a.size, cutFile)
		if !errors.Is(err, errLarge) {
			return body, err
		}
	}
	select { // one at a time, so that the limit of one is not the limit of many
	case t.large <- struct{}{}:
		defer func() { <-t.large }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return t.read(ctx, actual, a.size, maxFile)
}

// read reads a file as long as the limit of all together allows.
func (t *tree) read(ctx context.Context, actual string, size, limit int64) ([]byte, error) {
	t.mu.Lock()
	limit = max(0, min(limit, maxTotal-t.total))
	t.mu.Unlock()
	body, err := use(ctx, t, func(s source) ([]byte, error) { return s.read(ctx, actual, size, limit) })
	t.mu.Lock()
	t.total += int64(len(body))
	t.mu.Unlock()
	return body, err
}

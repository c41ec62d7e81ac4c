package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/plumbline/plumbline/plugins/driver"
)

// A listing is bounded, in lines and in depth.
const (
	maxEntries = 50000
	maxDepth   = 64
)

// listing collects what matches a pattern, and the first thing that kept it from being whole.
type listing struct {
	tree    tree
	body    strings.Builder
	entries int
	err     error
}

// list gives the files that match a pattern as lines of a listing. With an error it gives what was seen all the same.
func list(t tree, pattern string) ([]byte, error) {
	l := &listing{tree: t}
	base, everything := strings.CutSuffix(pattern, "/**")
	if _, err := path.Match(base, ""); err != nil || !strings.HasPrefix(pattern, "/") {
		return nil, fmt.Errorf("%q is not a pattern for absolute paths", pattern)
	}
	elements := strings.Split(strings.Trim(base, "/"), "/")
	if everything && base == "" {
		elements = nil
	}
	l.match("/", elements, everything)
	if l.err == nil && l.entries == 0 && !strings.ContainsAny(pattern, `*?[\`) {
		return nil, fs.ErrNotExist
	}
	return []byte(l.body.String()), l.err
}

// match goes on from dir with the elements of the pattern that are left.
func (l *listing) match(dir string, elements []string, everything bool) {
	if len(elements) == 0 {
		l.below(dir, 0)
		return
	}
	names := elements[:1]
	wild := strings.ContainsAny(elements[0], `*?[\`)
	if wild {
		names = nil
		for _, name := range l.read(dir) {
			if ok, _ := path.Match(elements[0], name); ok {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		if errors.Is(l.err, errLarge) {
			return
		}
		p := path.Join(dir, name)
		if len(elements) > 1 || everything {
			if wild && l.loops(p) {
				continue // among many, a loop of links is only a folder less
			}
			l.match(p, elements[1:], everything)
			continue
		}
		l.add(p)
	}
}

func (l *listing) loops(p string) bool {
	_, err := l.tree.Stat(p)
	return errors.Is(err, syscall.ELOOP)
}

// below adds everything under dir. Links are listed, not followed.
func (l *listing) below(dir string, depth int) {
	if depth == maxDepth {
		l.fail(fmt.Errorf("%s: deeper than %d folders: %w", dir, maxDepth, errLarge))
		return
	}
	for _, name := range l.read(dir) {
		if errors.Is(l.err, errLarge) {
			return
		}
		p := path.Join(dir, name)
		if e, ok := l.add(p); ok && e.Kind == "directory" {
			l.below(p, depth+1)
		}
	}
}

// read gives the names in a folder, sorted. What is not a folder has none.
func (l *listing) read(dir string) []string {
	info, err := l.tree.Stat(dir)
	if err != nil {
		l.fail(err)
		return nil
	}
	if !info.IsDir() {
		return nil
	}
	f, err := l.tree.Open(dir)
	if err != nil {
		l.fail(err)
		return nil
	}
	defer f.Close()
	var names []string
	for {
		// In parts: a hostile folder may hold millions.
		more, err := f.Readdirnames(4096)
		names = append(names, more...)
		if len(names) > maxEntries {
			l.fail(fmt.Errorf("%s: more than %d entries: %w", dir, maxEntries, errLarge))
			break
		}
		if len(more) == 0 || err != nil {
			break
		}
	}
	slices.Sort(names)
	return names
}

// add lists one file, as it is itself.
func (l *listing) add(p string) (driver.Entry, bool) {
	info, err := l.tree.Lstat(p)
	if err != nil {
		l.fail(err)
		return driver.Entry{}, false
	}
	e := driver.Entry{Path: p, Kind: "other", Mode: permissions(info.Mode()), Size: info.Size(), Modified: info.ModTime()}
	switch {
	case info.Mode().IsRegular():
		e.Kind = "file"
	case info.IsDir():
		e.Kind = "directory"
	case info.Mode()&fs.ModeSymlink != 0:
		e.Kind = "link"
		if e.Target, err = l.tree.Readlink(p); err != nil {
			l.fail(err)
			return e, false
		}
	}
	if e.UID, e.GID, err = owners(info); err != nil {
		l.fail(err)
		return e, false
	}
	if l.entries++; l.entries > maxEntries {
		l.fail(fmt.Errorf("more than %d entries: %w", maxEntries, errLarge))
		return e, false
	}
	l.body.WriteString(driver.FormatEntry(e))
	l.body.WriteByte('\n')
	return e, true
}

// fail keeps the first thing that makes the listing less than whole; that it is too large counts more than the rest. What
// does not exist, or has ended meanwhile, leaves it whole.
func (l *listing) fail(err error) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ESRCH) {
		return
	}
	if l.err == nil || errors.Is(err, errLarge) {
		l.err = err
	}
}

// permissions are the mode's bits as chmod counts them.
func permissions(m fs.FileMode) uint32 {
	bits := uint32(m.Perm())
	for _, special := range []struct {
		mode fs.FileMode
		bit  uint32
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if m&special.mode != 0 {
			bits |= special.bit
		}
	}
	return bits
}

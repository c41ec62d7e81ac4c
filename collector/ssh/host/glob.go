package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
)

// A listing is bounded, in lines and in depth, as the agent's is.
const (
	maxEntries = 50000
	maxDepth   = 64
)

// wildcards are what makes an element of a pattern more than a name.
const wildcards = `*?[\`

// listing collects what matches a pattern, and the first thing that kept it from being whole.
type listing struct {
	ctx     context.Context
	tree    *tree
	body    strings.Builder
	entries int
	err     error
}

// list gives the files that match a pattern as lines of a listing. With an error it gives what was seen all the same.
func list(ctx context.Context, t *tree, pattern string) ([]byte, error) {
	l := &listing{ctx: ctx, tree: t}
	base, everything := strings.CutSuffix(pattern, "/**")
	if _, err := path.Match(base, ""); err != nil {
		return nil, fmt.Errorf("%q is not a pattern for absolute paths", pattern)
	}
	elements := strings.Split(strings.Trim(base, "/"), "/")
	if everything && base == "" {
		elements = nil
	}
	l.match("/", elements, everything)
	if l.err == nil && l.entries == 0 && !strings.ContainsAny(pattern, wildcards) {
		return nil, fs.ErrNotExist
	}
	return []byte(l.body.String()), l.err
}

// over says that going on would show nothing more.
func (l *listing) over() bool { return errors.Is(l.err, errLarge) || passing(l.err) || isLost(l.err) }

// match goes on from dir with the elements of the pattern that are left.
func (l *listing) match(dir string, elements []string, everything bool) {
	if len(elements) == 0 {
		l.below(dir, 0)
		return
	}
	names := elements[:1]
	wild := strings.ContainsAny(elements[0], wildcards)
	if wild {
		names = nil
		for _, e := range l.read(dir) {
			if ok, _ := path.Match(elements[0], e.name); ok {
				names = append(names, e.name)
			}
		}
		l.warm(dir, names, elements[1:], everything)
	}
	for _, name := range names {
		if l.over() {
			return
		}
		p := path.Join(dir, name)
		if len(elements) > 1 || everything {
			if _, err := l.tree.stat(l.ctx, p); wild && errors.Is(err, syscall.ELOOP) {
				continue // among many, a loop of links is only a folder less
			}
			l.match(p, elements[1:], everything)
			continue
		}
		l.add(p)
	}
}

// warm has the tree see, side by side, what the listing is about to look at one by one under names in dir. What fails here
// fails there again.
func (l *listing) warm(dir string, names, elements []string, everything bool) {
	_ = each(len(names), func(i int) error {
		p := path.Join(dir, names[i])
		a, err := l.tree.lstat(l.ctx, p)
		switch {
		case err != nil || l.ctx.Err() != nil:
		case len(elements) > 0 && strings.ContainsAny(elements[0], wildcards):
			_, _ = l.tree.folder(l.ctx, p)
		case len(elements) > 0:
			_, _ = l.tree.lstat(l.ctx, path.Join(p, elements[0]))
		case everything && a.kind == "directory":
			_, _ = l.tree.folder(l.ctx, p)
		case a.kind == "link":
			_, _ = l.tree.readlink(l.ctx, p)
		}
		return nil //nolint:nilerr // what fails here fails again where it counts
	})
}

// below adds everything under dir. Links are listed, not followed.
func (l *listing) below(dir string, depth int) {
	if depth == maxDepth {
		l.fail(fmt.Errorf("%s: deeper than %d folders: %w", dir, maxDepth, errLarge))
		return
	}
	entries := l.read(dir)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.name
	}
	l.warm(dir, names, nil, true)
	for _, name := range names {
		if l.over() {
			return
		}
		p := path.Join(dir, name)
		if l.add(p) {
			l.below(p, depth+1)
		}
	}
}

// read gives what is in a folder.
func (l *listing) read(dir string) []entry {
	entries, err := l.tree.folder(l.ctx, dir)
	if err != nil {
		l.fail(err)
	}
	return entries
}

// add lists one file, as it is itself, and says whether it is a folder.
func (l *listing) add(p string) bool {
	a, err := l.tree.lstat(l.ctx, p)
	if err != nil {
		l.fail(err)
		return false
	}
	e := driver.Entry{Path: p, Kind: a.kind, Mode: a.mode &^ modeType, UID: a.uid, GID: a.gid, Size: a.size, Modified: time.Unix(a.modified, 0)}
	if a.kind == "link" {
		if e.Target, err = l.tree.readlink(l.ctx, p); err != nil {
			l.fail(err)
			return false
		}
	}
	if l.entries++; l.entries > maxEntries {
		l.fail(fmt.Errorf("more than %d entries: %w", maxEntries, errLarge))
		return false
	}
	l.body.WriteString(driver.FormatEntry(e))
	l.body.WriteByte('\n')
	return a.kind == "directory"
}

// fail keeps the first thing that makes the listing less than whole; that it is too large counts more than the rest. What
// does not exist, or has ended meanwhile, leaves it whole.
func (l *listing) fail(err error) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ESRCH) {
		return
	}
	if l.err == nil || errors.Is(err, errLarge) || isLost(err) {
		l.err = err
	}
}

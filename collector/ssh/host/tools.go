package host

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tools shows files by the host's own find and cat, where it has no SFTP. Each question costs a channel, and paths are only
// what any shell takes as they stand.
type tools struct{ shell *shell }

var _ source = tools{}

// what find prints of a file: kind, mode, owner, size and time, then its name, each ended by a zero byte.
const findFormat = `%y %m %U %G %s %T@\0%f\0`

func toolLstat(name string) []string {
	return []string{"find", name, "-maxdepth", "0", "-printf", findFormat}
}

func toolFolder(name string) []string {
	return []string{"find", name, "-mindepth", "1", "-maxdepth", "1", "-printf", findFormat}
}

func toolLink(name string) []string {
	return []string{"find", name, "-maxdepth", "0", "-printf", `%l\0`}
}

func toolRead(name string) []string { return []string{"cat", "--", name} }

func (t tools) lstat(ctx context.Context, name string) (attr, error) {
	out, err := t.run(ctx, maxComplaint, toolLstat(name))
	if err != nil {
		return attr{}, err
	}
	list, err := readFound(out)
	if err != nil || len(list) != 1 {
		return attr{}, errUnended
	}
	return list[0].attr, nil
}

// entryLength is about what find prints of a file at most.
const entryLength = 400

func (t tools) readdir(ctx context.Context, name string, limit int) ([]entry, error) {
	out, err := t.run(ctx, min(limit*entryLength, maxOutput), toolFolder(name))
	if err != nil {
		return nil, err
	}
	list, err := readFound(out)
	if err == nil && len(list) > limit {
		err = fmt.Errorf("more than %d entries: %w", limit, errLarge)
	}
	return list, err
}

func (t tools) readlink(ctx context.Context, name string) (string, error) {
	out, err := t.run(ctx, maxComplaint, toolLink(name))
	if err != nil {
		return "", err
	}
	target, ok := bytes.CutSuffix(out, []byte{0})
	if !ok || len(target) == 0 || bytes.ContainsRune(target, 0) {
		return "", errUnended
	}
	return string(target), nil
}

func (t tools) read(ctx context.Context, name string, size, limit int64) ([]byte, error) {
	limit = cut(limit, size)
	body, err := t.run(ctx, int(limit), toolRead(name))
	if int64(len(body)) > limit {
		return body[:limit], errLarge
	}
	return body, err
}

func (tools) silent(time.Time) bool { return false }

func (tools) close() {}

// run runs a tool; what it complains of is the error.
func (t tools) run(ctx context.Context, limit int, words []string) ([]byte, error) {
	r, err := t.shell.tool(ctx, asUser, limit, words...)
	if err != nil {
		return r.body, err
	}
	if r.status == 0 {
		return r.body, nil
	}
	return r.body, complaintError(r)
}

// complaintError reads what find and cat complain of, in the C locale.
func complaintError(r result) error {
	complaint := strings.TrimSpace(r.complaint)
	if !strings.Contains(complaint, "\n") {
		for text, err := range map[string]error{
			": No such file or directory": syscall.ENOENT, ": Permission denied": syscall.EACCES,
			": Too many levels of symbolic links": syscall.ELOOP, ": Not a directory": syscall.ENOTDIR,
		} {
			if strings.HasSuffix(complaint, text) {
				return err
			}
		}
	}
	return r.failure()
}

// readFound reads what find printed by findFormat.
func readFound(out []byte) ([]entry, error) {
	var list []entry
	for len(out) > 0 {
		about, rest, ok1 := bytes.Cut(out, []byte{0})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		out = rest
		a, err := readFoundAttr(string(about))
		if !ok1 || !ok2 || len(name) == 0 || err != nil {
			return list, errUnended
		}
		list = append(list, entry{name: string(name), attr: a})
	}
	return list, nil
}

// types are find's letters.
var types = map[string]uint32{"f": modeFile, "d": modeFolder, "l": modeLink, "p": modePipe, "s": modeSocket, "c": modeChar, "b": modeBlock}

func readFoundAttr(about string) (attr, error) {
	f := strings.Split(about, " ")
	if len(f) != 6 || types[f[0]] == 0 {
		return attr{}, errUnended
	}
	seconds, _, _ := strings.Cut(f[5], ".")
	mode, err1 := strconv.ParseUint(f[1], 8, 12)
	uid, err2 := strconv.ParseUint(f[2], 10, 32)
	gid, err3 := strconv.ParseUint(f[3], 10, 32)
	size, err4 := strconv.ParseInt(f[4], 10, 64)
	modified, err5 := strconv.ParseInt(seconds, 10, 64)
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil || size < 0 {
			return attr{}, errUnended
		}
	}
	a := attr{uid: uint32(uid), gid: uint32(gid), size: size, modified: modified}
	a.setMode(types[f[0]] | uint32(mode))
	return a, nil
}

package driver

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Entry is one file of a listing (the answer to Glob).
type Entry struct {
	Path string
	// Kind is file, directory, link or other (device, pipe, socket).
	Kind string
	// Mode is the permission bits with set-id and sticky, as chmod counts them.
	Mode     uint32
	UID, GID uint32
	Size     int64
	Modified time.Time
	// Target is where a link points, as written; the rest of a link's entry is about the link itself.
	Target string
}

// FormatEntry prints an entry as one line of a listing:
//
//	0640 0 4 file 1234 2026-01-02T03:04:05Z "/var/log/auth.log"
//	0777 0 0 link 19 2026-01-02T03:04:05Z "/etc/localtime" "/usr/share/zoneinfo/UTC"
func FormatEntry(e Entry) string {
	s := fmt.Sprintf("%04o %d %d %s %d %s %s", e.Mode, e.UID, e.GID, e.Kind, e.Size, e.Modified.UTC().Format(time.RFC3339), strconv.Quote(e.Path))
	if e.Target != "" {
		s += " " + strconv.Quote(e.Target)
	}
	return s
}

// ParseEntry reads a line of a listing.
func ParseEntry(line string) (Entry, error) {
	f := strings.SplitN(strings.TrimSpace(line), " ", 7)
	if len(f) != 7 {
		return Entry{}, fmt.Errorf("%q is not a line of a listing", line)
	}
	mode, err1 := strconv.ParseUint(f[0], 8, 32)
	uid, err2 := strconv.ParseUint(f[1], 10, 32)
	gid, err3 := strconv.ParseUint(f[2], 10, 32)
	size, err4 := strconv.ParseInt(f[4], 10, 64)
	modified, err5 := time.Parse(time.RFC3339, f[5])
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			return Entry{}, fmt.Errorf("%q is not a line of a listing: %w", line, err)
		}
	}
	e := Entry{Kind: f[3], Mode: uint32(mode), UID: uint32(uid), GID: uint32(gid), Size: size, Modified: modified}
	quoted, err := strconv.QuotedPrefix(f[6])
	if err != nil {
		return Entry{}, fmt.Errorf("%q: path is not quoted: %w", line, err)
	}
	if e.Path, err = strconv.Unquote(quoted); err != nil {
		return Entry{}, fmt.Errorf("%q: path: %w", line, err)
	}
	if target := strings.TrimSpace(f[6][len(quoted):]); target != "" {
		if e.Target, err = strconv.Unquote(target); err != nil {
			return Entry{}, fmt.Errorf("%q: target: %w", line, err)
		}
	}
	return e, nil
}

// Listing reads the answer to a Glob. A line that cannot be read makes the listing an error: a list with a
// hole is not a list.
func (d Document) Listing() ([]Entry, error) {
	var out []Entry
	for n, line := range d.Lines() {
		if line == "" {
			continue
		}
		e, err := ParseEntry(line)
		if err != nil {
			return out, fmt.Errorf("%s line %d: %w", d.Source, n, err)
		}
		out = append(out, e)
	}
	return out, nil
}

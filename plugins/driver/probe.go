package driver

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Record is one line of a probe's answer: words before the first key=value, then the pairs. Values with
// spaces are quoted as Go quotes them.
//
//	listeners:  tcp 0.0.0.0:22 pid=812 process=sshd uid=0 unit=ssh.service
//	            tcp [::]:5432 pid=? why="permission denied"
//	processes:  1 name=systemd uid=0 exe=/usr/lib/systemd/systemd
//	clock:      utc=2026-01-02T03:04:05Z zone=Asia/Shanghai synchronised=true offset_us=-120 max_error_us=400
//	host:       hostname=web1 kernel=6.1.0 arch=x86_64 booted=2026-01-02T03:04:05Z virtualization=kvm
type Record struct {
	Words []string
	Pairs map[string]string
}

// Get gives a pair's value, "" if it is not there.
func (r Record) Get(key string) string { return r.Pairs[key] }

// FormatRecord prints a record, pairs sorted by key.
func FormatRecord(r Record) string {
	parts := append([]string(nil), r.Words...)
	keys := make([]string, 0, len(r.Pairs))
	for k := range r.Pairs {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		v := r.Pairs[k]
		if v == "" || strings.ContainsFunc(v, func(c rune) bool { return c == ' ' || c == '"' || !strconv.IsPrint(c) }) {
			v = strconv.Quote(v)
		}
		parts = append(parts, k+"="+v)
	}
	return strings.Join(parts, " ")
}

// ParseRecord reads what FormatRecord prints.
func ParseRecord(line string) (Record, error) {
	r := Record{Pairs: map[string]string{}}
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimLeft(rest, " ") {
		word := rest
		if i := strings.IndexAny(rest, " ="); i >= 0 {
			word = rest[:i]
		}
		rest = rest[len(word):]
		if !strings.HasPrefix(rest, "=") {
			r.Words = append(r.Words, word)
			continue
		}
		rest = rest[1:]
		var value string
		if strings.HasPrefix(rest, `"`) {
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return r, fmt.Errorf("%q: value of %s: %w", line, word, err)
			}
			value, _ = strconv.Unquote(q)
			rest = rest[len(q):]
		} else if i := strings.IndexByte(rest, ' '); i >= 0 {
			value, rest = rest[:i], rest[i:]
		} else {
			value, rest = rest, ""
		}
		r.Pairs[word] = value
	}
	return r, nil
}

// Records reads a probe's answer. A line that cannot be read is an error, with what was read so far.
func (d Document) Records() ([]Record, error) {
	var out []Record
	for n, line := range d.Lines() {
		if strings.TrimSpace(line) == "" {
			continue
		}
		r, err := ParseRecord(line)
		if err != nil {
			return out, fmt.Errorf("%s line %d: %w", d.Source, n, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// Package ceftest reads the Common Event Format as its specification has it, and nothing of how ours is written. It is for tests only.
package ceftest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A Record is one event.
type Record struct {
	Version, Vendor, Product, DeviceVersion, Signature, Name, Severity string
	Extension                                                          map[string]string
}

// A key begins the text or follows a space, and an equals sign that no backslash stands before ends it.
var key = regexp.MustCompile(`(?:^|\s)([A-Za-z0-9_.\[\]]+)=`)

// Read reads one record.
func Read(line string) (Record, error) {
	var r Record
	rest, ok := strings.CutPrefix(line, "CEF:")
	if !ok {
		return r, fmt.Errorf("it does not begin with CEF: %.60q", line)
	}
	if strings.ContainsAny(line, "\r\n\x00") {
		return r, fmt.Errorf("it is more than one line: %.60q", line)
	}
	for _, into := range []*string{&r.Version, &r.Vendor, &r.Product, &r.DeviceVersion, &r.Signature, &r.Name, &r.Severity} {
		var b strings.Builder
		ended := false
		for i := 0; i < len(rest); i++ {
			if rest[i] == '|' {
				rest, ended = rest[i+1:], true
				break
			}
			if rest[i] == '\\' {
				i++
				if i == len(rest) || rest[i] != '|' && rest[i] != '\\' {
					return r, fmt.Errorf("a backslash before neither | nor \\ in the header: %.80q", line)
				}
			}
			b.WriteByte(rest[i])
		}
		if !ended {
			return r, errors.New("the header has too few fields")
		}
		*into = b.String()
	}
	r.Extension = map[string]string{}
	marks := key.FindAllStringSubmatchIndex(rest, -1)
	if len(marks) == 0 && rest != "" {
		return r, fmt.Errorf("no key in %.60q", rest)
	}
	for i, m := range marks {
		end := len(rest)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		name := rest[m[2]:m[3]]
		text, err := unescape(rest[m[1]:end])
		if err != nil {
			return r, fmt.Errorf("field %s: %w", name, err)
		}
		if _, twice := r.Extension[name]; twice {
			return r, fmt.Errorf("field %s stands twice", name)
		}
		r.Extension[name] = text
	}
	return r, nil
}

func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '=':
			return "", errors.New("an equals sign that is not escaped")
		case s[i] != '\\':
			b.WriteByte(s[i])
			continue
		}
		i++
		switch {
		case i == len(s):
			return "", errors.New("it ends with a backslash")
		case s[i] == '\\' || s[i] == '=':
			b.WriteByte(s[i])
		case s[i] == 'n':
			b.WriteByte('\n')
		case s[i] == 'r':
			b.WriteByte('\r')
		default:
			return "", fmt.Errorf("a backslash before %q", s[i])
		}
	}
	return b.String(), nil
}

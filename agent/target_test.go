//go:build linux

package agent

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver/linux"
)

func TestReadKey(t *testing.T) {
	dir := t.TempDir()
	key := bytes.Repeat([]byte{7}, keyLen)
	for name, c := range map[string]struct {
		text []byte
		mode os.FileMode
		want bool
	}{
		"right":      {key, 0o600, true},
		"read only":  {key, 0o400, true},
		"longer":     {append([]byte(nil), append(key, 1)...), 0o600, true},
		"for others": {key, 0o644, false},
		"for groups": {key, 0o620, false},
		"short":      {key[1:], 0o600, false},
		"empty":      {nil, 0o600, false},
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, c.text, c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		if got, ok := readKey(file); ok != c.want || ok && !bytes.Equal(got, key) {
			t.Errorf("%s: %x, %v", name, got, ok)
		}
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{pipe, dir, filepath.Join(dir, "not there")} {
		if _, ok := readKey(file); ok {
			t.Errorf("%s gave a key", file)
		}
	}
	if a, b := MaskKey(), MaskKey(); len(a) != keyLen || len(b) != keyLen {
		t.Errorf("%x, %x", a, b)
	}
}

func TestTargetID(t *testing.T) {
	const number = "0123456789abcdef0123456789abcdef"
	for _, c := range []struct{ machineID, hostname, given, want string }{
		{machineID: number + "\n", hostname: "web1\n", want: "host-"},
		{machineID: number, hostname: "web1", given: "core-1", want: "core-1"},
		{machineID: "uninitialized\n", hostname: "web1\n", want: "web1"},
		{hostname: "web1\nsecond line\n", want: "web1"},
		{want: "a-root"},
	} {
		dir := filepath.Join(t.TempDir(), "a-root")
		if err := os.MkdirAll(filepath.Join(dir, "etc"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"machine-id": c.machineID, "hostname": c.hostname} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Scan(t.Context(), Config{Driver: linux.Driver{}, Root: dir, Target: c.given})
		if err != nil {
			t.Fatal(err)
		}
		id := s.GetTarget().GetId()
		if c.want == "host-" {
			again, err := Scan(t.Context(), Config{Driver: linux.Driver{}, Root: dir})
			if err != nil || again.GetTarget().GetId() != id || len(id) != len("host-")+16 || !strings.HasPrefix(id, "host-") || strings.Contains(id, number[:8]) {
				t.Errorf("%q, then %q, %v", id, again.GetTarget().GetId(), err)
			}
		} else if id != c.want {
			t.Errorf("%+v: %q", c, id)
		}
	}
	host := Config{Driver: linux.Driver{}}
	target, err := host.target(t.Context(), local())
	if err != nil || target.GetId() == "" || target.GetDriver() != "linux" {
		t.Errorf("%v, %v", target, err)
	}
}

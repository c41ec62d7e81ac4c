//go:build linux

package program

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
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
	if a, b := new(App).MaskKey(), new(App).MaskKey(); len(a) != keyLen || len(b) != keyLen {
		t.Errorf("%x, %x", a, b)
	}
}

package plugins_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/plumbline/plumbline/plugins"
)

// TestP3Tampered: whatever was done to a plugin, its path or its digest, it is refused with an error that says what is wrong and what to
// do, as a driver and as a sink, and nothing of it runs.
func TestP3Tampered(t *testing.T) {
	genuine, err := os.ReadFile(build(t))
	if err != nil {
		t.Fatal(err)
	}
	digest := func(b []byte) string {
		sum := sha256.Sum256(b)
		return hex.EncodeToString(sum[:])
	}
	// place puts a program into a folder of its own.
	place := func(t *testing.T, body []byte, dirMode, mode os.FileMode) string {
		dir := filepath.Join(t.TempDir(), "plugins")
		for _, err := range []error{os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "coolnos"), body, 0o755), os.Chmod(filepath.Join(dir, "coolnos"), mode), os.Chmod(dir, dirMode)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return filepath.Join(dir, "coolnos")
	}
	marker := filepath.Join(t.TempDir(), "ran")
	evil := []byte("#!/bin/sh\ntouch " + marker + "\n")
	// A program of another machine: big-endian s390 in its head.
	foreign := append([]byte{}, genuine...)
	foreign[5], foreign[18], foreign[19] = 2, 0, 22
	at := func(path, sum string) plugins.Config {
		return plugins.Config{Name: "coolnos", Path: path, SHA256: sum, Commands: []string{"show configuration", "exit"}}
	}
	for name, test := range map[string]struct {
		config func(t *testing.T) plugins.Config
		want   string
	}{
		"changed": {func(t *testing.T) plugins.Config {
			return at(place(t, append(append([]byte{}, genuine...), 0), 0o755, 0o755), digest(genuine))
		}, "the configuration pins " + digest(genuine)},
		"truncated": {func(t *testing.T) plugins.Config {
			return at(place(t, genuine[:len(genuine)-1], 0o755, 0o755), digest(genuine))
		}, "the configuration pins"},
		"another program": {func(t *testing.T) plugins.Config { return at(place(t, evil, 0o755, 0o755), digest(genuine)) }, "the configuration pins"},
		"a wrong digest":  {func(t *testing.T) plugins.Config { return at(place(t, genuine, 0o755, 0o755), digest(evil)) }, "the configuration pins"},
		"an empty digest": {func(t *testing.T) plugins.Config { return at(place(t, genuine, 0o755, 0o755), "") }, "sha256sum"},
		"a short digest":  {func(t *testing.T) plugins.Config { return at(place(t, genuine, 0o755, 0o755), digest(genuine)[:63]) }, "not 64 hex digits"},
		"no digest": {func(t *testing.T) plugins.Config {
			return at(place(t, genuine, 0o755, 0o755), strings.Repeat("z", 64))
		}, "not 64 hex digits"},
		"a link": {func(t *testing.T) plugins.Config {
			path := place(t, genuine, 0o755, 0o755)
			if err := os.Symlink(path, path+"-link"); err != nil {
				t.Fatal(err)
			}
			return at(path+"-link", digest(genuine))
		}, "reached through a link"},
		"a folder that is a link": {func(t *testing.T) plugins.Config {
			path := place(t, genuine, 0o755, 0o755)
			link := filepath.Join(t.TempDir(), "link")
			if err := os.Symlink(filepath.Dir(path), link); err != nil {
				t.Fatal(err)
			}
			return at(filepath.Join(link, "coolnos"), digest(genuine))
		}, "reached through a link"},
		"up and down again": {func(t *testing.T) plugins.Config {
			path := place(t, genuine, 0o755, 0o755)
			return at(filepath.Dir(path)+"/../plugins/coolnos", digest(genuine))
		}, "is not plain"},
		"a folder that its group may change": {func(t *testing.T) plugins.Config {
			return at(place(t, genuine, 0o775, 0o755), digest(genuine))
		}, "the folder"},
		"a file that everybody may change": {func(t *testing.T) plugins.Config {
			return at(place(t, genuine, 0o755, 0o757), digest(genuine))
		}, "can be changed by others"},
		"a relative path": {func(*testing.T) plugins.Config { return at("plugins/coolnos", digest(genuine)) }, "not absolute"},
		"a pipe": {func(t *testing.T) plugins.Config {
			path := filepath.Join(t.TempDir(), "coolnos")
			if err := syscall.Mkfifo(path, 0o700); err != nil {
				t.Fatal(err)
			}
			return at(path, digest(genuine))
		}, "not a regular file"},
		"a folder": {func(t *testing.T) plugins.Config {
			return at(filepath.Dir(place(t, genuine, 0o755, 0o755)), digest(genuine))
		}, "not a regular file"},
		"for another machine": {func(t *testing.T) plugins.Config { return at(place(t, foreign, 0o755, 0o755), digest(foreign)) }, "exec format error"},
	} {
		t.Run(name, func(t *testing.T) {
			c := test.config(t)
			said := func(what string, err error) {
				t.Helper()
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("as a %s: %v, want it to say %q", what, err, test.want)
				}
			}
			d, err := plugins.Load(t.Context(), []plugins.Config{c}, os.Stderr)
			if err == nil {
				d.Close()
			}
			said("driver", err)
			sinks, err := plugins.LoadSinks(t.Context(), []plugins.SinkConfig{{Name: "coolnos", Path: c.Path, SHA256: c.SHA256, As: nobody()}}, os.Stderr)
			for _, s := range sinks {
				s.Close()
			}
			said("sink", err)
		})
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("the exchanged program ran")
	}
	// The genuine one, in its place, is taken.
	d, err := plugins.Load(t.Context(), []plugins.Config{at(place(t, genuine, 0o755, 0o755), strings.ToUpper(digest(genuine)))}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
}

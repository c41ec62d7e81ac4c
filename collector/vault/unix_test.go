//go:build unix

package vault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func dup(f *os.File) (int, error) { return syscall.Dup(int(f.Fd())) }

func script(t *testing.T, body string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "get")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+body), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCommand(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pid")
	tests := []struct{ name, body, want string }{
		{"good", `printf '{"name":"%s","user":"u","password":"` + canary + `"}' "$2"`, ""},
		{"yaml", "echo name: $2; echo user: $PASSED; echo password: " + canary, ""},
		{"environment", `test "$(env | grep -vc -e ^PWD= -e ^SHLVL= -e ^_= )" = 4 && test "$PLUMBLINE_CREDENTIAL" = a && echo "{\"name\":\"a\",\"user\":\"u\",\"password\":\"` + canary + `\"}"`, ""},
		{"does not know", "exit 0", "no source knows"},
		{"fails", "echo " + canary + " >&2; echo " + canary + "; exit 3", "ended with state 3"},
		{"killed", "kill -9 $$", "ended with state -1"},
		{"another's", `echo '{"name":"b","user":"u","password":"` + canary + `"}'`, "is not \"a\""},
		{"nonsense", "echo " + canary, "must be a mapping"},
		{"endless", "yes " + canary, "prints more than"},
		{"endless on stderr", "yes " + canary + " >&2 & sleep 30", "no answer in time"},
		{"sleeps", "sleep 30", "no answer in time"},
		{"leaves a child", "sleep 30 & echo $! > " + pids + "; sleep 30", "no answer in time"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v, err := open(Config{Sources: []Source{{Command: &Command{Path: script(t, test.body, 0o700), Args: []string{"--name", "{name}"}, Pass: []string{"PASSED", "UNSET"}, Timeout: time.Second}}}}, env(map[string]string{"PASSED": "u", "HOME": canary}))
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			c, err := v.Get(t.Context(), "a")
			if time.Since(start) > 8*time.Second {
				t.Errorf("took %s", time.Since(start))
			}
			nowhere(t, "result", c, err)
			if test.want == "" {
				if err != nil || c.User != "u" || c.Password.Reveal() != canary {
					t.Error(c, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(3 * time.Second); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); time.Sleep(20 * time.Millisecond) {
		if state, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); strings.Contains(string(state), ") Z ") {
			break // dead, not yet collected by its new parent
		}
		if time.Now().After(end) {
			t.Fatal("what the command started lives on")
		}
	}
}

func TestCommandRefused(t *testing.T) {
	for want, path := range map[string]string{
		"does not exist": filepath.Join(t.TempDir(), "none"), "chmod 0755": script(t, "", 0o777), "not a regular file": t.TempDir(), "cannot run": script(t, "", 0o600),
	} {
		v, err := open(Config{Sources: []Source{{Command: &Command{Path: path, Timeout: time.Second}}}}, noEnv)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = v.Get(t.Context(), "a"); !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestCommandInOpenFolder(t *testing.T) {
	path := script(t, "echo x", 0o700)
	if err := os.Chmod(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, link} {
		v, err := open(Config{Sources: []Source{{Command: &Command{Path: p, Timeout: time.Second}}}}, noEnv)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = v.Get(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "could exchange the program") {
			t.Error(err)
		}
	}
}

// A named pipe in place of a secret holds nothing up.
func TestNamedPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Ref{File: name}).read(noEnv); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}

package hostkeys

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

// A broken line is told with its place, nothing is used, and nothing is lost by writing.
func TestBrokenFile(t *testing.T) {
	good := Pin{Target: "a", Address: address, Key: newEd(), When: then, Who: "w"}.line()
	f := strings.Split(strings.TrimSpace(good), "\t")
	with := func(i int, v string) string {
		g := slices.Clone(f)
		g[i] = v
		return strings.Join(g, "\t") + "\n"
	}
	for name, bad := range map[string]string{
		"cut": good[:len(good)/2] + "\n", "key": with(3, "AAAA"), "base64": with(3, "!"), "algorithm": with(2, "ssh-rsa"), "time": with(4, "yesterday"), "empty": with(0, ""),
		"more": strings.TrimSpace(good) + "\tx\n", "long": strings.Repeat("x", maxLine+1) + "\n", "binary": "\x00\x01\n", "trailing": with(3, f[3]+base64.StdEncoding.EncodeToString([]byte("xxx"))),
	} {
		t.Run(name, func(t *testing.T) {
			text := "# c\n" + good + bad + "\n" + bad
			file := write(t, text)
			_, err := Open(file)
			found := strict.Problems(err)
			if len(found) != 2 || found[0].Line != 3 || found[1].Line != 5 || !strings.Contains(err.Error(), file+":3: ") {
				t.Fatalf("%v", err)
			}
			// It was good when it was opened, and is broken when a key is accepted.
			s := &Store{file: file, pins: map[string][]Pin{}}
			if err := s.Accept("b", address, newEd(), "w", then, Add); err == nil {
				t.Error("a broken file is rewritten")
			}
			if err := s.Check("a", address, newEd()); !errors.Is(err, sshasker.ErrUnknownKey) {
				t.Error(err)
			}
			if _, err := s.List(); err == nil {
				t.Error("a broken file is listed")
			}
			if now, err := os.ReadFile(file); err != nil || string(now) != text {
				t.Errorf("the file was changed: %q %v", now, err)
			}
		})
	}
}

func TestCommentsStay(t *testing.T) {
	file := write(t, "# kept\n\n"+strings.TrimSuffix(Pin{Target: "a", Address: address, Key: newEd(), When: then, Who: "w"}.line(), "\n"))
	s := open(t, file)
	if err := s.Accept("b", address, newEd(), "w", then, Add); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(data), "# kept\n\na\t") || strings.Count(string(data), "\n") != 4 {
		t.Errorf("%q %v", data, err)
	}
}

func TestUnsafeFiles(t *testing.T) {
	file := write(t, "")
	if err := os.Chmod(file, 0o620); err != nil {
		t.Fatal(err)
	}
	pins := filepath.Join(t.TempDir(), "pins")
	for _, files := range [][]string{{file}, {pins, file}, {pins, pins + ".missing"}, {t.TempDir()}, {}, {""}, {pins, write(t, "host ssh-rsa nonsense\n")}} {
		if _, err := Open(files...); err == nil {
			t.Errorf("%q opened", files)
		}
	}
	if _, err := os.Stat(pins); !errors.Is(err, fs.ErrNotExist) {
		t.Error("opening wrote a file")
	}
}

// Two processes and many goroutines write; no pin is lost, and a store that only reads sees them all.
func TestManyWriters(t *testing.T) {
	reader, file := store(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for _, name := range []string{"p", "q"} {
		wait.Go(func() {
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = append(os.Environ(), "HOSTKEYS_WRITER="+file, "HOSTKEYS_NAME="+name)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	mine := open(t, file)
	for g := range 4 {
		wait.Go(func() {
			for i := range writes / 5 {
				if err := mine.Accept(fmt.Sprintf("g%d-%d", g, i), address, newEd(), "w", then, Add); err != nil {
					t.Error(err)
				}
				_ = mine.Check("p1", address, newEd())
			}
		})
	}
	wait.Wait()
	pins, err := reader.List()
	if err != nil || len(pins) != 2*writes+4*(writes/5) {
		t.Errorf("%d pins, %v", len(pins), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".pins-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A pin that another process took away is not used any more.
func TestRemovalIsSeen(t *testing.T) {
	s, file := store(t)
	key := newEd()
	if err := s.Accept("sw", address, key, "w", then, Add); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, file).Remove("sw", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Check("sw", address, key); !errors.Is(err, sshasker.ErrUnknownKey) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	good := Pin{Target: "a", Address: address, Key: newEd(), When: then, Who: "w"}.line()
	f.Add(good)
	f.Add("# c\n\n" + good + good[:40])
	f.Add("a\tb\tc\td\te\tf")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := parse("f", []byte(text))
		if err != nil {
			if len(strict.Problems(err)) == 0 {
				t.Fatal(err)
			}
			return
		}
		var back strings.Builder
		for _, l := range lines {
			back.WriteString(l.text)
			if l.pin != nil {
				again, zh, _ := parsePin(strings.TrimSuffix(l.pin.line(), "\n"))
				if zh != "" || again.Target != l.pin.Target || !same(again.Key, l.pin.Key) {
					t.Fatalf("%q does not come back", l.text)
				}
			}
		}
		if got := back.String(); got != text && got != text+"\n" {
			t.Fatalf("%q becomes %q", text, got)
		}
	})
}

package identity_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
)

func FuzzParseJoin(f *testing.F) {
	root := sha256.Sum256([]byte("root"))
	f.Add(identity.JoinString("token", root))
	f.Add("plumbline-join-v1..")
	f.Add("plumbline-join-v2.a.b")
	f.Fuzz(func(t *testing.T, s string) {
		token, root, err := identity.ParseJoin(s)
		if err != nil {
			return
		}
		again, sameRoot, err := identity.ParseJoin(identity.JoinString(token, root))
		if err != nil || again != token || sameRoot != root {
			t.Errorf("%q is not read back: %v", s, err)
		}
	})
}

func TestParseJoin(t *testing.T) {
	root := sha256.Sum256([]byte("root"))
	good := identity.JoinString("secret-token", root)
	if token, got, err := identity.ParseJoin(" " + good + "\n"); err != nil || token != "secret-token" || got != root {
		t.Errorf("%q: %v", token, err)
	}
	for _, bad := range []string{"", "x", good + "0", good[:len(good)-1], strings.Replace(good, "v1", "v2", 1), strings.Replace(good, "secret-token", "", 1), good + ".x"} {
		if _, _, err := identity.ParseJoin(bad); err == nil || strings.Contains(err.Error(), "secret-token") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestCheckName(t *testing.T) {
	for _, good := range []string{"a", "web-01", "web_01.bank.example", "7"} {
		if err := identity.CheckName(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "-a", ".", "../x", "a b", "a/b", "a\n", "主机", strings.Repeat("a", 129)} {
		if identity.CheckName(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestOpenNothing(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "none"), private(t)} {
		if _, err := identity.Open(dir, identity.Options{}); !errors.Is(err, identity.ErrNotJoined) {
			t.Error(err)
		}
	}
}

func private(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A file is replaced whole, stays private, and leaves nothing beside it.
func TestWriteFile(t *testing.T) {
	dir := private(t)
	path := filepath.Join(dir, "f")
	for _, text := range []string{"one", "two"} {
		if err := identity.WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q: %v", got, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files: %v", len(entries), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: %v", info.Mode(), err)
	}
	if err := identity.WriteFile(filepath.Join(dir, "none", "f"), nil); err == nil {
		t.Error("written into a folder that is not there")
	}
}

func TestClock(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	if got, err := identity.ParseClock(identity.Clock(now)); err != nil || !got.Equal(now) {
		t.Errorf("%v: %v", got, err)
	}
	if _, err := identity.ParseClock("noon"); err == nil {
		t.Error("noon is no clock")
	}
	text := (&identity.ClockError{Here: now, Server: now.Add(time.Hour)}).Error()
	for _, want := range []string{"1h0m0s", now.UTC().Format(time.RFC3339), now.Add(time.Hour).UTC().Format(time.RFC3339)} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %s", text, want)
		}
	}
}

package program

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOutputIsReplacedWhole: a report replaces an older one, keeps its file to its owner, and a link is not followed.
func TestOutputIsReplacedWhole(t *testing.T) {
	dir := t.TempDir()
	name, other := filepath.Join(dir, "report"), filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, name); err != nil {
		t.Fatal(err)
	}
	out, err := OpenOutput(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Discard()
	out.WriteString("new")
	if got, err := os.ReadFile(name); err != nil || string(got) != "other" {
		t.Errorf("before the commit: %q, %v", got, err)
	}
	if err := out.Commit(); err != nil {
		t.Fatal(err)
	}
	out.Discard()
	info, err := os.Lstat(name)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for file, want := range map[string]string{name: "new", other: "other"} {
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

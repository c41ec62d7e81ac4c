package folder

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A folder is one holder's at a time; the file stays, and the next one takes it again.
func TestTake(t *testing.T) {
	dir := t.TempDir()
	held, err := Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Take(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("%v, %v", again, err)
	}
	if err := held.Release(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, Lock)); err != nil {
		t.Error(err)
	}
	again, err := Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(again.Release(), Sync(dir)); err != nil {
		t.Error(err)
	}
	if _, err := Take(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there was taken")
	}
}

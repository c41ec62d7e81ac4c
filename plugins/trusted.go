package plugins

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// trusted refuses a program that stands where others could have put it. What runs is pinned by its content all the same; a path that
// others hold is a mistake of the installation, and the operator hears of it.
func trusted(path string) error {
	switch plain, err := filepath.EvalSymlinks(path); {
	case !filepath.IsAbs(path):
		return fmt.Errorf("path %q is not absolute", path)
	case filepath.Clean(path) != path:
		return fmt.Errorf("path %q is not plain: write %s", path, filepath.Clean(path))
	case err != nil:
		return err
	case plain != path:
		return fmt.Errorf("%s is reached through a link: name the program itself, %s", path, plain)
	}
	if runtime.GOOS == "windows" {
		return nil // permission bits mean nothing there
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be changed by others (%v): chmod go-w %s", path, info.Mode().Perm(), path)
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Lstat(dir)
		if err != nil {
			return err
		}
		// In a folder with the sticky bit others cannot exchange what is not theirs.
		if info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
			return fmt.Errorf("the folder %s can be changed by others (%v), who could exchange %s: chmod go-w %s", dir, info.Mode().Perm(), filepath.Base(path), dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// isDigest says whether it is a SHA-256 in hex.
func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32
}

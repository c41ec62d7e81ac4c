//go:build unix

package file

import (
	"errors"
	"os"
)

// syncDir makes names in the folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

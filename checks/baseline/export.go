package baseline

import (
	"embed"
	"fmt"
)

//go:embed data/*.yaml
var files embed.FS

// File gives the file of a built-in baseline as it is maintained, for people who want to read or to copy it.
func File(id string) ([]byte, error) {
	b := ByID(id)
	if b == nil {
		return nil, fmt.Errorf("there is no built-in baseline %q", id)
	}
	return files.ReadFile("data/" + b.ID + ".yaml")
}

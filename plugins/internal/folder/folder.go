// Package folder is what a folder needs in which a program keeps what must not be lost: one who works on it at a time, and names that
// are durable. It knows nothing of what is in there.
package folder

import (
	"errors"
	"os"
)

// ErrInUse says that another program works on the folder.
var ErrInUse = errors.New("another program uses this folder")

// Lock is the name of the file by which a folder is held. It stays: removing it would let two hold the folder.
const Lock = "lock"

// A Hold is a folder that is this process's, until Release or the end of the process, however it ends.
type Hold struct{ file *os.File }

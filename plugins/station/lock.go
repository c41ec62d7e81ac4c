package station

import "errors"

// ErrRunning says that another service works on the state folder.
var ErrRunning = errors.New("another program uses this state folder")

const lockFile = "lock"

package daemon

import "errors"

// ErrRunning says that another agent works on the state folder.
var ErrRunning = errors.New("another agent uses this state folder")

const lockFile = "agent.lock"

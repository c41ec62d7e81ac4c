package station

import "os"

// reachable: access lists say who reaches the folder.
func reachable(os.FileInfo) bool { return true }

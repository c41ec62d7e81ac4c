//go:build unix

package station

import "os"

// reachable says whether a user without rights can get to what is his in the folder.
func reachable(info os.FileInfo) bool { return info.Mode().Perm()&0o001 != 0 }

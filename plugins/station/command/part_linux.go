package command

import "os"

// self is this very program, even if its file was replaced meanwhile, and what it is called.
func self() (path, name string, err error) { return "/proc/self/exe", os.Args[0], nil }

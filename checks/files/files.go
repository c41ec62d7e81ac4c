// Package files holds the checks on files: who can read and change the important ones, and whether a change of programs
// is noticed. Which files a target has is the driver's to say; what is the least strict that a path may be is in table.go.
package files

import "github.com/plumbline/plumbline/checks"

// All are the checks of this package.
var All = []*checks.Check{Permissions, Integrity}

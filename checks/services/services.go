// Package services judges which services run and which packages are installed that should not, and knows the risky ones
// by name, port and package; checks/ports and checks/access ask it. It does not judge what a needed service is set to do.
package services

import "github.com/plumbline/plumbline/checks"

// All are the checks of this subject.
var All = []*checks.Check{Unneeded}

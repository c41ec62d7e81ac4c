package baseline

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
)

// known are the checks that exist.
func known() []*checks.Check { return all.List() }

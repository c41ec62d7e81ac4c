package lockout_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/lockout"
)

func TestChecks(t *testing.T) { checktest.All(t, lockout.All) }

package limits_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/limits"
)

func TestChecks(t *testing.T) { checktest.All(t, limits.All) }

func TestSound(t *testing.T) { checktest.Sound(t, limits.All) }

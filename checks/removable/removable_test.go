package removable_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/removable"
)

func TestChecks(t *testing.T) { checktest.All(t, removable.All) }

func TestSound(t *testing.T) { checktest.Sound(t, removable.All) }

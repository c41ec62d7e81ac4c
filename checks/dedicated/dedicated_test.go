package dedicated_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/dedicated"
)

func TestChecks(t *testing.T) { checktest.All(t, dedicated.All) }

func TestSound(t *testing.T) { checktest.Sound(t, dedicated.All) }

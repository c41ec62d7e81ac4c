package patch_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/patch"
)

func TestChecks(t *testing.T) { checktest.All(t, patch.All) }

func TestSound(t *testing.T) { checktest.Sound(t, patch.All) }

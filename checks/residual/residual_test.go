package residual_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/residual"
)

func TestChecks(t *testing.T) { checktest.All(t, residual.All) }

func TestSound(t *testing.T) { checktest.Sound(t, residual.All) }

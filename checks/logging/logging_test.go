package logging_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/logging"
)

func TestChecks(t *testing.T) { checktest.All(t, logging.All) }

func TestSound(t *testing.T) { checktest.Sound(t, logging.All) }

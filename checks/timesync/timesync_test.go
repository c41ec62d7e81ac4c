package timesync_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/timesync"
)

func TestChecks(t *testing.T) { checktest.All(t, timesync.All) }

func TestSound(t *testing.T) { checktest.Sound(t, timesync.All) }

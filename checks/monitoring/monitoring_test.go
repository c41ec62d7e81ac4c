package monitoring_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/monitoring"
)

func TestChecks(t *testing.T) {
	checktest.All(t, monitoring.All)
	checktest.Sound(t, monitoring.All)
}

package enroltest_test

import (
	"testing"

	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/enrol/enroltest"
)

func TestMemory(t *testing.T) {
	enroltest.Run(t, func(*testing.T) enrol.Store { return enroltest.NewMemory() })
}

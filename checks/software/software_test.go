package software_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/software"
)

func TestChecks(t *testing.T) {
	checktest.All(t, software.All)
	checktest.Sound(t, software.All)
}

package filter_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/filter"
)

func TestChecks(t *testing.T) {
	checktest.All(t, filter.All)
	checktest.Sound(t, filter.All)
}

package network_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/network"
)

func TestChecks(t *testing.T) {
	checktest.All(t, network.All)
	checktest.Sound(t, network.All)
}

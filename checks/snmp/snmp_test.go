package snmp_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/snmp"
)

func TestChecks(t *testing.T) {
	checktest.All(t, snmp.All)
	checktest.Sound(t, snmp.All)
}

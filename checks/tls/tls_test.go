package tls_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/tls"
)

func TestChecks(t *testing.T) {
	checktest.All(t, tls.All)
	checktest.Sound(t, tls.All)
}

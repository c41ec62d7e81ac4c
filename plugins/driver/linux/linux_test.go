package linux_test

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/linux"
)

func TestCases(t *testing.T) { drivertest.Run(t, linux.Driver{}) }

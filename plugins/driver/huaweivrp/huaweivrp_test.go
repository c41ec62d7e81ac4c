package huaweivrp_test

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/huaweivrp"
)

func TestCases(t *testing.T) { drivertest.Run(t, huaweivrp.Driver{}) }

func FuzzRead(f *testing.F) {
	drivertest.Fuzz(f, huaweivrp.Driver{}, driver.Command("display current-configuration"))
}

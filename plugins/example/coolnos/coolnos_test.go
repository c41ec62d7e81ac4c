package main

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
)

func TestCases(t *testing.T) { drivertest.Run(t, coolNOS{}) }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, coolNOS{}, driver.Command(showConfig)) }

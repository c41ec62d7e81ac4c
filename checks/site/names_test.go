package site_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/site"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		list        []string
		address     string
		named, sure bool
	}{
		{[]string{"10.0.0.5"}, "10.0.0.5", true, true},
		{[]string{"10.0.0.5", "10.0.0.6"}, "10.0.0.6", true, true},
		{[]string{"10.0.0.5"}, "10.0.0.50", false, true},
		{[]string{"10.0.0.50"}, "::ffff:10.0.0.50", true, true},
		{[]string{"2001:db8::1"}, "2001:DB8:0::1", true, true},
		{[]string{"Log.Bank.example."}, "log.bank.example", true, true},
		{[]string{"log.bank.example"}, "other.bank.example", false, true},
		{[]string{"log.bank.example"}, "log", false, false},
		{[]string{"log"}, "log.bank.example", false, false},
		{[]string{"log.bank.example"}, "10.0.0.5", false, false},
		{[]string{"10.0.0.5"}, "log.bank.example", false, false},
		{[]string{"log.bank.example", "10.0.0.5"}, "10.0.0.5", true, true},
		{nil, "10.0.0.5", false, true},
	} {
		if named, sure := site.Names(c.list, c.address); named != c.named || sure != c.sure {
			t.Errorf("Names(%v, %s) = %v, %v; want %v, %v", c.list, c.address, named, sure, c.named, c.sure)
		}
	}
}

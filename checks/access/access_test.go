package access_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/access"
	"github.com/plumbline/plumbline/checks/checktest"
)

func TestChecks(t *testing.T) {
	checktest.All(t, access.All)
	checktest.Sound(t, access.All)
}

func TestEverybody(t *testing.T) {
	for _, c := range []struct {
		sources []string
		want    bool
	}{
		{[]string{"0.0.0.0/0"}, true}, {[]string{"::/0"}, true}, {[]string{"Any"}, true}, {[]string{"*"}, true}, {[]string{"*.*.*.*"}, true},
		{[]string{"10.1.0.0/16", "::/0"}, true}, {[]string{"0.0.0.0/1", "128.0.0.0/1"}, true}, {[]string{"0.0.0.0/4"}, true}, {[]string{"2000::/3"}, true},
		{[]string{"!10.0.0.1"}, true}, {[]string{"not 10.0.0.0/8"}, true}, {[]string{"0.0.0.0 0.0.0.0"}, true}, {[]string{"0.0.0.0/0.0.0.0"}, true},
		// Sixteen /8 are a sixteenth of the Internet.
		{[]string{"1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8", "8.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "17.0.0.0/8"}, true},
		{[]string{"2000::/7", "2200::/7", "2400::/7", "2600::/7", "2800::/7", "2a00::/7", "2c00::/7", "2e00::/7"}, true},
		{[]string{"2000::/7", "2200::/7", "2400::/7", "2600::/7", "2800::/7", "2a00::/7", "2c00::/7"}, false},
		// All private networks, one of them said many times.
		{[]string{"10.0.0.0/8", "10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}, false},
		{[]string{"10.1.2.3"}, false}, {[]string{"10.1.0.0 255.255.0.0"}, false}, {[]string{"10.1.2.*"}, false}, {[]string{"10.*"}, false}, {[]string{"10.1."}, false},
		{[]string{"10.1.0.0/16", "!10.1.2.3"}, false}, {[]string{"*.bank.example"}, false}, {[]string{"acl 2000"}, false}, {nil, false}, {[]string{"10.0.0.0 0.0.0.255"}, false},
	} {
		if by, got := access.Everybody(c.sources); got != c.want {
			t.Errorf("%v: %v by %s", c.sources, got, by)
		}
	}
}

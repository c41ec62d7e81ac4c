package wire

import (
	"context"
	"net/netip"
	"testing"
)

func destination(t *testing.T, settings map[string]string) *Destination {
	t.Helper()
	d := &Destination{}
	for name, text := range settings {
		if known, err := d.Set(name, text); !known || err != nil {
			t.Fatal(name, known, err)
		}
	}
	if err := d.Ready(); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestW7_OnlyAllowedAddresses: a name leads to no inner address that is not listed, whatever it is said to be when it is dialled.
func TestW7_OnlyAllowedAddresses(t *testing.T) {
	inner := []string{
		"127.0.0.1", "127.8.9.1", "10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "0.0.0.0", "0.1.2.3",
		"192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.1.1.1", "fe80::1",
		"fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::127.0.0.1", "2001::1", "192.88.99.1",
	}
	named := destination(t, map[string]string{Address: "siem.example.com:6514"})
	listed := destination(t, map[string]string{Address: "siem.example.com:6514", Allow: "10.0.0.0/24, 127.0.0.1,fd00:ec2::254"})
	for _, text := range inner {
		ip := netip.MustParseAddr(text).Unmap()
		if named.may(ip) == nil {
			t.Errorf("%s is reached", text)
		}
		allowed := text == "10.0.0.5" || text == "127.0.0.1" || text == "::ffff:127.0.0.1" || text == "fd00:ec2::254"
		if got := listed.may(ip) == nil; got != allowed {
			t.Errorf("%s with a list: reached %v", text, got)
		}
	}
	if len(inner) < 30 {
		t.Fatal("too few")
	}
	for _, text := range []string{"203.0.113.9", "8.8.8.8", "2620:fe::fe"} {
		if err := named.may(netip.MustParseAddr(text)); err != nil {
			t.Error(err)
		}
	}
	// An address that the operator wrote is listed by that, but for those where nobody has a receiver.
	for text, want := range map[string]bool{"10.0.0.5": true, "127.0.0.1": true, "169.254.169.254": false, "224.0.0.1": false, "0.0.0.0": false} {
		d := destination(t, map[string]string{Address: text + ":6514", TLS: "off"})
		if got := d.may(netip.MustParseAddr(text)) == nil; got != want {
			t.Errorf("%s written out: reached %v", text, got)
		}
		if text != "10.0.0.6" && d.may(netip.MustParseAddr("10.0.0.6")) == nil {
			t.Errorf("%s leads to 10.0.0.6", text)
		}
	}
	// The name of this host's loopback is a name: the guard stands where the connection is made.
	local := destination(t, map[string]string{Address: "localhost:1", TLS: "off"})
	if conn, err := local.Dial(context.Background(), "tcp", "localhost:1"); err == nil {
		conn.Close()
		t.Error("localhost was reached")
	}
}

func TestSettings(t *testing.T) {
	for what, settings := range map[string]map[string]string{
		"no address":     {},
		"no port":        {Address: "siem"},
		"no host":        {Address: ":6514"},
		"tls perhaps":    {Address: "h:1", TLS: "maybe"},
		"a bad network":  {Address: "h:1", Allow: "10.0.0.0/33"},
		"no CA":          {Address: "h:1", CAFile: "/nonexistent"},
		"half a pair":    {Address: "h:1", CertFile: "/x"},
		"trust in clear": {Address: "h:1", TLS: "off", CAFile: "/x"},
		"confirm maybe":  {Address: "h:1", Confirm: "yes"},
	} {
		d := &Destination{}
		var wrong error
		for name, text := range settings {
			if _, err := d.Set(name, text); err != nil {
				wrong = err
			}
		}
		if wrong == nil {
			wrong = d.Ready()
		}
		if wrong == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if known, _ := (&Destination{}).Set("colour", "blue"); known {
		t.Error("it knows a colour")
	}
}

package ports_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/ports"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestChecks(t *testing.T) {
	checktest.All(t, ports.All)
	checktest.Sound(t, ports.All)
}

func TestReachable(t *testing.T) {
	for address, want := range map[string]services.State{
		"127.0.0.1": services.Off, "127.0.0.53": services.Off, "::1": services.Off, "::ffff:127.0.0.1": services.Off,
		"0.0.0.0": services.On, "::": services.On, "10.0.0.1": services.On, "*": services.On, "eth0": services.On,
	} {
		if got := ports.Reachable(&pb.Listener{Address: facts.Text(address)}); got != want {
			t.Errorf("%s: %d", address, got)
		}
	}
	if ports.Reachable(&pb.Listener{Scope: "tcp 127.0.0.1:1"}) != services.Unclear {
		t.Error("an address that no fact states is taken from the scope")
	}
	if ports.Reachable(&pb.Listener{LocalOnly: facts.Bool(true), Address: facts.Text("0.0.0.0")}) != services.Off {
		t.Error("the driver's word does not count")
	}
}

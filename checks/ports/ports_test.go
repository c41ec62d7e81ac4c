package ports_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks"
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

// What people read: who listens, as whom, and where, each said once.
func TestToldListener(t *testing.T) {
	f, err := facts.Parse(`listeners = complete
listeners[a].protocol = tcp
listeners[a].port = 8080
listeners[a].address = 0.0.0.0
listeners[a].process = java
listeners[a].user = app
listeners[a].unit = tomcat.service
listeners[b].protocol = tcp
listeners[b].port = 8080
listeners[b].address = "::"
listeners[b].process = java
listeners[b].user = app
listeners[b].unit = tomcat.service
listeners[c].protocol = udp
listeners[c].port = 53
listeners[c].address = 10.0.0.1
listeners[d].protocol = udp
listeners[d].port = 54
listeners[d].address = 10.0.0.1
listeners[d].process = named
`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ports.Listening.ReadParams(nil, checks.Env{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "tcp/8080 java (tomcat.service, user app), 0.0.0.0, ::; udp/53, program not known, 10.0.0.1; udp/54 named, 10.0.0.1"
	if got := ports.Listening.Run(f, p); len(got) != 1 || got[0].Observed.GetEn() != want {
		t.Errorf("%v\nwant %s", got, want)
	}
}

// Many ports are one result that can still be read.
func TestManyListeners(t *testing.T) {
	f := &pb.Facts{Listeners: &pb.ListenerList{State: pb.FactState_FACT_STATE_KNOWN}}
	for i := range 5000 {
		f.Listeners.Items = append(f.Listeners.Items, &pb.Listener{Scope: fmt.Sprint(i), Protocol: facts.Text("tcp"),
			Port: facts.Int(int64(i+10000), facts.Line("probe listeners", i+1, "")), Address: facts.Text("0.0.0.0")})
	}
	p, err := ports.Listening.ReadParams(nil, checks.Env{})
	if err != nil {
		t.Fatal(err)
	}
	got := ports.Listening.Run(f, p)
	if len(got) != 1 || len(got[0].Evidence) != 50 || !strings.HasSuffix(got[0].Observed.GetEn(), "; 4950 more") || !strings.Contains(got[0].Reason.GetEn(), "(+4950)") {
		t.Errorf("%d results, the first with %d places: %s", len(got), len(got[0].Evidence), got[0].Observed.GetEn())
	}
}

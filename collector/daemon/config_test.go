package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/station"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var some = []sink.Builtin{{Name: "central"}, {Name: "file"}}

func TestSample(t *testing.T) {
	c, err := Parse("sample.yaml", []byte(Sample), some)
	if err != nil {
		t.Fatal(err)
	}
	if c.Limits.Concurrency != 32 || c.Limits.Timeout != 15*time.Minute || c.Schedule.Cron != "" || c.HostKeys != "/var/lib/plumbline-collector/host_keys" || c.Sinks[0].Kind != "central" {
		t.Errorf("%+v", c)
	}
	// What is commented out can be used, too.
	var lines []string
	for line := range strings.Lines(Sample) {
		if trimmed := strings.TrimLeft(line, " "); strings.HasPrefix(trimmed, "#") && (!strings.HasPrefix(trimmed, "# ") || strings.HasPrefix(trimmed, "#  ")) {
			line = strings.Replace(line, "#", "", 1)
		}
		lines = append(lines, line)
	}
	c, err = Parse("sample.yaml", []byte(strings.Join(lines, "")), some)
	if err != nil || len(c.Sinks) != 2 || c.Name == "" || len(c.Inventory) != 1 || len(c.Targets) != 2 || c.Credentials == "" || c.Drivers == "" ||
		len(c.KnownHosts) != 1 || c.Site == "" || len(c.Baselines) != 1 || c.Schedule.Cron == "" || c.RunAs == "" {
		t.Errorf("%v, %+v", err, c)
	}
}

func TestRefusedConfig(t *testing.T) {
	const good = "sinks: [{name: a, kind: file}]\n"
	if _, err := Parse("x", []byte(good), some); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"no sinks", "name: x", "at least one receiver"},
		{"unknown key", good + "colour: red\n", "line 2"},
		{"unknown limit", good + "limits: {speed: 3}\n", "line 2"},
		{"name", good + "name: a b\n", "not a name"},
		{"schedule of nothing", good + "schedule: {cron: 0 2 * * *}\n", "no inventory"},
		{"inventory without a schedule", good + "inventory: [/x]\n", "lacks cron"},
		{"targets of nothing", good + "targets: [a]\n", "there is none"},
		{"relative", good + "credentials: x.yaml\n", "credentials must be an absolute path"},
		{"concurrency", good + "limits: {concurrency: 0}\n", "concurrency is out of range"},
		{"orders", good + "limits: {orders: 0}\n", "orders is out of range"},
		{"rate", good + "limits: {rate: 0}\n", "rate"},
		{"timeout", good + "limits: {timeout: 5ms}\n", "timeout"},
	}
	for _, tt := range tests {
		_, err := Parse("collector.yaml", []byte(tt.text), some)
		var e *station.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "collector.yaml") || e.Say().GetZh() == e.Say().GetEn() {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestStricter(t *testing.T) {
	for _, tt := range []struct {
		ours   int
		theirs uint32
		want   int
	}{{32, 0, 32}, {32, 4, 4}, {4, 32, 4}, {0, 0, 0}, {0, 7, 7}} {
		if got := stricter(tt.ours, tt.theirs); got != tt.want {
			t.Errorf("%d and %d: %d", tt.ours, tt.theirs, got)
		}
	}
}

// What an order states of a target is taken as it is, or not at all.
func TestTargets(t *testing.T) {
	full := &pb.OrderTarget{
		Target: &pb.Target{Id: "a", Address: "10.0.0.1", Driver: "linux", Zone: "core", Role: "web", Labels: map[string]string{"site": "sh"}},
		Name:   "A", Port: 2222, Transports: []string{"ssh", "snmp"}, Credential: "ops", SnmpCredential: "mon", Account: "audit", Jump: "hop", Algorithms: "legacy", Encoding: "gbk", Sudo: true,
	}
	bad := func(id string, change func(*pb.OrderTarget)) *pb.OrderTarget {
		o := &pb.OrderTarget{Target: &pb.Target{Id: id, Address: "10.0.0.2"}}
		change(o)
		return o
	}
	to, way, wrong := targetsOf([]*pb.OrderTarget{
		full, full,
		bad("no address", func(o *pb.OrderTarget) { o.Target.Address = "" }),
		bad("port", func(o *pb.OrderTarget) { o.Port = 70000 }),
		bad("driver", func(o *pb.OrderTarget) { o.Target.Driver = "cool-nos" }),
		bad("transport", func(o *pb.OrderTarget) { o.Transports = []string{"telnet"} }),
		bad("algorithms", func(o *pb.OrderTarget) { o.Algorithms = "none" }),
	}, []*pb.OrderTarget{{Target: &pb.Target{Id: "hop", Address: "10.0.0.9"}}}, []string{"linux"})
	if len(to) != 1 || len(way) != 1 || len(wrong) != 5 {
		t.Fatalf("%v, %v, %v", to, way, wrong)
	}
	x := to[0]
	if x.ID != "a" || x.Name != "A" || x.Address != "10.0.0.1" || x.Port != 2222 || x.Driver != "linux" || len(x.Transports) != 2 || x.Credential != "ops" || x.SNMPCredential != "mon" ||
		x.User != "audit" || x.Jump != "hop" || x.Algorithms != "legacy" || x.Encoding != "gbk" || !x.Sudo || x.Zone != "core" || x.Role != "web" || x.Labels["site"] != "sh" {
		t.Errorf("%+v", x)
	}
	if way[0].Driver != "auto" || way[0].Transports[0] != "ssh" {
		t.Errorf("%+v", way[0])
	}
	for _, e := range wrong {
		if e.GetState() != pb.VisitState_VISIT_STATE_FAILED || e.GetDetail().GetZh() == "" || e.GetTargetId() == "a" {
			t.Error(e)
		}
	}
}

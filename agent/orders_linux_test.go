package agent_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station/stationtest"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// serving is an agent that was enrolled, run as a program of its own.
type serving struct {
	*stationtest.Server
	config string
	cmd    *exec.Cmd
	log    bytes.Buffer
}

func (s *serving) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command("plumbline-agent", "run", "--config", s.config)
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it watches for orders", 30*time.Second, s.Watching)
}

// end ends the agent by a signal.
func (s *serving) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); (err != nil) != (signal == syscall.SIGKILL) {
		t.Errorf("%v: %v", signal, err)
	}
}

func enrolled(t *testing.T) *serving {
	server := stationtest.Start(t, identity.Agent)
	dir := serviceDir(t)
	config := serviceConfig(t, dir, fmt.Sprintf("  - {name: central, kind: central, settings: {server: %q}}\n  - {name: local, kind: file, settings: {path: %s/out/f}}\n", server.Addr, dir))
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte(server.Join), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("plumbline-agent", "enrol", "--config", config, "--server", server.Addr, "--token-file", token).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := &serving{Server: server, config: config}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	return s
}

// by gives the snapshots that arrived for an order.
func (s *serving) by(order string) []*pb.Snapshot {
	var out []*pb.Snapshot
	all, _ := s.Got()
	for _, snapshot := range all {
		if snapshot.GetCommission().GetOrderId() == order {
			out = append(out, snapshot)
		}
	}
	return out
}

func order(id, baseline string, targets ...string) *pb.Order {
	o := &pb.Order{Id: id, SweepId: "sweep", RequestedBy: "lin", NotAfter: timestamppb.New(time.Now().Add(time.Hour))}
	if baseline != "" {
		o.Baselines = []string{baseline}
	}
	for _, target := range targets {
		o.Targets = append(o.Targets, &pb.OrderTarget{Target: &pb.Target{Id: target, Role: "web"}})
	}
	return o
}

// The agent as a program with its sinks: an order travels through the process without rights, is judged as it says, and is done once
// although the agent is killed before it could say so and the server hands it out again.
func TestD1OrderKilled(t *testing.T) {
	s := enrolled(t)
	s.start(t)
	s.Deaf(true)
	s.Order(order("one", "pboc-2010", "web-01"))
	s.Order(order("foreign", "", "db-01"))
	s.Order(order("unknown", "/etc/shadow", "web-01"))
	eventually(t, "the ordered scan is delivered", time.Minute, func() bool { return len(s.by("one")) == 1 && s.Settles() > 0 })
	if n := networkSockets(s.cmd.Process.Pid); n > 0 {
		t.Errorf("the agent itself has %d sockets of the network", n)
	}
	s.end(t, syscall.SIGKILL)
	s.Deaf(false)
	s.start(t)
	eventually(t, "all is settled", time.Minute, func() bool {
		return s.Ends("one")["web-01"] != nil && s.Ends("foreign")["db-01"] != nil && s.Ends("unknown")["web-01"] != nil
	})
	got := s.by("one")
	if len(got) != 1 || s.Ends("one")["web-01"].GetState() != pb.VisitState_VISIT_STATE_QUESTIONED {
		t.Fatalf("%d snapshots, %v", len(got), s.Ends("one"))
	}
	if b := got[0].GetBaselines(); len(b) != 1 || !strings.HasPrefix(b[0], "pboc-2010@") || len(got[0].GetFindings()) == 0 || got[0].GetCommission().GetRequestedBy() != "lin" {
		t.Errorf("%v, %d findings, %v", b, len(got[0].GetFindings()), got[0].GetCommission())
	}
	for order, target := range map[string]string{"foreign": "db-01", "unknown": "web-01"} {
		if e := s.Ends(order)[target]; e.GetState() != pb.VisitState_VISIT_STATE_FAILED || e.GetDetail().GetEn() == "" || e.GetDetail().GetZh() == "" || len(s.by(order)) != 0 {
			t.Errorf("%s: %v, %d snapshots", order, e, len(s.by(order)))
		}
	}
	out, err := exec.Command("plumbline-agent", "status", "--lang", "en", "--config", s.config).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "orders:    the line is open") {
		t.Errorf("%v: %s", err, out)
	}
	// The server is away for a while.
	s.Down()
	eventually(t, "the line is lost", 30*time.Second, func() bool { return !s.Watching() })
	s.Up(t)
	s.Order(order("later", "pboc-2010", "web-01"))
	eventually(t, "the line is found again", time.Minute, func() bool { return s.Ends("later")["web-01"] != nil })
	s.end(t, syscall.SIGTERM)
	if _, err := os.Stat(filepath.Join(filepath.Dir(s.config), "state", "orders")); errors.Is(err, os.ErrNotExist) {
		t.Error("nothing is on record")
	}
}

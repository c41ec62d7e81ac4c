package collector_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/collector/snmp"
	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/collector/vault"
	drivers "github.com/plumbline/plumbline/plugins/driver/all"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/sweep"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// fleetSize is how many fake devices a sweep here has.
func fleetSize() int {
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		return 500
	}
	return 120
}

const password = "Pa55-word"

// A fleet is many fake devices with what a collector needs to reach them.
type fleet struct {
	servers []*sshtest.Server
	targets []*inventory.Target
	// others are known besides, as jump hosts.
	others []*inventory.Target
	keys   pinned
}

// pinned are host keys by target.
type pinned map[string]ssh.PublicKey

func (pinned) Algorithms(string, string) []string { return nil }

func (p pinned) Check(target, _ string, key ssh.PublicKey) error {
	if known := p[target]; known == nil {
		return sshasker.ErrUnknownKey
	} else if string(known.Marshal()) != string(key.Marshal()) {
		return sshasker.ErrChangedKey
	}
	return nil
}

func newFleet(t testing.TB, n int, device func(i int) sshtest.Device) *fleet {
	t.Helper()
	f := &fleet{keys: pinned{}}
	for i := range n {
		s := sshtest.Start(t, device(i))
		host, port, err := net.SplitHostPort(s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprintf("device-%03d", i)
		f.servers = append(f.servers, s)
		f.targets = append(f.targets, &inventory.Target{ID: id, Address: host, Port: number, Driver: "huawei-vrp", Transports: []string{"ssh"}, Zone: fmt.Sprint("zone", i%4), Credential: "ops"})
		f.keys[id] = s.HostKey
	}
	return f
}

// collector makes one whose credential is kept in variables.
func (f *fleet) collector(t testing.TB) *collector.Collector {
	t.Helper()
	t.Setenv("TEST_CRED_OPS_USER", "admin")
	t.Setenv("TEST_CRED_OPS_PASSWORD", password)
	v, err := vault.Open(vault.Config{Sources: []vault.Source{{Environment: &vault.Environment{Prefix: "TEST_CRED_"}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return &collector.Collector{
		Config:  collector.Config{Drivers: drivers.List(), Device: rules(t), MaskKey: []byte("key"), Version: "test"},
		Targets: append(f.others, f.targets...), Vault: v, HostKeys: f.keys, Keyring: snmp.NewKeyring(),
	}
}

func rules(t testing.TB) []checks.Rule {
	t.Helper()
	plan, err := baseline.ByID("jrt0068-2012").Plan(all.List(), baseline.Device, baseline.Options{Profile: baseline.Profiles()[0]})
	if err != nil {
		t.Fatal(err)
	}
	return plan.Rules
}

// sweep gives how each target ended.
func (f *fleet) sweep(t testing.TB, ctx context.Context, c *collector.Collector) map[string]*pb.Snapshot {
	t.Helper()
	out := map[string]*pb.Snapshot{}
	c.Sweep(ctx, f.targets, sweep.Limits{Rate: -1, Concurrency: 100}, nil, func(s *pb.Snapshot) {
		if out[s.GetTarget().GetId()] != nil {
			t.Errorf("%s ended twice", s.GetTarget().GetId())
		}
		out[s.GetTarget().GetId()] = s
	})
	if len(out) != len(f.targets) {
		t.Errorf("%d of %d targets are accounted for", len(out), len(f.targets))
	}
	return out
}

func count(snapshots map[string]*pb.Snapshot) map[pb.VisitState]int {
	out := map[pb.VisitState]int{}
	for _, s := range snapshots {
		out[s.GetVisit().GetState()]++
	}
	return out
}

// passes are findings that pass other than those about the session itself.
func passes(s *pb.Snapshot) int {
	n := 0
	for _, f := range s.GetFindings() {
		if f.GetOutcome() == pb.Outcome_OUTCOME_PASS && f.GetCheck() != "access.session" {
			n++
		}
	}
	return n
}

// TestS2NothingButTheList: a whole sweep types nothing that is not on the driver's published list, and changes no configuration.
func TestS2NothingButTheList(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	f := newFleet(t, 20, func(int) sshtest.Device {
		return sshtest.Device{Answers: huawei, Config: "display current-configuration"}
	})
	before := map[*sshtest.Server]string{}
	for _, s := range f.servers {
		before[s] = s.Digest()
	}
	for _, s := range f.sweep(t, t.Context(), f.collector(t)) {
		if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_QUESTIONED || passes(s) == 0 {
			t.Errorf("%s: %v, %d pass", s.GetTarget().GetId(), s.GetVisit(), passes(s))
		}
	}
	d := drivers.Named("huawei-vrp").Describe()
	allowed := append(append(d.GetCommands(), d.GetDialect().GetOnOpen()...), d.GetDialect().GetLogout(), "")
	for _, s := range f.servers {
		for _, line := range s.Lines() {
			ok := false
			for _, a := range allowed {
				ok = ok || strings.TrimSpace(line) == a
			}
			if !ok {
				t.Errorf("typed %q", line)
			}
		}
		if s.Digest() != before[s] || len(s.Configured()) > 0 {
			t.Errorf("the configuration was changed: %v", s.Configured())
		}
		if sessions, logouts := s.Sessions(); sessions != logouts || s.OpenSessions() != 0 || s.PeakSessions() > 1 {
			t.Errorf("%d sessions, %d logouts, %d open, %d at once", sessions, logouts, s.OpenSessions(), s.PeakSessions())
		}
	}
}

// TestS3WrongPassword: no device sees a second failed login, and most see none at all.
func TestS3WrongPassword(t *testing.T) {
	f := newFleet(t, fleetSize(), func(int) sshtest.Device { return sshtest.Device{Password: "not-" + password} })
	states := count(f.sweep(t, t.Context(), f.collector(t)))
	total := 0
	for _, s := range f.servers {
		n := s.Failures("admin")
		total += n
		if n > 1 {
			t.Errorf("%s saw %d failed logins", s.Addr, n)
		}
	}
	if total == 0 || total > 5 || states[pb.VisitState_VISIT_STATE_SUSPENDED] != fleetSize()-total {
		t.Errorf("%d failed logins, %v", total, states)
	}
}

// TestS4CentralAccount: a central account with a wrong password is refused once, by the canary.
func TestS4CentralAccount(t *testing.T) {
	f := newFleet(t, fleetSize(), func(int) sshtest.Device { return sshtest.Device{Password: "not-" + password} })
	t.Setenv("TEST_CRED_OPS_CENTRAL", "true")
	states := count(f.sweep(t, t.Context(), f.collector(t)))
	total := 0
	for _, s := range f.servers {
		total += s.Failures("admin")
	}
	if total != 1 || states[pb.VisitState_VISIT_STATE_SUSPENDED] != fleetSize()-1 {
		t.Errorf("%d failed logins, %v", total, states)
	}
}

// TestS6LastSession: a device that says at login that its sessions are almost used up is left to its operators.
func TestS6LastSession(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	f := newFleet(t, 2, func(i int) sshtest.Device {
		online := []int{1, 5}[i]
		return sshtest.Device{Answers: huawei, Motd: fmt.Sprintf("Info: The max number of VTY users is 5, the number of current VTY users online is %d, and total number of terminal users online is %d.\n", online, online)}
	})
	snapshots := f.sweep(t, t.Context(), f.collector(t))
	for i, want := range []pb.VisitState{pb.VisitState_VISIT_STATE_QUESTIONED, pb.VisitState_VISIT_STATE_BUSY} {
		if got := snapshots[f.targets[i].ID].GetVisit(); got.GetState() != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// TestC3RogueDevices: devices whose host key was swapped get not one password byte, and each is a finding.
func TestC3RogueDevices(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	f := newFleet(t, fleetSize(), func(int) sshtest.Device { return sshtest.Device{Answers: huawei} })
	rogue := 0
	for i := range f.targets {
		if i%5 == 0 {
			f.keys[f.targets[i].ID] = newKey(t)
			rogue++
		}
	}
	snapshots := f.sweep(t, t.Context(), f.collector(t))
	found := 0
	for i, target := range f.targets {
		s := snapshots[target.ID]
		if i%5 != 0 {
			if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_QUESTIONED {
				t.Errorf("%s: %v", target.ID, s.GetVisit())
			}
			continue
		}
		if len(f.servers[i].Attempts()) > 0 || passes(s) > 0 {
			t.Errorf("%s: %v, %d pass", target.ID, f.servers[i].Attempts(), passes(s))
		}
		for _, finding := range s.GetFindings() {
			if finding.GetCheck() == "access.session" && finding.GetScope() == "host key" && finding.GetOutcome() == pb.Outcome_OUTCOME_FAIL {
				found++
			}
		}
	}
	if found != rogue || rogue == 0 {
		t.Errorf("%d findings for %d rogues", found, rogue)
	}
}

func newKey(t testing.TB) ssh.PublicKey {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestS15BigRedButton: a sweep that is stopped in the middle logs out everywhere within ten seconds, and says of each target what became
// of it.
func TestS15BigRedButton(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	f := newFleet(t, 100, func(int) sshtest.Device {
		return sshtest.Device{Answers: huawei, Chunk: 8, ChunkDelay: 50 * time.Millisecond}
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	var once sync.WaitGroup
	once.Go(func() {
		deadline := time.After(30 * time.Second)
		for {
			open := 0
			for _, s := range f.servers {
				open += s.OpenSessions()
			}
			if open == len(f.servers) {
				break
			}
			select {
			case <-deadline:
				t.Errorf("only %d sessions were opened", open)
			case <-time.After(20 * time.Millisecond):
				continue
			}
			break
		}
		cancel(errors.New("stopped"))
	})
	c := f.collector(t)
	var stopped time.Time
	context.AfterFunc(ctx, func() { stopped = time.Now() })
	states := count(f.sweep(t, ctx, c))
	once.Wait()
	if took := time.Since(stopped); took > 10*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	if states[pb.VisitState_VISIT_STATE_CANCELLED] != len(f.targets) {
		t.Errorf("%v", states)
	}
	deadline := time.Now().Add(5 * time.Second)
	for _, s := range f.servers {
		for s.OpenSessions() > 0 && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if s.OpenSessions() != 0 {
			t.Errorf("%s is left with %d sessions", s.Addr, s.OpenSessions())
		}
	}
}

// TestC1NoSecretLeaves: neither snapshots nor their reasons hold the password, whatever the outcome.
func TestC1NoSecretLeaves(t *testing.T) {
	f := newFleet(t, 3, func(i int) sshtest.Device {
		return sshtest.Device{Answers: map[string]string{"display current-configuration": "sysname X\nlocal-user a password cipher " + password + "\nreturn\n"}, Password: map[bool]string{true: "other", false: password}[i == 2]}
	})
	for _, s := range f.sweep(t, t.Context(), f.collector(t)) {
		if strings.Contains(s.String(), password) {
			t.Errorf("%s: the password leaves", s.GetTarget().GetId())
		}
	}
}

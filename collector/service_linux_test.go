package collector_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/knownhosts"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station/stationtest"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	refused   = pb.VisitState_VISIT_STATE_REFUSED
	suspended = pb.VisitState_VISIT_STATE_SUSPENDED
	cancelled = pb.VisitState_VISIT_STATE_CANCELLED
	failed    = pb.VisitState_VISIT_STATE_FAILED
)

// serving is a collector that was enrolled and runs as a program of its own, with a server that lends credentials.
type serving struct {
	*stationtest.Server
	fleet *fleet
	dir   string
	cmd   *exec.Cmd
	log   bytes.Buffer

	mu   sync.Mutex
	lent map[string]int
}

// newServing enrols a collector called hk-1 that knows the fleet's host keys. more is added to its configuration, sinks to its sinks.
func newServing(t *testing.T, f *fleet, more, sinks string) *serving {
	t.Helper()
	dir, err := os.MkdirTemp("", "plumbline-collector-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &serving{Server: stationtest.Start(t, identity.Collector), fleet: f, dir: dir, lent: map[string]int{}}
	var keys strings.Builder
	for _, x := range f.servers {
		fmt.Fprintln(&keys, knownhosts.Line([]string{knownhosts.Normalize(x.Addr)}, x.HostKey))
	}
	config := fmt.Sprintf("name: hk-1\nstate_dir: %[1]s/state\nknown_hosts: [%[1]s/known_hosts]\ncredentials: %[1]s/access.yaml\nbaselines: [jrt0068-2012]\n%[2]s\nsinks:\n  - {name: central, kind: central, settings: {server: %[3]q}}\n%[4]s",
		dir, strings.ReplaceAll(more, "DIR", dir), s.Addr, strings.ReplaceAll(sinks, "DIR", dir))
	for name, text := range map[string]string{
		"known_hosts": keys.String(), "collector.yaml": config, "token": s.Join,
		"access.yaml": "sources:\n  - {type: environment, prefix: OWN_CRED_}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	if out, err := s.command("enrol", "--server", s.Addr, "--token-file", filepath.Join(dir, "token")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.Lend(s.reveal)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	return s
}

func (s *serving) command(args ...string) *exec.Cmd {
	cmd := exec.Command("plumbline-collector", append(args, "--config", filepath.Join(s.dir, "collector.yaml"))...)
	cmd.Env = append(os.Environ(), "PLUMBLINE_LANG=en", "OWN_CRED_OWN_USER=admin", "OWN_CRED_OWN_PASSWORD="+password)
	return cmd
}

func (s *serving) start(t *testing.T) {
	t.Helper()
	s.cmd = s.command("run")
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "it watches for orders", 30*time.Second, s.Watching)
}

func (s *serving) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); (err != nil) != (signal == syscall.SIGKILL) || time.Since(began) > 15*time.Second {
		t.Errorf("%v: %v after %v", signal, err, time.Since(began))
	}
}

// reveal lends credentials as the real server does.
func (s *serving) reveal(who string, r *pb.RevealRequest) (*pb.RevealResponse, error) {
	records := map[string]string{
		"lent":  `{"name":"lent","user":"admin","password":"` + password + `"}`,
		"wrong": `{"name":"wrong","user":"admin","password":"not-the-Pa55"}`,
		"moved": `{"name":"another","user":"admin","password":"` + password + `"}`,
	}
	s.mu.Lock()
	s.lent[r.GetTargetId()+" "+r.GetCredential()]++
	s.mu.Unlock()
	record, ok := records[r.GetCredential()]
	if !ok {
		return nil, status.Error(codes.PermissionDenied, "no")
	}
	to, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(r.GetRecipient())
	if err != nil {
		return nil, err
	}
	info := strings.Join([]string{r.GetOrderId(), r.GetTargetId(), r.GetCredential(), who}, "\x00")
	sealed, err := hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info), []byte(record))
	return &pb.RevealResponse{Sealed: sealed, NotAfter: timestamppb.New(time.Now().Add(10 * time.Minute))}, err
}

// order makes one for all of the fleet's targets.
func (f *fleet) order(id, credential string) *pb.Order {
	o := &pb.Order{Id: id, SweepId: "sweep", RequestedBy: "lin", Reason: "audit", NotAfter: timestamppb.New(time.Now().Add(time.Hour))}
	for _, x := range f.targets {
		o.Targets = append(o.Targets, &pb.OrderTarget{
			Target: &pb.Target{Id: x.ID, Address: x.Address, Driver: x.Driver, Zone: x.Zone}, Port: uint32(x.Port), Transports: x.Transports, Credential: credential,
		})
	}
	return o
}

// by gives the snapshots that arrived for an order, by target. One that arrived twice is an error.
func (s *serving) by(t *testing.T, order string) map[string]*pb.Snapshot {
	t.Helper()
	out := map[string]*pb.Snapshot{}
	all, _ := s.Got()
	for _, snapshot := range all {
		if snapshot.GetCommission().GetOrderId() != order {
			continue
		}
		id := snapshot.GetTarget().GetId()
		if out[id] != nil {
			t.Errorf("%s arrived twice", id)
		}
		out[id] = snapshot
	}
	return out
}

// states counts how the targets of an order ended.
func (s *serving) states(order string) map[pb.VisitState]int {
	out := map[pb.VisitState]int{}
	for _, e := range s.Ends(order) {
		out[e.GetState()]++
	}
	return out
}

// secretless fails if a secret stands in what the collector wrote: its state folder and its log.
func (s *serving) secretless(t *testing.T, secrets ...string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(filepath.Join(s.dir, "state"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		files++
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds a secret", name)
			}
		}
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("%d files: %v", files, err)
	}
	for _, secret := range secrets {
		if strings.Contains(s.log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
}

// TestC6Lent: a collector does an order with credentials of its own and with those that the server lends for it, one target at a time. When it
// is done nothing of a secret is on its disk; every target has one end and, if it was tried, one snapshot.
func TestC6Lent(t *testing.T) {
	f := newFleet(t, 9, vrp(t))
	s := newServing(t, f, "", "")
	s.start(t)
	o := f.order("one", "lent")
	o.Targets[1].Credential = "own"
	o.Targets[2].Credential = "wrong"
	o.Targets[3].Credential = "moved"
	o.Targets[4].Credential = "unheard-of"
	o.Targets[5].Target.Driver = "no-such-driver"
	o.Targets[6].Account = "somebody-else"
	f.servers[7].Close()
	s.Order(o)
	until(t, "all is settled", time.Minute, func() bool { return len(s.Ends("one")) == 9 })
	unreachable, missing := pb.VisitState_VISIT_STATE_UNREACHABLE, pb.VisitState_VISIT_STATE_NO_CREDENTIAL
	want := []pb.VisitState{questioned, questioned, refused, missing, missing, failed, missing, unreachable, questioned}
	until(t, "all is delivered", time.Minute, func() bool { return len(s.by(t, "one")) == 8 })
	got := s.by(t, "one")
	for i, x := range f.targets {
		end := s.Ends("one")[x.ID]
		if end.GetState() != want[i] || (want[i] != questioned) != (end.GetDetail().GetEn() != "") {
			t.Errorf("%s: %v, want %v", x.ID, end, want[i])
		}
		if c := got[x.ID]; i != 5 && (c.GetCommission().GetSweepId() != "sweep" || c.GetCommission().GetReason() != "audit" || c.GetVisit().GetState() != want[i]) {
			t.Errorf("%s: %v, %v", x.ID, c.GetCommission(), c.GetVisit())
		}
		if n := f.servers[i].Failures("admin"); n > 1 {
			t.Errorf("%s: %d failed logins", x.ID, n)
		}
	}
	if f.targets[0].ID+" lent" == "" || s.lent[f.targets[0].ID+" lent"] != 1 || s.lent[f.targets[1].ID+" own"] != 0 || s.lent[f.targets[8].ID+" lent"] != 1 {
		t.Errorf("lent: %v", s.lent)
	}
	s.end(t, syscall.SIGTERM)
	s.secretless(t, password, "not-the-Pa55")
	if n := f.open(); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
}

// TestD1CollectorKilled: a collector that is killed in the middle of an order does the rest when it comes back. What was in a spool is not
// read again, and arrives once.
func TestD1CollectorKilled(t *testing.T) {
	f := newFleet(t, 12, vrp(t))
	s := newServing(t, f, "limits: {rate: 4}", "")
	s.start(t)
	s.Deaf(true)
	s.Order(f.order("one", "lent"))
	until(t, "some are delivered", time.Minute, func() bool { return len(s.by(t, "one")) >= 3 })
	s.end(t, syscall.SIGKILL)
	done := s.by(t, "one")
	if len(done) == 12 || len(s.Ends("one")) != 0 {
		t.Fatalf("%d delivered, %d settled: it was not killed in the middle", len(done), len(s.Ends("one")))
	}
	before := map[string]int{}
	for i, x := range f.targets {
		before[x.ID], _ = f.servers[i].Sessions()
	}
	s.Deaf(false)
	s.start(t)
	until(t, "all is settled", time.Minute, func() bool { return len(s.Ends("one")) == 12 })
	until(t, "all is delivered", time.Minute, func() bool { return len(s.by(t, "one")) == 12 })
	if got := s.states("one"); got[questioned] != 12 {
		t.Error(got)
	}
	for i, x := range f.targets {
		if n, _ := f.servers[i].Sessions(); done[x.ID] != nil && n != before[x.ID] {
			t.Errorf("%s was read again", x.ID)
		}
	}
	s.end(t, syscall.SIGTERM)
	s.secretless(t, password)
}

// TestS7CollectorTerminated: a collector that is told to end in the middle of an order logs out, settles what has ended, says nothing of the
// rest, and does that when it comes back.
func TestS7CollectorTerminated(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	f := newFleet(t, 12, func(i int) sshtest.Device {
		d := sshtest.Device{Answers: huawei, Config: "display current-configuration"}
		if i >= 4 {
			d.Chunk, d.ChunkDelay = 1024, 50*time.Millisecond
		}
		return d
	})
	s := newServing(t, f, "limits: {rate: -1}", "")
	s.start(t)
	s.Order(f.order("one", "own"))
	until(t, "the quick ones have ended and the slow ones are open", time.Minute, func() bool { return len(s.Ends("one")) == 4 && f.open() == 8 })
	s.end(t, syscall.SIGTERM)
	if n := f.open(); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
	for i := range f.targets {
		if sessions, logouts := f.servers[i].Sessions(); sessions != logouts {
			t.Errorf("%s: %d sessions, %d logouts", f.targets[i].ID, sessions, logouts)
		}
	}
	if got := s.states("one"); got[questioned] != len(s.Ends("one")) || got[questioned] == 12 {
		t.Errorf("settled before the end: %v", got)
	}
	s.start(t)
	until(t, "all is settled", time.Minute, func() bool { return len(s.Ends("one")) == 12 })
	until(t, "all is delivered", time.Minute, func() bool { return len(s.by(t, "one")) == 12 })
	if got := s.states("one"); got[questioned] != 12 {
		t.Error(got)
	}
	s.end(t, syscall.SIGTERM)
}

// TestOrderCancelled: what has begun when an order is taken back goes on, the rest does not begin; the order's own limits hold.
func TestOrderCancelled(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	f := newFleet(t, 6, func(int) sshtest.Device {
		return sshtest.Device{Answers: huawei, Config: "display current-configuration", Chunk: 512, ChunkDelay: 20 * time.Millisecond}
	})
	s := newServing(t, f, "", "")
	s.start(t)
	o := f.order("one", "lent")
	o.Limits = &pb.OrderLimits{Concurrency: 1}
	s.Order(o)
	until(t, "one has begun", time.Minute, func() bool { return f.open() == 1 })
	s.Cancel("one")
	until(t, "all is settled", time.Minute, func() bool { return len(s.Ends("one")) == 6 })
	if got := s.states("one"); got[questioned] != 1 || got[cancelled] != 5 {
		t.Error(got)
	}
	tried := 0
	for _, x := range f.servers {
		tried += len(x.Attempts())
	}
	if tried != 1 || len(s.lent) != 1 {
		t.Errorf("%d logins, lent %v", tried, s.lent)
	}
	until(t, "what was read is delivered", time.Minute, func() bool { return len(s.by(t, "one")) == 1 })
	s.end(t, syscall.SIGTERM)
	if n := len(s.by(t, "one")); n != 1 {
		t.Errorf("%d snapshots", n)
	}
}

// TestS3TwoOrders: two orders for the same devices at the same time, with a password that is wrong on half of them: one session a device and
// one failed login, whoever asks, also when an order comes later.
func TestS3TwoOrders(t *testing.T) {
	huawei := answers(t, "huaweivrp", "s_hardened")
	f := newFleet(t, 8, func(i int) sshtest.Device {
		d := sshtest.Device{Answers: huawei, Config: "display current-configuration", MaxSessions: 1}
		if i%2 == 1 {
			d.Password = "another-Pa55"
		}
		return d
	})
	s := newServing(t, f, "limits: {rate: -1, orders: 3}", "")
	s.start(t)
	for _, id := range []string{"one", "two", "three"} {
		s.Order(f.order(id, "own"))
	}
	until(t, "all are settled", time.Minute, func() bool { return len(s.Ends("one"))+len(s.Ends("two"))+len(s.Ends("three")) == 24 })
	s.Order(f.order("later", "own"))
	until(t, "the later one is settled", time.Minute, func() bool { return len(s.Ends("later")) == 8 })
	all := map[pb.VisitState]int{}
	for _, id := range []string{"one", "two", "three", "later"} {
		for state, n := range s.states(id) {
			all[state] += n
		}
	}
	if all[questioned] != 16 || all[refused] != 4 || all[suspended] != 12 {
		t.Error(all)
	}
	for i, x := range f.servers {
		if x.Failures("admin") > 1 || x.PeakSessions() > 1 {
			t.Errorf("%s: %d failed logins, %d sessions at once", f.targets[i].ID, x.Failures("admin"), x.PeakSessions())
		}
	}
	s.end(t, syscall.SIGTERM)
}

// TestD5CollectorFull: while a spool is full no more targets are read and none is settled that is not in every spool; the status says so.
// When there is room the rest is done.
func TestD5CollectorFull(t *testing.T) {
	f := newFleet(t, 150, vrp(t))
	s := newServing(t, f, "spool_quota: 1MiB\nlimits: {rate: -1, concurrency: 10}", "  - {name: local, kind: file, settings: {path: DIR/out/f}}\n")
	out := filepath.Join(s.dir, "out")
	s.start(t)
	s.Order(f.order("one", "own"))
	waiting := func() bool {
		said, _ := s.command("status", "--lang", "en").Output()
		return strings.Contains(string(said), "SCANNING HAS STOPPED: the spool of local takes nothing")
	}
	until(t, "the spool of the sink that cannot write is full", 2*time.Minute, waiting)
	read := func() int {
		n := 0
		for _, x := range f.servers {
			sessions, _ := x.Sessions()
			n += sessions
		}
		return n
	}
	until(t, "all visits have ended", time.Minute, func() bool { return f.open() == 0 })
	before := read()
	time.Sleep(2 * time.Second)
	if after := read(); after != before || after == 150 || len(s.Ends("one")) >= after {
		t.Errorf("%d read, then %d, and %d settled", before, after, len(s.Ends("one")))
	}
	if err := errors.Join(os.Mkdir(out, 0o700), os.Chmod(out, 0o777)); err != nil {
		t.Fatal(err)
	}
	until(t, "all is settled", 2*time.Minute, func() bool { return len(s.Ends("one")) == 150 })
	if got := s.states("one"); got[questioned] != 150 || read() != 150 {
		t.Errorf("%v, %d sessions", got, read())
	}
	s.end(t, syscall.SIGTERM)
}

// TestRunOnce: the collector's own inventory, swept once and delivered, without an order.
func TestRunOnce(t *testing.T) {
	f := newFleet(t, 3, vrp(t))
	s := newServing(t, f, "inventory: [DIR/net.yaml]\nschedule: {cron: 0 0 29 2 *}", "  - {name: local, kind: file, settings: {path: DIR/out/f}}\n")
	var inv strings.Builder
	inv.WriteString("targets:\n")
	for _, x := range f.targets {
		fmt.Fprintf(&inv, "  - {id: %s, address: %s, port: %d, driver: huawei-vrp, credential: own}\n", x.ID, x.Address, x.Port)
	}
	out := filepath.Join(s.dir, "out")
	for _, err := range []error{os.WriteFile(filepath.Join(s.dir, "net.yaml"), []byte(inv.String()), 0o600), os.Mkdir(out, 0o700), os.Chmod(out, 0o777)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if said, err := s.command("run", "--check").CombinedOutput(); err != nil || !strings.Contains(string(said), "name: hk-1") {
		t.Fatalf("%v: %s", err, said)
	}
	if said, err := s.command("run", "--once").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	delivered, err := os.ReadFile(filepath.Join(out, "f"))
	got, senders := s.Got()
	if err != nil || bytes.Count(delivered, []byte("\n")) != 3 || len(got) != 3 || got[0].GetCommission() != nil || senders[0] != "hk-1" {
		t.Errorf("%v: %d in the file, %d at the server by %v", err, bytes.Count(delivered, []byte("\n")), len(got), senders)
	}
	said, err := s.command("status").CombinedOutput()
	if err == nil || !strings.Contains(string(said), "questioned 3") {
		t.Errorf("%v: %s", err, said)
	}
}

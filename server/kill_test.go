package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/sink/spool"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/ingest"
	"github.com/plumbline/plumbline/server/store"
)

// What makes this test program a child that is killed: a server, or what an agent or a collector does with its snapshots.
const (
	childPart   = "PLUMBLINE_TEST_PART" // server, or the name of a sender
	childDir    = "PLUMBLINE_TEST_DIR"
	childServer = "PLUMBLINE_TEST_SERVER"
	childPrefix = "PLUMBLINE_TEST_PREFIX"
	childBug    = "PLUMBLINE_TEST_BUG" // what it does wrong on purpose
)

func TestMain(m *testing.M) {
	part := os.Getenv(childPart)
	if part == "" {
		os.Exit(m.Run())
	}
	var err error
	if part == "server" {
		err = serveAsChild(os.Getenv(childDir), os.Getenv(childServer), os.Getenv(childBug))
	} else {
		err = sendAsChild(os.Getenv(childDir), part, os.Getenv(childServer), os.Getenv(childPrefix), os.Getenv(childBug))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, part+":", err)
		os.Exit(3)
	}
}

func killedConfig(dir, address string) *Config {
	c := &Config{StateDir: filepath.Join(dir, "server"), Database: os.Getenv(childDatabase)}
	c.Agents.Listen, c.Agents.Names, c.HTTP.Listen = address, []string{"127.0.0.1"}, "127.0.0.1:0"
	c.fill()
	return c
}

// serveAsChild is a whole server; a bug is in what stands between its ingest and its store.
func serveAsChild(dir, address, bug string) error {
	ctx := context.Background()
	s, err := Open(ctx, killedConfig(dir, address), time.Now, io.Discard, "test")
	if err != nil {
		return err
	}
	if bug == "ack-before-commit" || bug == "no-dedupe" {
		s.ingest.Close()
		if s.ingest, err = s.openIngest(time.Now, &faulty{Store: deliveries{s.store}, bug: bug}); err != nil {
			return err
		}
		s.grpc = grpc.NewServer(append(s.enrol.ServerOptions(), ingest.ServerOptions()...)...)
		pb.RegisterEnrolServiceServer(s.grpc, s.enrol)
		pb.RegisterIngestServiceServer(s.grpc, s.ingest)
	}
	fmt.Println("ready")
	return s.Run(ctx)
}

// faulty is a store as nobody may build it.
type faulty struct {
	ingest.Store
	bug   string
	epoch atomic.Uint64
}

func (f *faulty) Accept(ctx context.Context, list []ingest.Delivery) (map[int]*pb.Text, error) {
	if f.bug == "no-dedupe" {
		list = slices.Clone(list)
		for i := range list {
			list[i].Epoch = uint64(time.Now().UnixNano()) + f.epoch.Add(1)
		}
		return f.Store.Accept(ctx, list)
	}
	time.AfterFunc(20*time.Millisecond, func() { _, _ = f.Store.Accept(context.Background(), list) })
	return nil, nil
}

// findings is how many a snapshot has.
const findings = 100

// numbered is a snapshot that is told by its id.
func numbered(target, id string) *pb.Snapshot {
	s := &pb.Snapshot{Target: &pb.Target{Id: target, Driver: "linux"}, ProgramVersion: id, StartedAt: timestamppb.Now(), FinishedAt: timestamppb.Now(), Facts: &pb.Facts{},
		Baselines: []string{"b@1"}}
	for i := range findings {
		clause := fmt.Sprint(i)
		s.Findings = append(s.Findings, &pb.Finding{Id: checks.ID(target, "b", clause, "c", ""), TargetId: target, Baseline: "b", Clause: clause, Check: "c",
			Outcome: pb.Outcome(1 + (i+len(id))%3)})
	}
	return s
}

func killedSpool(dir, name string) (*spool.Spool, error) {
	return spool.Open(filepath.Join(dir, name+"-spool"), spool.Options{Sender: name, SegmentBytes: 64 << 10, Keep: -1, MinWait: time.Millisecond, MaxWait: 20 * time.Millisecond})
}

func killedSink(ctx context.Context, dir, name, address string) (sink.Sink, error) {
	s := central.New()
	return s, s.Configure(ctx, map[string]string{"server": address, "state_dir": filepath.Join(dir, name)})
}

// sendAsChild appends snapshots and delivers them at once, and says the id of each that the spool accepted.
func sendAsChild(dir, name, address, prefix, bug string) error {
	ctx := context.Background()
	sp, err := killedSpool(dir, name)
	if err != nil {
		return err
	}
	to, err := killedSink(ctx, dir, name, address)
	if err != nil {
		return err
	}
	if bug == "delete-before-ack" {
		to = &deleting{to, filepath.Join(dir, name+"-spool")}
	}
	failed := make(chan error, 1)
	go func() { failed <- sp.Deliver(ctx, to) }()
	go func() {
		for i := 0; ; i++ {
			id := fmt.Sprintf("%s.%d", prefix, i)
			if bug == "accept-before-spool" {
				fmt.Println(id)
				time.Sleep(30 * time.Millisecond)
			}
			if _, err := sp.Append(ctx, numbered(name, id)); err != nil {
				failed <- err
				return
			}
			if bug != "accept-before-spool" {
				fmt.Println(id)
			}
			time.Sleep(15 * time.Millisecond) // more than this a server under the race detector does not take
		}
	}()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
		failed <- nil
	}()
	return <-failed
}

// deleting removes from the spool what is only about to be delivered.
type deleting struct {
	sink.Sink
	dir string
}

func (d *deleting) Send(ctx context.Context, ds []*pluginpb.Delivery) (int, error) {
	all, err := filepath.Glob(filepath.Join(d.dir, "*.seg"))
	if err != nil {
		return 0, err
	}
	for _, f := range all {
		_ = os.Remove(f)
	}
	return d.Sink.Send(ctx, ds)
}

// A fleet is a server with its senders, each a process that can be killed and started again.
type fleet struct {
	t            *testing.T
	dir, address string
	bug          string
	parts        map[string]*child
	starts       int
	accepted     map[string]string // who accepted what
}

type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines chan string
}

var senders = []string{"agent-1", "edge-1"}

// kindOf is what a sender is: the collector reports a target of the inventory that bears its name.
func kindOf(sender string) identity.Kind {
	if sender == "edge-1" {
		return identity.Collector
	}
	return identity.Agent
}

func newFleet(t *testing.T, bug string) *fleet {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{t: t, dir: t.TempDir(), address: l.Addr().String(), bug: bug, parts: map[string]*child{}, accepted: map[string]string{}}
	l.Close()
	c := killedConfig(f.dir, f.address)
	st, err := OpenStore(t.Context(), c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := OpenEnrolment(st, c, time.Now, logger(c, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	joins := map[string]string{}
	for _, name := range senders {
		line, _, err := authority.IssueToken(t.Context(), enrol.TokenRequest{Name: name, Kind: kindOf(name), By: "tester"})
		if err != nil {
			t.Fatal(err)
		}
		joins[name] = line
	}
	by := store.Entry{Actor: "tester", Action: "target.put"}
	if err := st.PutTargets(t.Context(), by, []store.Target{{ID: "edge-1", Driver: "linux", Reader: "edge-1"}}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for name := range maps.Clone(f.parts) {
			f.kill(name)
		}
	})
	f.start("server")
	for name, line := range joins {
		config := identity.JoinConfig{Dir: filepath.Join(f.dir, name), Server: f.address, Join: line, Name: name, Kind: kindOf(name)}
		if _, err := identity.Join(t.Context(), config, identity.Options{}); err != nil {
			t.Fatal(err)
		}
		f.start(name)
	}
	return f
}

// start starts a part. A server is waited for until it serves, a sender until it accepted something.
func (f *fleet) start(name string) {
	f.t.Helper()
	f.starts++
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPart+"="+name, childDir+"="+f.dir, childServer+"="+f.address, childPrefix+fmt.Sprintf("=k%d", f.starts), childBug+"="+f.bug)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	c := &child{cmd, stdin, make(chan string, 1<<16)}
	go func() {
		defer close(c.lines)
		r := bufio.NewReader(stdout)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return // what is not a whole line was not said
			}
			c.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	f.parts[name] = c
	select {
	case line, ok := <-c.lines:
		if !ok {
			f.t.Fatalf("%s ended at once: %v", name, cmd.Wait())
		}
		if name != "server" {
			f.accepted[line] = name
		}
	case <-time.After(time.Minute):
		f.t.Fatalf("%s says nothing", name)
	}
}

// kill kills a part and takes note of all that it accepted.
func (f *fleet) kill(name string) {
	c := f.parts[name]
	delete(f.parts, name)
	_ = c.cmd.Process.Kill()
	for line := range c.lines {
		if name != "server" {
			f.accepted[line] = name
		}
	}
	_ = c.cmd.Wait()
	c.stdin.Close()
	if code := c.cmd.ProcessState.ExitCode(); code != -1 {
		f.t.Errorf("%s ended by itself, with %d", name, code)
	}
}

// settle ends the senders and delivers what their spools still hold.
func (f *fleet) settle() {
	f.t.Helper()
	for _, name := range senders {
		f.kill(name)
		sp, err := killedSpool(f.dir, name)
		if err != nil {
			f.t.Fatal(err)
		}
		to, err := killedSink(f.t.Context(), f.dir, name, f.address)
		if err != nil {
			f.t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(f.t.Context(), 3*time.Minute)
		for sp.Status().Depth > 0 && ctx.Err() == nil {
			if err := sp.Drain(ctx, to); err != nil {
				f.t.Log(err) // it is tried again
			}
		}
		cancel()
		if n := sp.Status().Depth; n > 0 {
			f.t.Fatalf("%d snapshots of %s are not delivered", n, name)
		}
		if err := to.(io.Closer).Close(); err != nil {
			f.t.Error(err)
		}
		if err := sp.Close(); err != nil {
			f.t.Error(err)
		}
	}
	time.Sleep(50 * time.Millisecond) // a server that acknowledges too early may still commit
	f.kill("server")
}

// verdict is how what is visible differs from what was accepted.
type verdict struct{ lost, doubled, wrong int }

// judge holds the store to what was accepted.
func (f *fleet) judge() (v verdict) {
	f.t.Helper()
	st, err := OpenStore(f.t.Context(), killedConfig(f.dir, f.address), time.Now)
	if err != nil {
		f.t.Fatal(err)
	}
	defer st.Close()
	wrong, err := st.Check(f.t.Context(), true)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, w := range wrong {
		f.t.Log(w)
	}
	v.wrong = len(wrong)
	seen := map[string]int{}
	page := store.Page{Limit: 1000}
	for {
		found, next, err := st.Snapshots(f.t.Context(), store.SnapshotFilter{}, page)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, s := range found {
			seen[s.Program]++
		}
		if page.After = next; next == "" {
			break
		}
	}
	for id := range f.accepted {
		if seen[id] == 0 {
			v.lost++
		}
	}
	for _, n := range seen {
		if n > 1 {
			v.doubled++
		}
	}
	return v
}

// kills runs a fleet and kills its parts at random moments.
func kills(t *testing.T, n int, bug string, seed uint64) (verdict, int) {
	f := newFleet(t, bug)
	r := rand.New(rand.NewPCG(seed, 1))
	names := append([]string{"server"}, senders...)
	for range n {
		time.Sleep(time.Duration(r.IntN(40)) * time.Millisecond)
		name := names[r.IntN(len(names))]
		f.kill(name)
		f.start(name)
	}
	f.settle()
	return f.judge(), len(f.accepted)
}

// soak asks for the full figures.
var soak = os.Getenv("PLUMBLINE_SOAK") != ""

// D1: server, agent and collector are killed at random while snapshots come in: nothing that a spool accepted is lost, nothing is
// visible twice, and the store is sound.
func TestD1KillIngest(t *testing.T) {
	t.Parallel()
	n := 40
	if soak {
		n = 1000
	}
	if testing.Short() {
		n = 8
	}
	v, accepted := kills(t, n, "", uint64(n))
	t.Logf("%d kills, %d snapshots of %d findings accepted: %+v", n, accepted, findings, v)
	if v != (verdict{}) || accepted < n {
		t.Errorf("%+v of %d accepted", v, accepted)
	}
}

// D2: the harness of D1 catches what it is there to catch.
func TestD2SeededBugs(t *testing.T) {
	t.Parallel()
	n, seeds := 12, uint64(1)
	if soak {
		n, seeds = 100, 3
	}
	for seed := range seeds {
		for _, bug := range []string{"ack-before-commit", "accept-before-spool", "delete-before-ack", "no-dedupe"} {
			t.Run(fmt.Sprint(bug, seed), func(t *testing.T) {
				if testing.Short() && bug != "ack-before-commit" {
					t.Skip("one of them will do")
				}
				v, accepted := kills(t, n, bug, seed)
				t.Logf("%d kills, %d accepted: %+v", n, accepted, v)
				if bug == "no-dedupe" && v.doubled == 0 || bug != "no-dedupe" && v.lost == 0 {
					t.Errorf("it was not caught in %d kills", n)
				}
			})
		}
	}
}

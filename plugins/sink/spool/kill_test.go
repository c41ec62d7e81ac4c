package spool_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/file"
	"github.com/plumbline/plumbline/plugins/sink/spool"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// What makes this test program a child that fills and empties a spool until it is killed.
const (
	childDir    = "PLUMBLINE_TEST_SPOOL"        // the folder it works in
	childPrefix = "PLUMBLINE_TEST_SPOOL_PREFIX" // of the ids of its snapshots
	childBug    = "PLUMBLINE_TEST_SPOOL_BUG"    // what it does wrong on purpose
	childSteps  = "PLUMBLINE_TEST_SPOOL_STEPS"  // it takes fixed steps on one thread, and ends
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if os.Getenv(childSteps) != "" {
			steps(dir, os.Getenv(childPrefix))
		} else {
			churn(dir, os.Getenv(childPrefix), os.Getenv(childBug))
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func childOptions() spool.Options {
	o := quick()
	o.SegmentBytes, o.Keep = 2<<10, -1
	return o
}

// receiver is a file that holds what was delivered into dir.
func receiver(dir string) (sink.Sink, error) {
	s := file.New()
	return s, s.Configure(context.Background(), map[string]string{"path": filepath.Join(dir, "received"), "max_bytes": "65536"})
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

// churn appends and delivers at once, and says the id of every snapshot that was accepted.
func churn(dir, prefix, bug string) {
	s, err := spool.Open(filepath.Join(dir, "spool"), childOptions())
	must(err)
	to, err := receiver(dir)
	must(err)
	switch bug {
	case "ack-before-accept":
		to = &eager{Sink: to, queue: make(chan []*pluginpb.Delivery, 1000)}
		go to.(*eager).work()
	case "delete-before-ack":
		to = &deleting{to, filepath.Join(dir, "spool")}
	}
	go func() { must(s.Deliver(context.Background(), to)) }()
	var out sync.Mutex
	say := func(id string) {
		out.Lock()
		defer out.Unlock()
		fmt.Println(id)
	}
	late := make(chan string, 100)
	if bug == "accept-before-spool" {
		go func() {
			for id := range late {
				_, err := s.Append(context.Background(), snapshot(id))
				must(err)
			}
		}()
	}
	for g := range 2 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s.%d.%d", prefix, g, i)
				if bug == "accept-before-spool" {
					say(id)
					late <- id
					continue
				}
				if _, err := s.Append(context.Background(), snapshot(id)); err == nil {
					say(id)
				}
			}
		}()
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
}

// eager accepts what it has not delivered yet.
type eager struct {
	sink.Sink
	queue chan []*pluginpb.Delivery
}

func (e *eager) Send(_ context.Context, ds []*pluginpb.Delivery) (int, error) {
	e.queue <- ds
	return len(ds), nil
}

func (e *eager) work() {
	for ds := range e.queue {
		time.Sleep(5 * time.Millisecond) // the way to the receiver
		_, err := e.Sink.Send(context.Background(), ds)
		must(err)
	}
}

// deleting removes from the spool what is only about to be delivered.
type deleting struct {
	sink.Sink
	dir string
}

func (d *deleting) Send(ctx context.Context, ds []*pluginpb.Delivery) (int, error) {
	all, err := filepath.Glob(filepath.Join(d.dir, "*.seg"))
	must(err)
	for _, f := range all {
		_ = os.Remove(f)
	}
	return d.Sink.Send(ctx, ds)
}

// kills runs children and kills each at a random moment; then it delivers what is left and gives what was accepted and received.
func kills(t *testing.T, n int, bug string, seed uint64) (accepted []string, got []*pluginpb.Delivery) {
	dir := t.TempDir()
	if bug != "" {
		dir = scratch(t)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		accepted = append(accepted, killed(t, dir, fmt.Sprintf("k%d", i), bug, time.Duration(r.IntN(25_000))*time.Microsecond)...)
	}
	return accepted, rest(t, dir)
}

// rest delivers what a spool still holds and gives all that was received.
func rest(t *testing.T, dir string) []*pluginpb.Delivery {
	s, err := spool.Open(filepath.Join(dir, "spool"), childOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	to, err := receiver(dir)
	if err != nil {
		t.Fatal(err)
	}
	drain(t, s, to)
	files, err := filepath.Glob(filepath.Join(dir, "received*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing was received: %v", err)
	}
	var got []*pluginpb.Delivery
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			d := &pluginpb.Delivery{}
			if err := protojson.Unmarshal(line, d); err != nil {
				t.Fatalf("%s: %v: %q", f, err, line)
			}
			got = append(got, d)
		}
	}
	return got
}

// killed runs one child until some time after it first accepted something, and gives all that it accepted.
func killed(t *testing.T, dir, prefix, bug string, after time.Duration) (accepted []string) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir, childPrefix+"="+prefix, childBug+"="+bug)
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(stdout)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			break // what is not a whole line was not said
		}
		if len(accepted) == 0 {
			time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
		accepted = append(accepted, strings.TrimSuffix(line, "\n"))
	}
	_ = child.Wait()
	if code := child.ProcessState.ExitCode(); code != -1 {
		t.Fatalf("the child ended by itself, with %d", code)
	}
	return accepted
}

// D1: a spool whose process is killed at any moment loses nothing that it accepted, and a receiver that knows its keys sees
// everything once.
func TestD1KillSpool(t *testing.T) {
	t.Parallel()
	n := 100
	if soak {
		n = 1000
	}
	if testing.Short() {
		n = 15
	}
	accepted, got := kills(t, n, "", uint64(n))
	v := judge(accepted, got, true)
	t.Logf("%d kills, %d accepted, %d received with repetitions: %+v", n, len(accepted), len(got), v)
	if v != (verdict{}) || len(accepted) < n {
		t.Errorf("%+v of %d accepted", v, len(accepted))
	}
}

// D2: the harness of D1 catches what it is there to catch.
func TestD2SeededBugs(t *testing.T) {
	t.Parallel()
	n, seeds := 15, 1
	if soak {
		n, seeds = 100, 3
	}
	if testing.Short() {
		n = 8
	}
	caught, tried := 0, 0
	for seed := range seeds {
		for _, bug := range []string{"ack-before-accept", "accept-before-spool", "delete-before-ack", "no dedupe"} {
			tried++
			accepted, got := kills(t, n, bug, uint64(seed))
			v := judge(accepted, got, bug != "no dedupe")
			t.Logf("%s, seed %d: %d accepted, %+v", bug, seed, len(accepted), v)
			if bug == "no dedupe" && v.doubled > 0 && v.lost == 0 || bug != "no dedupe" && v.lost > 0 {
				caught++
			} else {
				t.Errorf("%s was not caught in %d kills", bug, n)
			}
		}
	}
	t.Logf("%d of %d caught", caught, tried)
}

// steps takes fixed steps on one thread, so that faults can be placed at every one. Errors are borne; only a success is said.
func steps(dir, prefix string) {
	runtime.LockOSThread()
	s, err := spool.Open(filepath.Join(dir, "spool"), childOptions())
	must(err)
	to, err := receiver(dir)
	must(err)
	refused := false
	picky := &memory{send: func(ds []*pluginpb.Delivery) (int, error) {
		if !refused {
			refused = true
			return 0, &sink.Refusal{Reason: "poison"}
		}
		n, err := to.Send(context.Background(), ds)
		if err != nil {
			// As a sink in a process of its own it would be started anew.
			if next, again := receiver(dir); again == nil {
				to = next
			}
		}
		return n, err
	}}
	for round := range 3 {
		for i := range 25 {
			id := fmt.Sprintf("%s.%d.%d", prefix, round, i)
			if _, err := s.Append(context.Background(), snapshot(id)); err == nil {
				fmt.Println(id)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		_ = s.Drain(ctx, picky)
		cancel()
	}
	_ = s.Close()
}

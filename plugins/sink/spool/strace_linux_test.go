package spool_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink/spool"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// changing are the system calls by which the spool and the file sink change anything.
var changing = []string{"pwrite64", "write", "fsync", "renameat", "unlinkat", "ftruncate", "truncate"}

// D3: a fault at any single write, fsync, rename, unlink or truncate loses nothing that was accepted, and the spool opens again.
func TestD3Strace(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: no faults can be placed (make deps installs it)")
	}
	counts := points(t, strace)
	var all []string
	for _, call := range changing {
		for k := 1; k <= counts[call]; k++ {
			for _, fault := range []string{"error=EIO", "error=ENOSPC", "signal=KILL"} {
				all = append(all, fmt.Sprintf("%s:%s:when=%d", call, fault, k))
			}
		}
	}
	if counts["fsync"] < 20 || counts["pwrite64"] < 20 || counts["renameat"] < 3 || counts["unlinkat"] < 3 {
		t.Fatalf("the steps are not as expected: %v", counts)
	}
	want := 60
	if testing.Short() {
		want = 20
	}
	if soak {
		want = len(all)
	}
	done, hit := 0, 0
	for i := 0; i < len(all); i += max(1, len(all)/want) {
		if inject(t, strace, all[i]) {
			hit++
		}
		done++
	}
	t.Logf("%d of %d points %v, %d injected", done, len(all), counts, hit)
	if hit < done*9/10 {
		t.Errorf("only %d of %d faults were injected", hit, done)
	}
}

func traced(t *testing.T, strace, dir string, args ...string) (said string, trace []byte) {
	log := filepath.Join(dir, "trace")
	cmd := exec.Command(strace, append(append([]string{"-f", "-qq", "-o", log}, args...), os.Args[0])...)
	cmd.Env = append(os.Environ(), childDir+"="+dir, childPrefix+"=s", childSteps+"=1", "GORACE=atexit_sleep_ms=0")
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	err := cmd.Run()
	trace, readErr := os.ReadFile(log)
	if readErr != nil {
		t.Fatalf("strace: %v, %v: %s", err, readErr, bad.String())
	}
	return out.String(), trace
}

// points counts the calls of each kind in a run without faults, on the thread that takes the steps.
func points(t *testing.T, strace string) map[string]int {
	dir := scratch(t)
	said, trace := traced(t, strace, dir, "-e", "trace="+strings.Join(changing, ","))
	if n := strings.Count(said, "\n"); n != 75 {
		t.Fatalf("%d of 75 snapshots accepted without a fault", n)
	}
	threads := map[string]map[string]int{}
	for line := range strings.Lines(string(trace)) {
		pid, rest, _ := strings.Cut(line, " ")
		call, _, ok := strings.Cut(strings.TrimSpace(rest), "(")
		if !ok || strings.Contains(call, " ") {
			continue
		}
		if threads[pid] == nil {
			threads[pid] = map[string]int{}
		}
		threads[pid][call]++
	}
	for _, counts := range threads {
		if counts["pwrite64"] > 0 {
			return counts
		}
	}
	t.Fatal("no thread writes")
	return nil
}

// inject runs the steps with one fault and then without, and says whether the fault was met.
func inject(t *testing.T, strace, fault string) bool {
	dir := scratch(t)
	call, _, _ := strings.Cut(fault, ":")
	said, trace := traced(t, strace, dir, "-e", "trace="+call, "-e", "inject="+fault)
	var accepted []string
	for line := range strings.Lines(said) {
		if id, whole := strings.CutSuffix(line, "\n"); whole {
			accepted = append(accepted, id)
		}
	}
	got := rest(t, dir)
	s, err := spool.Open(filepath.Join(dir, "spool"), childOptions())
	if err != nil {
		t.Fatalf("%s: it does not open again: %v", fault, err)
	}
	defer s.Close()
	refused, err := s.Refused()
	if err != nil {
		t.Fatalf("%s: %v", fault, err)
	}
	for _, r := range refused {
		got = append(got, unpacked(t, r))
	}
	if v := judge(accepted, got, true); v.lost > 0 || v.altered > 0 || v.doubled > 0 {
		t.Errorf("%s: of %d accepted %+v", fault, len(accepted), v)
	}
	return bytes.Contains(trace, []byte("INJECTED")) || bytes.Contains(trace, []byte("killed by SIGKILL"))
}

func unpacked(t *testing.T, r spool.Refused) *pluginpb.Delivery {
	dec, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	raw, err := dec.DecodeAll(r.Snapshot, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &pb.Snapshot{}
	if err := proto.Unmarshal(raw, s); err != nil {
		t.Fatal(err)
	}
	return &pluginpb.Delivery{Epoch: r.Epoch, Sequence: r.Sequence, Snapshot: s}
}

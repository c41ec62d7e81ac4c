package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/collector"
	drivers "github.com/plumbline/plumbline/plugins/driver/all"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// judged gives fresh snapshots of one and the same saved configuration.
func judged(t testing.TB) func() *pb.Snapshot {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("..", "..", "..", "plugins", "driver", "huaweivrp", "testdata", "s_hardened.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "sw.cfg")
	if err := os.WriteFile(name, ar.Files[0].Data, 0o600); err != nil {
		t.Fatal(err)
	}
	plan, err := baseline.ByID("jrt0068-2012").Plan(all.List(), baseline.Device, baseline.Options{Profile: baseline.Profiles()[0]})
	if err != nil {
		t.Fatal(err)
	}
	c := collector.Config{Drivers: drivers.List(), Device: plan.Rules, MaskKey: []byte("k")}
	return func() *pb.Snapshot {
		return c.Saved(t.Context(), collector.File{Path: name, Name: "sw"}, "huawei-vrp", "", "")
	}
}

// What no report shows is dropped, and what many findings say is kept once.
func TestShelf(t *testing.T) {
	next := judged(t)
	var h shelf
	h.keep(next())
	h.keep(next())
	x, y := h.snapshots[0], h.snapshots[1]
	if len(x.GetFindings()) == 0 || x.GetFacts().GetAccounts() != nil || x.GetFacts().GetPlatform() == nil {
		t.Fatalf("%d findings, %v", len(x.GetFindings()), x.GetFacts())
	}
	for i, f := range x.GetFindings() {
		if f.GetExpected() != y.GetFindings()[i].GetExpected() || f.GetObserved() != y.GetFindings()[i].GetObserved() {
			t.Errorf("%s is kept twice", f.GetExpected())
		}
	}
}

// BenchmarkShelf5000 says what 5,000 devices weigh until the last one has ended.
func BenchmarkShelf5000(b *testing.B) {
	next := judged(b)
	const sample = 500
	for b.Loop() {
		var h shelf
		before := inUse()
		for range sample {
			h.keep(next())
		}
		b.ReportMetric(float64(inUse()-before)/sample*5000/(1<<20), "MiB")
		var whole []*pb.Snapshot
		before = inUse()
		for range sample {
			whole = append(whole, next())
		}
		b.ReportMetric(float64(inUse()-before)/sample*5000/(1<<20), "MiB-unshelved")
		runtime.KeepAlive(whole)
		runtime.KeepAlive(h)
	}
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

package ingest

import (
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func valid() *pb.Snapshot {
	at := timestamppb.New(time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC))
	return &pb.Snapshot{
		Target: &pb.Target{Id: "web-01"}, StartedAt: at, FinishedAt: at,
		Findings: []*pb.Finding{{
			Id: checks.ID("web-01", "b", "c", "d", "s"), TargetId: "web-01", Baseline: "b", Clause: "c", Check: "d", Scope: "s", Outcome: pb.Outcome_OUTCOME_FAIL,
		}},
	}
}

// Whatever comes, it is a snapshot that keeps the rules or a refusal in both languages.
func FuzzOpen(f *testing.F) {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	raw, err := proto.Marshal(valid())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw, true)
	f.Add(raw[:len(raw)/2], true)
	f.Add(e.EncodeAll(raw, nil), false)
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd}, false)
	f.Fuzz(func(t *testing.T, body []byte, pack bool) {
		if pack {
			body = e.EncodeAll(body, nil)
		}
		s, refusal := open(body)
		if refusal == nil {
			refusal = check(s)
		}
		if refusal != nil {
			if refusal.GetZh() == "" || refusal.GetEn() == "" {
				t.Errorf("refused with %v", refusal)
			}
			return
		}
		if s.GetTarget().GetId() == "" || len(s.GetFindings()) > MaxFindings {
			t.Error("taken without a target or with too many findings")
		}
		for _, g := range s.GetFindings() {
			if g.GetTargetId() != s.GetTarget().GetId() || g.GetOutcome() == 0 {
				t.Errorf("taken: %v", g)
			}
		}
	})
}

func TestValid(t *testing.T) {
	if why := check(valid()); why != nil {
		t.Error(why.GetEn())
	}
}

func TestBudget(t *testing.T) {
	b := newBudget(10)
	if n, err := b.take(t.Context(), 100); n != 10 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	got := make(chan int64, 2)
	for range 2 {
		go func() { n, _ := b.take(t.Context(), 5); got <- n }()
	}
	select {
	case <-got:
		t.Fatal("lent what is not there")
	case <-time.After(20 * time.Millisecond):
	}
	b.give(10)
	if <-got+<-got != 10 || b.free != 0 {
		t.Errorf("%d free", b.free)
	}
}

package ingest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// hundred is a snapshot of 100 findings with the words that real ones have.
func hundred(target string, n uint64) *pb.Snapshot {
	s := snapshot(target, n)
	s.Findings = nil
	for i := range 100 {
		clause := fmt.Sprintf("8.1.%d", i)
		s.Findings = append(s.Findings, &pb.Finding{
			Id: checks.ID(target, "pboc-2010", clause, "password.min_length", "sshd"), TargetId: target, Baseline: "pboc-2010", Clause: clause,
			Check: "password.min_length", Control: "PWD-01", Scope: "sshd", Outcome: pb.Outcome_OUTCOME_FAIL,
			Expected: checks.Say("口令长度不少于 %d 位", "at least %d characters", 8), Observed: checks.Say("%d 位", "%d characters", int(n)%8),
			Evidence: []*pb.Evidence{{Source: "/etc/security/pwquality.conf", FirstLine: uint32(i), Excerpt: fmt.Sprintf("minlen = %d", n%8)}},
		})
	}
	return s
}

// Delivery over mutual TLS into memory: what all but the database costs.
func BenchmarkDeliver(b *testing.B) {
	w := newWorld(b)
	s := w.sink(w.join(identity.Agent, "web-01"), w.addr)
	var all []*pluginpb.Delivery
	for n := range uint64(200) {
		all = append(all, &pluginpb.Delivery{Epoch: 1, Snapshot: hundred("web-01", n+1)})
	}
	b.SetBytes(int64(len(encoded(b, all[0].Snapshot))))
	b.ResetTimer()
	sequence := uint64(0)
	for sequence < uint64(b.N) {
		batch := all[:min(len(all), b.N-int(sequence))]
		for _, d := range batch {
			sequence++
			d.Sequence = sequence
		}
		if n, err := s.Send(context.Background(), batch); err != nil || n != len(batch) {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "snapshots/s")
}

// The same snapshots encoded and decoded, with no wire between.
func BenchmarkBare(b *testing.B) {
	s := hundred("web-01", 1)
	start := time.Now()
	for range b.N {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(s)
		if err != nil {
			b.Fatal(err)
		}
		if err := proto.Unmarshal(raw, &pb.Snapshot{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "snapshots/s")
}

package outlet

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

// From the store to a file, with fsync: changes, and the full state.
func BenchmarkOutlet(b *testing.B) {
	const targets, findings = 200, 100
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "db"), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c := Config{Name: "archive", Kind: "file", Settings: map[string]string{"path": filepath.Join(b.TempDir(), "events")}}
	to, err := c.Open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer to.Close()
	r := &Runner{Store: s, Holder: "a", Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	w := &worker{Runner: r, out: Served{c, to}, tell: teller{store: s}, log: r.Log}
	if err := w.round(b.Context()); err != nil {
		b.Fatal(err)
	}
	from := &storetest.Sender{ID: "collector-1", Epoch: 1}
	for i := range targets {
		d := from.Deliver(b, storetest.Reading{Target: string(rune('a'+i%26)) + time.Duration(i).String(), At: storetest.Epoch0, Outcomes: storetest.Outcomes(findings, fail)})
		if _, err := s.Accept(b.Context(), []store.Delivery{d}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("Changes", func(b *testing.B) {
		var took time.Duration
		for b.Loop() {
			if _, err := s.ResendOutlet(b.Context(), by, "archive", storetest.Epoch0); err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			if err := w.round(b.Context()); err != nil {
				b.Fatal(err)
			}
			took += time.Since(began)
		}
		b.ReportMetric(float64(b.N*targets*findings)/took.Seconds(), "events/s")
	})
	b.Run("Full", func(b *testing.B) {
		var took time.Duration
		for b.Loop() {
			if err := s.AskFull(context.Background(), by, "archive", NewRun()); err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			if err := w.round(b.Context()); err != nil {
				b.Fatal(err)
			}
			took += time.Since(began)
		}
		b.ReportMetric(float64(b.N*targets*findings)/took.Seconds(), "events/s")
	})
}

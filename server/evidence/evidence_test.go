package evidence_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/evidence/evidencetest"
)

func fleet(tb testing.TB, n int) *evidencetest.World {
	w := evidencetest.New(tb)
	for i := range n {
		w.Add(tb, evidencetest.Judged(tb, fmt.Sprintf("web%d", i), int64(5+i%3), evidencetest.Epoch0.Add(time.Duration(i)*time.Minute)))
	}
	return w
}

// A bundle as it was written is good, by itself and beside checkpoints that were kept.
func TestGood(t *testing.T) {
	w := fleet(t, 7)
	bundle := w.Bundle(t, 2, 5, 3, 4)
	r := evidencetest.Verify(t, bundle, w.Options(w.Notes[2], w.Notes[3], w.Notes[6]))
	if r.Verdict != evidence.Good || r.Snapshots != 3 || r.Findings == 0 || r.Verdicts[evidence.Same] == 0 || len(r.Older) != 3 || r.LogSize != 7 || r.Sweep != "sweep-1" {
		t.Errorf("%+v", r)
	}
	t.Logf("%d bytes, %v", len(bundle), r.Verdicts)
	if r := evidencetest.Verify(t, bundle, w.Options(w.Notes[1])); r.Verdict != evidence.Unchecked {
		t.Errorf("a checkpoint without a proof: %+v", r)
	}
	if r := evidencetest.Verify(t, bundle, evidence.Options{}); r.Verdict != evidence.Unchecked || r.KeyGiven {
		t.Errorf("without a key: %+v", r)
	}
}

package api

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// How far each outlet has come is seen by those who run the server and by the SIEM itself, in the API and in the metrics.
func TestOutlets(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	is := map[string]store.OutletState{}
	for _, name := range []string{"archive", "old", "soc"} {
		o, held, err := w.store.HoldOutlet(t.Context(), name, "syslog", "server-a", now.Add(time.Minute))
		w.must(err)
		if !held {
			t.Fatal("not held")
		}
		is[name] = o
	}
	failing := is["soc"]
	failing.Error, failing.Since, failing.Failed, failing.Delivered, failing.Refused = "no route", now, 3, 7, 1
	failing.Full = store.FullRun{ID: "run-1", Asked: now, Targets: 2, Tally: store.Tally{Failed: 5}}
	w.must(w.store.StepOutlet(t.Context(), is["soc"], failing, []store.RefusedEvent{{Event: "e1", Finding: "f1", At: now, Reason: "too long"}}))
	old := is["old"]
	old.HeldUntil = now.Add(-time.Hour)
	w.must(w.store.StepOutlet(t.Context(), is["old"], old, nil))

	got := get[list[outlet]](w, SIEM, "/api/v1/outlets")
	if len(got.Items) != 3 || got.Items[0].State != outletWell || got.Items[1].State != outletUnserved || got.Items[2].State != outletFailing {
		t.Fatalf("%+v", got.Items)
	}
	if o := got.Items[2]; o.Error != "no route" || o.Delivered != 7 || o.Failed != 3 || o.Full == nil || o.Full.Tally.Fail != 5 || !o.Full.Ended.IsZero() {
		t.Errorf("%+v", o)
	}
	refused := get[list[refusedEvent]](w, Operator, "/api/v1/outlets/soc/refusals")
	if len(refused.Items) != 1 || refused.Items[0].Reason != "too long" {
		t.Errorf("%+v", refused.Items)
	}
	text := w.as(SIEM, "GET", "/metrics", "").Body.String()
	for _, line := range []string{
		`plumbline_outlet_delivered_total{outlet="soc"} 7`, `plumbline_outlet_refused_total{outlet="soc"} 1`, `plumbline_outlet_failing{outlet="soc"} 1`,
		`plumbline_outlet_failing{outlet="archive"} 0`, `plumbline_outlet_behind{outlet="archive"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
)

// as has the next commands run by a person.
func (h *host) as(name string) { h.t.Setenv("SUDO_USER", name) }

// staffed is a host with people and two targets.
func staffed(t *testing.T) *host {
	t.Helper()
	h := newHost(t)
	h.as("root")
	for name, role := range map[string]string{"li": "operator", "wang": "auditor", "zhao": "security", "sun": "security"} {
		h.ok("user", name, "--role", role)
	}
	c, err := server.ReadConfig(h.config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.OpenStore(t.Context(), c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.PutTargets(t.Context(), store.Entry{Actor: "setup", Action: "test"}, []store.Target{{ID: "sw1", Zone: "core"}, {ID: "sw2", Zone: "core"}}); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestR2_SweepCommands: one person asks, another authorises, and the ledger accounts for what was planned.
func TestR2_SweepCommands(t *testing.T) {
	h := staffed(t)
	h.as("zhao")
	h.fails("with the role operator, auditor", "sweep", "start", "sw1", "--reason", "x")
	h.as("wang")
	h.fails("what it is for", "snapshot", "request", "sw1")
	h.fails("not in the inventory", "snapshot", "request", "sw9", "--reason", "x")
	h.fails("no targets are chosen", "sweep", "start", "--reason", "x")
	asked := lines[sweep](t, h.ok("snapshot", "request", "sw1", "sw2", "--baseline", "jrt0068-2012", "--reason", "audit sample", "--format", "json"))[0]
	if asked.State != store.SweepPlanned || asked.RequestedBy != "wang" || asked.AuthorisedBy != "" || asked.Targets != 2 {
		t.Fatalf("%+v", asked)
	}
	h.fails("with the role security", "snapshot", "authorise", asked.ID)
	h.as("zhao")
	if got := lines[sweep](t, h.ok("sweep", "authorise", asked.ID, "--format", "json"))[0]; got.AuthorisedBy != "zhao" {
		t.Fatalf("%+v", got)
	}
	h.fails("does not allow this any more", "sweep", "authorise", asked.ID)
	if out := h.ok("sweep", "show", asked.ID); !strings.Contains(out, "sw2") || !strings.Contains(out, "audit sample") {
		t.Errorf("show: %s", out)
	}
	l := lines[orders.Ledger](t, h.ok("sweep", "ledger", asked.ID, "--format", "json"))[0]
	one := lines[orders.Line](t, h.ok("sweep", "ledger", asked.ID, "--target", "sw1", "--format", "json"))
	if l.Targets != 2 || l.Planned != 2*int64(len(one)) || len(one) < 100 || l.Complete {
		t.Errorf("%+v, %d lines", l, len(one))
	}
	if out := h.ok("sweep", "ledger", asked.ID); !strings.Contains(out, "waiting") || !strings.Contains(out, "2 targets") {
		t.Errorf("ledger: %s", out)
	}
	h.as("li")
	h.ok("sweep", "cancel", asked.ID)
	h.fails("does not allow this any more", "sweep", "cancel", asked.ID)
	if got := lines[sweep](t, h.ok("sweep", "list", "--state", "cancelled", "--format", "json")); len(got) != 1 || got[0].Ends["cancelled"] != 2 {
		t.Errorf("%+v", got)
	}
	h.fails("there is no sweep", "sweep", "show", "s-none")
	h.fails("there is no sweep", "sweep", "ledger", "s-none")
}

// TestR2_ScheduleCommands: a schedule takes two people, and says when it starts next.
func TestR2_ScheduleCommands(t *testing.T) {
	h := staffed(t)
	h.as("li")
	add := []string{"schedule", "add", "nightly", "--cron", "30 10 * * *", "--jitter", "10m", "--zone", "core", "--freeze", "name=trading;days=mon-sun;from=09:15;to=15:30", "--format", "json"}
	written := lines[timetable](t, h.ok(add...))[0]
	if written.ChangedBy != "li" || written.ApprovedBy != "" || !written.Next.IsZero() || written.Plan.Targets.Zones[0] != "core" {
		t.Fatalf("%+v", written)
	}
	if out := h.ok("schedule", "next", "nightly"); !strings.Contains(out, "does not fire") || !strings.Contains(out, "freeze trading") {
		t.Errorf("next: %s", out)
	}
	h.fails("with the role security", "schedule", "approve", "nightly")
	h.as("zhao")
	if got := lines[timetable](t, h.ok("schedule", "approve", "nightly", "--format", "json"))[0]; got.ApprovedBy != "zhao" || got.Next.IsZero() {
		t.Fatalf("%+v", got)
	}
	starts := lines[start](t, h.ok("schedule", "next", "nightly", "--limit", "3", "--format", "json"))
	if len(starts) != 3 {
		t.Fatalf("%+v", starts)
	}
	for _, s := range starts {
		if s.Due.Format("15:04 -0700") != "10:30 +0800" || s.Start.Before(s.Due.Add(5*time.Hour)) {
			t.Errorf("due %v, starts %v", s.Due, s.Start)
		}
	}
	h.ok("schedule", "disable", "nightly")
	if out := h.ok("schedule", "list"); !strings.Contains(out, "off") {
		t.Errorf("list: %s", out)
	}
	h.ok("schedule", "enable", "nightly")
	h.as("li")
	h.fails("whole week", "schedule", "add", "never", "--cron", "0 0 * * *", "--all", "--freeze", "from=00:00;to=24:00")
	h.fails("none of name, days, from, to", "schedule", "add", "never", "--cron", "0 0 * * *", "--all", "--freeze", "when=now")
	h.ok(add...)
	if got := lines[timetable](t, h.ok("schedule", "list", "--format", "json"))[0]; got.ApprovedBy != "" {
		t.Error("it was changed, and is approved still")
	}
	h.ok("schedule", "remove", "nightly")
	h.fails("there is no schedule", "schedule", "next", "nightly")
}

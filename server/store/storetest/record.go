package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

func auditChain(f *fixture) {
	empty, err := f.Verify(f.ctx)
	f.must(err)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 5 {
				if _, err := f.Append(f.ctx, store.Entry{Actor: fmt.Sprint("user-", i), Action: "login", Object: fmt.Sprint(j), Detail: `{"语言":"中文"}`}); err != nil {
					f.Error(err)
				}
			}
		})
	}
	group.Wait()
	head, err := f.Verify(f.ctx, empty)
	f.must(err)
	if head.N != empty.N+40 {
		f.Fatalf("%d records, want 40", head.N-empty.N)
	}
	found, next, err := f.Records(f.ctx, store.AuditFilter{Actor: "user-3"}, store.Page{Limit: 3})
	f.must(err)
	if len(found) != 3 || next == "" || found[0].Outcome != "ok" {
		f.Fatalf("records %+v", found)
	}
	if _, err := f.Verify(f.ctx, head, store.Head{N: head.N + 1, Hash: head.Hash}); !errors.Is(err, store.ErrTampered) {
		f.Errorf("a log that is shorter than it was: %v", err)
	}
	if _, err := f.Verify(f.ctx, store.Head{N: head.N, Hash: []byte("another")}); !errors.Is(err, store.ErrTampered) {
		f.Errorf("a log that is another than it was: %v", err)
	}
	if _, err := f.Append(f.ctx, store.Entry{Action: "nobody's"}); err == nil {
		f.Error("an entry without an actor was taken")
	}
}

// Not even SQL changes what is on record.
func auditRefusesChange(f *fixture) {
	d := (&Sender{ID: "agent-1", Epoch: 1}).Deliver(f, Reading{Target: "h1", At: hour(0), Outcomes: Outcomes(2, pass)})
	f.accept(d)
	for range 3 {
		_, err := f.Append(f.ctx, by)
		f.must(err)
	}
	head, err := f.Verify(f.ctx)
	f.must(err)
	statements := []string{
		`UPDATE audit SET actor = 'mallory'`,
		`UPDATE audit SET n = n + 10 WHERE n = 3`,
		`DELETE FROM audit`,
		`DELETE FROM audit WHERE n = 3`,
		`INSERT INTO audit SELECT n + 5, at, actor, action, object, outcome, detail, previous, hash FROM audit WHERE n = 1`,
		`DELETE FROM snapshots`,
		`UPDATE snapshots SET status = shape`,
		`UPDATE snapshots SET body = NULL`,
		`UPDATE snapshots SET body = sha256, removed_at = 1, removed_by = 'x'`,
		`UPDATE snapshots SET body = NULL, removed_at = 1, removed_by = 'x', target_id = 'h2'`,
	}
	if f.Engine() == "postgres" {
		statements = append(statements, `TRUNCATE audit`, `TRUNCATE snapshots`)
	}
	for _, statement := range statements {
		if _, err := f.db.ExecContext(f.ctx, statement); err == nil {
			f.Errorf("the database did it: %s", statement)
		}
	}
	if after, err := f.Verify(f.ctx, head); err != nil || after.N != head.N {
		f.Errorf("after that: %+v, %v", after, err)
	}
}

// Where the audit log cannot be written, nothing changes.
func noAuditNoChange(f *fixture) {
	f.must(f.PutUser(f.ctx, by, store.User{Name: "bob", Role: "operator", State: store.UserActive}))
	_, err := f.db.ExecContext(f.ctx, `ALTER TABLE audit RENAME TO audit_away`)
	f.must(err)
	ctx := f.ctx
	for name, change := range map[string]func() error{
		"targets":  func() error { return f.PutTargets(ctx, by, []store.Target{{ID: "a"}}) },
		"site":     func() error { _, err := f.PutSite(ctx, by, "x", 0); return err },
		"token":    func() error { return f.PutAPIToken(ctx, by, store.APIToken{Hash: "a", ID: "a", User: "bob"}) },
		"user":     func() error { return f.PutUser(ctx, by, store.User{Name: "bob", Role: "admin"}) },
		"sweep":    func() error { return f.PutSweep(ctx, by, store.Sweep{ID: "s"}, []string{"a"}) },
		"schedule": func() error { return f.PutSchedule(ctx, by, store.Schedule{ID: "s"}) },
		"login":    func() error { _, err := f.Append(ctx, by); return err },
		"retain": func() error {
			_, err := f.Retain(ctx, by, store.Retention{Name: "r", Zone: "*", Keep: store.MinRetention})
			return err
		},
		"restore": func() error { return f.Restored(ctx, by) },
	} {
		if change() == nil {
			f.Errorf("%s went on without the audit log", name)
		}
	}
	_, err = f.db.ExecContext(f.ctx, `ALTER TABLE audit_away RENAME TO audit`)
	f.must(err)
	for _, table := range []string{"targets", "site_versions", "api_tokens", "sweeps", "sweep_targets", "schedules", "target_states"} {
		if n := f.count(table); n != 0 {
			f.Errorf("%s has %d rows", table, n)
		}
	}
	bob, err := f.User(f.ctx, "bob")
	f.must(err)
	if bob.Role != "operator" {
		f.Errorf("bob became %s", bob.Role)
	}
	f.must(f.PutTargets(f.ctx, by, []store.Target{{ID: "a"}}))
	// An entry that names nobody is none.
	if err := f.PutTargets(f.ctx, store.Entry{}, []store.Target{{ID: "b"}}); err == nil {
		f.Error("a change without an entry was made")
	}
}

func retention(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	var old []store.Delivery
	for i := range 4 {
		old = append(old, s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(i), Outcomes: Outcomes(3, fail)}))
	}
	other := s.Deliver(f, Reading{Target: "h2", Zone: "core", At: hour(0), Outcomes: Outcomes(1, pass)})
	newer := s.Deliver(f, Reading{Target: "h2", Zone: "core", At: hour(1), Outcomes: Outcomes(1, pass)})
	f.accept(append(old, other, newer)...)
	id := f.all(store.FindingFilter{Target: "h1"})["6.2.1.1"].ID
	rule := store.Retention{Name: "half a year", Zone: "dmz", Keep: store.MinRetention}
	for _, bad := range []store.Retention{{Name: "a", Zone: "*", Keep: time.Hour}, {Zone: "*", Keep: store.MinRetention}, {Name: "a", Keep: store.MinRetention}} {
		if _, err := f.Retain(f.ctx, by, bad); err == nil {
			f.Errorf("%+v was taken for a rule", bad)
		}
	}
	if n, err := f.Retain(f.ctx, by, rule); err != nil || n != 0 {
		f.Fatalf("too early: %d, %v", n, err)
	}
	f.clock.Set(Epoch0.Add(store.MinRetention + 24*time.Hour))
	head, err := f.Verify(f.ctx)
	f.must(err)
	if n, err := f.Retainable(f.ctx, rule); err != nil || n != 3 {
		f.Fatalf("would remove %d, %v; want 3", n, err)
	}
	if n, err := f.Retain(f.ctx, by, rule); err != nil || n != 3 {
		f.Fatalf("removed %d, %v; want 3: the newest stays", n, err)
	}
	tomb, err := f.Snapshot(f.ctx, old[0].ID())
	f.must(err)
	if tomb.RemovedBy != rule.Name || tomb.RemovedAt.IsZero() || tomb.Tally.Failed != 3 || len(tomb.SHA256) != 32 {
		f.Fatalf("tombstone %+v", tomb)
	}
	if _, err := f.Body(f.ctx, old[0].ID()); !errors.Is(err, store.ErrRemoved) {
		f.Fatalf("the body: %v", err)
	}
	if _, err := f.Body(f.ctx, old[3].ID()); err != nil {
		f.Fatalf("the newest: %v", err)
	}
	if points, _, err := f.History(f.ctx, id, store.Page{}); err != nil || len(points) != 4 || points[3].Outcome != fail {
		f.Fatalf("history %v, %v", points, err)
	}
	// Sent again, it stays what it is.
	f.accept(old[0])
	if n := f.count("snapshots"); n != 6 {
		f.Fatalf("%d snapshots", n)
	}
	records, _, err := f.Records(f.ctx, store.AuditFilter{}, store.Page{})
	f.must(err)
	if !strings.Contains(records[0].Detail, rule.Name) {
		f.Errorf("on record: %+v", records[0])
	}
	if after, err := f.Verify(f.ctx, head); err != nil || after.N != head.N+1 {
		f.Errorf("the audit log after pruning: %+v, %v", after, err)
	}
	if n, err := f.Retainable(f.ctx, rule); err != nil || n != 0 {
		f.Errorf("would remove %d more, %v", n, err)
	}
}

func exportImport(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	kept := s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(0), Outcomes: Outcomes(7, fail)})
	if refusals, err := f.Accept(f.ctx, []store.Delivery{kept, s.Raw([]byte("rubbish"), hour(0))}); err != nil || len(refusals) != 1 {
		f.Fatalf("refusals %v, %v", refusals, err)
	}
	f.must(f.PutTargets(f.ctx, by, []store.Target{{ID: "h1", Zone: "dmz", Labels: map[string]string{"a": "b"}}}))
	f.must(f.PutUser(f.ctx, by, store.User{Name: "bob", Role: "operator", State: store.UserActive}))
	f.must(f.PutSweep(f.ctx, by, store.Sweep{ID: "s1", Plan: "{}"}, []string{"h1"}))
	lost := s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(1), Outcomes: Outcomes(7, pass)})
	contacts, err := f.Contacts(f.ctx)
	f.must(err)
	if contacts["agent-1"].IsZero() || len(contacts) != 1 {
		f.Errorf("delivered: %v", contacts)
	}
	before, epoch := f.line(), f.Epoch()
	var backup bytes.Buffer
	f.must(f.Export(f.ctx, &backup))
	f.accept(lost)

	for _, table := range f.tables() {
		if !strings.Contains(backup.String(), `"table":"`+table+`"`) {
			f.Errorf("the export leaves out %s", table)
		}
	}
	restored, db := f.open(f, f.clock.Now)
	f.must(restored.Import(f.ctx, store.Entry{Actor: "root", Action: "import"}, bytes.NewReader(backup.Bytes())))
	g := &fixture{T: f.T, Store: restored, ctx: f.ctx, db: db, clock: f.clock}
	if got := g.line(); got != before {
		f.Errorf("imported\n%s\nexported\n%s", got, before)
	}
	if again, err := g.Contacts(f.ctx); err != nil || !maps.Equal(again, contacts) {
		f.Errorf("delivered, imported: %v, %v", again, err)
	}
	if g.Epoch() == epoch || g.Epoch() == "" {
		f.Errorf("the epoch is still %q", g.Epoch())
	}
	g.sound()
	// The sender sees another epoch and sends again what it has: nothing is lost and nothing doubled.
	g.accept(kept, lost)
	if n := g.count("snapshots"); n != 2 {
		f.Errorf("%d snapshots", n)
	}
	if state, err := g.State(f.ctx, "h1"); err != nil || state.Tally.Passed != 7 {
		f.Errorf("stands at %+v, %v", state, err)
	}
	g.sound()
	if err := g.Import(f.ctx, by, bytes.NewReader(backup.Bytes())); !errors.Is(err, store.ErrConflict) {
		f.Errorf("a store that is not empty took an import: %v", err)
	}
	epoch = g.Epoch()
	f.must(g.Restored(f.ctx, by))
	if g.Epoch() == epoch {
		f.Error("a restore began no epoch")
	}
}

func importRefuses(f *fixture) {
	var out bytes.Buffer
	f.must(f.Export(f.ctx, &out))
	whole := out.String()
	for name, damaged := range map[string]string{
		"empty": "", "cut": whole[:len(whole)/2], "no end": whole[:strings.LastIndex(strings.TrimSpace(whole), "\n")+1],
		"version": strings.Replace(whole, `"plumbline_export":1`, `"plumbline_export":9`, 1),
		"table":   strings.Replace(whole, `"table":"users"`, `"table":"meta"`, 1),
		"column":  strings.Replace(whole, `"columns":["name"`, `"columns":["name) SELECT 1; --"`, 1),
		"rows":    strings.Replace(whole, `"rows":`, `"rows":7`, 1),
	} {
		if err := f.Import(f.ctx, by, strings.NewReader(damaged)); err == nil {
			f.Errorf("%s: it was taken", name)
		}
	}
}

func checkFindsDamage(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	f.must(f.PutTargets(f.ctx, by, []store.Target{{ID: "h1", Zone: "dmz"}}))
	f.must(f.PutSweep(f.ctx, by, store.Sweep{ID: "s1"}, []string{"h1"}))
	f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(0), Outcomes: Outcomes(7, fail)}))
	f.sound()
	before := 0
	for _, damage := range []string{
		`UPDATE rollups SET findings = findings + 1 WHERE clause = '6.2.1.3'`,
		`UPDATE rollup_days SET targets = 0 WHERE clause = '6.2.1.3'`,
		`UPDATE target_states SET failed = 6`,
		`UPDATE target_states SET listed = 0`,
		`DELETE FROM shapes`,
		`UPDATE target_states SET snapshot_id = 'another'`,
		`DELETE FROM sweep_targets`,
		`INSERT INTO refusals SELECT id, sender, epoch, sequence, at, '', '', 0, sha256, sha256 FROM snapshots`,
	} {
		if _, err := f.db.ExecContext(f.ctx, damage); err != nil {
			f.Fatalf("%s: %v", damage, err)
		}
		found, err := f.Check(f.ctx, true)
		f.must(err)
		if len(found) <= before {
			f.Errorf("%s was not noticed; %v", damage, found)
		}
		before = len(found)
	}
}

// tables are those that the database has, but for the notes on the schema and on the store itself.
func (f *fixture) tables() (out []string) {
	f.Helper()
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if f.Engine() == "postgres" {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	rows, err := f.db.QueryContext(f.ctx, query)
	f.must(err)
	defer rows.Close()
	for rows.Next() {
		var name string
		f.must(rows.Scan(&name))
		if name != "meta" && !strings.HasPrefix(name, "goose") {
			out = append(out, name)
		}
	}
	f.must(rows.Err())
	if len(out) == 0 {
		f.Fatal("the database has no table")
	}
	return out
}

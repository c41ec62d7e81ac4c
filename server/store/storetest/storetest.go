// Package storetest is what every store must satisfy, whatever database is behind it: Run is the suite, Bench the figures. Fleet
// makes snapshots to test with.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

const (
	pass    = pb.Outcome_OUTCOME_PASS
	fail    = pb.Outcome_OUTCOME_FAIL
	unknown = pb.Outcome_OUTCOME_UNKNOWN
	none    = pb.Outcome_OUTCOME_UNSPECIFIED
)

// Open gives an empty store for the test, and a handle to its database that goes around it. Both end with the test.
type Open func(tb testing.TB, now func() time.Time) (*store.Store, *sql.DB)

// A Clock is moved by hand.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock starts at the time.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Set moves the clock.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// fixture is one test's store with what it needs.
type fixture struct {
	*testing.T
	*store.Store
	ctx   context.Context
	db    *sql.DB
	clock *Clock
	open  Open
}

// Run holds a store to all that callers count on.
func Run(t *testing.T, open Open) {
	for _, test := range []struct {
		name string
		run  func(*fixture)
	}{
		{"AcceptExactlyOnce", acceptExactlyOnce},
		{"AcceptAllOrNothing", acceptAllOrNothing},
		{"D12_PoisonIsOnRecord", poisonIsOnRecord},
		{"BodyIsKeptAsDelivered", bodyIsKept},
		{"ManyWritersSameKeys", manyWriters},
		{"FindingsChangeOnlyWhenTheyDo", findingsChange},
		{"GoneAndBack", goneAndBack},
		{"OldSnapshotsDoNotOverwrite", oldSnapshots},
		{"EveryOrderOfArrivalEndsAlike", everyOrder},
		{"ClockAhead", clockAhead},
		{"UnreachedLosesNothing", unreached},
		{"OtherBaselineLosesNothing", otherBaseline},
		{"SameFindingTwiceIsTheWorse", sameFindingTwice},
		{"CountsFollow", countsFollow},
		{"ZonesMove", zonesMove},
		{"Trend", trend},
		{"Paging", paging},
		{"History", history},
		{"Worst", worst},
		{"StaleAndNeverScanned", stale},
		{"Diff", diff},
		{"DiffSweeps", diffSweeps},
		{"Targets", targets},
		{"Site", site},
		{"Users", users},
		{"SweepSumsUp", sweepSumsUp},
		{"SnapshotsBelongToTheOrderTheyName", linksByCommission},
		{"OrdersComeBack", ordersComeBack},
		{"TargetsAreHandedOutOnce", handedOnce},
		{"ScheduleFiresOnce", firesOnce},
		{"MovesFollowFindings", movesFollow},
		{"MovesAreInTheOrderOfCommits", movesInOrder},
		{"OutletHasOneServer", outletHasOneServer},
		{"OutletSteps", outletSteps},
		{"WaiverIsKept", waiverKept},
		{"WaiverCoversItsScope", waiverCovers},
		{"WaiverEnds", waiverEnds},
		{"R2_WaiverTakesTwoPeople", waiverFourEyes},
		{"AttestationIsKept", attestationKept},
		{"AuditChain", auditChain},
		{"AuditRefusesChange", auditRefusesChange},
		{"E9_NoAuditNoChange", noAuditNoChange},
		{"E10_RetentionLeavesTombstones", retention},
		{"D8_ExportImportBeginsAnEpoch", exportImport},
		{"ImportRefusesDamage", importRefuses},
		{"EvidenceLog", evidenceLog},
		{"EvidenceLogIsOne", evidenceLogOnce},
		{"CheckFindsDamage", checkFindsDamage},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := NewClock(Epoch0)
			s, db := open(t, clock.Now)
			f := &fixture{T: t, Store: s, ctx: t.Context(), db: db, clock: clock, open: open}
			test.run(f)
			if test.name != "CheckFindsDamage" {
				f.sound()
			}
		})
	}
}

var by = store.Entry{Actor: "alice", Action: "test", Object: "it"}

func (f *fixture) sound() {
	f.Helper()
	found, err := f.Check(f.ctx, true)
	f.must(err)
	for _, what := range found {
		f.Errorf("the store is not sound: %s", what)
	}
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) accept(deliveries ...store.Delivery) {
	f.Helper()
	refusals, err := f.Accept(f.ctx, deliveries)
	f.must(err)
	for _, r := range refusals {
		f.Fatalf("refused: %s", r.Reason.GetEn())
	}
}

func (f *fixture) count(table string) int {
	f.Helper()
	var n int
	f.must(f.db.QueryRowContext(f.ctx, "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func (f *fixture) all(filter store.FindingFilter) map[string]store.Finding {
	f.Helper()
	out := map[string]store.Finding{}
	for page := (store.Page{Limit: 7}); ; {
		found, next, err := f.Findings(f.ctx, filter, page)
		f.must(err)
		for _, one := range found {
			out[one.Clause+one.Scope] = one
		}
		if next == "" {
			return out
		}
		page.After = next
	}
}

// line is what stands of every finding, in words that can be compared.
func (f *fixture) line() string {
	f.Helper()
	out := ""
	found, _, err := f.Findings(f.ctx, store.FindingFilter{Gone: true}, store.Page{Limit: 1000})
	f.must(err)
	for _, one := range found {
		out += fmt.Sprintf("%s %s %s gone=%v present=%v\n", one.Target, one.Clause, one.Outcome, !one.GoneAt.IsZero(), one.Present)
	}
	counts, err := f.Clauses(f.ctx, store.AllZones, "")
	f.must(err)
	return out + fmt.Sprint(counts)
}

func hour(n int) time.Time { return Epoch0.Add(time.Duration(n) * time.Hour) }

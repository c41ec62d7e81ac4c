package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// AllZones stands for every zone in counts.
const AllZones = "*"

// zoneName keeps a zone from being taken for all of them.
func zoneName(zone string) string {
	if zone == AllZones {
		return ""
	}
	return zone
}

// clauseKey is what is counted for itself.
type clauseKey struct {
	baseline, clause string
	outcome          pb.Outcome
}

type count struct{ findings, targets int64 }

// tally counts the current findings of one target.
func tally(findings map[string]*Finding) map[clauseKey]count {
	t := tallying{}
	for _, f := range findings {
		if f.GoneAt.IsZero() {
			t.add(f.Baseline, f.Clause, f.Outcome)
		}
	}
	return t.counts()
}

// tallying counts findings of one target by clause, outcomes in the order of their numbers.
type tallying map[clauseKey]*[5]int64

func (t tallying) add(baseline, clause string, o pb.Outcome) {
	k := clauseKey{baseline, clause, 0}
	if t[k] == nil {
		t[k] = &[5]int64{}
	}
	t[k][o]++
}

// counts gives what moves the rollups. The worst outcome of a clause is what the target counts for.
func (t tallying) counts() map[clauseKey]count {
	out := make(map[clauseKey]count, len(t))
	for k, byOutcome := range t {
		worst := pb.Outcome_OUTCOME_UNSPECIFIED
		for o, n := range byOutcome {
			if n > 0 {
				out[clauseKey{k.baseline, k.clause, pb.Outcome(o)}] = count{findings: n}
				if severity(pb.Outcome(o)) > severity(worst) {
					worst = pb.Outcome(o)
				}
			}
		}
		key := clauseKey{k.baseline, k.clause, worst}
		out[key] = count{out[key].findings, 1}
	}
	return out
}

type rollupKey struct {
	zone string
	clauseKey
}

// deltas are by how much counts move.
type deltas map[rollupKey]count

func (d deltas) add(zone string, counts map[clauseKey]count, sign int64) {
	for k, c := range counts {
		for _, z := range []string{zone, AllZones} {
			key := rollupKey{z, k}
			sum := d[key]
			d[key] = count{sum.findings + sign*c.findings, sum.targets + sign*c.targets}
		}
	}
}

func (d deltas) write(ctx context.Context, tx *txn, day int64) error {
	maps.DeleteFunc(d, func(_ rollupKey, c count) bool { return c == count{} })
	keys := slices.SortedFunc(maps.Keys(d), func(a, b rollupKey) int {
		return cmp.Or(strings.Compare(a.zone, b.zone), strings.Compare(a.baseline, b.baseline),
			strings.Compare(a.clause, b.clause), cmp.Compare(a.outcome, b.outcome))
	})
	var rows, days [][]any
	for _, k := range keys {
		c := d[k]
		rows = append(rows, []any{k.zone, k.baseline, k.clause, int64(k.outcome), c.findings, c.targets})
		days = append(days, []any{k.zone, day, k.baseline, k.clause, int64(k.outcome), c.findings, c.targets})
	}
	err := tx.insert(ctx, `INSERT INTO rollups (zone, baseline, clause, outcome, findings, targets)`,
		`ON CONFLICT (zone, baseline, clause, outcome) DO UPDATE SET
		findings = rollups.findings + excluded.findings, targets = rollups.targets + excluded.targets`, rows, nil)
	if err != nil {
		return err
	}
	return tx.insert(ctx, `INSERT INTO rollup_days (zone, day, baseline, clause, outcome, findings, targets)`,
		`ON CONFLICT (zone, day, baseline, clause, outcome) DO UPDATE SET
		findings = rollup_days.findings + excluded.findings, targets = rollup_days.targets + excluded.targets`, days, nil)
}

const msPerDay = 24 * 60 * 60 * 1000

func day(t time.Time) int64 { return ms(t) / msPerDay }

// Tally counts by outcome.
type Tally struct{ Failed, Unknown, Passed, Inapplicable int64 }

// Total is the sum.
func (t Tally) Total() int64 { return t.Failed + t.Unknown + t.Passed + t.Inapplicable }

func (t *Tally) add(o pb.Outcome, n int64) {
	switch o {
	case pb.Outcome_OUTCOME_FAIL:
		t.Failed += n
	case pb.Outcome_OUTCOME_UNKNOWN:
		t.Unknown += n
	case pb.Outcome_OUTCOME_PASS:
		t.Passed += n
	default:
		t.Inapplicable += n
	}
}

// A ClauseCount is how one clause stands.
type ClauseCount struct {
	Baseline, Clause string
	// Findings counts current findings, Targets targets by the worst of their findings of the clause.
	Findings, Targets Tally
}

// Clauses says how every clause stands now, in a zone or in AllZones; baseline "" means all. It counts nothing.
func (s *Store) Clauses(ctx context.Context, zone, baseline string) ([]ClauseCount, error) {
	var w where
	w.add("zone = ?", zone)
	w.is("baseline", baseline)
	var out []ClauseCount
	err := each(ctx, s.read, func(r scanner) error {
		var c ClauseCount
		var outcome pb.Outcome
		var findings, targets int64
		if err := r.Scan(&c.Baseline, &c.Clause, &outcome, &findings, &targets); err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].Baseline != c.Baseline || out[n-1].Clause != c.Clause {
			out = append(out, c)
		}
		last := &out[len(out)-1]
		last.Findings.add(outcome, findings)
		last.Targets.add(outcome, targets)
		return nil
	}, `SELECT baseline, clause, outcome, findings, targets FROM rollups`+w.String()+
		` AND (findings <> 0 OR targets <> 0) ORDER BY baseline, clause, outcome`, w.args...)
	return out, wrap("read the counts", err)
}

// A Day is how things stood at the end of a day (UTC) by the server's clock.
type Day struct {
	Date              time.Time
	Findings, Targets Tally
}

// Trend says how the findings of a zone or AllZones stood day by day, from the first day on which the counts moved; baseline and
// clause "" mean all. A day on which nothing moved is left out.
func (s *Store) Trend(ctx context.Context, zone, baseline, clause string, since time.Time) ([]Day, error) {
	var w where
	w.add("zone = ?", zone)
	w.is("baseline", baseline)
	w.is("clause", clause)
	var out []Day
	err := each(ctx, s.read, func(r scanner) error {
		var n, findings, targets int64
		var outcome pb.Outcome
		if err := r.Scan(&n, &outcome, &findings, &targets); err != nil {
			return err
		}
		date := time.UnixMilli(n * msPerDay).UTC()
		if k := len(out); k == 0 {
			out = append(out, Day{Date: date})
		} else if last := out[k-1]; !last.Date.Equal(date) {
			last.Date = date
			out = append(out, last)
		}
		out[len(out)-1].Findings.add(outcome, findings)
		out[len(out)-1].Targets.add(outcome, targets)
		return nil
	}, `SELECT day, outcome, CAST(sum(findings) AS BIGINT), CAST(sum(targets) AS BIGINT) FROM rollup_days`+w.String()+` GROUP BY day, outcome ORDER BY day, outcome`, w.args...)
	if err != nil {
		return nil, wrap("read the trend", err)
	}
	first := time.UnixMilli(day(since) * msPerDay).UTC()
	return slices.DeleteFunc(out, func(d Day) bool { return d.Date.Before(first) }), nil
}

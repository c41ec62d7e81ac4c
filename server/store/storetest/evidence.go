package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/plumbline/plumbline/server/store"
)

// sign makes a checkpoint that a test can read.
func sign(size int64, root tlog.Hash, _ time.Time) (string, error) {
	return fmt.Sprintf("%d %v", size, root), nil
}

// log appends what waits, as leaves named for their snapshots.
func (f *fixture) log() store.Checkpoint {
	f.Helper()
	waiting, err := f.Unlogged(f.ctx, 1000, 1<<30)
	f.must(err)
	var leaves []store.Leaf
	for _, u := range waiting {
		leaves = append(leaves, store.Leaf{Kind: store.LeafSnapshot, Object: u.ID, Data: "snapshot " + u.ID})
	}
	c, err := f.AppendLeaves(f.ctx, leaves, sign)
	f.must(err)
	return c
}

// Every snapshot that was taken in comes into the log, once, in the order in which it came; every leaf and every growth is proved.
func evidenceLog(f *fixture) {
	if c := f.log(); c.Size != 0 || c.Note != "" {
		f.Errorf("an empty log has the checkpoint %+v", c)
	}
	s := &Sender{ID: "agent-1", Epoch: 1}
	var ids []string
	var sizes []store.Checkpoint
	for round := range 5 {
		for i := range 3 + round {
			d := s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(round).Add(time.Duration(i) * time.Second), Outcomes: Outcomes(2, fail)})
			d.Received, d.SenderName, d.Certificate = hour(round).Add(time.Duration(i)*time.Minute), "web1", "ab12"
			f.accept(d)
			f.accept(d)
			ids = append(ids, d.ID())
		}
		waiting, err := f.Unlogged(f.ctx, 1000, 1<<30)
		f.must(err)
		if len(waiting) != 3+round || waiting[0].SenderName != "web1" || waiting[0].Certificate != "ab12" || len(waiting[0].Body) == 0 {
			f.Fatalf("%d wait, the first is %+v", len(waiting), waiting)
		}
		if one, err := f.Unlogged(f.ctx, 1000, 1); err != nil || len(one) != 1 {
			f.Errorf("with room for one byte %d were given, %v", len(one), err)
		}
		f.clock.Set(hour(24 * (round + 1)))
		c := f.log()
		if again := f.log(); again != c {
			f.Errorf("with nothing new the log went from %+v to %+v", c, again)
		}
		sizes = append(sizes, c)
	}
	last := sizes[len(sizes)-1]
	if int(last.Size) != len(ids) {
		f.Fatalf("%d leaves of %d", last.Size, len(ids))
	}
	root, err := f.RootAt(f.ctx, last.Size)
	f.must(err)
	for n, id := range ids {
		leaf, err := f.LeafOf(f.ctx, store.LeafSnapshot, id)
		f.must(err)
		proof, err := f.ProveLeaf(f.ctx, last.Size, leaf.N)
		f.must(err)
		if int(leaf.N) != n || tlog.CheckRecord(proof, last.Size, root, leaf.N, tlog.RecordHash([]byte(leaf.Data))) != nil {
			f.Errorf("leaf %d of %s is not proved", leaf.N, id)
		}
	}
	for _, c := range sizes {
		older, err := f.RootAt(f.ctx, c.Size)
		f.must(err)
		proof, err := f.ProveGrowth(f.ctx, last.Size, c.Size)
		f.must(err)
		if note, _ := sign(c.Size, older, c.At); note != c.Note || tlog.CheckTree(proof, last.Size, root, c.Size, older) != nil {
			f.Errorf("the growth from %d is not proved", c.Size)
		}
	}
	daily, err := f.DailyCheckpoints(f.ctx, time.Time{})
	f.must(err)
	listed, next, err := f.Checkpoints(f.ctx, store.Page{Limit: 3})
	f.must(err)
	if len(daily) != len(sizes) || daily[0] != sizes[0] || len(listed) != 3 || listed[0] != last || next == "" {
		f.Errorf("%d days, the list begins with %+v", len(daily), listed)
	}
	if rest, _, err := f.Checkpoints(f.ctx, store.Page{Limit: 3, After: next}); err != nil || len(rest) != len(sizes)-3 {
		f.Errorf("the second page has %d, %v", len(rest), err)
	}
	if _, err := f.LeafOf(f.ctx, store.LeafSnapshot, "nobody.1.1"); !errors.Is(err, store.ErrNotFound) {
		f.Errorf("a snapshot that there is not: %v", err)
	}
}

// Several servers that append at once make one log.
func evidenceLogOnce(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	const n = 40
	for i := range n {
		f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(i), Outcomes: Outcomes(1, fail)}))
	}
	waiting, err := f.Unlogged(f.ctx, 1000, 1<<30)
	f.must(err)
	var servers sync.WaitGroup
	for server := range 4 {
		servers.Go(func() {
			for from := 0; from < n; from += 5 {
				var leaves []store.Leaf
				for _, u := range waiting[(from+server)%n:] {
					leaves = append(leaves, store.Leaf{Kind: store.LeafSnapshot, Object: u.ID, Data: "snapshot " + u.ID})
				}
				if _, err := f.AppendLeaves(f.ctx, leaves[:min(len(leaves), 5)], sign); err != nil {
					f.Error(err)
				}
			}
		})
	}
	servers.Wait()
	if c := f.log(); c.Size != n || f.count("evidence_leaves") != n || f.count("evidence_pending") != 0 {
		f.Errorf("%d leaves by the checkpoint, %d in the table, %d still wait", c.Size, f.count("evidence_leaves"), f.count("evidence_pending"))
	}
	f.appendOnly()
	// Where the checkpoint cannot be signed, nothing is appended.
	late := s.Deliver(f, Reading{Target: "h1", At: hour(n), Outcomes: Outcomes(1, fail)})
	f.accept(late)
	_, err = f.AppendLeaves(f.ctx, []store.Leaf{{Kind: store.LeafSnapshot, Object: late.ID(), Data: "x"}}, func(int64, tlog.Hash, time.Time) (string, error) { return "", errors.New("no key") })
	if err == nil || f.count("evidence_leaves") != n || f.count("evidence_pending") != 1 {
		f.Errorf("without a signature: %v, %d leaves, %d wait", err, f.count("evidence_leaves"), f.count("evidence_pending"))
	}
}

// appendOnly tries what whoever has the database might do to the log.
func (f *fixture) appendOnly() {
	f.Helper()
	for table, column := range map[string]string{"evidence_leaves": "data", "evidence_hashes": "hash", "evidence_checkpoints": "note"} {
		statements := []string{"DELETE FROM " + table, "UPDATE " + table + " SET " + column + " = " + column}
		if f.Engine() == "postgres" {
			statements = append(statements, "TRUNCATE "+table)
		}
		for _, statement := range statements {
			if _, err := f.db.ExecContext(f.ctx, statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				f.Errorf("the database did it: %s: %v", statement, err)
			}
		}
	}
}

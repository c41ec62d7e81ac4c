package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A MoveKind says what became of a finding.
type MoveKind uint8

// Kinds of moves.
const (
	// MoveNew: it was never there before.
	MoveNew MoveKind = iota
	// MoveChanged: it came to another outcome.
	MoveChanged
	// MoveGone: a snapshot that was to hold it did not.
	MoveGone
	// MoveBack: it was gone and is there again.
	MoveBack
)

// A Move is what became of one finding when a snapshot became the newest of its target.
type Move struct {
	Finding string
	Kind    MoveKind
	// From is UNSPECIFIED for a new one, To for one that is gone.
	From, To pb.Outcome
}

// Moves are those of one snapshot, by the id of the finding.
type Moves struct {
	// Seq grows with every commit: whoever has read up to one will never find another below it.
	Seq int64
	// At is the server's clock at the commit.
	At     time.Time
	Target string
	// Snapshot is where the findings are as they stand since, Before the newest of the target until then, if there was one.
	Snapshot, Before string
	List             []Move
}

// moveSize is how many bytes a move takes: the id, and a byte of which two bits are the kind and three each the outcomes.
const moveSize = 17

// move notes what became of a finding.
func (t *state) move(id string, kind MoveKind, from, to pb.Outcome) error {
	var packed [moveSize]byte
	if _, err := hex.Decode(packed[:moveSize-1], []byte(id)); err != nil {
		return fmt.Errorf("finding %.40q: %w", id, err)
	}
	packed[moveSize-1] = byte(kind)<<6 | byte(from&7)<<3 | byte(to&7)
	t.moves = append(t.moves, packed)
	return nil
}

// moved gives what was noted since the last call, as it is stored.
func (t *state) moved() []byte {
	slices.SortFunc(t.moves, func(a, b [moveSize]byte) int { return bytes.Compare(a[:], b[:]) })
	var packed []byte
	for i := range t.moves {
		packed = append(packed, t.moves[i][:]...)
	}
	t.moves = nil
	return packed
}

func unpackMoves(packed []byte) []Move {
	out := make([]Move, 0, len(packed)/moveSize)
	for m := range slices.Chunk(packed, moveSize) {
		if len(m) == moveSize {
			b := m[moveSize-1]
			out = append(out, Move{hex.EncodeToString(m[:moveSize-1]), MoveKind(b >> 6), pb.Outcome(b >> 3 & 7), pb.Outcome(b & 7)})
		}
	}
	return out
}

// feed is the name of the row whose number changes carry.
const feed = "changes"

// writeMoves gives the rows their numbers, which stand first in them. The row of feeds is held until the commit, so that nobody sees
// a number before all below it are there.
func writeMoves(ctx context.Context, tx *txn, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	var last int64
	err := one(ctx, tx, `INSERT INTO feeds (name, seq) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET seq = feeds.seq + excluded.seq RETURNING seq`,
		[]any{feed, int64(len(rows))}, &last)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i][0] = last - int64(len(rows)-1-i)
	}
	return tx.insert(ctx, `INSERT INTO changes (seq, at, target_id, snapshot_id, before_id, moves)`, ``, rows, nil)
}

// Moves lists what became of findings behind a number, in the order of commits.
func (s *Store) Moves(ctx context.Context, after int64, limit int) ([]Moves, error) {
	var out []Moves
	err := each(ctx, s.read, func(r scanner) error {
		var m Moves
		var at int64
		var packed []byte
		if err := r.Scan(&m.Seq, &at, &m.Target, &m.Snapshot, &m.Before, &packed); err != nil {
			return err
		}
		m.At, m.List = fromMS(at), unpackMoves(packed)
		out = append(out, m)
		return nil
	}, fmt.Sprintf(`SELECT seq, at, target_id, snapshot_id, before_id, moves FROM changes WHERE seq > $1 ORDER BY seq LIMIT %d`, Page{Limit: limit}.limit()), after)
	return out, wrap("read what became of findings", err)
}

// PruneMoves forgets moves of before a time that every outlet has passed; outlets that no server held since then do not count. It says
// how many snapshots' moves went.
func (s *Store) PruneMoves(ctx context.Context, before time.Time) (int64, error) {
	var n int64
	err := s.change(ctx, "forget what every outlet has told", func(tx *txn) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM changes WHERE at < $1 AND seq <= coalesce(
			(SELECT min(seq) FROM outlet_states WHERE held_until >= $1), (SELECT max(seq) FROM feeds))`, ms(before))
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

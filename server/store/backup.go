package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Backup writes a copy of the whole database to a file that does not exist yet, while the store is at work. PostgreSQL's is the
// operator's (pg_dump, or an archive of its log); Export is for either.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.engine.Backup == nil {
		return fmt.Errorf("back up: the database is %s; use its own tools, or an export", s.engine.Name)
	}
	return wrap("back up to "+path, s.engine.Backup(ctx, s.read, path))
}

// Restored begins a new epoch, after a backup was put in the place of what was there. Senders then send again what they still have.
func (s *Store) Restored(ctx context.Context, by Entry) error {
	epoch := newEpoch()
	err := s.changeAs(ctx, by, "begin an epoch", func(tx *txn) error {
		return must(tx.ExecContext(ctx, `UPDATE meta SET value = $1 WHERE name = 'epoch'`, epoch))
	})
	if err != nil {
		return err
	}
	return s.loadEpoch(ctx)
}

// tables are all of them, those that others refer to first, each with what puts its rows in order.
var tables = []struct{ name, order string }{
	{"spools", "sender, epoch"},
	{"refusals", "id"},
	{"baseline_sets", "digest"},
	{"shapes", "digest"},
	{"snapshots", "id"},
	{"target_states", "target_id"},
	{"findings", "id"},
	{"rollups", "zone, baseline, clause, outcome"},
	{"rollup_days", "zone, day, baseline, clause, outcome"},
	{"targets", "id"},
	{"target_labels", "target_id, name"},
	{"site_versions", "version"},
	{"enrol_tokens", "hash"},
	{"enrol_identities", "name"},
	{"enrol_keys", "key_id"},
	{"credential_keys", "id"},
	{"credentials", "name"},
	{"credential_reveals", "order_id, target_id, credential"},
	{"users", "name"},
	{"api_tokens", "hash"},
	{"sweeps", "id"},
	{"sweep_targets", "sweep_id, target_id"},
	{"orders", "id"},
	{"commissions", "order_id, target_id, snapshot_id"},
	{"schedules", "id"},
	{"feeds", "name"},
	{"changes", "seq"},
	{"outlet_states", "name"},
	{"outlet_refusals", "outlet, event_id"},
	{"waivers", "id"},
	{"attestations", "id"},
	{"audit", "n"},
	{"evidence_pending", "snapshot_id"},
	{"evidence_leaves", "n"},
	{"evidence_hashes", "n"},
	{"evidence_checkpoints", "size"},
}

// exportVersion is that of the form of exports, and of the schema they are of.
const exportVersion = 1

// line is one line of an export: its head, the columns of a table, a row of the table named last, or the end.
type line struct {
	Plumbline int      `json:"plumbline_export,omitempty"`
	Table     string   `json:"table,omitempty"`
	Columns   []string `json:"columns,omitempty"`
	Row       []cell   `json:"row,omitempty"`
	// Rows is how many there were in all; it ends the export, so that one cut short is not taken for whole.
	Rows *int64 `json:"rows,omitempty"`
}

// cell is one value: a number, a text, bytes or none.
type cell struct {
	Number *int64  `json:"n,omitempty"`
	Text   *string `json:"t,omitempty"`
	Bytes  *[]byte `json:"b,omitempty"`
}

func (c *cell) Scan(value any) error {
	switch v := value.(type) {
	case nil:
	case int64:
		c.Number = &v
	case string:
		c.Text = &v
	case []byte:
		b := append([]byte{}, v...)
		c.Bytes = &b
	default:
		return fmt.Errorf("a value of type %T", value)
	}
	return nil
}

func (c *cell) value() any {
	switch {
	case c.Number != nil:
		return *c.Number
	case c.Text != nil:
		return *c.Text
	case c.Bytes != nil:
		return *c.Bytes
	}
	return nil
}

// Export writes all that the store holds, as of one moment, as lines of JSON that either database can import.
func (s *Store) Export(ctx context.Context, to io.Writer) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.engine.Frozen})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	buffered := bufio.NewWriterSize(to, 1<<16)
	out := json.NewEncoder(buffered)
	out.SetEscapeHTML(false)
	if err := out.Encode(line{Plumbline: exportVersion}); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	var total int64
	for _, t := range tables {
		n, err := exportTable(ctx, tx, out, t.name, t.order)
		if err != nil {
			return fmt.Errorf("export %s: %w", t.name, err)
		}
		total += n
	}
	if err := out.Encode(line{Rows: &total}); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return wrap("export", buffered.Flush())
}

func exportTable(ctx context.Context, tx *sql.Tx, out *json.Encoder, table, order string) (n int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM `+table+` ORDER BY `+order)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	if err := out.Encode(line{Table: table, Columns: columns}); err != nil {
		return 0, err
	}
	for rows.Next() {
		cells := make([]cell, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		if err := out.Encode(line{Row: cells}); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

var errImport = errors.New("this is no whole export of this version")

// Import fills an empty store with an export, all or nothing, and begins a new epoch.
func (s *Store) Import(ctx context.Context, by Entry, from io.Reader) error {
	err := s.changeAs(ctx, by, "import", func(tx *txn) error {
		for _, t := range tables {
			var n int64
			if err := one(ctx, tx, `SELECT count(*) FROM `+t.name, nil, &n); err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("%w: the store is not empty: %s has %d rows", ErrConflict, t.name, n)
			}
		}
		if err := importRows(ctx, tx, json.NewDecoder(from)); err != nil {
			return err
		}
		return must(tx.ExecContext(ctx, `UPDATE meta SET value = $1 WHERE name = 'epoch'`, newEpoch()))
	})
	if err != nil {
		return err
	}
	return s.loadEpoch(ctx)
}

// How many rows wait before they are written.
const importRowsAtOnce = 500

func importRows(ctx context.Context, tx *txn, in *json.Decoder) error {
	var head line
	if err := in.Decode(&head); err != nil || head.Plumbline != exportVersion {
		return errImport
	}
	known := map[string]bool{}
	for _, t := range tables {
		known[t.name] = true
	}
	var table line
	var batch [][]any
	var total int64
	flush := func() error {
		rows := batch
		batch = nil
		return tx.insert(ctx, `INSERT INTO `+table.Table+` (`+strings.Join(table.Columns, ", ")+`)`, ``, rows, nil)
	}
	for {
		var l line
		if err := in.Decode(&l); err != nil {
			return fmt.Errorf("%w: %w", errImport, err)
		}
		switch {
		case l.Rows != nil:
			if *l.Rows != total {
				return fmt.Errorf("%w: it has %d rows of %d", errImport, total, *l.Rows)
			}
			return flush()
		case l.Table != "":
			if err := flush(); err != nil {
				return err
			}
			if !known[l.Table] || !plain(l.Columns) {
				return fmt.Errorf("%w: a table %.40q", errImport, l.Table)
			}
			table = l
		default:
			if len(l.Row) != len(table.Columns) || len(l.Row) == 0 {
				return fmt.Errorf("%w: a row of %d values in %.40q", errImport, len(l.Row), table.Table)
			}
			row := make([]any, len(l.Row))
			for i := range l.Row {
				row[i] = l.Row[i].value()
			}
			batch = append(batch, row)
			total++
			if len(batch) == importRowsAtOnce {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
}

// plain says whether names of columns hold nothing but what ours do.
func plain(columns []string) bool {
	for _, c := range columns {
		if c == "" || strings.Trim(c, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
			return false
		}
	}
	return true
}

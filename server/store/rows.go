package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// querier is a handle or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// scanner is a row under a cursor.
type scanner interface{ Scan(...any) error }

// each calls use for every row.
func each(ctx context.Context, q querier, use func(scanner) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return scanAll(rows, use)
}

func scanAll(rows *sql.Rows, use func(scanner) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := use(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one reads a single row, or says ErrNotFound.
func one(ctx context.Context, q querier, query string, args []any, into ...any) error {
	found := false
	err := each(ctx, q, func(r scanner) error {
		found = true
		return r.Scan(into...)
	}, query, args...)
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// txn is a transaction that may write.
type txn struct {
	*sql.Tx
	// sizes are how many rows go into one INSERT, the largest first; the last is 1.
	sizes      []int
	prepare    bool
	statements map[string]statement
}

// insert writes rows: head is "INSERT INTO t (a, b)", tail what follows the values. With returned, the tail returns one column.
func (tx *txn) insert(ctx context.Context, head, tail string, rows [][]any, returned func(string)) error {
	for len(rows) > 0 {
		n := 1
		for _, size := range tx.sizes {
			if size <= len(rows) {
				n = size
				break
			}
		}
		statement, err := tx.insertion(ctx, head, tail, n, len(rows[0]))
		if err != nil {
			return err
		}
		args := slices.Concat(rows[:n]...)
		rows = rows[n:]
		if returned == nil {
			if _, err := statement.ExecContext(ctx, args...); err != nil {
				return err
			}
			continue
		}
		found, err := statement.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		err = scanAll(found, func(r scanner) error {
			var s string
			err := r.Scan(&s)
			returned(s)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// A statement is run with values.
type statement interface {
	ExecContext(ctx context.Context, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, args ...any) (*sql.Rows, error)
}

// plainText is a statement that the driver prepares and keeps by itself.
type plainText struct {
	tx   *sql.Tx
	text string
}

func (p plainText) ExecContext(ctx context.Context, args ...any) (sql.Result, error) {
	return p.tx.ExecContext(ctx, p.text, args...)
}

func (p plainText) QueryContext(ctx context.Context, args ...any) (*sql.Rows, error) {
	return p.tx.QueryContext(ctx, p.text, args...)
}

// insertion is the statement for so many rows.
func (tx *txn) insertion(ctx context.Context, head, tail string, rows, columns int) (statement, error) {
	key := strconv.Itoa(rows) + head + tail
	if known := tx.statements[key]; known != nil {
		return known, nil
	}
	var b strings.Builder
	b.WriteString(head)
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString(" VALUES (")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteString(") ")
	b.WriteString(tail)
	var made statement = plainText{tx.Tx, b.String()}
	if tx.prepare {
		var err error
		if made, err = tx.PrepareContext(ctx, b.String()); err != nil { // the transaction closes it
			return nil, err
		}
	}
	tx.statements[key] = made
	return made, nil
}

// where collects conditions with their arguments.
type where struct {
	conditions []string
	args       []any
}

// add takes a condition in which every ? stands for the next value.
func (w *where) add(condition string, values ...any) {
	var b strings.Builder
	for _, r := range condition {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		w.args = append(w.args, values[0])
		values = values[1:]
		b.WriteString("$" + strconv.Itoa(len(w.args)))
	}
	w.conditions = append(w.conditions, b.String())
}

// is takes "column = value" where the value is not empty.
func (w *where) is(column, value string) {
	if value != "" {
		w.add(column+" = ?", value)
	}
}

// between takes times from the first, before the second, each where it is not zero.
func (w *where) between(column string, from, until time.Time) {
	if !from.IsZero() {
		w.add(column+" >= ?", ms(from))
	}
	if !until.IsZero() {
		w.add(column+" < ?", ms(until))
	}
}

// in takes "column IN (values)".
func (w *where) in(column string, values []any) {
	w.add(column+" IN ("+marks(len(values))+")", values...)
}

// marks are so many places for values.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// anys is a slice as arguments.
func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// A Page asks for a part of a list.
type Page struct {
	// Limit is how many; 100 where it is not above 0, at most 1000.
	Limit int
	// After is the Next of the page before; empty for the first.
	After string
}

func (p Page) limit() int {
	switch {
	case p.Limit <= 0:
		return 100
	case p.Limit > 1000:
		return 1000
	}
	return p.Limit
}

// errCursor says that Page.After is none that this list gave.
var errCursor = errors.New("the page asked for is none of this list")

// A place is the key of the last row of a page: a number and an id.
type place struct {
	N  int64
	ID string
}

func (p place) String() string {
	b, _ := json.Marshal(p) // a number and a string
	return base64.RawURLEncoding.EncodeToString(b)
}

func (p Page) place() (place, error) {
	var at place
	b, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil || json.Unmarshal(b, &at) != nil {
		return at, errCursor
	}
	return at, nil
}

// cut drops the one row that was read beyond the limit, and says where the next page begins.
func cut[T any](rows []T, limit int, key func(T) place) ([]T, string) {
	if len(rows) <= limit {
		return rows, ""
	}
	rows = rows[:limit]
	return rows, key(rows[limit-1]).String()
}

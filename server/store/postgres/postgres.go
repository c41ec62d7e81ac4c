// Package postgres opens the store in a PostgreSQL database that several servers may share.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/plumbline/plumbline/server/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Connections of one server.
const connections = 16

// Open gives the store in the database of the URL.
func Open(ctx context.Context, url string, now func() time.Time) (*store.Store, error) {
	own, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The error may quote the URL, and that may hold a password.
		return nil, errors.New("open the store: the database's URL cannot be read")
	}
	// A commit that is not on the disk is none; who wants more (remote_apply) says so in the URL.
	if _, stated := config.RuntimeParams["synchronous_commit"]; !stated {
		config.RuntimeParams["synchronous_commit"] = "on"
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "plumbline-server"
	}
	locker, err := lock.NewPostgresTableLocker()
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := durable(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), db.Close())
	}
	return store.Open(ctx, store.Engine{
		Name: "postgres", Dialect: goose.DialectPostgres, Migrations: own, Locker: locker, LockRows: " FOR UPDATE",
		Rows: []int{50, 8, 1}, Frozen: sql.LevelRepeatableRead, Retry: retry, Fatal: func(error) bool { return false },
	}, db, db, now)
}

// durable refuses a database that acknowledges what it may lose. A failed fsync ends PostgreSQL itself, so nothing here has to.
func durable(ctx context.Context, db *sql.DB) error {
	for name, bad := range map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"} {
		var value string
		if err := db.QueryRowContext(ctx, `SELECT current_setting($1)`, name).Scan(&value); err != nil {
			return err
		}
		if value == bad {
			return fmt.Errorf("the database runs with %s=%s and may lose what it acknowledged", name, value)
		}
	}
	return nil
}

// retry: a deadlock, a serialization failure, or a row that another one wrote first.
func retry(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

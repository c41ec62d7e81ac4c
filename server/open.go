package server

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/postgres"
	"github.com/plumbline/plumbline/server/store/sqlite"
)

// databaseFile is the embedded database in the state folder.
const databaseFile = "plumbline.db"

// DatabaseFile is where the embedded database lies; empty where there is an external one.
func (c *Config) DatabaseFile() string {
	if c.Database != "" {
		return ""
	}
	return filepath.Join(c.StateDir, databaseFile)
}

// OpenStore opens the database that the configuration means, and brings its schema up to date.
func OpenStore(ctx context.Context, c *Config, now func() time.Time) (*store.Store, error) {
	if err := os.MkdirAll(c.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	if c.Database == "" {
		return sqlite.Open(ctx, c.DatabaseFile(), now)
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return nil, fmt.Errorf("database: not a URL") //nolint:errorlint // its text may hold a password
	}
	if c.DatabasePasswordFile != "" {
		password, err := os.ReadFile(c.DatabasePasswordFile)
		if err != nil {
			return nil, fmt.Errorf("read the database's password: %w", err)
		}
		u.User = url.UserPassword(u.User.Username(), strings.TrimRight(string(password), "\r\n"))
	}
	return postgres.Open(ctx, u.String(), now)
}

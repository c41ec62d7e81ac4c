package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"
)

// A Site is one version of the site file, as it was given.
type Site struct {
	// Version counts from 1.
	Version      int64
	Text, SHA256 string
	Author       string
	At           time.Time
}

// MaxSite is the longest site file, in bytes: as much as agents and collectors take.
const MaxSite = 1 << 20

// PutSite keeps a new version of the site file. based is the version it was made from, 0 for none: where it is not the newest any
// more, the answer is ErrConflict.
func (s *Store) PutSite(ctx context.Context, by Entry, text string, based int64) (Site, error) {
	if !fits(text) || len(text) > MaxSite {
		return Site{}, fmt.Errorf("write the site file: it holds a zero byte or is longer than %d bytes", MaxSite)
	}
	sum := sha256.Sum256([]byte(text))
	site := Site{Version: based + 1, Text: text, SHA256: hex.EncodeToString(sum[:]), Author: by.Actor, At: fromMS(ms(s.now()))}
	err := s.changeAs(ctx, by, "write the site file", func(tx *txn) error {
		var newest int64
		if err := one(ctx, tx, `SELECT coalesce(max(version), 0) FROM site_versions`, nil, &newest); err != nil {
			return err
		}
		if newest != based {
			return fmt.Errorf("%w: version %d is the newest", ErrConflict, newest)
		}
		return insertNew(ctx, tx, `INSERT INTO site_versions (version, text, sha256, author, at)`, `(version)`,
			[]any{site.Version, site.Text, site.SHA256, site.Author, ms(site.At)})
	})
	return site, err
}

// insertNew writes one row, or says ErrConflict where the key is taken.
func insertNew(ctx context.Context, tx *txn, head, key string, row []any) error {
	taken := true
	err := tx.insert(ctx, head, `ON CONFLICT `+key+` DO NOTHING RETURNING 'new'`, [][]any{row}, func(string) { taken = false })
	if err == nil && taken {
		err = ErrConflict
	}
	return err
}

// must says ErrNotFound where a change met no row.
func must(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// SiteBySHA256 gives the site file with that digest, whichever version it is.
func (s *Store) SiteBySHA256(ctx context.Context, sum string) (Site, error) {
	var version int64
	if err := one(ctx, s.read, `SELECT version FROM site_versions WHERE sha256 = $1 ORDER BY version DESC LIMIT 1`, []any{sum}, &version); err != nil {
		return Site{}, wrap("look for the site file "+sum, err)
	}
	return s.Site(ctx, version)
}

// Site gives a version of the site file, 0 for the newest.
func (s *Store) Site(ctx context.Context, version int64) (Site, error) {
	var site Site
	var at int64
	err := one(ctx, s.read, `SELECT version, text, sha256, author, at FROM site_versions WHERE version = $1 OR $1 = 0 ORDER BY version DESC LIMIT 1`,
		[]any{version}, &site.Version, &site.Text, &site.SHA256, &site.Author, &at)
	site.At = fromMS(at)
	return site, wrap(fmt.Sprintf("read version %d of the site file", version), err)
}

// Sites lists the versions of the site file without their texts, the newest first.
func (s *Store) Sites(ctx context.Context) ([]Site, error) {
	var out []Site
	err := each(ctx, s.read, func(r scanner) error {
		var one Site
		var at int64
		err := r.Scan(&one.Version, &one.SHA256, &one.Author, &at)
		one.At = fromMS(at)
		out = append(out, one)
		return err
	}, `SELECT version, sha256, author, at FROM site_versions ORDER BY version DESC`)
	return out, wrap("list the versions of the site file", err)
}

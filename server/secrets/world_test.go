package secrets

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/postgres"
	"github.com/plumbline/plumbline/server/store/postgres/pgtest"
	"github.com/plumbline/plumbline/server/store/sqlite"
)

var (
	start = time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	by    = store.Entry{Actor: "zhang", Action: "credential.put", Object: "test"}
)

// canary begins every secret of these tests.
const canary = "cAnArY-7f3a9e"

// sized is how many, in CI and under PLUMBLINE_SOAK.
func sized(ci, soak int) int {
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		return soak
	}
	return ci
}

// world is a keeper over a database.
type world struct {
	t      testing.TB
	store  *store.Store
	dir    string
	file   string
	keeper *Keeper
	now    time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: start}
	w.file = filepath.Join(t.TempDir(), "secrets.key")
	s, err := sqlite.Open(t.Context(), filepath.Join(w.dir, "plumbline.db"), w.clock)
	w.must(err)
	w.begin(s)
	return w
}

func (w *world) begin(s *store.Store) {
	w.t.Helper()
	w.store = s
	w.t.Cleanup(func() { s.Close() })
	_, err := InitKeyFile(w.file)
	w.must(err)
	w.keeper = w.open()
}

func (w *world) clock() time.Time { return w.now }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open is another server on the same database and file.
func (w *world) open() *Keeper {
	w.t.Helper()
	k, err := Open(w.t.Context(), w.store, w.file, w.clock)
	w.must(err)
	return k
}

func secretOf(n int) string { return fmt.Sprintf("%s-%06d", canary, n) }

func nameOf(n int) string { return fmt.Sprintf("cred-%06d", n) }

func record(t testing.TB, n int) Record {
	t.Helper()
	r, wrong := NewRecord(nameOf(n), map[string]string{"user": "scan", "password": secretOf(n)})
	if wrong != nil {
		t.Fatal(wrong)
	}
	return r
}

// fill puts n credentials.
func (w *world) fill(n int) {
	w.t.Helper()
	for i := range n {
		_, err := w.keeper.Put(w.t.Context(), by, record(w.t, i))
		w.must(err)
	}
}

// opens says whether a keeper gives the secret.
func opens(t testing.TB, k *Keeper, n int) error {
	text, err := k.open(t.Context(), nameOf(n))
	if err != nil {
		return err
	}
	if !bytes.Contains(text, []byte(`"password":"`+secretOf(n)+`"`)) || !bytes.Contains(text, []byte(`"name":"`+nameOf(n)+`"`)) {
		return fmt.Errorf("credential %d is another's", n)
	}
	return nil
}

// traces are how a secret may look in a file.
func traces(secret string) [][]byte {
	out := [][]byte{[]byte(secret), []byte(hex.EncodeToString([]byte(secret)))}
	for skip := range 3 { // base64 looks different by where it begins
		out = append(out, []byte(base64.StdEncoding.EncodeToString([]byte(secret[skip:]))[:12]))
	}
	return out
}

// found says in which files below the folders a canary stands.
func found(t testing.TB, dirs ...string) (files int, hits []string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			files++
			for _, trace := range traces(canary) {
				if bytes.Contains(text, trace) {
					hits = append(hits, fmt.Sprintf("%s in %s", trace, path))
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files, hits
}

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newWorld(t)) })
	t.Run("postgres", func(t *testing.T) {
		cluster, err := pgtest.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := cluster.Stop(); err != nil {
				t.Error(err)
			}
		})
		w := &world{t: t, dir: t.TempDir(), file: filepath.Join(t.TempDir(), "secrets.key"), now: start}
		s, err := postgres.Open(t.Context(), cluster.Database(t), w.clock)
		w.must(err)
		w.begin(s)
		test(t, w)
	})
}

func rowsOf(t testing.TB, db *sql.DB, query string) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

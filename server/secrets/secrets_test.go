package secrets

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plumbline/plumbline/server/store"
)

func TestC4PutListRemove(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		first, err := w.keeper.Put(t.Context(), by, record(t, 1))
		w.must(err)
		if first.Version != 1 || first.By != "zhang" || !first.At.Equal(start) || strings.Join(first.Kinds, "") != "password" || len(first.Fingerprint) != 16 {
			t.Errorf("kept as %+v", first)
		}
		second, err := w.keeper.Put(t.Context(), by, record(t, 1))
		w.must(err)
		if second.Version != 2 || second.Fingerprint != first.Fingerprint {
			t.Errorf("the same again: %+v after %+v", second, first)
		}
		changed, wrong := NewRecord(nameOf(1), map[string]string{"user": "scan", "password": "another"})
		if wrong != nil {
			t.Fatal(wrong)
		}
		third, err := w.keeper.Put(t.Context(), by, changed)
		w.must(err)
		if third.Fingerprint == first.Fingerprint {
			t.Error("another secret has the same fingerprint")
		}
		list, err := w.keeper.List(t.Context())
		w.must(err)
		if len(list) != 1 || list[0].Version != 3 || list[0].Fingerprint != third.Fingerprint {
			t.Errorf("listed: %+v", list)
		}
		w.must(w.keeper.Remove(t.Context(), by, nameOf(1)))
		if err := w.keeper.Remove(t.Context(), by, nameOf(1)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("removed twice: %v", err)
		}
		if _, err := w.keeper.open(t.Context(), nameOf(1)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("opened after it was removed: %v", err)
		}
		records, _, err := w.store.Records(t.Context(), store.AuditFilter{Action: by.Action}, store.Page{})
		w.must(err)
		if len(records) != 4 {
			t.Errorf("%d records of three puts and a removal", len(records))
		}
	})
}

// TestC4RotateWhileReading: the key is replaced under readers and writers of other servers; nothing fails, and the old key opens nothing.
func TestC4RotateWhileReading(t *testing.T) {
	n := sized(1000, 10_000)
	w := newWorld(t)
	w.fill(n)
	old := filepath.Join(t.TempDir(), "old.key")
	text, err := os.ReadFile(w.file)
	w.must(err)
	w.must(os.WriteFile(old, text, 0o600))

	reader, writer := w.open(), w.open()
	ctx, stop := context.WithCancel(t.Context())
	var reads, writes atomic.Int64
	ended := make(chan error, 2)
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			if err := opens(t, reader, i%n); err != nil {
				ended <- fmt.Errorf("read %d: %w", i, err)
				return
			}
			reads.Add(1)
		}
		ended <- nil
	}()
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			if _, err := writer.Put(t.Context(), by, record(t, i%n)); err != nil {
				ended <- fmt.Errorf("write %d: %w", i, err)
				return
			}
			writes.Add(1)
		}
		ended <- nil
	}()
	rewrapped, err := w.keeper.Rotate(t.Context(), by)
	w.must(err)
	stop()
	for range 2 {
		w.must(<-ended)
	}
	t.Logf("%d rewrapped, %d reads and %d writes meanwhile", rewrapped, reads.Load(), writes.Load())
	if rewrapped == 0 || reads.Load() == 0 || writes.Load() == 0 {
		t.Errorf("%d rewrapped, %d reads, %d writes", rewrapped, reads.Load(), writes.Load())
	}
	fresh := w.open()
	for i := range n {
		w.must(opens(t, fresh, i))
	}
	if left := rowsOf(t, w.store.Reader(), `SELECT count(DISTINCT key_id) FROM credentials`); left != 1 {
		t.Errorf("credentials are wrapped by %d keys", left)
	}
	keys, err := readKeyFile(w.file)
	w.must(err)
	if len(keys) != 1 {
		t.Errorf("the file holds %d keys after the rotation", len(keys))
	}

	// The old key is refused: at the start, to write, and to read.
	if _, err := Open(t.Context(), w.store, old, w.clock); !errors.Is(err, ErrKey) {
		t.Errorf("opened by the old key: %v", err)
	}
	ring, err := readKeyFile(old)
	w.must(err)
	stale := &Keeper{db: w.store, path: old, now: w.clock, ring: ring}
	if _, err := stale.Put(t.Context(), by, record(t, 0)); !errors.Is(err, ErrKey) {
		t.Errorf("sealed by the old key: %v", err)
	}
	if _, err := stale.open(t.Context(), nameOf(0)); !errors.Is(err, ErrKey) {
		t.Errorf("read by the old key: %v", err)
	}
}

// TestC4RotationBrokenOff: wherever a rotation ends, everything opens, and the next one finishes it.
func TestC4RotationBrokenOff(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.fill(10)
		id, err := w.keeper.Prepare()
		w.must(err)
		check := func(when string) {
			t.Helper()
			k := w.open()
			for i := range 10 {
				if err := opens(t, k, i); err != nil {
					t.Fatalf("%s: %v", when, err)
				}
			}
		}
		check("prepared")
		if _, err := w.keeper.Put(t.Context(), by, record(t, 3)); !errors.Is(err, ErrKey) {
			t.Fatalf("sealed by a key that is not in use yet: %v", err)
		}
		key, err := w.keeper.current(false)
		w.must(err)
		w.must(w.keeper.promote(t.Context(), by, key))
		check("promoted")
		_, err = w.keeper.Put(t.Context(), by, record(t, 3))
		w.must(err)
		n, err := w.open().Rotate(t.Context(), by)
		w.must(err)
		if again, err := w.keeper.Prepare(); n != 9 || err != nil || again == id {
			t.Errorf("%d rewrapped, then %s after %s, %v", n, again, id, err)
		}
		check("rotated")
	})
}

// TestC4Stolen: a database with its log, a backup and an export hold no secret and no key.
func TestC4Stolen(t *testing.T) {
	w := newWorld(t)
	n := sized(200, 10_000)
	w.fill(n)
	_, err := w.keeper.Rotate(t.Context(), by)
	w.must(err)
	w.must(w.store.Backup(t.Context(), filepath.Join(w.dir, "backup.db")))
	export, err := os.Create(filepath.Join(w.dir, "export.jsonl"))
	w.must(err)
	w.must(w.store.Export(t.Context(), export))
	w.must(export.Close())
	files, hits := found(t, w.dir)
	if files < 4 || len(hits) > 0 {
		t.Errorf("%d files (database, its log, backup, export), hits: %v", files, hits)
	}
	// The search finds what is there.
	for i, trace := range traces(secretOf(1)) {
		dir := t.TempDir()
		w.must(os.WriteFile(filepath.Join(dir, "x"), append([]byte("…"), trace...), 0o600))
		if _, hits := found(t, dir); len(hits) == 0 {
			t.Errorf("trace %d is not found", i)
		}
	}
	// Another key opens nothing of it.
	other := filepath.Join(t.TempDir(), "other.key")
	_, err = InitKeyFile(other)
	w.must(err)
	ring, err := readKeyFile(other)
	w.must(err)
	var id string
	w.must(w.store.Reader().QueryRowContext(t.Context(), `SELECT key_id FROM credentials LIMIT 1`).Scan(&id))
	thief := &Keeper{db: w.store, path: other, now: w.clock, ring: []kek{{id, ring[0].key}}}
	opened := 0
	for i := range n {
		if opens(t, thief, i) == nil {
			opened++
		}
	}
	if opened > 0 {
		t.Errorf("a wrong key opened %d of %d", opened, n)
	}
}

// TestC4BoundToItsPlace: a sealed value that is moved to another name or version does not open.
func TestC4BoundToItsPlace(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	for what, change := range map[string]string{
		"body and wrap of another": `UPDATE credentials SET (wrap, body) = (SELECT wrap, body FROM credentials WHERE name = 'cred-000001') WHERE name = 'cred-000000'`,
		"an older version":         `UPDATE credentials SET version = 2 WHERE name = 'cred-000000'`,
		"a flipped bit":            `UPDATE credentials SET body = CAST(zeroblob(length(body)) AS BLOB) WHERE name = 'cred-000000'`,
	} {
		_, err := w.keeper.Put(t.Context(), by, record(t, 0))
		w.must(err)
		w.must(opens(t, w.keeper, 0))
		if what == "an older version" {
			change = `UPDATE credentials SET version = version + 1 WHERE name = 'cred-000000'`
		}
		w.must(w.store.Lend(t.Context(), by, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), change)
			return err
		}))
		if err := opens(t, w.keeper, 0); !errors.Is(err, errOpen) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestC4KeyFile(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	id, err := InitKeyFile(good)
	if err != nil || len(id) != 16 {
		t.Fatal(id, err)
	}
	if info, err := os.Stat(good); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("made with %v, %v", info.Mode(), err)
	}
	if _, err := InitKeyFile(good); !errors.Is(err, os.ErrExist) {
		t.Errorf("made anew over one that is there: %v", err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	secret := text[strings.LastIndex(string(text), keyPrefix):]
	for name, write := range map[string]func(path string) error{
		"readable by others": func(p string) error { return errors.Join(os.WriteFile(p, text, 0o600), os.Chmod(p, 0o640)) },
		"a folder":           func(p string) error { return os.Mkdir(p, 0o700) },
		"empty":              func(p string) error { return os.WriteFile(p, []byte("# nothing\n"), 0o600) },
		"cut short":          func(p string) error { return os.WriteFile(p, text[:len(text)-5], 0o600) },
		"twice the same":     func(p string) error { return os.WriteFile(p, append(append([]byte{}, text...), secret...), 0o600) },
		"too long": func(p string) error {
			return os.WriteFile(p, append(append([]byte{}, text...), make([]byte, maxKeyFile)...), 0o600)
		},
		"missing": func(string) error { return nil },
	} {
		path := filepath.Join(dir, name)
		if err := write(path); err != nil {
			t.Fatal(err)
		}
		if _, err := readKeyFile(path); err == nil || strings.Contains(err.Error(), strings.TrimSpace(string(secret))) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestC5RecordSaysNothing(t *testing.T) {
	r := record(t, 1)
	printed, err := json.Marshal(map[string]any{"record": r})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(r), fmt.Sprintf("%v %+v %#v %s %q", r, r, r, r, r), fmt.Sprintf("%+v", struct{ R Record }{r}), string(printed)} {
		if strings.Contains(text, canary) {
			t.Errorf("it prints: %s", text)
		}
	}
}

func TestRecords(t *testing.T) {
	good := "name: x\nuser: scan\nprivate_key: |\n  -----BEGIN X-----\n  abc\n  -----END X-----\nraise: 'e'\n"
	r, err := ParseRecord("f", "x", []byte(good))
	if err != nil || strings.Join(r.Kinds(), ",") != "private_key" || !strings.HasPrefix(r.values["private_key"], "-----BEGIN X-----\nabc") {
		t.Errorf("%v, %v", r.Kinds(), err)
	}
	if r, err := ParseRecord("f", "x", []byte(`{"user":"a","password":"b\"c","snmp_version":"2c","snmp_community":"d"}`)); err != nil || r.values["password"] != `b"c` || len(r.Kinds()) != 2 {
		t.Errorf("JSON: %v, %v", r.Kinds(), err)
	}
	for text, want := range map[string]string{
		"user: a\npassword: " + canary + "\nsnmp: {x: 1}": "f:3:7: must be a single value",
		canary + ": x":                             "unknown key",
		"name: y\nuser: a\npassword: b":            "f:1: name: the record's own name is another one",
		"user: a":                                  "holds no password",
		"password: " + canary:                      "user: the account",
		"user: a\npassword: ''":                    "f:2",
		"user: a\npassword: \"" + canary + "\\n\"": "line break",
		"user: a\npassword: [" + canary + "]":      "f:2",
		"- " + canary:                              "f:1",
		"user: a\npassword: b\ncentral: perhaps":   "f:3: central",
		"":                                         "holds no password",
	} {
		_, err := ParseRecord("f", "x", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, name := range []string{"", "-x", "a/b", "a b", strings.Repeat("x", 65), "密"} {
		if _, wrong := NewRecord(name, map[string]string{"user": "a", "password": "b"}); len(wrong) == 0 {
			t.Errorf("%q is taken as a name", name)
		}
	}
}

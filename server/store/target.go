package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Target is a host or device of the inventory. Fields are those of an inventory's row; it names credentials and holds none.
type Target struct {
	ID, Name, Address          string
	Port                       int
	Driver                     string
	Transports                 []string
	Zone, Role, Owner          string
	Labels                     map[string]string
	Credential, SNMPCredential string
	Account, Jump              string
	Algorithms, Encoding       string
	Sudo                       bool
	// Reader is the name of the agent or collector that reads it; empty where the zone decides.
	Reader         string
	Added, Updated time.Time
}

const targetColumns = `id, name, address, port, driver, transports, zone, role, owner, labels, credential, snmp_credential, account, jump,
	algorithms, encoding, sudo, reader, added_at, updated_at`

func (t *Target) row(now int64) ([]any, error) {
	for _, word := range []string{t.ID, t.Name, t.Address, t.Driver, t.Zone, t.Role, t.Owner, t.Credential, t.SNMPCredential, t.Account, t.Jump, t.Reader} {
		if len(word) > maxWord || !fits(word) {
			return nil, fmt.Errorf("target %.40q: %.40q is too long or holds a zero byte", t.ID, word)
		}
	}
	if t.ID == "" || t.Zone == AllZones {
		return nil, fmt.Errorf("target %.40q: an id is needed, and no zone may be called %q", t.ID, AllZones)
	}
	for name, value := range t.Labels {
		if len(name) > maxWord || len(value) > maxWord || !fits(name+value) {
			return nil, fmt.Errorf("target %s: label %.40q is too long or holds a zero byte", t.ID, name)
		}
	}
	labels, err := json.Marshal(t.Labels)
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", t.ID, err)
	}
	sudo := 0
	if t.Sudo {
		sudo = 1
	}
	return []any{
		t.ID, t.Name, t.Address, int64(t.Port), t.Driver, strings.Join(t.Transports, ","), t.Zone, t.Role, t.Owner, string(labels),
		t.Credential, t.SNMPCredential, t.Account, t.Jump, t.Algorithms, t.Encoding, sudo, t.Reader, now, now,
	}, nil
}

func (t *Target) scan(r scanner) error {
	var transports, labels string
	var sudo, added, updated int64
	err := r.Scan(&t.ID, &t.Name, &t.Address, &t.Port, &t.Driver, &transports, &t.Zone, &t.Role, &t.Owner, &labels, &t.Credential,
		&t.SNMPCredential, &t.Account, &t.Jump, &t.Algorithms, &t.Encoding, &sudo, &t.Reader, &added, &updated)
	if err != nil {
		return err
	}
	if transports != "" {
		t.Transports = strings.Split(transports, ",")
	}
	t.Sudo, t.Added, t.Updated = sudo != 0, fromMS(added), fromMS(updated)
	if err := json.Unmarshal([]byte(labels), &t.Labels); err != nil {
		return fmt.Errorf("read the labels of %s: %w", t.ID, err)
	}
	return nil
}

// PutTargets adds targets to the inventory, or changes those with the same id.
func (s *Store) PutTargets(ctx context.Context, by Entry, targets []Target) error {
	return s.ChangeTargets(ctx, by, targets, nil)
}

// RemoveTargets takes targets out of the inventory. What was found on them stays.
func (s *Store) RemoveTargets(ctx context.Context, by Entry, targets []string) error {
	return s.ChangeTargets(ctx, by, nil, targets)
}

// ChangeTargets is both at once, all of it or nothing.
func (s *Store) ChangeTargets(ctx context.Context, by Entry, put []Target, remove []string) error {
	now := ms(s.now())
	var rows [][]any
	zones, gone := map[string]string{}, map[string]string{}
	for i := range put {
		row, err := put[i].row(now)
		if err != nil {
			return fmt.Errorf("write targets: %w", err)
		}
		if _, twice := zones[put[i].ID]; twice {
			return fmt.Errorf("write targets: %s is there twice: %w", put[i].ID, ErrConflict)
		}
		rows, zones[put[i].ID] = append(rows, row), put[i].Zone
	}
	for _, id := range remove {
		gone[id] = ""
	}
	return s.changeAs(ctx, by, "change targets", func(tx *txn) error {
		if err := putTargets(ctx, tx, put, rows); err != nil {
			return err
		}
		if err := removeTargets(ctx, tx, remove); err != nil {
			return err
		}
		if err := s.list(ctx, tx, zones, 1); err != nil {
			return err
		}
		return s.list(ctx, tx, gone, 0)
	})
}

func putTargets(ctx context.Context, tx *txn, targets []Target, rows [][]any) error {
	err := tx.insert(ctx, `INSERT INTO targets (`+targetColumns+`)`, `ON CONFLICT (id) DO UPDATE SET name = excluded.name,
		address = excluded.address, port = excluded.port, driver = excluded.driver, transports = excluded.transports,
		zone = excluded.zone, role = excluded.role, owner = excluded.owner, labels = excluded.labels,
		credential = excluded.credential, snmp_credential = excluded.snmp_credential, account = excluded.account,
		jump = excluded.jump, algorithms = excluded.algorithms, encoding = excluded.encoding, sudo = excluded.sudo,
		reader = excluded.reader, updated_at = excluded.updated_at`, rows, nil)
	if err != nil {
		return err
	}
	return label(ctx, tx, targets)
}

func removeTargets(ctx context.Context, tx *txn, ids []string) error {
	for part := range slices.Chunk(ids, 500) {
		var w where
		w.in("id", anys(part))
		result, err := tx.ExecContext(ctx, `DELETE FROM targets`+w.String(), w.args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || int(n) != len(part) {
			return cmp.Or(err, ErrNotFound)
		}
	}
	return nil
}

// label keeps labels where they can be looked for.
func label(ctx context.Context, tx *txn, targets []Target) error {
	var rows [][]any
	for part := range slices.Chunk(targets, 500) {
		var ids []any
		for _, t := range part {
			ids = append(ids, t.ID)
			for _, name := range slices.Sorted(maps.Keys(t.Labels)) {
				rows = append(rows, []any{t.ID, name, t.Labels[name]})
			}
		}
		var w where
		w.in("target_id", ids)
		if _, err := tx.ExecContext(ctx, `DELETE FROM target_labels`+w.String(), w.args...); err != nil {
			return err
		}
	}
	return tx.insert(ctx, `INSERT INTO target_labels (target_id, name, value)`, ``, rows, nil)
}

// list marks targets as being in the inventory or not, and counts their findings where they now stand.
func (s *Store) list(ctx context.Context, tx *txn, zones map[string]string, listed int64) error {
	states, err := s.lockStates(ctx, tx, zones)
	if err != nil {
		return err
	}
	moved := deltas{}
	for id, t := range states {
		if zone, ok := zones[id]; ok && listed == 1 && t.zone != zone {
			if err := t.load(ctx, tx); err != nil {
				return err
			}
			counts := tally(t.findings)
			moved.add(t.zone, counts, -1)
			moved.add(zone, counts, 1)
			t.zone = zone
		}
		t.listed = listed
	}
	if err := writeStates(ctx, tx, states); err != nil {
		return err
	}
	return moved.write(ctx, tx, day(s.now()))
}

// A TargetFilter picks targets; what is empty picks all.
type TargetFilter struct {
	Zone, Role, Owner, Driver, Reader string
	// Labels must all be there.
	Labels map[string]string
}

// Targets lists the inventory by id.
func (s *Store) Targets(ctx context.Context, filter TargetFilter, page Page) (found []Target, next string, err error) {
	var w where
	w.is("zone", filter.Zone)
	w.is("role", filter.Role)
	w.is("owner", filter.Owner)
	w.is("driver", filter.Driver)
	w.is("reader", filter.Reader)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("id > ?", at.ID)
	}
	for _, name := range slices.Sorted(maps.Keys(filter.Labels)) {
		w.add("id IN (SELECT target_id FROM target_labels WHERE name = ? AND value = ?)", name, filter.Labels[name])
	}
	query := fmt.Sprintf("SELECT %s FROM targets%s ORDER BY id LIMIT %d", targetColumns, w.String(), page.limit()+1)
	err = each(ctx, s.read, func(r scanner) error {
		var t Target
		if err := t.scan(r); err != nil {
			return err
		}
		found = append(found, t)
		return nil
	}, query, w.args...)
	if err != nil {
		return nil, "", wrap("list targets", err)
	}
	found, next = cut(found, page.limit(), func(t Target) place { return place{ID: t.ID} })
	return found, next, nil
}

// Target gives one target of the inventory.
func (s *Store) Target(ctx context.Context, id string) (Target, error) {
	var out Target
	err := ErrNotFound
	if e := each(ctx, s.read, func(r scanner) error {
		err = nil
		return out.scan(r)
	}, `SELECT `+targetColumns+` FROM targets WHERE id = $1`, id); e != nil {
		err = e
	}
	return out, wrap("read target "+id, err)
}

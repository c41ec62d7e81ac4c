// Package enroltest is what tests of enrolment need: a store that is memory, and the suite that every store must pass.
package enroltest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/plumbline/plumbline/server/enrol"
)

// Memory is a Store and an Audit for tests.
type Memory struct {
	mu         sync.Mutex
	tokens     map[string]enrol.Token
	identities map[string]enrol.Identity
	keys       map[string]string
	events     []enrol.Event
	auditFails bool
}

// NewMemory gives an empty one.
func NewMemory() *Memory {
	return &Memory{tokens: map[string]enrol.Token{}, identities: map[string]enrol.Identity{}, keys: map[string]string{}}
}

func (m *Memory) record(e enrol.Event) error {
	if m.auditFails {
		return errors.New("the audit log is full")
	}
	m.events = append(m.events, e)
	return nil
}

// Record keeps an event.
func (m *Memory) Record(_ context.Context, e enrol.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.record(e)
}

// AddToken keeps a token.
func (m *Memory) AddToken(_ context.Context, t enrol.Token, e enrol.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.record(e); err != nil {
		return err
	}
	m.tokens[t.Hash] = t
	return nil
}

// Token finds one.
func (m *Memory) Token(_ context.Context, hash string) (enrol.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tokens[hash]
	if !ok {
		return t, enrol.ErrNotFound
	}
	return t, nil
}

// Identity finds one.
func (m *Memory) Identity(_ context.Context, name string) (enrol.Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.identities[name]
	if !ok {
		return id, enrol.ErrNotFound
	}
	return id, nil
}

// Identities lists all by name.
func (m *Memory) Identities(context.Context) ([]enrol.Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []enrol.Identity
	for _, name := range slices.Sorted(maps.Keys(m.identities)) {
		out = append(out, m.identities[name])
	}
	return out, nil
}

// Save does all of a change or nothing.
func (m *Memory) Save(_ context.Context, c enrol.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.identities[c.Identity.Name].Version != c.Identity.Version {
		return fmt.Errorf("version: %w", enrol.ErrConflict)
	}
	if c.Claim != "" && m.keys[c.Claim] != "" {
		return fmt.Errorf("key: %w", enrol.ErrConflict)
	}
	t := m.tokens[c.UseToken]
	if c.UseToken != "" && (t.Hash == "" || !t.UsedAt.IsZero()) {
		return fmt.Errorf("token: %w", enrol.ErrConflict)
	}
	if err := m.record(c.Event); err != nil {
		return err
	}
	if c.UseToken != "" {
		t.UsedAt = c.At
		m.tokens[c.UseToken] = t
	}
	if c.Claim != "" {
		m.keys[c.Claim] = c.Identity.Name
	}
	c.Identity.Version++
	m.identities[c.Identity.Name] = c.Identity
	return nil
}

// Barred names who is not active.
func (m *Memory) Barred(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for name, id := range m.identities {
		if id.State != enrol.Active {
			out = append(out, name)
		}
	}
	return out, nil
}

// FailAudit makes every record fail, or no more.
func (m *Memory) FailAudit(fail bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.auditFails = fail
}

// Count says how many events there are of a kind.
func (m *Memory) Count(a enrol.Action) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, e := range m.events {
		if e.Action == a {
			n++
		}
	}
	return n
}

// State is that of an identity.
func (m *Memory) State(name string) enrol.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.identities[name].State
}

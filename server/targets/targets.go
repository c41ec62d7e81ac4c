// Package targets brings inventories that people and tools write into the store, and out again: what a file holds is compared with what is
// kept, so that everybody sees what would be added, changed and removed before it is.
//
// How files are read and written is plugins/inventory; this package knows only what the store makes of it.
package targets

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	"github.com/plumbline/plumbline/server/store"
)

// Store is where targets are kept.
type Store interface {
	Targets(ctx context.Context, filter store.TargetFilter, page store.Page) ([]store.Target, string, error)
	ChangeTargets(ctx context.Context, by store.Entry, put []store.Target, remove []string) error
}

// groupsLabel is the label that keeps the groups of an inventory, divided by commas: a group's name holds none.
const groupsLabel = "groups"

// A Change is a target that is not what the file says.
type Change struct {
	ID string
	// Fields are those that differ, by name.
	Fields []string
}

// A Plan is what an import does.
type Plan struct {
	// Added and Removed are ids.
	Added, Removed []string
	Changed        []Change
	// Same is how many stay as they are.
	Same int
	// Notices are what the file holds and is not used, passwords above all.
	Notices []*strict.Problem
	put     []store.Target
}

// An Import says what to bring in.
type Import struct {
	Files []inventory.File
	// Drivers are the names that a target may state.
	Drivers []string
	// Prune removes what the files do not hold.
	Prune bool
}

// Read plans an import. An error lists all that is wrong: strict.Problems gives it with file, line and remedy.
func Read(ctx context.Context, s Store, in Import) (*Plan, error) {
	kept, err := All(ctx, s)
	if err != nil {
		return nil, err
	}
	have := make(map[string]store.Target, len(kept))
	var known []string
	for _, t := range kept {
		have[t.ID] = t
		known = append(known, t.ID)
	}
	if in.Prune {
		known = nil
	}
	slices.Sort(known)
	inv, err := inventory.ParsePart(in.Drivers, known, in.Files...)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Notices: inv.Notices}
	var wrong strict.Collector
	for _, t := range inv.Targets {
		want, problem := stored(t)
		if problem != nil {
			wrong.Add(problem)
			continue
		}
		old, there := have[want.ID]
		delete(have, want.ID)
		fields := differ(old, want)
		switch {
		case !there:
			plan.Added = append(plan.Added, want.ID)
		case len(fields) > 0:
			plan.Changed = append(plan.Changed, Change{want.ID, fields})
		default:
			plan.Same++
			continue
		}
		plan.put = append(plan.put, want)
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if in.Prune {
		plan.Removed = slices.Sorted(maps.Keys(have))
	}
	return plan, nil
}

// Nothing says whether the inventory is what the file says.
func (p *Plan) Nothing() bool { return len(p.put) == 0 && len(p.Removed) == 0 }

// Apply does what the plan says, all of it or nothing.
func (p *Plan) Apply(ctx context.Context, s Store, by store.Entry) error {
	if p.Nothing() {
		return nil
	}
	return s.ChangeTargets(ctx, by, p.put, p.Removed)
}

// All gives the whole inventory by id.
func All(ctx context.Context, s Store) ([]store.Target, error) {
	var out []store.Target
	for page := (store.Page{Limit: 1000}); ; {
		found, next, err := s.Targets(ctx, store.TargetFilter{}, page)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
		if next == "" {
			return out, nil
		}
		page.After = next
	}
}

// Export writes the whole inventory in one of the forms of inventory.Forms.
func Export(ctx context.Context, s Store, form string, to io.Writer) (n int, err error) {
	kept, err := All(ctx, s)
	if err != nil {
		return 0, err
	}
	out := make([]*inventory.Target, len(kept))
	for i, t := range kept {
		out[i] = listed(t)
	}
	if err := inventory.Write(to, form, out); err != nil {
		return 0, fmt.Errorf("export the inventory: %w", err)
	}
	return len(out), nil
}

// stored is a target of a file as it is kept.
func stored(t *inventory.Target) (store.Target, *strict.Problem) {
	out := store.Target{
		ID: t.ID, Name: t.Name, Address: t.Address, Port: t.Port, Driver: t.Driver, Transports: t.Transports, Zone: t.Zone, Role: t.Role, Owner: t.Owner,
		Labels: maps.Clone(t.Labels), Credential: t.Credential, SNMPCredential: t.SNMPCredential, Account: t.User, Jump: t.Jump,
		Algorithms: t.Algorithms, Encoding: t.Encoding, Sudo: t.Sudo, Reader: t.Reader,
	}
	problem := func(field string, zh, en string, args ...any) (store.Target, *strict.Problem) {
		return out, &strict.Problem{File: t.File, Line: t.Line, Field: field, Text: checks.Say(zh, en, args...)}
	}
	if out.Zone == store.AllZones {
		return problem("zone", "区域不能名为 %s", "no zone may be called %s", store.AllZones)
	}
	if len(t.Groups) == 0 {
		return out, nil
	}
	if _, both := t.Labels[groupsLabel]; both {
		return problem("labels", "标签 %s 用于保存分组，请改用其他名称", "the label %s keeps the groups: call it something else", groupsLabel)
	}
	if out.Labels == nil {
		out.Labels = map[string]string{}
	}
	out.Labels[groupsLabel] = strings.Join(t.Groups, ",")
	if len(out.Labels[groupsLabel]) > 256 {
		return problem("groups", "分组名称合计超过 256 字节", "the names of the groups are longer than 256 bytes together")
	}
	return out, nil
}

// listed is a kept target as a file has it. A host that reports by itself may have no address; it is called by its name.
func listed(t store.Target) *inventory.Target {
	out := &inventory.Target{
		ID: t.ID, Name: t.Name, Address: cmp.Or(t.Address, t.ID), Port: t.Port, Driver: t.Driver, Transports: t.Transports, Zone: t.Zone, Role: t.Role,
		Owner: t.Owner, Reader: t.Reader, Credential: t.Credential, SNMPCredential: t.SNMPCredential, User: t.Account, Labels: maps.Clone(t.Labels),
		Jump: t.Jump, Algorithms: t.Algorithms, Encoding: t.Encoding, Sudo: t.Sudo,
	}
	if groups := t.Labels[groupsLabel]; groups != "" {
		out.Groups = strings.Split(groups, ",")
		delete(out.Labels, groupsLabel)
	}
	return out
}

// usual is a target with what is meant where nothing is said.
func usual(t store.Target) store.Target {
	t.Name, t.Address, t.Driver = cmp.Or(t.Name, t.ID), cmp.Or(t.Address, t.ID), cmp.Or(t.Driver, inventory.Auto)
	if len(t.Transports) == 0 {
		t.Transports = []string{"ssh"}
	}
	t.Labels = maps.Clone(t.Labels)
	maps.DeleteFunc(t.Labels, func(_, value string) bool { return value == "" })
	return t
}

// differ names the fields in which two targets differ.
func differ(a, b store.Target) []string {
	a, b = usual(a), usual(b)
	var out []string
	field := func(name string, x, y any) {
		if !reflect.DeepEqual(x, y) {
			out = append(out, name)
		}
	}
	field("name", a.Name, b.Name)
	field("address", a.Address, b.Address)
	field("port", a.Port, b.Port)
	field("driver", a.Driver, b.Driver)
	field("transports", a.Transports, b.Transports)
	field("zone", a.Zone, b.Zone)
	field("role", a.Role, b.Role)
	field("owner", a.Owner, b.Owner)
	field("reader", a.Reader, b.Reader)
	field("credential", a.Credential, b.Credential)
	field("snmp_credential", a.SNMPCredential, b.SNMPCredential)
	field("user", a.Account, b.Account)
	field("jump", a.Jump, b.Jump)
	field("algorithms", a.Algorithms, b.Algorithms)
	field("encoding", a.Encoding, b.Encoding)
	field("sudo", a.Sudo, b.Sudo)
	if !maps.Equal(a.Labels, b.Labels) {
		out = append(out, "labels")
	}
	return out
}

// Detail is what the audit log keeps of an import: how many, and the first ids.
func (p *Plan) Detail() map[string]any {
	first := func(ids []string) []string { return ids[:min(len(ids), 100)] }
	changed := make([]string, len(p.Changed))
	for i, c := range p.Changed {
		changed[i] = c.ID
	}
	return map[string]any{
		"added": len(p.Added), "changed": len(p.Changed), "removed": len(p.Removed),
		"added_ids": first(p.Added), "changed_ids": first(changed), "removed_ids": first(p.Removed),
	}
}

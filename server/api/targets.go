package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// targetFields are what an inventory says of a target. They name credentials and hold none.
type targetFields struct {
	Name           string            `json:"name,omitempty"`
	Address        string            `json:"address,omitempty"`
	Port           int               `json:"port,omitempty"`
	Driver         string            `json:"driver,omitempty"`
	Transports     []string          `json:"transports,omitempty"`
	Zone           string            `json:"zone,omitempty"`
	Role           string            `json:"role,omitempty"`
	Owner          string            `json:"owner,omitempty"`
	Labels         map[string]string `json:"labels,omitempty"`
	Credential     string            `json:"credential,omitempty"`
	SNMPCredential string            `json:"snmp_credential,omitempty"`
	Account        string            `json:"account,omitempty"`
	Jump           string            `json:"jump,omitempty"`
	Algorithms     string            `json:"algorithms,omitempty"`
	Encoding       string            `json:"encoding,omitempty"`
	Sudo           bool              `json:"sudo,omitempty"`
	Reader         string            `json:"reader,omitempty"`
}

// namedTarget is one of several.
type namedTarget struct {
	ID string `json:"id"`
	targetFields
}

type targetList struct {
	Targets []namedTarget `json:"targets"`
}

// maxTargets is how many are written at once.
const maxTargets = 2000

func (f targetFields) target(id string) (store.Target, error) {
	words := map[string]string{
		"name": f.Name, "address": f.Address, "driver": f.Driver, "zone": f.Zone, "role": f.Role, "owner": f.Owner, "credential": f.Credential,
		"snmp_credential": f.SNMPCredential, "account": f.Account, "jump": f.Jump, "algorithms": f.Algorithms, "encoding": f.Encoding, "reader": f.Reader,
	}
	for _, field := range slices.Sorted(maps.Keys(words)) {
		if words[field] == "" {
			continue
		}
		if err := checkWord(field, words[field]); err != nil {
			return store.Target{}, err
		}
	}
	if err := checkWord("id", id); err != nil {
		return store.Target{}, err
	}
	switch {
	case f.Port < 0 || f.Port > 65535:
		return store.Target{}, invalid("port 超出 0 至 65535", "port is not between 0 and 65535")
	case f.Zone == store.AllZones:
		return store.Target{}, invalid("区域不能名为 %s", "no zone may be called %s", store.AllZones)
	case len(f.Transports) > 16 || len(f.Labels) > 64:
		return store.Target{}, invalid("transports 或 labels 过多", "there are too many transports or labels")
	}
	for _, transport := range f.Transports {
		if err := checkWord("transports", transport); err != nil {
			return store.Target{}, err
		}
		if strings.Contains(transport, ",") {
			return store.Target{}, invalid("transports 的值不能含逗号", "a transport's name holds no comma")
		}
	}
	for name, value := range f.Labels {
		if err := checkWord("labels", name); err != nil {
			return store.Target{}, err
		}
		if err := checkWord("labels", value); err != nil && value != "" {
			return store.Target{}, err
		}
	}
	return store.Target{
		ID: id, Name: f.Name, Address: f.Address, Port: f.Port, Driver: f.Driver, Transports: f.Transports, Zone: f.Zone, Role: f.Role, Owner: f.Owner,
		Labels: f.Labels, Credential: f.Credential, SNMPCredential: f.SNMPCredential, Account: f.Account, Jump: f.Jump, Algorithms: f.Algorithms,
		Encoding: f.Encoding, Sudo: f.Sudo, Reader: f.Reader,
	}, nil
}

// state is where a target stands. Read is when it was last questioned, absent for never.
type state struct {
	Listed       bool      `json:"listed"`
	At           time.Time `json:"at,omitzero"`
	Snapshot     string    `json:"snapshot,omitempty"`
	Visit        string    `json:"visit,omitempty"`
	ReadAt       time.Time `json:"read_at,omitzero"`
	ReadSnapshot string    `json:"read_snapshot,omitempty"`
	Findings     tally     `json:"findings"`
}

func newState(s store.TargetState) *state {
	return &state{s.Listed, s.At, s.Snapshot, visitWord(s.Visit), s.ReadAt, s.ReadSnapshot, newTally(s.Tally)}
}

type target struct {
	namedTarget
	Added   time.Time `json:"added,omitzero"`
	Updated time.Time `json:"updated,omitzero"`
	State   *state    `json:"state,omitempty"`
}

func newTarget(t store.Target) target {
	return target{namedTarget: namedTarget{t.ID, targetFields{
		t.Name, t.Address, t.Port, t.Driver, t.Transports, t.Zone, t.Role, t.Owner, t.Labels, t.Credential, t.SNMPCredential, t.Account, t.Jump,
		t.Algorithms, t.Encoding, t.Sudo, t.Reader,
	}}, Added: t.Added, Updated: t.Updated}
}

func (c *call) getTargets() (any, error) {
	filter := store.TargetFilter{
		Zone: c.query.word("zone"), Role: c.query.word("role"), Owner: c.query.word("owner"), Driver: c.query.word("driver"), Reader: c.query.word("reader"),
	}
	for _, label := range c.query["label"] {
		name, value, _ := strings.Cut(label, "=")
		if filter.Labels == nil {
			filter.Labels = map[string]string{}
		}
		filter.Labels[name] = value
	}
	found, next, err := c.Store.Targets(c.ctx(), filter, c.query.page())
	if err != nil {
		return nil, err
	}
	out := listOf(found, next, newTarget)
	for i := range out.Items {
		s, err := c.Store.State(c.ctx(), out.Items[i].ID)
		if err != nil && !none(err) {
			return nil, err
		}
		if err == nil {
			out.Items[i].State = newState(s)
		}
	}
	return out, nil
}

// getTarget also knows targets that report by themselves and are not in the inventory.
func (c *call) getTarget() (any, error) {
	id := c.path("id")
	t, missing := c.Store.Target(c.ctx(), id)
	if missing != nil && !none(missing) {
		return nil, missing
	}
	s, err := c.Store.State(c.ctx(), id)
	if err != nil && (!none(err) || missing != nil) {
		return nil, err
	}
	if missing != nil {
		t = store.Target{ID: id, Zone: s.Zone}
	}
	out := newTarget(t)
	if err == nil {
		out.State = newState(s)
	}
	return out, nil
}

func (c *call) putTarget() (any, error) {
	fields, err := readBody[targetFields](c)
	if err != nil {
		return nil, err
	}
	t, err := fields.target(c.path("id"))
	if err != nil {
		return nil, err
	}
	return nil, c.Store.PutTargets(c.ctx(), c.entry("target.put", t.ID, map[string]any{"target": fields}), []store.Target{t})
}

func (c *call) putTargets() (any, error) {
	body, err := readBody[targetList](c)
	if err != nil {
		return nil, err
	}
	if len(body.Targets) == 0 || len(body.Targets) > maxTargets {
		return nil, invalid("targets 须有 1 至 %d 项", "targets holds 1 to %d", maxTargets)
	}
	var targets []store.Target
	var ids []string
	for _, named := range body.Targets {
		t, err := named.target(named.ID)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids, t.ID) {
			return nil, invalid("目标 %q 重复", "target %q is there twice", cutTo(t.ID, 80))
		}
		targets, ids = append(targets, t), append(ids, t.ID)
	}
	return nil, c.Store.PutTargets(c.ctx(), c.entry("target.put", fmt.Sprintf("%d targets", len(ids)), map[string]any{"targets": body.Targets}), targets)
}

func (c *call) deleteTarget() (any, error) {
	return nil, c.Store.RemoveTargets(c.ctx(), c.entry("target.remove", c.path("id"), nil), []string{c.path("id")})
}

// standing is a target of the lists by state.
type standing struct {
	ID   string `json:"id"`
	Zone string `json:"zone"`
	state
}

func newStanding(s store.TargetState) standing { return standing{s.Target, s.Zone, *newState(s)} }

func (c *call) getWorst() (any, error) {
	found, err := c.Store.Worst(c.ctx(), c.query.or("zone", store.AllZones), c.query.limit())
	return listOf(found, "", newStanding), err
}

// staleAfter is how old a reading is that counts as stale where nobody says.
const staleAfter = 48 * time.Hour

func (c *call) getStale() (any, error) {
	since := c.query.time("since")
	if since.IsZero() {
		since = c.Now().Add(-staleAfter)
	}
	found, next, err := c.Store.Stale(c.ctx(), since, c.query.page())
	return listOf(found, next, newStanding), err
}

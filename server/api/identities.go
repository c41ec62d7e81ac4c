package api

import (
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/store"
)

type member struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Note     string    `json:"note,omitempty"`
	KeyHash  string    `json:"key_sha256"`
	Renewals uint64    `json:"renewals"`
	Enrolled time.Time `json:"enrolled"`
	Contact  time.Time `json:"contact,omitzero"`
	Version  string    `json:"version,omitempty"`
	Drivers  []string  `json:"drivers,omitempty"`
}

func newMember(i store.Identity) member {
	return member{i.ID, i.Name, i.Kind, i.State, i.Note, i.KeyHash, i.Renewals, i.Enrolled, i.Contact, i.Version, i.Drivers}
}

func (c *call) getIdentities() (any, error) {
	found, err := c.Store.Identities(c.ctx(), store.IdentityFilter{Name: c.query.word("name"), Kind: c.query.word("kind"), State: c.query.word("state")})
	return listOf(found, "", newMember), err
}

func (c *call) getIdentity() (any, error) {
	i, err := c.Store.Identity(c.ctx(), c.path("id"))
	return newMember(i), err
}

type revocation struct {
	Reason string `json:"reason"`
}

func (c *call) revoke() (any, error) {
	if c.Enrolment == nil {
		return nil, errNone
	}
	body, err := readBody[revocation](c)
	if err != nil {
		return nil, err
	}
	if err := checkWord("reason", body.Reason); err != nil {
		return nil, err
	}
	found, err := c.Store.Identities(c.ctx(), store.IdentityFilter{Name: c.path("name")})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNotFound
	}
	return nil, c.Enrolment.Revoke(c.ctx(), c.path("name"), c.who.name, body.Reason)
}

// joining is who may enrol: one program of one name, once, within minutes. Replace approves that it takes over a name in use.
type joining struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Replace bool   `json:"replace,omitempty"`
	Minutes int    `json:"minutes,omitempty"`
}

// maxJoinMinutes is the longest life of a join token.
const maxJoinMinutes = 24 * 60

// joinString is shown this once.
type joinString struct {
	Join    string    `json:"join"`
	Expires time.Time `json:"expires"`
}

func (c *call) postJoinToken() (any, error) {
	if c.Enrolment == nil {
		return nil, errNone
	}
	j, err := readBody[joining](c)
	if err != nil {
		return nil, err
	}
	switch {
	case checkWord("name", j.Name) != nil || identity.CheckName(j.Name) != nil:
		return nil, invalid("name 无效", "name is not one that an agent or collector can have")
	case !identity.Kind(j.Kind).Valid():
		return nil, invalid("kind 须为 agent 或 collector", "kind is agent or collector")
	case j.Minutes < 0 || j.Minutes > maxJoinMinutes:
		return nil, invalid("minutes 须在 1 至 %d 之间", "minutes is between 1 and %d", maxJoinMinutes)
	}
	if !j.Replace {
		found, err := c.Store.Identities(c.ctx(), store.IdentityFilter{Name: j.Name})
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return nil, conflict("该名称已注册；如需由另一台主机接替，请以 replace 批准", "the name is enrolled already; to let another machine take it over, approve it with replace")
		}
	}
	join, t, err := c.Enrolment.IssueToken(c.ctx(), enrol.TokenRequest{
		Name: j.Name, Kind: identity.Kind(j.Kind), Replace: j.Replace, Life: time.Duration(j.Minutes) * time.Minute, By: c.who.name,
	})
	if err != nil {
		return nil, err
	}
	return created{joinString{join, t.EndsAt}}, nil
}

package api

import (
	"errors"
	"slices"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/server/enrol"
)

// member is an agent or a collector. Contact is when it last delivered.
type member struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	WhyZh    string    `json:"why_zh,omitempty"`
	WhyEn    string    `json:"why_en,omitempty"`
	Key      string    `json:"key"`
	Renewals uint64    `json:"renewals"`
	Enrolled time.Time `json:"enrolled"`
	Expires  time.Time `json:"expires"`
	Contact  time.Time `json:"contact,omitzero"`
}

func newMember(i enrol.Identity, contact time.Time) member {
	return member{i.ID, i.Name, string(i.Kind), string(i.State), i.Why.GetZh(), i.Why.GetEn(), i.Current, i.Renewals, i.EnrolledAt, i.NotAfter, contact}
}

func (c *call) getIdentities() (any, error) {
	if c.Enrolment == nil {
		return nil, errNone
	}
	all, err := c.Enrolment.Identities(c.ctx())
	if err != nil {
		return nil, err
	}
	contacts, err := c.Store.Contacts(c.ctx())
	if err != nil {
		return nil, err
	}
	name, kind, state := c.query.word("name"), c.query.word("kind"), c.query.word("state")
	found := slices.DeleteFunc(all, func(i enrol.Identity) bool {
		return name != "" && i.Name != name || kind != "" && string(i.Kind) != kind || state != "" && string(i.State) != state
	})
	return listOf(found, "", func(i enrol.Identity) member { return newMember(i, contacts[i.ID]) }), nil
}

// identity gives the one that the path names.
func (c *call) identity() (enrol.Identity, error) {
	if c.Enrolment == nil {
		return enrol.Identity{}, errNone
	}
	i, err := c.Enrolment.Identity(c.ctx(), c.path("name"))
	if errors.Is(err, enrol.ErrNotFound) {
		err = errNotFound
	}
	return i, err
}

func (c *call) getIdentity() (any, error) {
	i, err := c.identity()
	if err != nil {
		return nil, err
	}
	contacts, err := c.Store.Contacts(c.ctx())
	return newMember(i, contacts[i.ID]), err
}

type revocation struct {
	Reason string `json:"reason"`
}

func (c *call) revoke() (any, error) {
	i, err := c.identity()
	if err != nil {
		return nil, err
	}
	body, err := readBody[revocation](c)
	if err != nil {
		return nil, err
	}
	if err := checkWord("reason", body.Reason); err != nil {
		return nil, err
	}
	return nil, c.Enrolment.Revoke(c.ctx(), i.Name, c.who.name, body.Reason)
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
		_, err := c.Enrolment.Identity(c.ctx(), j.Name)
		if err != nil && !errors.Is(err, enrol.ErrNotFound) {
			return nil, err
		}
		if err == nil {
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

package api

import (
	"time"

	"github.com/plumbline/plumbline/server/secrets"
)

// credential is what may be known of one. The value goes in and never out.
type credential struct {
	Name        string    `json:"name"`
	Version     int64     `json:"version"`
	Kinds       []string  `json:"kinds"`
	Fingerprint string    `json:"fingerprint"`
	By          string    `json:"by"`
	At          time.Time `json:"at"`
}

func newCredential(i secrets.Info) credential {
	return credential{i.Name, i.Version, i.Kinds, i.Fingerprint, i.By, i.At}
}

func (c *call) getCredentials() (any, error) {
	if c.Credentials == nil {
		return nil, errNone
	}
	found, err := c.Credentials.List(c.ctx())
	return listOf(found, "", newCredential), err
}

// putCredential takes a record as collectors have it: flat, every value a text.
func (c *call) putCredential() (any, error) {
	if c.Credentials == nil {
		return nil, errNone
	}
	values, err := readBody[map[string]string](c)
	if err != nil {
		return nil, err
	}
	record, wrong := secrets.NewRecord(c.path("name"), values)
	if len(wrong) > 0 {
		if wrong[0].Key == "" {
			return nil, invalid("%s", "%s", wrong[0].Text)
		}
		return nil, invalid("%s：%s", "%s: %s", wrong[0].Key, wrong[0].Text)
	}
	put, err := c.Credentials.Put(c.ctx(), c.entry("credential.put", c.path("name"), map[string]any{"kinds": record.Kinds()}), record)
	if err != nil {
		return nil, err
	}
	return newCredential(put), nil
}

func (c *call) deleteCredential() (any, error) {
	if c.Credentials == nil {
		return nil, errNone
	}
	return nil, c.Credentials.Remove(c.ctx(), c.entry("credential.remove", c.path("name"), nil), c.path("name"))
}

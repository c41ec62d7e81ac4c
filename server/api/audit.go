package api

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

type record struct {
	N       int64     `json:"n"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Object  string    `json:"object"`
	Outcome string    `json:"outcome"`
	// Detail is an object; a text that is none is given as a string.
	Detail   any    `json:"detail,omitempty"`
	Previous string `json:"previous"`
	Hash     string `json:"hash"`
}

func newRecord(r store.Record) record {
	out := record{N: r.N, At: r.At, Actor: r.Actor, Action: r.Action, Object: r.Object, Outcome: r.Outcome, Previous: hex.EncodeToString(r.Previous), Hash: hex.EncodeToString(r.Hash)}
	out.Detail = rawJSON(r.Detail)
	return out
}

// rawJSON is a stored text as JSON: as it is where it is JSON, as a string where not, nothing where it is empty.
func rawJSON(text string) any {
	switch {
	case text == "":
		return nil
	case json.Valid([]byte(text)):
		return json.RawMessage(text)
	}
	return text
}

func (c *call) getAudit() (any, error) {
	filter := store.AuditFilter{
		Actor: c.query.word("actor"), Action: c.query.word("action"), Object: c.query.word("object"), From: c.query.time("from"), Until: c.query.time("until"),
	}
	found, next, err := c.Store.Records(c.ctx(), filter, c.query.page())
	return listOf(found, next, newRecord), err
}

// verified says whether the whole log is what was written, and its head, to be kept elsewhere.
type verified struct {
	Whole   bool   `json:"whole"`
	Records int64  `json:"records"`
	Head    string `json:"head"`
}

func (c *call) getVerify() (any, error) {
	var heads []store.Head
	for _, value := range c.query["head"] {
		head, err := parseHead(value)
		if err != nil {
			return nil, err
		}
		heads = append(heads, head)
	}
	head, err := c.Store.Verify(c.ctx(), heads...)
	if errors.Is(err, store.ErrTampered) {
		c.Log.Error("api: the audit log was tampered with", "request", c.id, "err", err)
	} else if err != nil {
		return nil, err
	}
	out := verified{Whole: err == nil, Records: head.N}
	if head.N > 0 {
		out.Head = fmt.Sprintf("%d:%x", head.N, head.Hash)
	}
	return out, nil
}

// parseHead reads a head as verified gives it.
func parseHead(s string) (store.Head, error) {
	number, hash, _ := strings.Cut(s, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	sum, bad := hex.DecodeString(hash)
	if err != nil || bad != nil || n < 1 || len(sum) != 32 {
		return store.Head{}, invalid("日志末端须为 N:SHA256", "a head is N:SHA256")
	}
	return store.Head{N: n, Hash: sum}, nil
}

package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	proof "github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/evidence/ledger"
	"github.com/plumbline/plumbline/server/export"
	"github.com/plumbline/plumbline/server/store"
)

// Evidence makes bundles and keeps the log that they refer to; *ledger.Ledger is one.
type Evidence interface {
	Prepare(ctx context.Context, r ledger.Request) (*ledger.Bundle, error)
	Keys() []proof.PublicKey
}

// tarMedia is the type of a bundle.
const tarMedia = "application/x-tar"

func (c *call) getSnapshotBundle() (any, error) {
	return c.bundle(ledger.Request{Snapshot: c.path("id")})
}

func (c *call) getSweepBundle() (any, error) {
	return c.bundle(ledger.Request{Sweep: c.path("id")})
}

func (c *call) bundle(r ledger.Request) (any, error) {
	if c.Evidence == nil {
		return nil, errNone
	}
	r.By = c.who.name
	for _, value := range c.query["since"] {
		size, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, invalid("参数 since 须为数字", "since is a number")
		}
		r.Since = append(r.Since, size)
	}
	b, err := c.Evidence.Prepare(c.ctx(), r)
	if errors.Is(err, ledger.ErrNoSnapshot) {
		return nil, failing(404, "no_snapshot", "该任务尚无可导出的快照", "the sweep has no snapshot that could be exported")
	}
	if err != nil {
		return nil, err
	}
	// What leaves the server is on record before it does.
	action, object := "snapshot.bundle", r.Snapshot
	if r.Sweep != "" {
		action, object = "sweep.bundle", r.Sweep
	}
	if err := c.record(action, object, "", map[string]any{"snapshots": b.Snapshots()}); err != nil {
		return nil, err
	}
	return stream{tarMedia, export.FileName(b.Name) + ".tar", func(to io.Writer) error { return b.Write(c.ctx(), to) }}, nil
}

// checkpoint is a signed statement of how long the evidence log was, to be kept elsewhere.
type checkpoint struct {
	Size int64     `json:"size"`
	At   time.Time `json:"at"`
	Note string    `json:"note"`
}

func (c *call) getCheckpoints() (any, error) {
	found, next, err := c.Store.Checkpoints(c.ctx(), c.query.page())
	return listOf(found, next, func(p store.Checkpoint) checkpoint { return checkpoint{p.Size, p.At, p.Note} }), err
}

// evidenceKey is a public key by which evidence is checked.
type evidenceKey struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Active bool   `json:"active"`
}

func (c *call) getEvidenceKeys() (any, error) {
	if c.Evidence == nil {
		return nil, errNone
	}
	out := list[evidenceKey]{Items: []evidenceKey{}}
	for i, k := range c.Evidence.Keys() {
		out.Items = append(out.Items, evidenceKey{k.ID(), k.String(), i == 0})
	}
	return out, nil
}

// stream is an answer that is written as it is made. If it fails on the way the connection is cut, so that nobody takes it for whole.
type stream struct {
	media, name string
	write       func(io.Writer) error
}

func (w *answer) stream(s stream) error {
	w.Header().Set("Content-Type", s.media)
	w.Header().Set("Content-Disposition", `attachment; filename="`+s.name+`"`)
	w.WriteHeader(200)
	if err := s.write(w.ResponseWriter); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

package server

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/ingest"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/secrets"
	"github.com/plumbline/plumbline/server/store"
)

// enrolments lends the store to enrolsql.
type enrolments struct{ *store.Store }

// Change runs do in a transaction that writes the event to the audit log.
func (e enrolments) Change(ctx context.Context, event enrol.Event, do func(*sql.Tx) error) error {
	return e.Lend(ctx, entryOf(event), do)
}

// audit writes events of enrolment that come with no change.
type audit struct{ *store.Store }

// Record keeps an event.
func (a audit) Record(ctx context.Context, event enrol.Event) error {
	_, err := a.Append(ctx, entryOf(event))
	return err
}

func entryOf(e enrol.Event) store.Entry {
	by := e.By
	if by == "" {
		by = "server"
	}
	return store.Entry{Actor: by, Action: string(e.Action), Object: e.Name, Detail: detail(e.Text)}
}

// detail is what an entry of the audit log says in both languages.
func detail(t *pb.Text) string {
	text, err := json.Marshal(struct {
		Zh string `json:"zh"`
		En string `json:"en"`
	}{t.GetZh(), t.GetEn()})
	if err != nil {
		return ""
	}
	return string(text)
}

// deliveries lends the store to ingest.
type deliveries struct{ *store.Store }

// Accept makes deliveries durable and gives the refusals by index.
func (d deliveries) Accept(ctx context.Context, list []ingest.Delivery) (map[int]*pb.Text, error) {
	type key struct {
		sender          string
		epoch, sequence uint64
	}
	kept := make([]store.Delivery, len(list))
	index := map[key]int{}
	for i, x := range list {
		kept[i] = store.Delivery{Sender: x.Sender.ID, SenderName: x.Sender.Name, Certificate: x.Sender.Certificate, Epoch: x.Epoch, Sequence: x.Sequence, Body: x.Body, Received: x.Received, Refusal: x.Refusal}
		index[key{x.Sender.ID, x.Epoch, x.Sequence}] = i
	}
	refusals, err := d.Store.Accept(ctx, kept)
	if err != nil {
		return nil, err
	}
	out := map[int]*pb.Text{}
	for _, r := range refusals {
		if i, ok := index[key{r.Sender, r.Epoch, r.Sequence}]; ok {
			out[i] = r.Reason
		}
	}
	return out, nil
}

// entitled says whether a collector may report a target: one of the inventory that no other reader was given, or any while the
// inventory is empty of it. Agents report their own name only, which ingest sees to.
func entitled(s *store.Store) func(ctx context.Context, sender ingest.Sender, target string) (bool, error) {
	return func(ctx context.Context, sender ingest.Sender, target string) (bool, error) {
		t, err := s.Target(ctx, target)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return false, nil
		case err != nil:
			return false, err
		}
		return t.Reader == "" || t.Reader == sender.Name, nil
	}
}

// quiet counts nothing but says in the log what an operator must know.
type quiet struct{ log *slog.Logger }

func (q quiet) Streams(int) {}

func (q quiet) Committed(n, refused, bytes int, took time.Duration) {
	q.log.Debug("deliveries committed", "deliveries", n, "refused", refused, "bytes", bytes, "took", took)
}

func (q quiet) Failed() { q.log.Error("a commit failed; deliveries are not acknowledged") }

// openOrders tells the keeper of credentials which orders are open.
type openOrders struct{ *orders.Service }

// Open says what an identity may have for a target.
func (o openOrders) Open(ctx context.Context, order, identity, target string) (secrets.Grant, error) {
	names, until, err := o.Service.Open(ctx, order, identity, target)
	return secrets.Grant{Credentials: names, NotAfter: until}, err
}

package secrets

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// handed is what is open: by order, identity and target.
type handed map[[3]string]Grant

func (h handed) Open(_ context.Context, order, identity, target string) (Grant, error) {
	g, ok := h[[3]string{order, identity, target}]
	if !ok {
		return Grant{}, fmt.Errorf("order %s: %w", order, store.ErrNotFound)
	}
	return g, nil
}

// edge is a collector.
func edge(name string) Caller { return Caller{ID: "id-of-" + name, Name: name} }

// revealing is a world with an order of edge-a's for sw1, and one of edge-b's for sw2.
func revealing(t *testing.T) (*world, *Revealer, handed) {
	t.Helper()
	w := newWorld(t)
	w.fill(3)
	open := handed{
		{"order-a", "id-of-edge-a", "sw1"}: {Credentials: []string{nameOf(0)}, NotAfter: start.Add(time.Hour)},
		{"order-b", "id-of-edge-b", "sw2"}: {Credentials: []string{nameOf(1)}, NotAfter: start.Add(time.Hour)},
	}
	r := &Revealer{Keeper: w.keeper, Orders: open, Now: w.clock, Log: slog.New(slog.DiscardHandler)}
	return w, r, open
}

func ask(t testing.TB, order, target, credential string) (*pb.RevealRequest, hpke.PrivateKey) {
	t.Helper()
	key, err := hpke.DHKEM(ecdh.X25519()).GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return &pb.RevealRequest{OrderId: order, TargetId: target, Credential: credential, Recipient: key.PublicKey().Bytes()}, key
}

// TestC6HandedToOneForOneJob: a credential comes sealed to the key of the call, bound to order, target, name and identity, for ten minutes
// at the most, three times at the most, and each time is on record without its value.
func TestC6HandedToOneForOneJob(t *testing.T) {
	w, r, open := revealing(t)
	q, key := ask(t, "order-a", "sw1", nameOf(0))
	got, err := r.Reveal(t.Context(), edge("edge-a"), q)
	w.must(err)
	unseal := func(key hpke.PrivateKey, info []byte) (string, error) {
		text, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.AES256GCM(), info, got.GetSealed())
		return string(text), err
	}
	text, err := unseal(key, []byte("order-a\x00sw1\x00"+nameOf(0)+"\x00edge-a"))
	if err != nil || !strings.Contains(text, secretOf(0)) || !strings.Contains(text, `"name":"`+nameOf(0)+`"`) {
		t.Fatalf("opened %d bytes, %v", len(text), err)
	}
	if strings.Contains(string(got.GetSealed()), canary) {
		t.Error("it is in clear")
	}
	if end := got.GetNotAfter().AsTime(); !end.Equal(start.Add(10 * time.Minute)) {
		t.Errorf("good until %v", end)
	}
	_, other := ask(t, "", "", "")
	for what, try := range map[string]struct {
		key  hpke.PrivateKey
		info []byte
	}{
		"another key":      {other, Binding("order-a", "sw1", nameOf(0), "edge-a")},
		"another target":   {key, Binding("order-a", "sw2", nameOf(0), "edge-a")},
		"another identity": {key, Binding("order-a", "sw1", nameOf(0), "edge-b")},
		"another order":    {key, Binding("order-b", "sw1", nameOf(0), "edge-a")},
	} {
		if _, err := unseal(try.key, try.info); err == nil {
			t.Errorf("%s opens it", what)
		}
	}
	// The answer may get lost; it is not given for ever.
	for range maxGiven - 1 {
		_, err := r.Reveal(t.Context(), edge("edge-a"), q)
		w.must(err)
	}
	if _, err := r.Reveal(t.Context(), edge("edge-a"), q); status.Code(err) != codes.PermissionDenied {
		t.Errorf("once more than allowed: %v", err)
	}
	// What ends earlier ends it earlier.
	open[[3]string{"order-c", "id-of-edge-a", "sw1"}] = Grant{Credentials: []string{nameOf(0)}, NotAfter: start.Add(time.Minute)}
	q, _ = ask(t, "order-c", "sw1", nameOf(0))
	if got, err = r.Reveal(t.Context(), edge("edge-a"), q); err != nil || !got.GetNotAfter().AsTime().Equal(start.Add(time.Minute)) {
		t.Errorf("%v, %v", got.GetNotAfter(), err)
	}
	records, _, err := w.store.Records(t.Context(), store.AuditFilter{Action: "credential.reveal"}, store.Page{})
	w.must(err)
	ok, refused := 0, 0
	for _, one := range records {
		if one.Actor != "edge-a" || one.Object != nameOf(0) || !strings.Contains(one.Detail, `"target":"sw1"`) {
			t.Errorf("on record: %+v", one)
		}
		if one.Outcome == "ok" {
			ok++
		} else {
			refused++
		}
	}
	if ok != maxGiven+1 || refused != 1 {
		t.Errorf("%d hand-overs and %d refusals on record", ok, refused)
	}
	if _, hits := found(t, w.dir); len(hits) > 0 {
		t.Errorf("on disk: %v", hits)
	}
}

// TestC7OthersAreNotServed: what is another's, replayed, expired, settled, not named or malformed is never served, and always on record.
func TestC7OthersAreNotServed(t *testing.T) {
	w, r, open := revealing(t)
	open[[3]string{"order-x", "id-of-edge-a", "sw1"}] = Grant{Credentials: []string{nameOf(0)}, NotAfter: start}
	spent, _ := ask(t, "order-a", "sw1", nameOf(0))
	for range maxGiven {
		_, err := r.Reveal(t.Context(), edge("edge-a"), spent)
		w.must(err)
	}
	kinds := []func(q *pb.RevealRequest) (who string){
		func(q *pb.RevealRequest) string { // the other's order
			q.OrderId, q.TargetId, q.Credential = "order-b", "sw2", nameOf(1)
			return "edge-a"
		},
		func(q *pb.RevealRequest) string { // the other's target under an order of one's own
			q.OrderId, q.TargetId, q.Credential = "order-a", "sw2", nameOf(1)
			return "edge-a"
		},
		func(q *pb.RevealRequest) string { // a name that the order does not give
			q.OrderId, q.TargetId, q.Credential = "order-b", "sw2", nameOf(2)
			return "edge-b"
		},
		func(q *pb.RevealRequest) string { // handed over as often as allowed
			q.OrderId, q.TargetId, q.Credential = "order-a", "sw1", nameOf(0)
			return "edge-a"
		},
		func(q *pb.RevealRequest) string { // replayed by another
			q.OrderId, q.TargetId, q.Credential, q.Recipient = spent.GetOrderId(), spent.GetTargetId(), spent.GetCredential(), spent.GetRecipient()
			return "edge-b"
		},
		func(q *pb.RevealRequest) string { // expired
			q.OrderId, q.TargetId, q.Credential = "order-x", "sw1", nameOf(0)
			return "edge-a"
		},
		func(q *pb.RevealRequest) string { // settled: not open any more
			q.OrderId, q.TargetId, q.Credential = "order-settled", "sw1", nameOf(0)
			return "edge-a"
		},
		func(q *pb.RevealRequest) string { // a key that is none
			q.OrderId, q.TargetId, q.Credential, q.Recipient = "order-b", "sw2", nameOf(1), q.GetRecipient()[:31]
			return "edge-b"
		},
		func(q *pb.RevealRequest) string { // the key of nobody: everybody can open what is sealed to it
			q.OrderId, q.TargetId, q.Credential, q.Recipient = "order-b", "sw2", nameOf(1), make([]byte, 32)
			return "edge-b"
		},
		func(q *pb.RevealRequest) string { // names run together
			q.OrderId, q.TargetId, q.Credential = "order-b\x00sw2", "", nameOf(1)
			return "edge-b"
		},
		func(q *pb.RevealRequest) string {
			q.OrderId, q.TargetId, q.Credential = strings.Repeat("o", maxID+1), "sw2", nameOf(1)
			return "edge-b"
		},
	}
	rng := rand.New(rand.NewPCG(7, 1))
	served, n := 0, sized(1000, 10_000)
	for i := range n {
		q, _ := ask(t, "", "", "")
		which := i % len(kinds)
		if i >= 2*len(kinds) {
			which = rng.IntN(len(kinds))
		}
		got, err := r.Reveal(t.Context(), edge(kinds[which](q)), q)
		if err == nil || got != nil {
			served++
			t.Errorf("kind %d was served", which)
		}
		if code := status.Code(err); code != codes.PermissionDenied && code != codes.InvalidArgument {
			t.Fatalf("kind %d: %v", which, err)
		}
		if served > 5 {
			break
		}
	}
	records := 0
	for page := (store.Page{Limit: 1000}); ; {
		list, next, err := w.store.Records(t.Context(), store.AuditFilter{Action: "credential.reveal"}, page)
		w.must(err)
		for _, one := range list {
			if one.Outcome == "refused" {
				records++
			}
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if served != 0 || records != n {
		t.Errorf("%d of %d served, %d refusals on record", served, n, records)
	}
	// Whose it is still gets it.
	q, _ := ask(t, "order-b", "sw2", nameOf(1))
	if _, err := r.Reveal(t.Context(), edge("edge-b"), q); err != nil {
		t.Errorf("the rightful one: %v", err)
	}
	if _, err := r.Reveal(t.Context(), Caller{ID: "enrolled anew", Name: "edge-b"}, q); status.Code(err) != codes.PermissionDenied {
		t.Errorf("another of the same name: %v", err)
	}
}

// failing is a database whose audit log cannot be written.
type failing struct{ *store.Store }

func (failing) Append(context.Context, store.Entry) (store.Record, error) {
	return store.Record{}, errors.New("full")
}

// TestC7OffTheRecordNothing: what cannot be put on record is not done, and a refusal not answered as one.
func TestC7OffTheRecordNothing(t *testing.T) {
	w, r, _ := revealing(t)
	r.Keeper.db = failing{w.store}
	q, _ := ask(t, "order-b", "sw2", nameOf(1))
	if _, err := r.Reveal(t.Context(), edge("edge-a"), q); status.Code(err) != codes.Unavailable {
		t.Errorf("refused off the record: %v", err)
	}
	q, _ = ask(t, "order-b", "sw2", "unknown")
	r.Orders = handed{{"order-b", "id-of-edge-b", "sw2"}: {Credentials: []string{"unknown"}, NotAfter: start.Add(time.Hour)}}
	r.Keeper.db = w.store
	if _, err := r.Reveal(t.Context(), edge("edge-b"), q); status.Code(err) != codes.NotFound {
		t.Errorf("a name that the server does not have: %v", err)
	}
}

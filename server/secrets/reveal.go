package secrets

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

const (
	// maxLife is how long a credential that was handed over may be used.
	maxLife = 10 * time.Minute
	// maxGiven is how often one is handed over for one target of an order: answers get lost.
	maxGiven = 3
	// countedFor is how long hand-overs are counted after the last; no order is open for so long.
	countedFor = 30 * 24 * time.Hour
	// maxID bounds what a caller names.
	maxID = 256
)

// A Grant is what an identity was told to do about a target, by an order that is not over.
type Grant struct {
	// Credentials are the names that the order gives for the target.
	Credentials []string
	// NotAfter is when the order is void.
	NotAfter time.Time
}

// A Caller is the identity at the other end.
type Caller struct {
	// ID of its enrolment; who enrolled anew under the same name is another.
	ID   string
	Name string
}

// Orders knows what is open. It gives store.ErrNotFound unless the identity (by the id of its enrolment) was handed the order, the target
// is one of it or a hop on the way, and neither the order nor the target in it has ended.
type Orders interface {
	Open(ctx context.Context, order, identity, target string) (Grant, error)
}

// A Revealer hands credentials over. It is what OrderService.Reveal does once it knows who calls.
type Revealer struct {
	Keeper *Keeper
	Orders Orders
	Now    func() time.Time
	Log    *slog.Logger
}

var (
	// errRefused is all that a caller hears: which part of it was wrong is in the audit log.
	errRefused   = status.Error(codes.PermissionDenied, "no order that you have open names this credential for this target, or it was handed over before")
	errRecipient = status.Error(codes.InvalidArgument, "recipient: not an X25519 public key")
)

// Reveal hands one credential to the caller, sealed to the key that came with the call.
func (r *Revealer) Reveal(ctx context.Context, who Caller, q *pb.RevealRequest) (*pb.RevealResponse, error) {
	for _, id := range []string{q.GetOrderId(), q.GetTargetId(), q.GetCredential()} {
		if id == "" || len(id) > maxID || strings.ContainsRune(id, 0) {
			return nil, r.refuse(ctx, who, q, "malformed", status.Error(codes.InvalidArgument, "an order, a target and a credential are needed"))
		}
	}
	to, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(q.GetRecipient())
	if err != nil {
		return nil, r.refuse(ctx, who, q, "malformed", errRecipient)
	}
	grant, err := r.Orders.Open(ctx, q.GetOrderId(), who.ID, q.GetTargetId())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, r.refuse(ctx, who, q, "no such order is open", errRefused)
	case err != nil:
		return nil, r.broken("look the order up", err)
	case !slices.Contains(grant.Credentials, q.GetCredential()):
		return nil, r.refuse(ctx, who, q, "the order does not name it", errRefused)
	}
	now := r.Now()
	end := now.Add(maxLife)
	if grant.NotAfter.Before(end) {
		end = grant.NotAfter
	}
	if !now.Before(end) {
		return nil, r.refuse(ctx, who, q, "the order is over", errRefused)
	}
	sealed, err := r.sealed(ctx, who, q, to)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, r.refuse(ctx, who, q, "there is no such credential", status.Error(codes.NotFound, "the server has no credential of that name"))
	case errors.Is(err, errRecipient):
		return nil, r.refuse(ctx, who, q, "malformed", errRecipient)
	case err != nil:
		return nil, r.broken("seal the credential", err)
	}
	switch err := r.claim(ctx, who, q, now); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, r.refuse(ctx, who, q, "handed over before", errRefused)
	case err != nil:
		return nil, r.broken("record the hand-over", err)
	}
	return &pb.RevealResponse{Sealed: sealed, NotAfter: timestamppb.New(end)}, nil
}

// Binding is what a hand-over is bound to, for both ends.
func Binding(order, target, credential, identity string) []byte {
	return []byte(strings.Join([]string{order, target, credential, identity}, "\x00"))
}

func (r *Revealer) sealed(ctx context.Context, who Caller, q *pb.RevealRequest, to hpke.PublicKey) ([]byte, error) {
	text, err := r.Keeper.open(ctx, q.GetCredential())
	if err != nil {
		return nil, err
	}
	defer clear(text)
	sealed, err := hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), Binding(q.GetOrderId(), q.GetTargetId(), q.GetCredential(), who.Name), text)
	if err != nil {
		return nil, errRecipient // a point that would give everybody the same secret
	}
	return sealed, nil
}

// claim counts the hand-over, and puts it on record with it. It says sql.ErrNoRows where it was handed over too often, or to another.
func (r *Revealer) claim(ctx context.Context, who Caller, q *pb.RevealRequest, now time.Time) error {
	return r.Keeper.db.Lend(ctx, entry(who, q, "ok", ""), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM credential_reveals WHERE last_at < $1`, now.Add(-countedFor).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO credential_reveals (order_id, target_id, credential, identity, given, first_at, last_at)
			VALUES ($1, $2, $3, $4, 0, $5, $5) ON CONFLICT (order_id, target_id, credential) DO NOTHING`,
			q.GetOrderId(), q.GetTargetId(), q.GetCredential(), who.ID, now.UnixMilli())
		if err != nil {
			return err
		}
		return touched(tx.ExecContext(ctx, `UPDATE credential_reveals SET given = given + 1, last_at = $1
			WHERE order_id = $2 AND target_id = $3 AND credential = $4 AND identity = $5 AND given < $6`,
			now.UnixMilli(), q.GetOrderId(), q.GetTargetId(), q.GetCredential(), who.ID, maxGiven))
	})
}

func entry(who Caller, q *pb.RevealRequest, outcome, why string) store.Entry {
	cut := func(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxID)], "") }
	detail, err := json.Marshal(struct {
		Order  string `json:"order"`
		Target string `json:"target"`
		Why    string `json:"why,omitempty"`
	}{cut(q.GetOrderId()), cut(q.GetTargetId()), why})
	if err != nil {
		detail = nil // strings always encode
	}
	return store.Entry{Actor: who.Name, Action: "credential.reveal", Object: cut(q.GetCredential()), Outcome: outcome, Detail: string(detail)}
}

// refuse puts a refusal on record and gives the answer.
func (r *Revealer) refuse(ctx context.Context, who Caller, q *pb.RevealRequest, why string, answer error) error {
	if _, err := r.Keeper.db.Append(ctx, entry(who, q, "refused", why)); err != nil {
		return r.broken("record a refusal", err)
	}
	return answer
}

// broken keeps the cause in our log: the caller has no business with it.
func (r *Revealer) broken(what string, err error) error {
	r.Log.Error("a credential was not handed over", "at", what, "err", err)
	return status.Error(codes.Unavailable, fmt.Sprintf("the server cannot do this now (%s); try again later", what))
}

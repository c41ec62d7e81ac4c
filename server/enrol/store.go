package enrol

import (
	"context"
	"errors"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	// ErrNotFound is what a Store answers when there is no such thing.
	ErrNotFound = errors.New("not found")
	// ErrConflict is what a Store answers when something changed meanwhile, a token was used, or a key has an owner.
	ErrConflict = errors.New("conflict")
)

// State is whether an identity may come in.
type State string

// The states.
const (
	Active State = "active"
	// Quarantined: it was seen twice. Both stay out until an operator lets it enrol anew.
	Quarantined State = "quarantined"
	// Revoked: an operator shut it out.
	Revoked State = "revoked"
)

// An Identity is an agent or a collector as the server knows it.
type Identity struct {
	Name string
	Kind identity.Kind
	// ID names this enrolment: the key id that it began with. It stays over renewals; deliveries are told apart by it.
	ID    string
	State State
	// Why it is in that state.
	Why *pb.Text
	// Current is the id of the key in use, Next of the one that a renewal gave and that was not used yet, Previous of the one
	// before.
	Current, Next, Previous string
	// Renewals counts the keys after the first that were used.
	Renewals uint64
	// EnrolledAt and ChangedAt (of the last key) are by the server's clock, NotAfter of the newest certificate.
	EnrolledAt, ChangedAt, NotAfter time.Time
	// Version is the store's: it changes with each Save. 0 is an identity that is not stored.
	Version uint64
}

// A Token lets one identity enrol once. The token itself is nowhere kept.
type Token struct {
	// Hash is the SHA-256 of the token, hex.
	Hash string
	Name string
	Kind identity.Kind
	// Replace lets it take over a name that has an identity: the operator's approval of a re-enrolment.
	Replace bool
	// By is the operator.
	By               string
	IssuedAt, EndsAt time.Time
	UsedAt           time.Time
}

// A Change is what is saved at once, or not at all.
type Change struct {
	// Identity is stored if its Version is still the stored one, under the next version.
	Identity Identity
	// Claim, if set, is the id of a key that must never have been claimed before, by anyone.
	Claim string
	// UseToken, if set, is the hash of a token that is marked as used at At; it must be unused.
	UseToken string
	At       time.Time
	// Event goes into the audit log with the change.
	Event Event
}

// Store keeps tokens and identities. Every method is one transaction; several servers may share one.
type Store interface {
	// AddToken keeps a token, and the event with it.
	AddToken(ctx context.Context, t Token, e Event) error
	// Token finds a token by its hash, used or not, or ErrNotFound.
	Token(ctx context.Context, hash string) (Token, error)
	// Identity finds an identity by name, or ErrNotFound.
	Identity(ctx context.Context, name string) (Identity, error)
	// Identities lists all, by name.
	Identities(ctx context.Context) ([]Identity, error)
	// Save does all of a change, or nothing and ErrConflict.
	Save(ctx context.Context, c Change) error
	// Barred names the identities that are not active.
	Barred(ctx context.Context) ([]string, error)
}

// Action is what an event is about.
type Action string

// The actions.
const (
	TokenIssued Action = "token.issue"
	Enrolled    Action = "identity.enrol"
	Renewed     Action = "identity.renew"
	Refused     Action = "identity.refuse"
	Quarantine  Action = "identity.quarantine"
	Revocation  Action = "identity.revoke"
	ClockSkew   Action = "identity.clock"
)

// An Event is a line of the audit log.
type Event struct {
	At     time.Time
	Action Action
	// Name and Kind are of the identity that it is about, if that is known.
	Name string
	Kind identity.Kind
	// By is the operator, or the address that a caller came from.
	By   string
	Text *pb.Text
}

// Audit keeps events that come with no change. What cannot be recorded is not done.
type Audit interface {
	Record(ctx context.Context, e Event) error
}

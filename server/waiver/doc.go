// Package waiver holds the rules for what people accept as an exception (waivers) and for what they state of clauses that no scanner
// sees (attestations): what a request must say, how long it may hold, and that two people stand behind it.
//
// It keeps nothing, and it decides no right: its callers know who somebody is and what his role allows; the store keeps, and says which
// finding is covered. A waiver never changes an outcome.
package waiver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// Store is what the rules need of a store.
type Store interface {
	store.Waivers
	store.Attestations
	Finding(ctx context.Context, id string) (store.Finding, error)
	Target(ctx context.Context, id string) (store.Target, error)
	State(ctx context.Context, target string) (store.TargetState, error)
	Append(ctx context.Context, by store.Entry) (store.Record, error)
}

// A Service takes requests and decisions. Who acts is the actor of the entry that comes with each.
type Service struct {
	Store Store
	// Checks are those that exist.
	Checks []*checks.Check
	Now    func() time.Time
}

// A Mistake is about what somebody asked for; it is said to him.
type Mistake struct{ text *pb.Text }

func (m *Mistake) Error() string { return m.text.GetEn() }

// Say says it in both languages.
func (m *Mistake) Say() *pb.Text { return m.text }

func wrong(zh, en string, args ...any) error { return &Mistake{checks.Say(zh, en, args...)} }

// MaxDays is how long a waiver or an attestation holds at the most.
const MaxDays = 366

// Bounds of what people write.
const (
	minReason = 10
	maxReason = 2000
)

func newID(prefix string) string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return prefix + hex.EncodeToString(b[:])
}

// Package orders has targets read: people ask for sweeps, or write schedules for them, somebody else authorises that, and agents and
// collectors get their part of it as orders. Every target of a sweep ends accounted for.
//
// [Planner] is for people: it plans, and decides nothing about when. [Service] is for agents and collectors: it hands out, and takes
// their word on how it ended. [Service.Keep] and [Service.Fire] are the periodic work; any number of servers may do them over one
// database at any time, since each step is decided there.
//
// It reaches no target, holds no credential and judges nothing. The truth is in the store; what is in memory are the lines that callers
// hold open.
//
// # Who reads a target
//
// The reader that the inventory names. Where it names none: the agent that is called as the target; else the collectors that the
// inventory names for other targets of the same zone, each a stable share; else, if there is one collector only, that one. Otherwise
// nobody: the target ends as not reached, which says so, and no credential goes where the inventory did not send it.
//
// # When something is tried again
//
// A target that was refused, or not tried because its credential was refused elsewhere, is not tried again in its sweep, and neither is
// any other with a credential that its reader suspended. One that could not be reached, was busy or timed out is tried again as often as
// the plan says. One whose reader fell silent is handed out once more.
package orders

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// Store keeps sweeps, orders and schedules; *store.Store is one.
type Store interface {
	store.Sweeps
	store.Orders
	store.Schedules
	Targets(ctx context.Context, filter store.TargetFilter, page store.Page) ([]store.Target, string, error)
	Target(ctx context.Context, id string) (store.Target, error)
	Site(ctx context.Context, version int64) (store.Site, error)
	Append(ctx context.Context, by store.Entry) (store.Record, error)
}

// server is whom the audit log names for what nobody did by hand.
const server = "server"

// newID gives a name that no other has.
func newID(prefix string) string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return prefix + hex.EncodeToString(b[:])
}

// each page of a list in turn.
func each[T any](list func(store.Page) ([]T, string, error), use func(T) error) error {
	page := store.Page{Limit: 1000}
	for {
		found, next, err := list(page)
		if err != nil {
			return err
		}
		for _, one := range found {
			if err := use(one); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.After = next
	}
}

// tryAgain are the ends after which another try may help and can lock no account.
func tryAgain(v pb.VisitState) bool {
	return v == pb.VisitState_VISIT_STATE_UNREACHABLE || v == pb.VisitState_VISIT_STATE_BUSY || v == pb.VisitState_VISIT_STATE_TIMEOUT
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

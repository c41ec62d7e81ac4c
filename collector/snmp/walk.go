package snmp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A walk that did not come to its proven end says why.
type brokenWalk struct {
	reason pb.Reason
	err    error
}

func (b *brokenWalk) Error() string { return b.err.Error() }
func (b *brokenWalk) Unwrap() error { return b.err }

func broken(reason pb.Reason, format string, args ...any) error {
	return &brokenWalk{reason, fmt.Errorf(format, args...)}
}

// walk asks for everything below root and prints it as driver.Varbinds reads it. Without an error the end of the subtree was
// proved: the agent named an object beyond it, or said that its view ends. With one, what came so far is given all the same.
func (c *Conn) walk(ctx context.Context, root driver.OID) ([]byte, error) {
	var out []byte
	last, count := root, 0
	for {
		r, err := c.step(ctx, last)
		if err != nil {
			return out, err
		}
		for _, v := range r.varbinds {
			if v.OID.Compare(last) <= 0 {
				return out, broken(pb.Reason_REASON_FAILED, "the agent goes in a circle: after %s it names %s", last, v.OID)
			}
			if _, ok := v.OID.Below(root); !ok {
				return out, nil
			}
			if count++; count > c.limits.Varbinds {
				return out, broken(pb.Reason_REASON_TOO_LARGE, "more than %d varbinds", c.limits.Varbinds)
			}
			before := len(out)
			out = append(driver.AppendVarbind(out, v), '\n')
			if len(out) > c.limits.Bytes {
				return out[:before], broken(pb.Reason_REASON_TOO_LARGE, "more than %d bytes", c.limits.Bytes)
			}
			last = v.OID
		}
		switch {
		case r.ended:
			return out, nil
		case r.odd != "":
			return out, broken(pb.Reason_REASON_FAILED, "the agent answers a walk with %q", r.odd)
		case len(r.varbinds) == 0:
			return out, broken(pb.Reason_REASON_FAILED, "the agent answers with nothing")
		}
	}
}

// step asks for what comes next, with as many varbinds as the target was found to bear.
func (c *Conn) step(ctx context.Context, last driver.OID) (reply, error) {
	lost := 0
	for {
		repetitions := c.size.now
		if c.v1 {
			repetitions = 0
		}
		r, err := c.agent.next(ctx, last, repetitions)
		switch {
		case errors.Is(err, ErrNoAnswer), errors.Is(err, ErrMalformed):
			if lost++; lost > c.limits.Retries {
				if errors.Is(err, ErrMalformed) {
					return r, broken(pb.Reason_REASON_FAILED, "after %s: %w", last, err)
				}
				return r, broken(pb.Reason_REASON_TIMEOUT, "after %s: %w", last, err)
			}
			c.size.lost()
			continue
		case err != nil:
			return r, err
		case r.status == 0:
			c.size.took()
			return r, nil
		case r.status == statusNoSuchName && c.v1:
			return reply{ended: true}, nil // how version 1 says that nothing follows
		case r.status == statusTooBig && repetitions > 1:
			c.size.refused()
			continue
		case r.status == statusTooBig:
			return r, broken(pb.Reason_REASON_TOO_LARGE, "after %s: one varbind is too big for a message", last)
		case repetitions > 1: // some agents fail a GETBULK because of one varbind in it
			c.size.refused()
			continue
		}
		return r, broken(pb.Reason_REASON_FAILED, "after %s: error status %d", last, r.status)
	}
}

// size is how many varbinds the target is asked for at once: half as many after silence, and back after an answer, unless it is
// silent at the old size again; never again more than half of what it refused. Beyond what it ever answered it grows slowly.
type size struct {
	now, most int
	// good is the largest that was answered, failed the last that was not.
	good, failed int
}

func (s *size) lost() {
	if s.now == s.failed {
		s.good = min(s.good, max(1, s.now/2))
		s.most = max(1, s.now/2)
	}
	s.failed = s.now
	s.now = max(1, s.now/2)
}

func (s *size) refused() {
	s.most = max(1, s.now/2)
	s.now, s.good = s.most, min(s.good, s.most)
}

func (s *size) took() {
	if s.now == s.failed {
		s.failed = 0
	}
	s.good = max(s.good, s.now)
	if s.now < s.good {
		s.now = min(2*s.now, s.good)
		return
	}
	s.now = min(s.now+2, s.most)
}

// bounded gives the context of one walk.
func (c *Conn) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	ends := time.Now().Add(c.limits.Walk)
	if c.ends.Before(ends) {
		ends = c.ends
	}
	return context.WithDeadlineCause(ctx, ends, errWalkTime)
}

var errWalkTime = errors.New("the time for it is over")

package waiver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// A Request asks for a waiver.
type Request struct {
	Scope *pb.WaiverScope
	// Reason is why the exception is acceptable.
	Reason string
	// From and Until are days or minutes in the time zone; From is now where it is empty, and a day as Until is the last one.
	From, Until, TimeZone string
	// RemindDays is how many days before the end somebody is to be reminded; 0: DefaultRemindDays.
	RemindDays int
}

// DefaultRemindDays is when somebody is reminded if nothing else is asked for.
const DefaultRemindDays = 14

// Request keeps a request for a waiver, which covers nothing before somebody else approved it.
func (s *Service) Request(ctx context.Context, by store.Entry, r Request) (*pb.Waiver, error) {
	if err := s.checkScope(ctx, r.Scope); err != nil {
		return nil, err
	}
	if err := checkReason(r.Reason); err != nil {
		return nil, err
	}
	w := &pb.Waiver{Id: newID("w-"), Scope: r.Scope, Reason: r.Reason, TimeZone: r.TimeZone, RemindDays: uint32(max(r.RemindDays, 0))}
	from, until, err := s.span(r)
	if err != nil {
		return nil, err
	}
	w.From, w.Until = timestamppb.New(from), timestamppb.New(until)
	switch {
	case r.RemindDays < 0 || r.RemindDays > MaxDays:
		return nil, wrong("提醒天数须在 0 至 %d 之间", "the reminder is 0 to %d days before the end", MaxDays)
	case r.RemindDays == 0:
		w.RemindDays = DefaultRemindDays
	}
	by.Object = w.GetId()
	if err := s.Store.PutWaiver(ctx, by, w); err != nil {
		return nil, err
	}
	return s.Store.Waiver(ctx, w.GetId())
}

// span reads from when until when a waiver is to hold.
func (s *Service) span(r Request) (from, until time.Time, err error) {
	zone, err := zoneOf(r.TimeZone)
	if err != nil {
		return from, until, err
	}
	now := s.Now()
	from = now.Truncate(time.Millisecond)
	if r.From != "" {
		if from, err = beginOf(r.From, zone); err != nil {
			return from, until, err
		}
	}
	if r.Until == "" {
		return from, until, wrong("须写明截止日期：豁免没有无限期的", "say until when: no waiver is without an end")
	}
	if until, err = endOf(r.Until, zone); err != nil {
		return from, until, err
	}
	switch {
	case from.Before(now.Add(-24 * time.Hour)):
		return from, until, wrong("起始时间已过：豁免不能追溯", "it would begin in the past: no waiver works backwards")
	case !until.After(now):
		return from, until, wrong("截止时间已过", "its end is in the past")
	case !until.After(from):
		return from, until, wrong("截止时间须晚于起始时间", "it ends before it begins")
	case until.After(from.In(zone).AddDate(0, 0, MaxDays)):
		return from, until, wrong("豁免最长 %d 天", "a waiver holds %d days at the most", MaxDays)
	}
	return from, until, nil
}

func checkReason(reason string) error {
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	if n < minReason || n > maxReason {
		return wrong("理由须为 %d 至 %d 个字", "the reason takes %d to %d characters", minReason, maxReason)
	}
	return nil
}

// checkScope refuses what covers nothing that there is, and what would cover everything.
func (s *Service) checkScope(ctx context.Context, c *pb.WaiverScope) error {
	where := []string{c.GetTargetId(), c.GetZone(), c.GetRole(), c.GetLabelName()}
	what := []string{c.GetBaseline(), c.GetClause(), c.GetCheck()}
	none := func(s string) bool { return s == "" }
	if c.GetFindingId() != "" {
		if !slices.ContainsFunc(slices.Concat(where, what), func(s string) bool { return s != "" }) {
			_, err := s.Store.Finding(ctx, c.GetFindingId())
			return known(err, "结果", "finding", c.GetFindingId())
		}
		return wrong("指定了单条结果，就不再限定其他范围", "where one finding is named nothing else of a scope is")
	}
	switch {
	case !slices.ContainsFunc(where, func(s string) bool { return s != "" }):
		return wrong("须限定目标、区域、用途或标签：豁免不能覆盖一切", "name a target, a zone, a role or a label: no waiver covers everything")
	case !slices.ContainsFunc(what, func(s string) bool { return s != "" }):
		return wrong("须限定条款或检查项：豁免不能覆盖一切", "name a clause or a check: no waiver covers everything")
	case none(c.GetClause()) && none(c.GetCheck()) && none(c.GetTargetId()):
		return wrong("整套基线只能对单个目标豁免", "a whole baseline is waived for a single target only")
	case c.GetClause() != "" && none(c.GetBaseline()):
		return wrong("指定条款时须同时指定其基线", "a clause is named with its baseline")
	case c.GetLabelValue() != "" && none(c.GetLabelName()):
		return wrong("标签须写作 名称=取值", "a label is NAME=VALUE")
	case c.GetZone() == store.AllZones:
		return wrong("须写明一个区域", "name one zone")
	}
	if err := s.checkClause(c.GetBaseline(), c.GetClause()); err != nil {
		return err
	}
	if id := c.GetCheck(); id != "" && !slices.ContainsFunc(s.Checks, func(k *checks.Check) bool { return k.ID == id }) {
		return wrong("没有检查项 %q", "there is no check %q", id)
	}
	if id := c.GetTargetId(); id != "" {
		return s.checkTarget(ctx, id)
	}
	return nil
}

// checkClause holds clauses of built-in baselines to what they have; a baseline of the user's own is not known here.
func (s *Service) checkClause(id, clause string) error {
	if b := baseline.ByID(id); b != nil && (b.ID != id || clause != "" && b.Clause(clause) == nil) {
		return wrong("基线 %s 没有条款 %q", "baseline %s has no clause %q", b.ID, clause)
	}
	return nil
}

// checkTarget wants a target that is in the inventory or has reported.
func (s *Service) checkTarget(ctx context.Context, id string) error {
	_, err := s.Store.State(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		_, err = s.Store.Target(ctx, id)
	}
	return known(err, "目标", "target", id)
}

// known says what there is not, to whoever named it.
func known(err error, zh, en, id string) error {
	if errors.Is(err, store.ErrNotFound) {
		return wrong("没有%s %q", "there is no %s %q", checks.Say(zh, en), id)
	}
	return err
}

// Approve lets a waiver cover its scope; whoever asked for it does not.
func (s *Service) Approve(ctx context.Context, by store.Entry, id, remark string) error {
	return s.decide(ctx, by, id, pb.WaiverState_WAIVER_STATE_APPROVED, remark)
}

// Reject ends a request; whoever made it withdraws it instead.
func (s *Service) Reject(ctx context.Context, by store.Entry, id, remark string) error {
	if err := checkReason(remark); err != nil {
		return err
	}
	return s.decide(ctx, by, id, pb.WaiverState_WAIVER_STATE_REJECTED, remark)
}

func (s *Service) decide(ctx context.Context, by store.Entry, id string, state pb.WaiverState, remark string) error {
	if utf8.RuneCountInString(remark) > maxReason {
		return wrong("说明最长 %d 个字", "the remark takes %d characters at the most", maxReason)
	}
	by.Object = id
	return s.noted(ctx, by, s.Store.DecideWaiver(ctx, by, id, state, remark))
}

// ErrNotYours says that somebody was to withdraw what another person asked for or stated.
var ErrNotYours = errors.New("somebody else asked for it")

// Withdraw ends a waiver, or a request for one: one's own, or with anybodys whoever asked for it.
func (s *Service) Withdraw(ctx context.Context, by store.Entry, id string, anybodys bool) error {
	w, err := s.Store.Waiver(ctx, id)
	if err != nil {
		return err
	}
	if !anybodys && w.GetRequestedBy() != by.Actor {
		return ErrNotYours
	}
	by.Object = id
	return s.Store.WithdrawWaiver(ctx, by, id)
}

// noted puts on record that somebody tried to be both people.
func (s *Service) noted(ctx context.Context, by store.Entry, err error) error {
	if !errors.Is(err, store.ErrFourEyes) {
		return err
	}
	by.Outcome = "refused"
	if _, e := s.Store.Append(ctx, by); e != nil {
		return fmt.Errorf("record %s: %w", by.Action, e)
	}
	return err
}

package storetest

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// Epoch0 is when time begins in these tests.
var Epoch0 = time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)

// Baseline is what snapshots of Reading are judged by.
const Baseline = "jrt0068-2012"

// A Reading describes a snapshot to make.
type Reading struct {
	Target, Zone string
	At           time.Time
	// Outcomes are those of the findings, in order; scope and clause follow from the place.
	Outcomes []pb.Outcome
	// Scopes is how many findings a clause has; 1 where it is 0.
	Scopes int
	// Visit is QUESTIONED where it is unset.
	Visit pb.VisitState
	// Baselines are "id@digest"; Baseline with a digest where there are none. Findings belong to the first.
	Baselines []string
	// Observed changes what was seen.
	Observed string
	// Order is the one that it says it fulfils; empty for none.
	Order string
}

// Outcomes is n times the outcome.
func Outcomes(n int, o pb.Outcome) []pb.Outcome {
	out := make([]pb.Outcome, n)
	for i := range out {
		out[i] = o
	}
	return out
}

// Make gives the snapshot, about as long as real ones are.
func (r Reading) Make() *pb.Snapshot {
	if len(r.Baselines) == 0 {
		r.Baselines = []string{Baseline + "@7e710efefcb48a72c73f1a25bbc993f85801641b69c7b141900f20418dfa57ea"}
	}
	visit := r.Visit
	if visit == pb.VisitState_VISIT_STATE_UNSPECIFIED {
		visit = pb.VisitState_VISIT_STATE_QUESTIONED
	}
	s := &pb.Snapshot{
		Target:    &pb.Target{Id: r.Target, Address: "192.0.2.7", Driver: "huawei-vrp", Zone: r.Zone, Role: "access-switch"},
		StartedAt: timestamppb.New(r.At.Add(-7 * time.Second)), FinishedAt: timestamppb.New(r.At),
		DriverVersion: "1.4.0", ProgramVersion: "0.9.0", Baselines: r.Baselines,
		Visit: &pb.Visit{State: visit, Transport: "ssh", HostKey: "SHA256:" + r.Target, Account: "plumbline"},
		Facts: factsOf(r.Target, r.Observed),
	}
	if r.Order != "" {
		s.Commission = &pb.Commission{OrderId: r.Order}
	}
	for i, o := range r.Outcomes {
		s.Findings = append(s.Findings, r.finding(i, o, idOf(r.Baselines[0])))
	}
	for i := range 12 {
		s.Answers = append(s.Answers, &pb.AnswerDigest{Question: fmt.Sprintf("display topic %d", i), Sha256: []byte(checks.ID(r.Target, fmt.Sprint(i), "", "", "")), Size: int64(900 + 37*i)})
	}
	return s
}

func idOf(baseline string) string {
	for i, r := range baseline {
		if r == '@' {
			return baseline[:i]
		}
	}
	return baseline
}

func (r Reading) finding(i int, o pb.Outcome, baseline string) *pb.Finding {
	scopes := max(1, r.Scopes)
	clause, scope := fmt.Sprintf("6.2.%d.%d", i/scopes/10+1, i/scopes%10+1), ""
	if scopes > 1 {
		scope = fmt.Sprintf("vty %d", i%scopes)
	}
	check := subjects[i/scopes%len(subjects)]
	f := &pb.Finding{
		Id: checks.ID(r.Target, baseline, clause, check, scope), TargetId: r.Target, Baseline: baseline, Clause: clause, Check: check,
		Control: "PWD-0" + fmt.Sprint(i%9+1), Scope: scope, Outcome: o, Level: "basic",
		Expected: checks.Say("口令长度不少于 %d 位", "passwords of at least %d characters", 8+i%5),
		Observed: checks.Say("最小长度为 %d 位%s", "a minimum length of %d%s", 6+i%7, r.Observed),
	}
	f.Evidence = append(f.Evidence, &pb.Evidence{
		Source: "display current-configuration", FirstLine: uint32(40 + 3*i), LastLine: uint32(41 + 3*i),
		Excerpt: fmt.Sprintf(" password-policy item %d minimum %d%s", i, 6+i%7, r.Observed),
	})
	if o == pb.Outcome_OUTCOME_UNKNOWN {
		f.Reason, f.ReasonCode = checks.Say("权限不足", "too few rights"), pb.Reason_REASON_NOT_PERMITTED
		if r.Visit != 0 && r.Visit != pb.VisitState_VISIT_STATE_QUESTIONED {
			f.ReasonCode = pb.Reason_REASON_NOT_REACHED
		}
	}
	return f
}

var subjects = []string{
	"password.min_length", "password.complexity", "password.max_age", "password.history", "lockout.attempts", "lockout.duration",
	"session.idle", "accounts.unique", "access.encrypted", "access.sources", "ports.listening", "logging.enabled", "logging.remote",
	"logging.retention", "time.source", "time.synchronised", "snmp.community", "snmp.v3", "tls.versions", "files.permissions",
}

func factsOf(target, observed string) *pb.Facts {
	evidence := func(i int) []*pb.Evidence {
		return []*pb.Evidence{{Source: "display current-configuration", FirstLine: uint32(i), LastLine: uint32(i), Excerpt: fmt.Sprintf("line %d of %s%s", i, target, observed)}}
	}
	policies := &pb.PasswordPolicyList{State: pb.FactState_FACT_STATE_KNOWN}
	for i := range 20 {
		policies.Items = append(policies.Items, &pb.PasswordPolicy{
			Scope:     fmt.Sprintf("aaa domain %d", i),
			MinLength: &pb.IntFact{State: pb.FactState_FACT_STATE_KNOWN, Value: int64(6 + i), Evidence: evidence(10 * i)},
		})
	}
	return &pb.Facts{PasswordPolicies: policies}
}

// A Sender makes deliveries with keys of its own.
type Sender struct {
	ID       string
	Epoch    uint64
	sequence uint64
}

// Deliver gives the next delivery, received a second after the snapshot was finished.
func (s *Sender) Deliver(tb testing.TB, r Reading) store.Delivery {
	tb.Helper()
	return s.Send(tb, r.Make(), r.At.Add(time.Second))
}

// Send gives the next delivery of any snapshot.
func (s *Sender) Send(tb testing.TB, snapshot *pb.Snapshot, received time.Time) store.Delivery {
	tb.Helper()
	body, err := store.Body(snapshot)
	if err != nil {
		tb.Fatal(err)
	}
	return s.Raw(body, received)
}

// Raw gives the next delivery of any bytes.
func (s *Sender) Raw(body []byte, received time.Time) store.Delivery {
	s.sequence++
	return store.Delivery{Sender: s.ID, Epoch: s.Epoch, Sequence: s.sequence, Body: body, Received: received}
}

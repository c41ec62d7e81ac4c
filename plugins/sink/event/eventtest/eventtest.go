// Package eventtest makes events to test formats and outlets with: one of each kind, and those of a device that wants to forge a log. It
// is for tests only.
package eventtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/event"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// At is when all of them came about.
var At = time.Date(2026, 3, 1, 2, 3, 4, 5e6, time.UTC)

// One gives an event of a finding with the outcome.
func One(n int, kind event.Kind, o pb.Outcome) *event.Event {
	target := fmt.Sprintf("core-sw-%02d", n)
	f := &pb.Finding{
		TargetId: target, Baseline: "jrt0068-2012", Clause: "JRT0068-2012/6.1.4.2.c.6", Check: "password.min_length", Control: "PWD-01",
		Scope: "vty 0 4", Outcome: o, Level: "basic", Expected: checks.Say("不小于 %d", "at least %d", 8), Observed: checks.Say("长度=%d", "length=%d", 6),
		Evidence: []*pb.Evidence{{Source: "display current-configuration", FirstLine: 40, LastLine: 41, Excerpt: `password-control length 6 | include a=b\c`}},
	}
	f.Id = checks.ID(target, f.Baseline, f.Clause, f.Check, f.Scope)
	if o == pb.Outcome_OUTCOME_UNKNOWN {
		f.Reason, f.ReasonCode = checks.Say("权限不足", "too few rights"), pb.Reason_REASON_NOT_PERMITTED
	}
	return &event.Event{
		ID: event.ID(string(kind), fmt.Sprint(n), f.Id), Kind: kind, At: At, Finding: f, Previous: pb.Outcome_OUTCOME_PASS,
		Target:    &pb.Target{Id: target, Address: "192.0.2.7", Driver: "huawei-vrp", Zone: "core", Role: "access-switch"},
		FirstSeen: At.Add(-48 * time.Hour), LastSeen: At, Since: At, Snapshot: fmt.Sprint("9f86d081884c7d65.1.", n), Program: "0.9.0",
	}
}

// Many gives failures that differ.
func Many(from, n int) []*event.Event {
	var out []*event.Event
	for i := range n {
		out = append(out, One(from+i, event.Changed, pb.Outcome_OUTCOME_FAIL))
	}
	return out
}

// Each gives one of every kind and outcome, one that is waived, a summary and a test.
func Each() []*event.Event {
	var out []*event.Event
	for _, kind := range []event.Kind{event.New, event.Changed, event.Back, event.Gone, event.Full, event.Observed} {
		for _, o := range []pb.Outcome{pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN, pb.Outcome_OUTCOME_NOT_APPLICABLE} {
			out = append(out, One(len(out), kind, o))
		}
	}
	waived := One(len(out), event.Full, pb.Outcome_OUTCOME_FAIL)
	waived.Run = "run-1"
	waived.Waiver = &event.Waiver{ID: "w-7", Reason: "旧设备=下线|前", RequestedBy: "zhang", ApprovedBy: "li", From: At, Until: At.AddDate(0, 1, 0)}
	return append(out, waived,
		&event.Event{ID: event.ID("summary"), Kind: event.Summary, At: At, Run: "run-1", Program: "1.0", Counts: &event.Counts{Findings: 10, Targets: 2, Fail: 4, Unknown: 1, Pass: 3, NotApplicable: 2, Waived: 1}},
		&event.Event{ID: event.ID("test"), Kind: event.Test, At: At})
}

// Injections are texts with which a device would forge a line, a field, or what a person sees.
func Injections() []string {
	return []string{
		"\nCEF:0|Plumbline|Plumbline|1|x|forged|0|outcome=pass", "\r\n<110>1 2026-01-01T00:00:00Z h plumbline - - - forged", "\r<110>forged", "\x85next line",
		"\u2028forged", "\u2029forged", "|forged|10|outcome=pass", `\|forged|`, `\\|forged|`, "x outcome=pass act=new", `\ outcome=pass`, `\`, `\\`, `a\`, "=", "==", `\=`, `\n`, `\r\n`,
		"\x00", "a\x00b", "\x1b[2J\x1b[1;1Hforged", "\x1b]0;title\x07", "\x9b31m", "\x07\x08\x7f", "\u202eSSAP", "\u2066x\u2069\u202d", "\u200b\u200d\ufeff", "\U000e0041",
		"\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "中\xe4\xb8", `","outcome":"pass"}`, `"}` + "\n" + `{"forged":true}`, "</script><script>x</script>", "=cmd|' /C calc'!A0",
		"17 <110>1 - forged", strings.Repeat("=", 20000), strings.Repeat(`\|`, 20000), strings.Repeat("中", 20000), strings.Repeat("\x1b", 20000), strings.Repeat("\u202e", 5000),
	}
}

// Forged gives events in which the text stands wherever a device or a person can bring it.
func Forged(text string) []*event.Event {
	var out []*event.Event
	for i, kind := range []event.Kind{event.Changed, event.Gone, event.Full} {
		e := One(i, kind, pb.Outcome_OUTCOME_UNKNOWN)
		said := &pb.Text{Zh: text, En: text}
		f := e.Finding
		f.Scope, f.Expected, f.Observed, f.Reason, f.SiteFacts = text, said, said, said, []string{text}
		f.Baseline, f.Clause, f.Check, f.Control, f.Level = text, text, text, text, text
		f.Evidence = nil
		for range 30 {
			f.Evidence = append(f.Evidence, &pb.Evidence{Source: text, FirstLine: 1, Excerpt: text, DefaultStatedIn: text})
		}
		e.Target = &pb.Target{Id: text, Address: text, Driver: text, Zone: text, Role: text}
		e.Snapshot, e.Program, e.Run = text, text, text
		e.Waiver = &event.Waiver{ID: text, Reason: text, RequestedBy: text, ApprovedBy: text, Until: At}
		out = append(out, e)
	}
	return out
}

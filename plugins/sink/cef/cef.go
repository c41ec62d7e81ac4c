// Package cef writes events in the Common Event Format, version 0, as most SIEMs read it. README.md is the table of fields.
//
// It is a format and nothing else: package syslog carries its records. No text of a device can end a record, begin another or become a
// field: pipes, equals signs and backslashes are escaped, and what is not plain text is written out (event.Visible).
package cef

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/sink/event"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// MaxRecord is more than any record has, in bytes, whatever a device says: receivers of syslog must take 8192 with their own header.
const MaxRecord = 7680

// Format writes CEF.
type Format struct {
	// English says what people read in English; else it is in Chinese.
	English bool
}

// Media is text/plain.
func (Format) Media() string { return "text/plain; charset=utf-8" }

// Severity of an event from 0 to 10.
func Severity(e *event.Event) int {
	switch e.Outcome() {
	case pb.Outcome_OUTCOME_FAIL:
		switch {
		case e.Waiver != nil:
			return 3
		case e.Finding.GetLevel() == "enhanced":
			return 6
		}
		return 8
	case pb.Outcome_OUTCOME_UNKNOWN:
		return 5
	}
	return 1
}

var header = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

// value escapes what stands in an extension.
var value = strings.NewReplacer(`\`, `\\`, `=`, `\=`)

// Append writes the event as one record.
func (f Format) Append(b []byte, e *event.Event) ([]byte, error) {
	r := &record{Buffer: bytes.NewBuffer(b)}
	signature, program := e.Finding.GetCheck(), e.Program
	if e.Finding == nil {
		signature = "plumbline." + string(e.Kind)
	}
	if program == "" {
		program = "-"
	}
	r.WriteString("CEF:0|Plumbline|Plumbline|")
	for _, part := range []struct {
		text string
		room int
	}{{program, 31}, {signature, 128}, {f.name(e), 256}} {
		_, _ = header.WriteString(r, event.Visible(part.text, part.room)) // a buffer takes everything
		r.WriteByte('|')
	}
	r.WriteString(strconv.Itoa(Severity(e)))
	r.WriteByte('|')
	f.extension(r, e)
	return r.Bytes(), nil
}

// name is the headline: why it is told, and how it stands.
func (f Format) name(e *event.Event) string {
	i := 0
	if f.English {
		i = 1
	}
	title := map[event.Kind][2]string{
		event.New: {"新出现的核查结果", "New finding"}, event.Changed: {"核查结果变化", "Finding changed"}, event.Gone: {"核查结果消失", "Finding gone"},
		event.Back: {"核查结果重现", "Finding back"}, event.Full: {"核查结果现状", "Finding stands"}, event.Summary: {"全量结果发送完毕", "Full state complete"},
		event.Observed: {"核查结果", "Finding observed"}, event.Test: {"准绳测试事件", "Test of Plumbline"},
	}[e.Kind][i]
	word := map[pb.Outcome][2]string{
		pb.Outcome_OUTCOME_PASS: {"符合", "pass"}, pb.Outcome_OUTCOME_FAIL: {"不符合", "fail"}, pb.Outcome_OUTCOME_UNKNOWN: {"未知", "unknown"},
		pb.Outcome_OUTCOME_NOT_APPLICABLE: {"不适用", "not applicable"},
	}[e.Outcome()][i]
	if word == "" {
		return title
	}
	return title + ": " + word
}

// record writes fields that are not empty.
type record struct {
	*bytes.Buffer
	more bool
}

func (r *record) set(key, text string, room int) {
	if text == "" {
		return
	}
	if r.more {
		r.WriteByte(' ')
	}
	r.more = true
	r.WriteString(key)
	r.WriteByte('=')
	_, _ = value.WriteString(r, event.Visible(text, room)) // a buffer takes everything
}

func (r *record) time(key string, at time.Time) {
	if !at.IsZero() {
		r.set(key, strconv.FormatInt(at.UnixMilli(), 10), 20)
	}
}

func (r *record) custom(n int, label, text string, room int) {
	if text != "" {
		key := "cs" + strconv.Itoa(n)
		r.set(key+"Label", label, 32)
		r.set(key, text, room)
	}
}

// extension writes the fields; README.md has them in the same order.
func (f Format) extension(r *record, e *event.Event) {
	d, t := e.Finding, e.Target
	r.set("externalId", e.ID, 40)
	r.time("rt", e.At)
	r.set("act", string(e.Kind), 63)
	r.set("outcome", event.OutcomeWord(e.Outcome()), 63)
	r.set("cat", d.GetBaseline(), 96)
	r.set("dhost", t.GetId(), 255)
	if ip, err := netip.ParseAddr(t.GetAddress()); err == nil {
		r.set("dst", ip.WithZone("").String(), 45)
	}
	if d.GetOutcome() == pb.Outcome_OUTCOME_UNKNOWN && e.Kind != event.Gone {
		r.set("reason", strings.TrimSpace(facts.ReasonName(d.GetReasonCode())+" "+f.of(d.GetReason())), 256)
	}
	r.time("start", e.FirstSeen)
	r.time("end", e.LastSeen)
	r.custom(1, "clause", d.GetClause(), 160)
	r.custom(2, "control", d.GetControl(), 48)
	r.custom(3, "scope", d.GetScope(), 224)
	r.custom(4, "expected", f.of(d.GetExpected()), 384)
	r.custom(5, "actual", f.of(d.GetObserved()), 448)
	r.custom(6, "evidence", evidence(d.GetEvidence()), 512)
	r.set("plumblineFinding", d.GetId(), 40)
	r.set("plumblinePrevious", event.OutcomeWord(e.Previous), 20)
	r.set("plumblineLevel", d.GetLevel(), 32)
	r.set("plumblineZone", t.GetZone(), 96)
	r.set("plumblineRole", t.GetRole(), 96)
	r.set("plumblineDriver", t.GetDriver(), 48)
	if d.GetPartial() {
		r.set("plumblinePartial", "true", 8)
	}
	r.time("plumblineSince", e.Since)
	r.set("plumblineSnapshot", e.Snapshot, 128)
	if w := e.Waiver; w != nil {
		r.set("plumblineWaiver", w.ID, 64)
		r.set("plumblineWaiverReason", w.Reason, 192)
		r.set("plumblineWaiverApprovedBy", w.ApprovedBy, 64)
		r.time("plumblineWaiverUntil", w.Until)
	}
	r.set("plumblineRun", e.Run, 40)
	if c := e.Counts; c != nil {
		for i, n := range []int64{c.Findings, c.Targets, c.Fail, c.Unknown, c.Pass, c.NotApplicable, c.Waived} {
			r.set([]string{"plumblineFindings", "plumblineTargets", "plumblineFail", "plumblineUnknown", "plumblinePass", "plumblineNotApplicable",
				"plumblineWaived"}[i], strconv.FormatInt(n, 10), 20)
		}
	}
}

func (f Format) of(t *pb.Text) string {
	if f.English {
		return t.GetEn()
	}
	return t.GetZh()
}

// evidence is where the words stand, and the words; one after the other, as far as there is room.
func evidence(list []*pb.Evidence) string {
	var b strings.Builder
	for i, e := range list[:min(len(list), event.MaxEvidence)] {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.GetSource())
		if e.GetFirstLine() > 0 {
			fmt.Fprintf(&b, ":%d", e.GetFirstLine())
		}
		for _, words := range []string{e.GetExcerpt(), e.GetDefaultStatedIn()} {
			if words != "" {
				b.WriteString(" " + words)
			}
		}
	}
	return b.String()
}

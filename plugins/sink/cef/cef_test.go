package cef_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline/plumbline/plugins/sink/cef"
	"github.com/plumbline/plumbline/plugins/sink/cef/ceftest"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func read(t *testing.T, e *event.Event, english bool) ceftest.Record {
	t.Helper()
	b, err := cef.Format{English: english}.Append(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ceftest.Read(string(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return r
}

// An independent reader gets every field as it was.
func TestFields(t *testing.T) {
	e := eventtest.One(7, event.Changed, pb.Outcome_OUTCOME_FAIL)
	r := read(t, e, false)
	want := map[string]string{
		"externalId": e.ID, "rt": "1772330584005", "act": "changed", "outcome": "fail", "cat": "jrt0068-2012", "dhost": "core-sw-07", "dst": "192.0.2.7",
		"start": "1772157784005", "end": "1772330584005", "cs1Label": "clause", "cs1": "JRT0068-2012/6.1.4.2.c.6", "cs2Label": "control", "cs2": "PWD-01",
		"cs3Label": "scope", "cs3": "vty 0 4", "cs4Label": "expected", "cs4": "不小于 8", "cs5Label": "actual", "cs5": "长度=6",
		"cs6Label": "evidence", "cs6": `display current-configuration:40 password-control length 6 | include a=b\c`, "plumblineFinding": e.Finding.GetId(),
		"plumblinePrevious": "pass", "plumblineLevel": "basic", "plumblineZone": "core", "plumblineRole": "access-switch", "plumblineDriver": "huawei-vrp",
		"plumblineSince": "1772330584005", "plumblineSnapshot": "9f86d081884c7d65.1.7",
	}
	if !maps.Equal(r.Extension, want) {
		for k := range want {
			if r.Extension[k] != want[k] {
				t.Errorf("%s is %q, want %q", k, r.Extension[k], want[k])
			}
		}
		t.Errorf("fields %q", slices.Sorted(maps.Keys(r.Extension)))
	}
	if r.Version != "0" || r.Vendor != "Plumbline" || r.DeviceVersion != "0.9.0" || r.Signature != "password.min_length" || r.Name != "核查结果变化: 不符合" || r.Severity != "8" {
		t.Errorf("header %+v", r)
	}
	if r := read(t, e, true); r.Name != "Finding changed: fail" || r.Extension["cs5"] != "length=6" {
		t.Errorf("in English %+v", r)
	}
}

// Only a pass is a pass: not what is gone, unknown, not applicable or waived.
func TestOnlyAPassIsAPass(t *testing.T) {
	n := 0
	for _, e := range eventtest.Each() {
		r := read(t, e, true)
		want := e.Finding.GetOutcome() == pb.Outcome_OUTCOME_PASS && e.Kind != event.Gone
		said := r.Extension["outcome"] == "pass" || strings.Contains(r.Name, "pass")
		if want != said {
			t.Errorf("%s %v reads as %+v", e.Kind, e.Finding.GetOutcome(), r)
		}
		if e.Waiver != nil && (r.Extension["outcome"] != "fail" || r.Extension["plumblineWaiver"] != "w-7" || r.Extension["plumblineWaiverReason"] != "旧设备=下线|前") {
			t.Errorf("waived reads as %+v", r)
		}
		if e.Kind == event.Summary && (r.Extension["plumblineFindings"] != "10" || r.Extension["plumblineWaived"] != "1" || r.Signature != "plumbline.summary") {
			t.Errorf("the summary reads as %+v", r)
		}
		n++
	}
	if n < 25 {
		t.Fatalf("%d events", n)
	}
}

// TestW40_CEFInjection: no text forges a record, a field or what a person sees, and none makes a record too long.
func TestW40_CEFInjection(t *testing.T) {
	clean := map[string]string{}
	for _, e := range eventtest.Forged("x") {
		clean[string(e.Kind)] = strings.Join(slices.Sorted(maps.Keys(read(t, e, true).Extension)), " ")
	}
	tried, longest := 0, 0
	for _, text := range eventtest.Injections() {
		for _, e := range eventtest.Forged(text) {
			b, err := cef.Format{}.Append(nil, e)
			if err != nil {
				t.Fatal(err)
			}
			longest = max(longest, len(b))
			if i := strings.IndexFunc(string(b), func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }); i >= 0 || !utf8.Valid(b) {
				t.Errorf("%.40q: %q is left in it", text, b[max(i, 0):min(max(i, 0)+10, len(b))])
			}
			r, err := ceftest.Read(string(b))
			if err != nil {
				t.Errorf("%.40q: %v", text, err)
				continue
			}
			want := clean[string(e.Kind)]
			if got := strings.Join(slices.Sorted(maps.Keys(r.Extension)), " "); got != want {
				t.Errorf("%.40q: fields %s, want %s", text, got, want)
			}
			outcome := "unknown"
			if e.Kind == event.Gone {
				outcome = ""
			}
			if r.Extension["outcome"] != outcome || r.Extension["act"] != string(e.Kind) || r.Vendor != "Plumbline" {
				t.Errorf("%.40q: forged %+v", text, r)
			}
			if got, want := r.Extension["cs3"], event.Visible(text, 224); got != want {
				t.Errorf("%.40q is read back as %q, want %q", text, got, want)
			}
			tried++
		}
	}
	if tried < 100 || longest > cef.MaxRecord {
		t.Fatalf("%d tried; the longest has %d bytes, at most %d are promised", tried, longest, cef.MaxRecord)
	}
}

package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
	"github.com/plumbline/plumbline/plugins/sink/sinktest"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain 中文": "plain 中文", "a\nb": "a<U+000A>b", "a\tb": "a b", "\u202eSSAP": "<U+202E>SSAP", "\xffx": "<0xFF>x", "\ufffd": "\ufffd", "\x1b[2J": "<U+001B>[2J",
		strings.Repeat("中", 20): strings.Repeat("中", 9) + event.Cut, strings.Repeat("\n", 20): "<U+000A><U+000A><U+000A><U+0" + event.Cut, "": "",
	} {
		if got := event.Visible(text, 36); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestW40_JSONInjection: of no text is anything left that a terminal or a reader would act on, and an object stays one line.
func TestW40_JSONInjection(t *testing.T) {
	tried := 0
	for _, text := range eventtest.Injections() {
		for _, e := range eventtest.Forged(text) {
			b, err := event.JSON{}.Append(nil, e)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsFunc(string(b), func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }) || !utf8.Valid(b) || len(b) > 256<<10 {
				t.Errorf("%.40q: %d bytes, %.200q", text, len(b), b)
			}
			var out map[string]any
			if err := json.Unmarshal(b, &out); err != nil || out["forged"] != nil || out["kind"] != string(e.Kind) {
				t.Errorf("%.40q: %v, %v", text, err, out["kind"])
			}
			strict := json.NewDecoder(strings.NewReader(string(b)))
			if hidden(strict) {
				t.Errorf("%.40q: a text holds a control character once it is read", text)
			}
			tried++
		}
	}
	if tried < 100 {
		t.Fatalf("only %d", tried)
	}
}

// hidden says whether a text of the object has what was to be made visible, in any spelling.
func hidden(d *json.Decoder) bool {
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if s, ok := token.(string); ok && strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			return true
		}
	}
}

// outlet takes what a test says.
type outlet struct {
	told   []*event.Event
	refuse map[string]bool
	fail   int
}

func (o *outlet) Configure(_ context.Context, settings map[string]string) error {
	if len(settings) > 0 {
		return errors.New("no such setting")
	}
	return nil
}
func (o *outlet) Close() error { return nil }

func (o *outlet) Send(_ context.Context, events []*event.Event) (int, error) {
	if o.fail--; o.fail == 0 {
		return 0, errors.New("no route")
	}
	for i, e := range events {
		if o.refuse[e.Finding.GetId()] {
			return i, &sink.Refusal{Reason: "never"}
		}
		o.told = append(o.told, e)
	}
	return len(events), nil
}

// A sink of an outlet tells every finding of a snapshot, under ids that stay the same.
func TestSinkTellsFindings(t *testing.T) {
	o := &outlet{refuse: map[string]bool{}}
	s := event.Sink(o)
	deliveries := sinktest.Deliveries(1, 3)
	if n, err := s.Send(t.Context(), deliveries); n != 0 || err == nil {
		t.Errorf("before it was configured: %d, %v", n, err)
	}
	if err := s.Configure(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Send(t.Context(), deliveries); n != 3 || err != nil || len(o.told) != 6 {
		t.Fatalf("%d, %v, %d told", n, err, len(o.told))
	}
	first := o.told[0]
	if first.Kind != event.Observed || first.Outcome() != pb.Outcome_OUTCOME_FAIL || first.Target.GetId() != "host-1" || first.Previous != pb.Outcome_OUTCOME_UNSPECIFIED {
		t.Errorf("%+v", first)
	}
	again, ids := event.Of(deliveries[0]), map[string]bool{}
	for i, e := range again {
		if e.ID != o.told[i].ID || ids[e.ID] {
			t.Errorf("the id of %d is %s", i, e.ID)
		}
		ids[e.ID] = true
	}
	// One that is refused for good refuses its delivery once the others of it were told.
	o.told, o.refuse["finding-2"] = nil, true
	n, err := s.Send(t.Context(), deliveries)
	refusal := (*sink.Refusal)(nil)
	if n != 1 || !errors.As(err, &refusal) || len(o.told) != 3 {
		t.Errorf("%d, %v, %d told", n, err, len(o.told))
	}
	o.fail = 1
	if n, err := s.Send(t.Context(), deliveries); n != 0 || err == nil || errors.As(err, &refusal) {
		t.Errorf("failing: %d, %v", n, err)
	}
}

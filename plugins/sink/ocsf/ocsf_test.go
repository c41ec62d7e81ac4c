package ocsf_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
	"github.com/plumbline/plumbline/plugins/sink/ocsf"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// definitions is where those of OCSF lie, beside this project; they are not part of it.
const definitions = "../../../../shared/schemas/ocsf"

func read(t *testing.T, e *event.Event) map[string]any {
	t.Helper()
	b, err := ocsf.Format{English: true}.Append(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func all() []*event.Event {
	list := eventtest.Each()
	for _, text := range eventtest.Injections() {
		list = append(list, eventtest.Forged(text)...)
	}
	return list
}

// Every record is a Compliance Finding as OCSF itself defines it.
func TestAgainstTheDefinitions(t *testing.T) {
	dir := os.Getenv("PLUMBLINE_OCSF")
	if dir == "" {
		dir = definitions
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the definitions of OCSF are not here: %v", err)
	}
	s, err := openSchema(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.class.Attributes) < 30 {
		t.Fatalf("the class has %d attributes", len(s.class.Attributes))
	}
	n := 0
	for _, e := range all() {
		for _, wrong := range s.check("finding", s.class, read(t, e)) {
			t.Errorf("%s: %.300s", e.Kind, wrong)
		}
		n++
	}
	if n < 100 {
		t.Fatalf("%d events", n)
	}
	// The validator can say no.
	for what, spoil := range map[string]func(map[string]any){
		"without compliance":   func(m map[string]any) { delete(m, "compliance") },
		"an unknown attribute": func(m map[string]any) { m["verdict_of_ours"] = 1 },
		"an unknown id":        func(m map[string]any) { m["severity_id"] = 77.0 },
		"a caption of another": func(m map[string]any) { m["severity"] = "Fatal" },
		"a text for a number":  func(m map[string]any) { m["time"] = "now" },
		"no uid inside":        func(m map[string]any) { delete(m["finding_info"].(map[string]any), "uid") },
	} {
		m := read(t, eventtest.One(1, event.New, pb.Outcome_OUTCOME_FAIL))
		spoil(m)
		if len(s.check("finding", s.class, m)) == 0 {
			t.Errorf("%s: taken", what)
		}
	}
}

// What the class requires, written down here, is there in every record.
func TestRequiredFields(t *testing.T) {
	n := 0
	for _, e := range eventtest.Each() {
		m := read(t, e)
		for _, path := range []string{
			"activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time", "metadata.version", "metadata.product.vendor_name",
			"finding_info.uid", "compliance.status_id", "message", "status_id",
		} {
			at := any(m)
			for word := range strings.SplitSeq(path, ".") {
				object, _ := at.(map[string]any)
				at = object[word]
			}
			if at == nil || at == "" {
				t.Errorf("%s: no %s", e.Kind, path)
			}
		}
		if m["class_uid"] != 2003.0 || m["category_uid"] != 2.0 || m["type_uid"] != 200300+m["activity_id"].(float64) {
			t.Errorf("%s: class %v, type %v", e.Kind, m["class_uid"], m["type_uid"])
		}
		n++
	}
	if n < 25 {
		t.Fatalf("%d events", n)
	}
}

// Only a pass is Pass and Resolved: not what is gone, unknown, not applicable or waived.
func TestOnlyAPassIsAPass(t *testing.T) {
	for _, e := range eventtest.Each() {
		m := read(t, e)
		c := m["compliance"].(map[string]any)
		pass := e.Finding.GetOutcome() == pb.Outcome_OUTCOME_PASS && e.Kind != event.Gone
		if (c["status_id"] == 1.0) != pass || (m["status_id"] == 4.0) != pass || strings.Contains(m["message"].(string), ": pass") != pass {
			t.Errorf("%s %v: status %v %v, %v", e.Kind, e.Finding.GetOutcome(), c["status"], m["status"], m["message"])
		}
		for _, check := range anys(c["checks"]) {
			if (check.(map[string]any)["status_id"] == 1.0) != pass {
				t.Errorf("%s %v: a check is %v", e.Kind, e.Finding.GetOutcome(), check)
			}
		}
		if e.Waiver != nil && (c["status_id"] != 3.0 || m["status_id"] != 3.0 || m["unmapped"].(map[string]any)["waiver"] == nil) {
			t.Errorf("waived: %v %v %v", c, m["status"], m["unmapped"])
		}
	}
}

func anys(v any) []any { list, _ := v.([]any); return list }

// TestW40_OCSFInjection: of no text is anything left that a terminal or a reader would act on, and an object stays one line.
func TestW40_OCSFInjection(t *testing.T) {
	tried := 0
	for _, text := range eventtest.Injections() {
		for _, e := range eventtest.Forged(text) {
			b, err := ocsf.Format{}.Append(nil, e)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsFunc(string(b), func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }) || !utf8.Valid(b) || len(b) > 256<<10 {
				t.Errorf("%.40q: %d bytes, %.200q", text, len(b), b)
			}
			m := read(t, e)
			if m["forged"] != nil || m["class_uid"] != 2003.0 || m["compliance"].(map[string]any)["status_id"] == 1.0 {
				t.Errorf("%.40q: %v", text, m)
			}
			tried++
		}
	}
	if tried < 100 {
		t.Fatalf("only %d", tried)
	}
}

// Package oscal writes assessment results of NIST's OSCAL 1.2 as JSON: a result a target, an observation a finding with its evidence, and
// a finding of OSCAL's own for each that says whether a clause is met.
//
// OSCAL knows satisfied and not-satisfied only. What does not apply is an observation and no finding, so that nobody can take it for met;
// what is unknown is not satisfied, for the reason "other"; a waiver stands in properties and changes no status.
package oscal

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/plumbline/plumbline/checks/report"
)

// Version is that of OSCAL.
const Version = "1.2.2"

// namespace is that of our properties, and of the UUIDs that are made of names.
const namespace = "https://plumbline.example/ns/oscal"

// Options say how to write.
type Options struct {
	Language, Version string
	Made              time.Time
	// Name is what the results are of: it makes their UUID.
	Name string
}

type (
	property struct {
		Name    string `json:"name"`
		Space   string `json:"ns"`
		Value   string `json:"value"`
		Remarks string `json:"remarks,omitempty"`
	}
	metadata struct {
		Title    string `json:"title"`
		Modified string `json:"last-modified"`
		Version  string `json:"version"`
		OSCAL    string `json:"oscal-version"`
	}
	control struct {
		ID string `json:"control-id"`
	}
	selection struct {
		All      *struct{} `json:"include-all,omitempty"`
		Controls []control `json:"include-controls,omitempty"`
	}
	reviewed struct {
		Selections []selection `json:"control-selections"`
	}
	item struct {
		UUID        string     `json:"uuid"`
		Description string     `json:"description"`
		Props       []property `json:"props,omitempty"`
	}
	definitions struct {
		Items []item `json:"inventory-items"`
	}
	subject struct {
		UUID string `json:"subject-uuid"`
		Type string `json:"type"`
	}
	proof struct {
		Description string     `json:"description"`
		Props       []property `json:"props,omitempty"`
	}
	observation struct {
		UUID        string     `json:"uuid"`
		Title       string     `json:"title"`
		Description string     `json:"description"`
		Props       []property `json:"props"`
		Methods     []string   `json:"methods"`
		Subjects    []subject  `json:"subjects"`
		Proofs      []proof    `json:"relevant-evidence,omitempty"`
		Collected   string     `json:"collected"`
	}
	status struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	}
	target struct {
		Type   string `json:"type"`
		ID     string `json:"target-id"`
		Status status `json:"status"`
	}
	related struct {
		UUID string `json:"observation-uuid"`
	}
	finding struct {
		UUID         string     `json:"uuid"`
		Title        string     `json:"title"`
		Description  string     `json:"description"`
		Props        []property `json:"props"`
		Target       target     `json:"target"`
		Observations []related  `json:"related-observations"`
	}
	result struct {
		UUID         string        `json:"uuid"`
		Title        string        `json:"title"`
		Description  string        `json:"description"`
		Start        string        `json:"start"`
		End          string        `json:"end,omitempty"`
		Props        []property    `json:"props,omitempty"`
		Definitions  definitions   `json:"local-definitions"`
		Reviewed     reviewed      `json:"reviewed-controls"`
		Observations []observation `json:"observations,omitempty"`
		Findings     []finding     `json:"findings,omitempty"`
	}
)

// Write writes the results of all reports of the batch, as they come.
func Write(w io.Writer, batch report.Batch, o Options) error {
	head, err := json.Marshal(struct {
		UUID     string            `json:"uuid"`
		Metadata metadata          `json:"metadata"`
		Plan     map[string]string `json:"import-ap"`
	}{
		id(o.Name, o.Language, stamp(o.Made)),
		metadata{report.Pick(o.Language, "准绳 安全基线核查结果", "Plumbline results of an inspection"), stamp(o.Made), line("plumbline " + o.Version), Version},
		map[string]string{"href": "#"},
	})
	if err != nil {
		return err
	}
	if _, err := w.Write(append(append([]byte(`{"assessment-results":`), bytes.TrimSuffix(head, []byte("}"))...), `,"results":[`...)); err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	first := true
	for r, err := range batch {
		if err != nil {
			return err
		}
		if !first {
			if _, err := io.WriteString(w, ","); err != nil {
				return err
			}
		}
		first = false
		if err := e.Encode(resultOf(r, o)); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, "]}}\n")
	return err
}

// id is a UUID that is always the same for the same names.
func id(names ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(namespace+"\x00"+strings.Join(names, "\x00"))).String()
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// line is a text as OSCAL's strings are: on one line, not empty, no space at its ends.
func line(s string) string {
	if s = strings.TrimSpace(report.Clean(s)); s == "" {
		return "-"
	}
	return s
}

// marks are what OSCAL's markup gives a meaning to.
var marks = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `_`, `\_`, "`", "\\`", `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `{`, `\{`, `}`, `\}`, `#`, `\#`, `|`, `\|`, `^`, `\^`, `~`, `\~`)

// words is a text as OSCAL's markup has it: whatever a target said is words and no markup.
func words(s string) string { return marks.Replace(line(s)) }

// token is a clause's name as OSCAL's names are.
func token(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, s)
	if s == "" || !unicode.IsLetter([]rune(s)[0]) {
		s = "_" + s
	}
	return s
}

// props are those that are not empty, by name and value in turn.
func props(pairs ...string) []property {
	var out []property
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, property{Name: pairs[i], Space: namespace, Value: line(pairs[i+1])})
		}
	}
	return out
}

func resultOf(r *report.Report, o Options) result {
	snapshot, sum := "", ""
	if r.Delivered != nil {
		snapshot, sum = r.Delivered.Snapshot, r.Delivered.SHA256
	}
	start, end := r.Started, stamp(r.Finished)
	if start.Unix() <= 0 {
		start, end = o.Made, ""
	}
	name := r.Target.ID + " " + snapshot + " " + stamp(r.Finished)
	host := id("target", r.Target.ID)
	out := result{
		UUID: id("result", name), Title: words(r.Target.ID), Start: stamp(start), End: end,
		Description: words(report.Pick(o.Language, "安全基线核查", "Security baseline inspection") + ": " + r.Target.ID),
		Props:       props("snapshot", snapshot, "snapshot-sha256", sum),
		Definitions: definitions{[]item{{host, words(r.Target.ID + " " + r.Host.Hostname), props("host-name", r.Host.Hostname, "operating-system", r.Host.Name, "zone", r.Target.Zone, "role", r.Target.Role)}}},
	}
	if r.Missed() {
		out.Description = words(report.Pick(o.Language, "未读取：", "not read: ") + r.Standing().Missed)
		out.Props = append(out.Props, props("visit", r.Visit.State)...)
	}
	if c := r.Commission; c != nil {
		out.Props = append(out.Props, props("sweep", c.Sweep, "requested-by", c.RequestedBy, "authorised-by", c.AuthorisedBy, "reason", c.Reason)...)
	}
	seen := map[string]bool{}
	var controls []control
	for i := range r.Findings {
		f := &r.Findings[i]
		if c := token(f.Clause); !seen[c] {
			seen[c] = true
			controls = append(controls, control{c})
		}
		seenAs := observed(f, r, o, name, host)
		out.Observations = append(out.Observations, seenAs)
		if f.Outcome != report.NotApplicable {
			out.Findings = append(out.Findings, judged(f, o, name, seenAs))
		}
	}
	out.Reviewed.Selections = []selection{{Controls: controls}}
	if len(controls) == 0 {
		out.Reviewed.Selections = []selection{{All: &struct{}{}}}
	}
	return out
}

func observed(f *report.Finding, r *report.Report, o Options, name, host string) observation {
	said := report.Pick(o.Language, "实际：", "is: ") + f.Observed
	if f.Expected != "" {
		said += "; " + report.Pick(o.Language, "要求：", "wanted: ") + f.Expected
	}
	if f.Reason != "" {
		said += "; " + report.Pick(o.Language, "原因：", "why: ") + f.Reason
	}
	collected := r.Finished
	if collected.Unix() <= 0 {
		collected = o.Made
	}
	out := observation{
		UUID: id("observation", name, f.ID), Title: words(f.Title + " " + f.Scope), Description: words(said), Methods: []string{"TEST"}, Subjects: []subject{{host, "inventory-item"}}, Collected: stamp(collected),
		Props: props("outcome", f.Outcome, "finding", f.ID, "check", f.Check, "control", f.Control, "baseline", f.Baseline, "clause", f.Clause, "level", f.Level, "scope", f.Scope, "reason-code", f.ReasonCode),
	}
	for _, e := range f.Evidence {
		out.Proofs = append(out.Proofs, proof{words(report.EvidenceText(o.Language, e)), props("source", e.Source)})
	}
	return out
}

func judged(f *report.Finding, o Options, name string, seen observation) finding {
	stands := status{"not-satisfied", "other"}
	switch f.Outcome {
	case report.Pass:
		stands = status{"satisfied", "pass"}
	case report.Fail:
		stands = status{"not-satisfied", "fail"}
	}
	out := finding{
		UUID: id("finding", name, f.ID), Title: words(f.Clause + " " + f.Scope), Description: words(f.ClauseText + " " + report.OutcomeName(o.Language, f.Outcome)),
		Props: props("outcome", f.Outcome), Target: target{"objective-id", token(f.Clause), stands}, Observations: []related{{seen.UUID}},
	}
	if f.Partial {
		out.Props = append(out.Props, props("partial", "true")...)
	}
	if v := f.Waiver; v != nil {
		out.Props = append(out.Props, props("waived-by", v.ApprovedBy, "waived-until", stamp(v.Until), "waiver-reason", v.Reason)...)
	}
	return out
}

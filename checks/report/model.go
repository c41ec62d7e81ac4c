// Package report turns snapshots into what people and programs read: a table, JSON, JSON lines, CSV, HTML, JUnit and
// SARIF, in Chinese or English. There is one model (this file) and a pure writer a format, so that every figure agrees in
// every format.
//
// The package does not judge and reads no file. The JSON form of Report is the documented schema "plumbline.report/1"
// (README.md); fields are added, never changed.
package report

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Schema names the JSON form. Its number goes up when a field changes its meaning.
const Schema = "plumbline.report/1"

// Options say how to report.
type Options struct {
	// Lang is zh or en.
	Lang string
	// Show are the outcomes that the table lists; nil: fail and unknown. The other formats hold all findings.
	Show []pb.Outcome
	// Width of the table in columns; 0: 100. Color: ANSI colours.
	Width int
	Color bool
	// Baselines are those that were judged by, Checks all that there are: for titles, texts and scores.
	Baselines []*baseline.Baseline
	Checks    []*checks.Check
	// Profile that chose among conflicting figures, and what it says it changed.
	Profile string
	Notes   []*pb.Text
	// Version of the program.
	Version string
	// Waiver gives the waiver that covers a finding, nil for none; nil: there are no waivers.
	Waiver func(*pb.Finding) *Waiver
	// Spool is where the parts of a large HTML file wait for the overview that stands before them; nil: in memory.
	Spool io.ReadWriteSeeker
}

// Report is one target's snapshot as people read it, in one language.
type Report struct {
	Schema     string      `json:"schema"`
	Program    string      `json:"program"`
	Language   string      `json:"language"`
	Target     Target      `json:"target"`
	Host       Host        `json:"host"`
	Visit      *Visit      `json:"visit,omitempty"`
	Delivered  *Delivered  `json:"delivered,omitempty"`
	Commission *Commission `json:"commission,omitempty"`
	Started    time.Time   `json:"started"`
	Finished   time.Time   `json:"finished"`
	Profile    string      `json:"profile"`
	Notes      []string    `json:"notes"`
	Baselines  []Baseline  `json:"baselines"`
	Summary    Counts      `json:"summary"`
	// Waived is how many of the findings have a waiver. They are counted by their outcome all the same.
	Waived     int          `json:"waived"`
	Trend      []Past       `json:"trend,omitempty"`
	Drift      *Drift       `json:"drift,omitempty"`
	Findings   []Finding    `json:"findings"`
	Unanswered []Unanswered `json:"unanswered"`
	Unread     []Evidence   `json:"unread"`
}

// Target is what was scanned, as the inventory has it.
type Target struct {
	ID      string `json:"id"`
	Address string `json:"address,omitempty"`
	Driver  string `json:"driver"`
	Zone    string `json:"zone,omitempty"`
	Role    string `json:"role,omitempty"`
}

// Visit is how the target was reached; a host that checks itself has none.
type Visit struct {
	// State is questioned, or why it was not: unreachable, refused, host_key_changed, ...
	State     string `json:"state"`
	Detail    string `json:"detail,omitempty"`
	Transport string `json:"transport,omitempty"`
	HostKey   string `json:"host_key,omitempty"`
	Account   string `json:"account,omitempty"`
}

// questioned is the state of a target that was read.
const questioned = "questioned"

// Missed says that the target was not read: all its clauses are unknown for this one reason.
func (r *Report) Missed() bool { return r.Visit != nil && r.Visit.State != questioned }

func visit(v *pb.Visit, l lang) *Visit {
	if v == nil {
		return nil
	}
	state := strings.ToLower(strings.TrimPrefix(v.GetState().String(), "VISIT_STATE_"))
	return &Visit{State: state, Detail: l.of(v.GetDetail()), Transport: v.GetTransport(), HostKey: v.GetHostKey(), Account: v.GetAccount()}
}

// Host is what the target says it is; "" where it could not be told.
type Host struct {
	Hostname       string `json:"hostname"`
	Kind           string `json:"kind"`
	OS             string `json:"os"`
	Name           string `json:"name"`
	Version        string `json:"version"`
	Vendor         string `json:"vendor,omitempty"`
	Product        string `json:"product,omitempty"`
	Kernel         string `json:"kernel,omitempty"`
	Arch           string `json:"arch,omitempty"`
	Virtualization string `json:"virtualization,omitempty"`
	Booted         string `json:"booted,omitempty"`
}

// Baseline is one standard that was judged by, with how the target stands.
type Baseline struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	// Clauses is how many it has in all, Judged how many of them this report judges, Attested and NotObservable how many no
	// scanner can.
	Clauses       int `json:"clauses"`
	Judged        int `json:"judged"`
	Attested      int `json:"attested"`
	NotObservable int `json:"not_observable"`
	// Summary counts clauses, not findings: a clause fails if one of its findings does.
	Summary Counts `json:"summary"`
	// Score is 0 to 100: the weight of the clauses that pass, of those that apply. Unknown counts as not passed. Known is how
	// much of that weight could be told at all, 0 to 100.
	Score float64 `json:"score"`
	Known float64 `json:"known"`

	from *baseline.Baseline
}

// Counts are numbers by outcome.
type Counts struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Unknown       int `json:"unknown"`
	NotApplicable int `json:"not_applicable"`
}

// Total is the sum.
func (c Counts) Total() int { return c.Pass + c.Fail + c.Unknown + c.NotApplicable }

// Of is the number of one outcome.
func (c Counts) Of(outcome string) int {
	switch outcome {
	case Pass:
		return c.Pass
	case Fail:
		return c.Fail
	case Unknown:
		return c.Unknown
	}
	return c.NotApplicable
}

func (c *Counts) add(outcome string) {
	switch outcome {
	case Pass:
		c.Pass++
	case Fail:
		c.Fail++
	case NotApplicable:
		c.NotApplicable++
	default:
		c.Unknown++
	}
}

// The outcomes as the formats write them.
const (
	Pass          = "pass"
	Fail          = "fail"
	Unknown       = "unknown"
	NotApplicable = "not_applicable"
)

// Finding is how one clause stands for one scope.
type Finding struct {
	ID         string     `json:"id"`
	Check      string     `json:"check"`
	Control    string     `json:"control"`
	Baseline   string     `json:"baseline"`
	Clause     string     `json:"clause"`
	ClauseText string     `json:"clause_text"`
	Level      string     `json:"level"`
	Scope      string     `json:"scope"`
	Outcome    string     `json:"outcome"`
	Observed   string     `json:"observed"`
	Expected   string     `json:"expected"`
	Reason     string     `json:"reason"`
	ReasonCode string     `json:"reason_code"`
	Partial    bool       `json:"partial"`
	Evidence   []Evidence `json:"evidence"`
	SiteFacts  []string   `json:"site_facts"`
	Title      string     `json:"title"`
	Remedy     string     `json:"remedy"`
	Waiver     *Waiver    `json:"waiver,omitempty"`
}

// Evidence is where the words stand on which a finding rests.
type Evidence struct {
	Source          string `json:"source"`
	FirstLine       uint32 `json:"first_line"`
	LastLine        uint32 `json:"last_line"`
	Excerpt         string `json:"excerpt"`
	DefaultStatedIn string `json:"default_stated_in,omitempty"`
}

// Unanswered is a question that the target did not answer.
type Unanswered struct {
	Question   string `json:"question"`
	Reason     string `json:"reason"`
	ReasonCode string `json:"reason_code"`
}

// New makes the model of one snapshot.
func New(s *pb.Snapshot, o Options) *Report {
	l := lang(o.Lang)
	p := s.GetFacts().GetPlatform()
	r := &Report{
		Schema: Schema, Program: "plumbline " + o.Version, Language: string(l), Profile: o.Profile,
		Target: Target{ID: s.GetTarget().GetId(), Address: s.GetTarget().GetAddress(), Driver: s.GetTarget().GetDriver(),
			Zone: s.GetTarget().GetZone(), Role: s.GetTarget().GetRole()},
		Host: Host{Hostname: known(p.GetHostname()), Kind: known(p.GetKind()), OS: known(p.GetOs()), Name: known(p.GetOsName()), Version: known(p.GetVersion()),
			Vendor: known(p.GetVendor()), Product: known(p.GetProduct()), Kernel: known(p.GetKernel()), Arch: known(p.GetArch()), Virtualization: known(p.GetVirtualization())},
		Visit: visit(s.GetVisit(), l), Commission: commission(s.GetCommission()), Started: s.GetStartedAt().AsTime(), Finished: s.GetFinishedAt().AsTime(),
		Notes: []string{}, Baselines: []Baseline{}, Findings: []Finding{}, Unanswered: []Unanswered{}, Unread: evidence(s.GetUnread()),
	}
	if facts.Known(p.GetBooted()) {
		r.Host.Booted = p.GetBooted().GetValue().AsTime().UTC().Format(time.RFC3339)
	}
	for _, n := range o.Notes {
		r.Notes = append(r.Notes, l.of(n))
	}
	r.findings(s, o, l)
	for _, b := range o.Baselines {
		r.Baselines = append(r.Baselines, describe(b, s.GetFindings(), l))
	}
	for _, a := range s.GetAnswers() {
		if a.GetReason() == pb.Reason_REASON_UNSPECIFIED || a.GetReason() == pb.Reason_REASON_NOT_FOUND {
			continue
		}
		r.Unanswered = append(r.Unanswered, Unanswered{Question: a.GetQuestion(), Reason: l.of(checks.ReasonText(a.GetReason(), "")), ReasonCode: facts.ReasonName(a.GetReason())})
	}
	return r
}

func known(f *pb.TextFact) string {
	if !facts.Known(f) {
		return ""
	}
	return f.GetValue()
}

func (r *Report) findings(s *pb.Snapshot, o Options, l lang) {
	texts := map[string]string{}
	for _, b := range o.Baselines {
		for i := range b.Clauses {
			texts[b.ID+"\x00"+b.Clauses[i].ID] = l.of(b.Clauses[i].Text)
		}
	}
	byID := map[string]*checks.Check{}
	for _, c := range o.Checks {
		byID[c.ID] = c
	}
	for _, f := range s.GetFindings() {
		out := Finding{
			ID: f.GetId(), Check: f.GetCheck(), Control: f.GetControl(), Baseline: f.GetBaseline(), Clause: f.GetClause(),
			ClauseText: texts[f.GetBaseline()+"\x00"+f.GetClause()], Level: f.GetLevel(), Scope: f.GetScope(), Outcome: outcome(f.GetOutcome()),
			Observed: l.of(f.GetObserved()), Expected: l.of(f.GetExpected()), Reason: l.of(f.GetReason()), Partial: f.GetPartial(),
			Evidence: evidence(f.GetEvidence()), SiteFacts: append([]string{}, f.GetSiteFacts()...),
		}
		if f.GetOutcome() == pb.Outcome_OUTCOME_UNKNOWN {
			out.ReasonCode = facts.ReasonName(f.GetReasonCode())
		}
		if c := byID[f.GetCheck()]; c != nil {
			out.Title, out.Remedy = l.of(c.Title), l.of(c.RemedyFor(r.Host.Kind))
		}
		if o.Waiver != nil {
			out.Waiver = o.Waiver(f)
		}
		if out.Waiver != nil {
			r.Waived++
		}
		r.Findings = append(r.Findings, out)
		r.Summary.add(out.Outcome)
	}
}

func outcome(o pb.Outcome) string {
	switch o {
	case pb.Outcome_OUTCOME_PASS:
		return Pass
	case pb.Outcome_OUTCOME_FAIL:
		return Fail
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		return NotApplicable
	}
	return Unknown
}

func evidence(list []*pb.Evidence) []Evidence {
	out := make([]Evidence, 0, len(list))
	for _, e := range list {
		said := Evidence{e.GetSource(), e.GetFirstLine(), e.GetLastLine(), e.GetExcerpt(), e.GetDefaultStatedIn()}
		if !slices.Contains(out, said) {
			out = append(out, said)
		}
	}
	return out
}

// Where prints the place, as facts.Where does.
func (e Evidence) Where() string {
	return facts.Where(&pb.Evidence{Source: e.Source, FirstLine: e.FirstLine, LastLine: e.LastLine, DefaultStatedIn: e.DefaultStatedIn})
}

// A Group is findings of several clauses that say the same: one check, one scope, one outcome, one figure, one waiver.
type Group struct {
	Finding
	// Clauses that it stands for, as "baseline clause".
	Clauses []string
}

// Subject is the check's subject, the part before the dot.
func (g Group) Subject() string { return subject(g.Check) }

// Groups puts findings together for people: by subject, worst first within a check's scope.
func (r *Report) Groups() []Group {
	type key struct {
		check, scope, outcome, expected, observed string
		waiver                                    Waiver
	}
	index := map[key]int{}
	var out []Group
	for _, f := range r.Findings {
		k := key{f.Check, f.Scope, f.Outcome, f.Expected, f.Observed, Waiver{}}
		if f.Waiver != nil {
			k.waiver = *f.Waiver
		}
		i, ok := index[k]
		if !ok {
			i = len(out)
			index[k] = i
			out = append(out, Group{Finding: f})
		}
		out[i].Clauses = append(out[i].Clauses, f.Clause)
	}
	slices.SortStableFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(subjectOrder(a.Check), subjectOrder(b.Check)), cmp.Compare(a.Check, b.Check),
			cmp.Compare(severity(a.Outcome), severity(b.Outcome)), cmp.Compare(a.Scope, b.Scope))
	})
	return out
}

func severity(outcome string) int {
	return slices.Index([]string{Fail, Unknown, Pass, NotApplicable}, outcome)
}

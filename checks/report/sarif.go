package report

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// SARIF 2.1.0 (OASIS), as far as we fill it: a run a target, a rule a check, a result a finding. What a host shows is not
// source code, so locations are URIs of the form host:PATH; lines are where the source has any.
type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Automation  sarifAutomation   `json:"automationDetails"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name     string      `json:"name"`
	Version  string      `json:"version,omitempty"`
	Language string      `json:"language"`
	Rules    []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
	Full  sarifText `json:"fullDescription"`
	Help  sarifText `json:"help"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Start         string              `json:"startTimeUtc"`
	End           string              `json:"endTimeUtc"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

// A notification says why there are no results.
type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Kind         string             `json:"kind"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations,omitempty"`
	Fingerprints map[string]string  `json:"fingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Properties   map[string]any     `json:"properties"`
}

// A waived result stays what it is; SARIF has a word for what somebody accepted.
type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine uint32     `json:"startLine"`
	EndLine   uint32     `json:"endLine"`
	Snippet   *sarifText `json:"snippet,omitempty"`
}

func writeSARIF(w io.Writer, batch Batch, o Options) error {
	if _, err := io.WriteString(w, "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": "); err != nil {
		return err
	}
	if err := list(w, batch, "  ", func(r *Report) any { return r.sarif(o) }); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n}\n")
	return err
}

func (r *Report) sarif(o Options) sarifRun {
	l := lang(o.Lang)
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "plumbline", Version: o.Version, Language: l.pick("zh-CN", "en"), Rules: []sarifRule{}}},
		Automation: sarifAutomation{ID: r.Target.ID + "/" + r.Started.UTC().Format("20060102T150405Z")},
		Results:    []sarifResult{},
	}
	invocation := sarifInvocation{Successful: !r.Missed(), Start: r.Started.UTC().Format("2006-01-02T15:04:05.000Z"), End: r.Finished.UTC().Format("2006-01-02T15:04:05.000Z")}
	if len(r.Findings) == 0 {
		invocation.Successful = false
		invocation.Notifications = []sarifNotification{{"error", sarifText{r.Rows()[0].Reason}}}
	}
	run.Invocations = []sarifInvocation{invocation}
	rules := map[string]int{}
	for _, f := range r.Findings {
		i, known := rules[f.Check]
		if !known {
			i = len(run.Tool.Driver.Rules)
			rules[f.Check] = i
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, o.rule(f, l))
		}
		run.Results = append(run.Results, f.sarif(i, r.Host.Hostname, l))
	}
	return run
}

func (o Options) rule(f Finding, l lang) sarifRule {
	rule := sarifRule{ID: f.Check, Short: sarifText{or(f.Title, f.Check)}, Full: sarifText{or(f.Title, f.Check)}, Help: sarifText{or(f.Remedy, f.Check)}}
	for _, c := range o.Checks {
		if c.ID == f.Check {
			rule.Full.Text = or(l.of(c.Rationale), f.Check)
		}
	}
	return rule
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// sarif says a finding as a result. Kind and level follow SARIF 3.27.9: an unknown is "review", never "pass".
func (f Finding) sarif(rule int, host string, l lang) sarifResult {
	kind, level := "pass", "none"
	switch f.Outcome {
	case Fail:
		kind, level = "fail", "error"
	case Unknown:
		kind, level = "review", "none"
	case NotApplicable:
		kind, level = "notApplicable", "none"
	}
	text := f.Title
	for _, part := range []struct {
		w    word
		text string
	}{{wScope, f.Scope}, {wObserved, f.Observed}, {wExpected, f.Expected}, {wReason, f.Reason}} {
		if part.text != "" {
			text += "; " + l.say(part.w) + ": " + part.text
		}
	}
	r := sarifResult{
		RuleID: f.Check, RuleIndex: rule, Kind: kind, Level: level, Message: sarifText{or(strings.TrimPrefix(text, "; "), f.Check)},
		Fingerprints: map[string]string{"plumbline/1": f.ID},
		Properties:   map[string]any{"baseline": f.Baseline, "clause": f.Clause, "control": f.Control, "scope": f.Scope, "outcome": f.Outcome, "partial": f.Partial},
	}
	if v := f.Waiver; v != nil {
		r.Suppressions = []sarifSuppression{{"external", "accepted", fmt.Sprintf("%s (%s, %s %s)", v.Reason, v.ApprovedBy, l.pick("至", "until"), v.Until.UTC().Format(time.RFC3339))}}
	}
	for _, e := range f.Evidence {
		if e.Source == "" {
			continue
		}
		p := sarifPhysical{Artifact: sarifArtifact{URI: (&url.URL{Scheme: "host", Host: hostOf(host), Path: "/" + strings.TrimPrefix(e.Source, "/")}).String()}}
		if e.FirstLine > 0 {
			p.Region = &sarifRegion{StartLine: e.FirstLine, EndLine: max(e.LastLine, e.FirstLine)}
			if e.Excerpt != "" {
				p.Region.Snippet = &sarifText{e.Excerpt}
			}
		}
		r.Locations = append(r.Locations, sarifLocation{p})
	}
	return r
}

// hostOf is a host's name as a URI has it, whatever a target calls itself.
func hostOf(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, name)
}

package report

import (
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
)

// SARIF 2.1.0 (OASIS), as far as we fill it: a run a target, a rule a check, a result a finding. What a host shows is not
// source code, so locations are URIs of the form host:PATH; lines are where the source has any.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

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
	Successful bool   `json:"executionSuccessful"`
	Start      string `json:"startTimeUtc"`
	End        string `json:"endTimeUtc"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Kind         string            `json:"kind"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations,omitempty"`
	Fingerprints map[string]string `json:"fingerprints"`
	Properties   map[string]any    `json:"properties"`
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

func writeSARIF(w io.Writer, reports []*Report, o Options) error {
	l := lang(o.Lang)
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{}}
	for _, r := range reports {
		run := sarifRun{
			Tool:        sarifTool{sarifDriver{Name: "plumbline", Version: o.Version, Language: l.pick("zh-CN", "en"), Rules: []sarifRule{}}},
			Automation:  sarifAutomation{ID: r.Target.ID + "/" + r.Started.UTC().Format("20060102T150405Z")},
			Invocations: []sarifInvocation{{true, r.Started.UTC().Format("2006-01-02T15:04:05.000Z"), r.Finished.UTC().Format("2006-01-02T15:04:05.000Z")}},
			Results:     []sarifResult{},
		}
		for _, f := range r.Findings {
			i := slices.IndexFunc(run.Tool.Driver.Rules, func(rule sarifRule) bool { return rule.ID == f.Check })
			if i < 0 {
				i = len(run.Tool.Driver.Rules)
				run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, o.rule(f, l))
			}
			run.Results = append(run.Results, f.sarif(i, r.Host.Hostname, l))
		}
		log.Runs = append(log.Runs, run)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(log)
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
	for _, e := range f.Evidence {
		if e.Source == "" {
			continue
		}
		p := sarifPhysical{Artifact: sarifArtifact{URI: (&url.URL{Scheme: "host", Host: host, Path: "/" + strings.TrimPrefix(e.Source, "/")}).String()}}
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

package baseline

import (
	"slices"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Platform is what targets are read with: a kind of target, and the checks for which its driver states facts.
type Platform struct {
	// Name is how people know it: "linux", "huawei-vrp".
	Name string
	Kind Kind
	// Checks are those that the driver's facts can settle; nil: all.
	Checks []string
}

// A Status says how a clause stands on a platform before anything is scanned.
type Status string

// The statuses.
const (
	// Judged: checks decide the whole clause.
	Judged Status = "judged"
	// PartlyJudged: checks decide part of it; the rest is attested.
	PartlyJudged Status = "partly_judged"
	// NotYet: the clause bears on such a target, but the platform's driver does not state what its checks need.
	NotYet Status = "not_yet"
	// Elsewhere: checks decide it, on targets of the other kind.
	Elsewhere Status = "elsewhere"
	// ByAttestation: a person attests it.
	ByAttestation Status = "attested"
	// NotSeen: nobody can observe it.
	NotSeen Status = "not_observable"
)

// Statuses are all of them, in the order in which they are shown.
func Statuses() []Status {
	return []Status{Judged, PartlyJudged, NotYet, Elsewhere, ByAttestation, NotSeen}
}

// Text says a status for people.
func (s Status) Text() *pb.Text {
	switch s {
	case Judged:
		return &pb.Text{Zh: "完全判断", En: "judged"}
	case PartlyJudged:
		return &pb.Text{Zh: "部分判断", En: "partly judged"}
	case NotYet:
		return &pb.Text{Zh: "尚未支持", En: "not yet"}
	case Elsewhere:
		return &pb.Text{Zh: "在另一类目标上判断", En: "judged on the other kind of target"}
	case ByAttestation:
		return &pb.Text{Zh: "人工证明", En: "attested"}
	}
	return &pb.Text{Zh: "不可观察", En: "not observable"}
}

// A CoverageRow is how one clause stands on a platform.
type CoverageRow struct {
	Baseline string   `json:"baseline"`
	Clause   string   `json:"clause"`
	Level    string   `json:"level"`
	Subject  string   `json:"subject"`
	Controls []string `json:"controls"`
	Text     *pb.Text `json:"text"`
	Platform string   `json:"platform"`
	Status   Status   `json:"status"`
	// Checks are those that decide it here.
	Checks []string `json:"checks,omitempty"`
	// Because is the expected evidence of an attested clause and the reason of one that is not observable.
	Because *pb.Text `json:"because,omitempty"`
}

// Coverage gives a row for every clause.
func (b *Baseline) Coverage(p Platform) []CoverageRow {
	rows := make([]CoverageRow, 0, len(b.Clauses))
	for i := range b.Clauses {
		c := &b.Clauses[i]
		row := CoverageRow{Baseline: b.ID, Clause: c.ID, Level: c.Level, Subject: c.Subject, Controls: c.Controls, Text: c.Text, Platform: p.Name}
		switch {
		case c.NotObservable != nil:
			row.Status, row.Because = NotSeen, c.NotObservable
		case c.Attested != nil:
			row.Status, row.Because = ByAttestation, c.Attested
		default:
			row.Status, row.Checks = c.coverage(p)
		}
		rows = append(rows, row)
	}
	return rows
}

// coverage: one check that decides the whole clause is enough for judged.
func (c *Clause) coverage(p Platform) (Status, []string) {
	status := Elsewhere
	if c.On()&p.Kind != 0 {
		status = NotYet
	}
	var served []string
	for _, t := range c.Checks {
		if t.On&p.Kind == 0 || p.Checks != nil && !slices.Contains(p.Checks, t.Check) {
			continue
		}
		served = append(served, t.Check)
		if !t.Partial {
			status = Judged
		} else if status != Judged {
			status = PartlyJudged
		}
	}
	return status, served
}

// Count counts rows by status.
func Count(rows []CoverageRow) map[Status]int {
	n := map[Status]int{}
	for _, r := range rows {
		n[r.Status]++
	}
	return n
}

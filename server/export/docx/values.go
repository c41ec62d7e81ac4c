package docx

import (
	"fmt"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/report"
)

// values are what placeholders stand for.
type values struct {
	*report.Report
	whole    map[string]string
	findings []report.Finding
}

func when(t time.Time) string {
	if t.Unix() <= 0 {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05 -0700")
}

func valuesOf(r *report.Report) values {
	w := map[string]string{
		"target.id": r.Target.ID, "target.name": r.Host.Hostname, "target.address": r.Target.Address, "target.zone": r.Target.Zone, "target.role": r.Target.Role, "target.system": r.Host.Name,
		"started": when(r.Started), "finished": when(r.Finished), "profile": r.Profile, "program": r.Program, "not_read": "",
		"summary.pass": fmt.Sprint(r.Summary.Pass), "summary.fail": fmt.Sprint(r.Summary.Fail), "summary.unknown": fmt.Sprint(r.Summary.Unknown),
		"summary.not_applicable": fmt.Sprint(r.Summary.NotApplicable), "summary.total": fmt.Sprint(r.Summary.Total()), "summary.waived": fmt.Sprint(r.Waived),
		"snapshot.id": "", "snapshot.sha256": "", "requested_by": "", "authorised_by": "", "reason": "",
	}
	if r.Missed() {
		w["not_read"] = r.Standing().Missed
	}
	if d := r.Delivered; d != nil {
		w["snapshot.id"], w["snapshot.sha256"] = d.Snapshot, d.SHA256
	}
	if c := r.Commission; c != nil {
		w["requested_by"], w["authorised_by"], w["reason"] = c.RequestedBy, c.AuthorisedBy, c.Reason
	}
	var scores []string
	for _, b := range r.Baselines {
		scores = append(scores, fmt.Sprintf("%s (%s): %.1f", b.Title, b.ID, b.Score))
	}
	w["scores"] = strings.Join(scores, "\n")
	return values{r, w, r.Findings}
}

// Names are the placeholders that there are; those of a finding stand between {{#findings}} and {{/findings}}.
func Names() []string {
	return []string{
		"target.id", "target.name", "target.address", "target.zone", "target.role", "target.system", "started", "finished", "profile", "program", "not_read",
		"summary.pass", "summary.fail", "summary.unknown", "summary.not_applicable", "summary.total", "summary.waived", "scores",
		"snapshot.id", "snapshot.sha256", "requested_by", "authorised_by", "reason",
		"number", "baseline", "clause", "clause_text", "level", "check", "control", "title", "scope", "expected", "observed", "outcome", "note", "waiver", "evidence", "remedy", "finding.id",
	}
}

func (v values) one(name string) (string, bool) {
	text, known := v.whole[name]
	return text, known
}

func (v values) finding(i int, name string) (string, bool) {
	f := &v.findings[i]
	switch name {
	case "number":
		return fmt.Sprint(i + 1), true
	case "baseline":
		return f.Baseline, true
	case "clause":
		return f.Clause, true
	case "clause_text":
		return f.ClauseText, true
	case "level":
		return report.LevelName(v.Language, f.Level), true
	case "check":
		return f.Check, true
	case "control":
		return f.Control, true
	case "title":
		return f.Title, true
	case "scope":
		return f.Scope, true
	case "expected":
		return f.Expected, true
	case "observed":
		return f.Observed, true
	case "outcome":
		return report.OutcomeName(v.Language, f.Outcome), true
	case "note":
		if f.Partial {
			return strings.TrimSpace(report.Pick(v.Language, "仅判定条款的一部分。", "Decides a part of the clause. ") + f.Reason), true
		}
		return f.Reason, true
	case "waiver":
		return report.WaiverText(v.Language, f.Waiver), true
	case "evidence":
		var proofs []string
		for _, e := range f.Evidence {
			proofs = append(proofs, report.Clean(report.EvidenceText(v.Language, e)))
		}
		return strings.Join(proofs, "\n"), true
	case "remedy":
		if f.Outcome != report.Fail {
			return "", true
		}
		return f.Remedy, true
	case "finding.id":
		return f.ID, true
	}
	return "", false
}

// Package xlsx writes the record sheets of an inspection as a workbook: an overview, a row a finding with its clause, what was found and
// whether that conforms, the evidence under its number, and the clauses that a person has to judge.
//
// Rows are written as they come, so that a million findings take little memory. Every text is a text cell: nothing that a target said
// is ever a formula. The package judges nothing; every figure is the report's.
package xlsx

import (
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/plumbline/plumbline/checks/report"
)

// Options say how to write.
type Options struct {
	// Language is zh or en.
	Language string
	// PerTarget gives every target a record sheet of its own; otherwise one holds all.
	PerTarget bool
	// Made is when the workbook was asked for.
	Made time.Time
	// Dir is where rows wait until the workbook is put together.
	Dir string
}

// maxTargets is how many sheets of their own a workbook can hold and still be opened by people.
const maxTargets = 200

// A writer is one workbook being written.
type writer struct {
	Options
	file   *excelize.File
	styles styles
	// limits are those of a sheet; tests make them smaller.
	limits limits
	names  map[string]bool

	overview, scores, record, evidence, drift, manual *sheet
	standings                                         []standing
	seen                                              map[string]bool
	proofs, findings                                  int
}

// A standing is a target's line in the overview.
type standing struct {
	report.Standing
	delivered *report.Delivered
	finished  time.Time
}

// Write writes a workbook of all reports of the batch.
func Write(to io.Writer, batch report.Batch, o Options) error {
	return write(to, batch, o, limits{rows: excelize.TotalRows, bytes: 1 << 30})
}

func write(to io.Writer, batch report.Batch, o Options, l limits) (err error) {
	w := &writer{Options: o, file: excelize.NewFile(excelize.Options{TmpDir: o.Dir}), limits: l, names: map[string]bool{}, seen: map[string]bool{}}
	defer func() {
		if e := w.file.Close(); err == nil && e != nil {
			err = fmt.Errorf("write the workbook: %w", e)
		}
	}()
	if err := w.begin(); err != nil {
		return fmt.Errorf("begin the workbook: %w", err)
	}
	for r, err := range batch {
		if err != nil {
			return err
		}
		if err := w.report(r); err != nil {
			return fmt.Errorf("write target %s: %w", r.Target.ID, err)
		}
	}
	if err := w.end(); err != nil {
		return fmt.Errorf("end the workbook: %w", err)
	}
	if err := w.save(to); err != nil {
		return fmt.Errorf("put the workbook together: %w", err)
	}
	return nil
}

func (w *writer) say(zh, en string) string { return report.Pick(w.Language, zh, en) }

// begin opens the sheets in the order in which people see them.
func (w *writer) begin() error {
	if err := w.makeStyles(); err != nil {
		return err
	}
	w.overview = w.newSheet(w.say("概览", "Overview"), w.overviewColumns())
	w.scores = w.newSheet(w.say("得分", "Scores"), w.scoreColumns())
	if !w.PerTarget {
		w.record = w.newSheet(w.say("核查记录", "Record"), w.recordColumns())
	}
	w.evidence = w.newSheet(w.say("证据", "Evidence"), w.evidenceColumns())
	w.manual = w.newSheet(w.say("须人工核查", "For people"), w.manualColumns())
	w.drift = w.newSheet(w.say("变化", "Drift"), w.driftColumns())
	for _, s := range []*sheet{w.overview, w.scores, w.record, w.evidence} {
		if s == nil {
			continue
		}
		if err := s.open(); err != nil {
			return err
		}
	}
	return w.file.DeleteSheet("Sheet1")
}

func (w *writer) report(r *report.Report) error {
	w.standings = append(w.standings, standing{r.Standing(), r.Delivered, r.Finished})
	record := w.record
	if w.PerTarget {
		if len(w.standings) > maxTargets {
			return fmt.Errorf(w.say("每个目标一张表最多 %d 个目标；请改为一张表", "there are more than %d targets, too many for a sheet each; ask for one sheet"), maxTargets)
		}
		record = w.newSheet(r.Target.ID, w.recordColumns())
		if err := record.open(); err != nil {
			return err
		}
	}
	numbers := map[report.Evidence]string{}
	for i := range r.Findings {
		cells, err := w.finding(r, &r.Findings[i], numbers)
		if err != nil {
			return err
		}
		if err := record.add(cells...); err != nil {
			return err
		}
	}
	if w.PerTarget {
		if err := record.close(); err != nil {
			return err
		}
	}
	for i := range r.Baselines {
		if err := w.baseline(r, &r.Baselines[i]); err != nil {
			return err
		}
	}
	if r.Drift == nil {
		return nil
	}
	for _, j := range r.Drift.Judged {
		if err := w.drift.add(w.rejudged(r, j)...); err != nil {
			return err
		}
	}
	for _, c := range r.Drift.Listed() {
		if err := w.drift.add(w.change(r, c)...); err != nil {
			return err
		}
	}
	return nil
}

// end writes what is known last, and closes the sheets.
func (w *writer) end() error {
	var sum report.Counts
	waived := 0
	for _, s := range w.standings {
		if err := w.overview.add(w.standing(s)...); err != nil {
			return err
		}
		sum.Pass += s.Pass
		sum.Fail += s.Fail
		sum.Unknown += s.Unknown
		sum.NotApplicable += s.NotApplicable
		waived += s.Waived
	}
	if err := w.overview.add(w.total(sum, waived)...); err != nil {
		return err
	}
	for _, s := range []*sheet{w.overview, w.scores, w.record, w.evidence, w.manual, w.drift} {
		if s == nil {
			continue
		}
		if err := s.close(); err != nil {
			return err
		}
	}
	w.file.SetActiveSheet(0)
	return w.file.SetDocProps(&excelize.DocProperties{
		Title: w.say("准绳 安全基线核查记录", "Plumbline record of inspection"), Creator: "plumbline", Language: w.say("zh-CN", "en"),
		Created: w.Made.UTC().Format(time.RFC3339), Modified: w.Made.UTC().Format(time.RFC3339),
	})
}

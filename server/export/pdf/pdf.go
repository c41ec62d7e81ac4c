// Package pdf writes reports as PDF with an embedded font that has Chinese: an overview where there are several targets, and for each its
// figures, what changed, and a table of all findings.
//
// A document is put together in memory, so there is a limit to what one takes; work sheets and CSV have none. The package judges nothing.
package pdf

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/report"
)

// Options say how to write.
type Options struct {
	Language string
	// Font is a TrueType font with Chinese; empty: one of the usual places.
	Font string
	Made time.Time
}

// MaxFindings is how many findings a document takes.
const MaxFindings = 20_000

// ErrTooLarge says that the document would hold too much.
var ErrTooLarge = fmt.Errorf("a PDF holds %d findings at the most; take xlsx, csv or html, or single targets", MaxFindings)

// Write writes one document of all reports of the batch.
func Write(w io.Writer, batch report.Batch, o Options) error {
	fonts, err := readFonts(o.Font)
	if err != nil {
		return err
	}
	var reports []*report.Report
	n := 0
	for r, err := range batch {
		if err != nil {
			return err
		}
		if n += len(r.Findings) + 1; n > MaxFindings {
			return ErrTooLarge
		}
		reports = append(reports, r)
	}
	p, err := newPage(fonts, o)
	if err != nil {
		return err
	}
	if len(reports) != 1 {
		p.overview(reports)
	}
	for _, r := range reports {
		p.report(r)
	}
	p.footers()
	if p.err != nil {
		return fmt.Errorf("lay out the PDF: %w", p.err)
	}
	_, err = p.pdf.WriteTo(w)
	return err
}

func (p *page) say(zh, en string) string { return report.Pick(p.Language, zh, en) }

func when(t time.Time) string {
	if t.Unix() <= 0 {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05 -0700")
}

func (p *page) overview(reports []*report.Report) {
	p.next()
	p.heading(p.say("安全基线核查报告", "Security baseline report"), 16)
	t := p.table([]column{{p.say("目标", "Target"), 150}, {p.say("主机名", "Host"), 150}, {p.say("系统", "System"), 166}, {report.OutcomeName(p.Language, report.Fail), 55}, {report.OutcomeName(p.Language, report.Unknown), 55}, {report.OutcomeName(p.Language, report.Pass), 55}, {report.OutcomeName(p.Language, report.NotApplicable), 55}, {p.say("合计", "total"), 50}, {p.say("已豁免", "waived"), 50}})
	for _, r := range reports {
		s := r.Standing()
		system := s.System
		if s.Missed != "" {
			system = p.say("未读取：", "not read: ") + s.Missed
		}
		t.row("", s.Target, s.Hostname, system, fmt.Sprint(s.Fail), fmt.Sprint(s.Unknown), fmt.Sprint(s.Pass), fmt.Sprint(s.NotApplicable), fmt.Sprint(s.Total()), fmt.Sprint(s.Waived))
	}
}

func (p *page) report(r *report.Report) {
	p.next()
	name := r.Host.Hostname
	if name == "" {
		name = r.Target.ID
	}
	p.heading(p.say("安全基线核查报告：", "Security baseline report: ")+name, 16)
	facts := p.plain([]float64{90, 303, 90, 303})
	facts.row("", p.say("目标", "Target"), r.Target.ID, p.say("系统", "System"), strings.TrimSpace(r.Host.Name+" "+r.Host.Arch))
	facts.row("", p.say("角色/区域", "Role / zone"), r.Target.Role+" / "+r.Target.Zone, p.say("地址", "Address"), r.Target.Address)
	facts.row("", p.say("开始", "Started"), when(r.Started), p.say("结束", "Finished"), when(r.Finished))
	if c := r.Commission; c != nil {
		facts.row("", p.say("申请/授权", "Asked / authorised"), c.RequestedBy+" / "+c.AuthorisedBy, p.say("事由", "Reason"), c.Reason)
	}
	if d := r.Delivered; d != nil {
		facts.row("", p.say("快照", "Snapshot"), d.Snapshot, "SHA-256", d.SHA256)
	}
	facts.row("", p.say("取值方案", "Profile"), r.Profile, p.say("程序", "Program"), r.Program)
	if r.Missed() {
		p.paragraph(p.say("未读取：", "Not read: ")+r.Standing().Missed, report.Fail)
	}
	p.heading(p.say("汇总", "Summary"), 12)
	sums := p.table([]column{{report.OutcomeName(p.Language, report.Fail), 100}, {report.OutcomeName(p.Language, report.Unknown), 100}, {report.OutcomeName(p.Language, report.Pass), 100}, {report.OutcomeName(p.Language, report.NotApplicable), 100}, {p.say("合计", "total"), 100}, {p.say("其中已豁免", "waived of these"), 100}})
	s := r.Summary
	sums.row("", fmt.Sprint(s.Fail), fmt.Sprint(s.Unknown), fmt.Sprint(s.Pass), fmt.Sprint(s.NotApplicable), fmt.Sprint(s.Total()), fmt.Sprint(r.Waived))
	p.scores(r)
	p.drift(r)
	p.findings(r)
}

func (p *page) scores(r *report.Report) {
	if len(r.Baselines) == 0 {
		return
	}
	p.heading(p.say("各基线得分", "Score by baseline"), 12)
	t := p.table([]column{{p.say("基线", "Baseline"), 330}, {p.say("得分", "Score"), 57}, {p.say("可判定", "Known"), 57}, {report.OutcomeName(p.Language, report.Pass), 57}, {report.OutcomeName(p.Language, report.Fail), 57}, {report.OutcomeName(p.Language, report.Unknown), 57}, {report.OutcomeName(p.Language, report.NotApplicable), 57}, {p.say("须人工证明", "Attested"), 57}, {p.say("条款总数", "Clauses"), 57}})
	for _, b := range r.Baselines {
		score, known := fmt.Sprintf("%.1f", b.Score), fmt.Sprintf("%.0f%%", b.Known)
		if b.Summary.Total() == b.Summary.NotApplicable {
			score, known = "–", "–" // nothing of it was judged
		}
		t.row("", b.Title+" ("+b.ID+" "+b.Version+")", score, known, fmt.Sprint(b.Summary.Pass), fmt.Sprint(b.Summary.Fail), fmt.Sprint(b.Summary.Unknown), fmt.Sprint(b.Summary.NotApplicable), fmt.Sprint(b.Attested), fmt.Sprint(b.Clauses))
	}
	p.paragraph(p.say("得分按条款权重计算，未知不计为符合；“可判定”为能够判定的权重占比。此表按条款计数，汇总按结果计数。", "The score weighs clauses; unknown never counts as passed. “Known” is the share of the weight that could be told. This table counts clauses, the summary findings."), "")
}

func (p *page) drift(r *report.Report) {
	if r.Drift == nil {
		return
	}
	p.heading(p.say("与上一次快照相比", "Against the snapshot before"), 12)
	p.paragraph(fmt.Sprintf(p.say("上一次快照 %s，%s，%d 条结果变化", "Snapshot %s, %s: %d findings changed"), r.Drift.Since, when(r.Drift.At), len(r.Drift.Changes)), "")
	for _, j := range r.Drift.Judged {
		p.paragraph(report.RejudgedText(p.Language, j), "")
	}
	listed := r.Drift.Listed()
	if len(listed) == 0 {
		return
	}
	t := p.table([]column{{p.say("条款", "Clause"), 120}, {p.say("检查项", "Check"), 190}, {p.say("此前", "Was"), 60}, {p.say("现在", "Is"), 60}, {p.say("此前实际", "Before"), 138}, {p.say("现在实际", "Now"), 138}, {p.say("原因", "Cause"), 80}})
	name := func(outcome, none string) string {
		if outcome == "" {
			return none
		}
		return report.OutcomeName(p.Language, outcome)
	}
	for _, c := range listed {
		var causes []string
		for _, word := range c.Causes {
			causes = append(causes, report.CauseName(p.Language, word))
		}
		t.row("", c.Clause, scoped(c.Title, c.Scope), name(c.From, p.say("新增", "new")), name(c.To, p.say("消失", "gone")), c.Before, c.Now, strings.Join(causes, ", "))
	}
}

func scoped(title, scope string) string {
	if scope != "" {
		return title + " [" + scope + "]"
	}
	return title
}

func (p *page) findings(r *report.Report) {
	if len(r.Findings) == 0 {
		return
	}
	p.heading(p.say("核查记录", "Record"), 12)
	t := p.table([]column{{p.say("序号", "No."), 28}, {p.say("条款", "Clause"), 98}, {p.say("检查项", "Check"), 128}, {p.say("要求", "Wanted"), 110}, {p.say("结果记录", "Record of result"), 130}, {p.say("结论", "Outcome"), 50}, {p.say("说明与豁免", "Note, waiver"), 112}, {p.say("证据", "Evidence"), 130}})
	t.outcome = 5
	for i, f := range r.Findings {
		note := f.Reason
		if f.Partial {
			note = strings.TrimSpace(p.say("仅判定条款的一部分。", "Decides a part of the clause. ") + note)
		}
		if f.Waiver != nil {
			note = strings.TrimSpace(note + "\n" + p.say("已豁免：", "Waived: ") + report.WaiverText(p.Language, f.Waiver))
		}
		var proofs []string
		for _, e := range f.Evidence {
			proofs = append(proofs, report.Clean(report.EvidenceText(p.Language, e)))
		}
		t.row(f.Outcome, fmt.Sprint(i+1), f.Clause, scoped(f.Title, f.Scope), f.Expected, f.Observed, report.OutcomeName(p.Language, f.Outcome), note, strings.Join(proofs, "\n"))
	}
}

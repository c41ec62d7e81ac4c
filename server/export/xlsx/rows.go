package xlsx

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/plumbline/plumbline/checks/report"
)

// styles are the looks of cells.
type styles struct {
	head, text, bold, number int
	outcome                  map[string]int
}

const textFormat = 49 // "@": a cell stays text when somebody edits it

func (w *writer) makeStyles() error {
	line := []excelize.Border{{Type: "left", Color: "C5CCD3", Style: 1}, {Type: "right", Color: "C5CCD3", Style: 1}, {Type: "top", Color: "C5CCD3", Style: 1}, {Type: "bottom", Color: "C5CCD3", Style: 1}}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	var err error
	style := func(s excelize.Style) int {
		s.Border = line
		if s.Font == nil {
			s.Font = &excelize.Font{}
		}
		s.Font.Size, s.Font.Family = 10, w.say("等线", "Calibri")
		id, e := w.file.NewStyle(&s)
		if err == nil {
			err = e
		}
		return id
	}
	w.styles.head = style(excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}, Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"34495E"}}})
	w.styles.text = style(excelize.Style{Alignment: wrap, NumFmt: textFormat})
	w.styles.number = style(excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right"}})
	w.styles.bold = style(excelize.Style{Alignment: wrap, Font: &excelize.Font{Bold: true}})
	w.styles.outcome = map[string]int{}
	for outcome, colour := range map[string]string{report.Fail: "F5C6C2", report.Unknown: "FBE3B6", report.Pass: "CDEBD6", report.NotApplicable: "E5E8E8"} {
		w.styles.outcome[outcome] = style(excelize.Style{Alignment: wrap, NumFmt: textFormat, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}})
	}
	return err
}

func (w *writer) overviewColumns() []column {
	return []column{
		{name: w.say("目标", "Target"), width: 22}, {name: w.say("主机名", "Host"), width: 18}, {name: w.say("系统", "System"), width: 22}, {name: w.say("符合", "Pass"), width: 9}, {name: w.say("不符合", "Fail"), width: 9}, {name: w.say("未知", "Unknown"), width: 9},
		{name: w.say("不适用", "N/A"), width: 9}, {name: w.say("合计", "Total"), width: 9}, {name: w.say("其中已豁免", "Waived of these"), width: 11}, {name: w.say("完成时间", "Finished"), width: 21}, {name: w.say("未读取原因", "Why not read"), width: 26}, {name: w.say("快照", "Snapshot"), width: 24}, {name: w.say("快照 SHA-256", "SHA-256 of the snapshot"), width: 36},
	}
}

func (w *writer) standing(s standing) []any {
	cells := []any{s.Target, s.Hostname, s.System, s.Pass, s.Fail, s.Unknown, s.NotApplicable, s.Total(), s.Standing.Waived, when(s.finished), s.Missed, "", ""}
	if s.delivered != nil {
		cells[11], cells[12] = s.delivered.Snapshot, s.delivered.SHA256
	}
	return cells
}

func (w *writer) total(c report.Counts, waived int) []any {
	var cells []any
	for _, v := range []any{w.say("合计", "Total"), len(w.standings), nil, c.Pass, c.Fail, c.Unknown, c.NotApplicable, c.Total(), waived} {
		cells = append(cells, excelize.Cell{StyleID: w.styles.bold, Value: v})
	}
	return cells
}

func when(t time.Time) string {
	if t.Unix() <= 0 {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 -0700")
}

func (w *writer) scoreColumns() []column {
	return []column{
		{name: w.say("目标", "Target"), width: 22}, {name: w.say("基线", "Baseline"), width: 26}, {name: w.say("标题", "Title"), width: 44}, {name: w.say("得分", "Score"), width: 9}, {name: w.say("可判定 %", "Known %"), width: 10}, {name: w.say("符合条款", "Clauses that pass"), width: 11}, {name: w.say("不符合条款", "that fail"), width: 11},
		{name: w.say("未知条款", "unknown"), width: 11}, {name: w.say("不适用条款", "n/a"), width: 11}, {name: w.say("须人工证明", "Attested"), width: 11}, {name: w.say("不可观测", "Not observable"), width: 11}, {name: w.say("条款总数", "Clauses"), width: 11}, {name: w.say("基线摘要", "Digest"), width: 36},
	}
}

func (w *writer) baseline(r *report.Report, b *report.Baseline) error {
	score, known := any(fmt.Sprintf("%.1f", b.Score)), any(fmt.Sprintf("%.0f", b.Known))
	if b.Summary.Total() == b.Summary.NotApplicable {
		score, known = "–", "–" // nothing of it was judged
	}
	err := w.scores.add(r.Target.ID, b.ID, b.Title, score, known, b.Summary.Pass, b.Summary.Fail, b.Summary.Unknown, b.Summary.NotApplicable, b.Attested, b.NotObservable, b.Clauses, b.Digest)
	if err != nil || w.seen[b.ID+"@"+b.Digest] {
		return err
	}
	w.seen[b.ID+"@"+b.Digest] = true
	for _, c := range b.Unjudged(w.Language) {
		how := w.say("不可观测", "not observable")
		if c.Attested {
			how = w.say("须人工证明", "attested by a person")
		}
		if err := w.manual.add(b.ID, c.ID, report.LevelName(w.Language, c.Level), c.Text, how, c.Needs, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) manualColumns() []column {
	return []column{
		{name: w.say("基线", "Baseline"), width: 20}, {name: w.say("条款", "Clause"), width: 28}, {name: w.say("级别", "Level"), width: 9}, {name: w.say("要求", "Requirement"), width: 52}, {name: w.say("方式", "How"), width: 13}, {name: w.say("所需证据或原因", "Evidence to show, or why not"), width: 44},
		{name: w.say("核查记录（人工填写）", "Record (by hand)"), width: 34}, {name: w.say("是否符合（人工填写）", "Conforms (by hand)"), width: 14},
	}
}

func (w *writer) recordColumns() []column {
	return []column{
		{name: w.say("序号", "No."), width: 7}, {name: w.say("目标", "Target"), width: 14}, {name: w.say("基线", "Baseline"), width: 13}, {name: w.say("条款", "Clause"), width: 19}, {name: w.say("级别", "Level"), width: 7}, {name: w.say("条款要求", "Requirement"), width: 28}, {name: w.say("检查项", "Check"), width: 18}, {name: w.say("范围", "Scope"), width: 13},
		{name: w.say("要求值", "Wanted"), width: 17}, {name: w.say("结果记录（实际值）", "Record of result (as it is)"), width: 24}, {name: w.say("是否符合", "Conforms"), width: 9}, {name: w.say("说明", "Note"), width: 20}, {name: w.say("豁免", "Waiver"), width: 14}, {name: w.say("证据编号", "Evidence"), width: 10}, {name: w.say("整改建议", "Remedy"), width: 48, noPaper: true}, {name: w.say("结果编号", "Finding"), width: 36, noPaper: true},
	}
}

// finding is a row of the record. Evidence that the target's other findings rest on, too, keeps its number.
func (w *writer) finding(r *report.Report, f *report.Finding, numbers map[report.Evidence]string) ([]any, error) {
	var proofs []string
	for _, e := range f.Evidence {
		number, known := numbers[e]
		if !known {
			w.proofs++
			number = fmt.Sprintf("E%06d", w.proofs)
			numbers[e] = number
			if err := w.evidence.add(w.proof(r, number, e)...); err != nil {
				return nil, err
			}
		}
		proofs = append(proofs, number)
	}
	note := f.Reason
	if f.Partial {
		note = strings.TrimSpace(w.say("仅判定条款的一部分，其余须人工证明。", "Decides a part of the clause; the rest is attested. ") + note)
	}
	if len(f.SiteFacts) > 0 {
		note = strings.TrimSpace(note + " " + w.say("场所声明：", "Stated by the site: ") + strings.Join(f.SiteFacts, "; "))
	}
	remedy := ""
	if f.Outcome == report.Fail {
		remedy = f.Remedy
	}
	w.findings++
	return []any{
		w.findings, r.Target.ID, f.Baseline, f.Clause, report.LevelName(w.Language, f.Level), f.ClauseText, f.Title, f.Scope, f.Expected, f.Observed,
		excelize.Cell{StyleID: w.styles.outcome[f.Outcome], Value: report.OutcomeName(w.Language, f.Outcome)}, note, report.WaiverText(w.Language, f.Waiver), strings.Join(proofs, " "), remedy, f.ID,
	}, nil
}

func (w *writer) evidenceColumns() []column {
	return []column{
		{name: w.say("证据编号", "Evidence"), width: 12}, {name: w.say("目标", "Target"), width: 20}, {name: w.say("来源", "Source"), width: 40}, {name: w.say("行", "Lines"), width: 10}, {name: w.say("原文（敏感内容已遮蔽）", "Words (secrets masked)"), width: 70}, {name: w.say("默认值依据", "Default stated in"), width: 30}, {name: w.say("原文 SHA-256", "SHA-256 of the words"), width: 36},
	}
}

// proof is a row of the evidence.
func (w *writer) proof(r *report.Report, number string, e report.Evidence) []any {
	lines, sum := "", ""
	switch {
	case e.FirstLine > 0 && e.LastLine > e.FirstLine:
		lines = fmt.Sprintf("%d–%d", e.FirstLine, e.LastLine)
	case e.FirstLine > 0:
		lines = fmt.Sprint(e.FirstLine)
	}
	if e.Excerpt != "" {
		s := sha256.Sum256([]byte(e.Excerpt))
		sum = hex.EncodeToString(s[:])
	}
	return []any{number, r.Target.ID, e.Source, lines, e.Excerpt, e.DefaultStatedIn, sum}
}

func (w *writer) driftColumns() []column {
	return []column{
		{name: w.say("目标", "Target"), width: 20}, {name: w.say("基线", "Baseline"), width: 18}, {name: w.say("条款", "Clause"), width: 26}, {name: w.say("检查项", "Check"), width: 30}, {name: w.say("范围", "Scope"), width: 18}, {name: w.say("此前结论", "Was"), width: 11}, {name: w.say("现在结论", "Is"), width: 11},
		{name: w.say("此前", "Before"), width: 30}, {name: w.say("现在", "Now"), width: 30}, {name: w.say("原因", "Cause"), width: 20}, {name: w.say("上一次快照", "Snapshot before"), width: 24},
	}
}

// rejudged is the row for a baseline that came or went as a whole.
func (w *writer) rejudged(r *report.Report, j report.Rejudged) []any {
	from, to := w.say("（新增）", "(new)"), ""
	if j.Gone {
		from, to = "", w.say("（消失）", "(gone)")
	}
	return []any{r.Target.ID, j.Baseline, "", report.RejudgedText(w.Language, j), "", from, to, "", "", report.CauseName(w.Language, report.CauseBaseline), r.Drift.Since}
}

func (w *writer) change(r *report.Report, c report.Change) []any {
	var causes []string
	for _, word := range c.Causes {
		causes = append(causes, report.CauseName(w.Language, word))
	}
	name := func(outcome, none string) any {
		if outcome == "" {
			return none
		}
		return excelize.Cell{StyleID: w.styles.outcome[outcome], Value: report.OutcomeName(w.Language, outcome)}
	}
	return []any{
		r.Target.ID, c.Baseline, c.Clause, c.Title, c.Scope, name(c.From, w.say("（新增）", "(new)")), name(c.To, w.say("（消失）", "(gone)")), c.Before, c.Now, strings.Join(causes, ", "), r.Drift.Since,
	}
}

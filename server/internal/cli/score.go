package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/score"
)

func (a *app) scoreCommand() *cobra.Command {
	q := score.Question{}
	cmd := &cobra.Command{
		Use: "score", Short: a.Say("得分：全部、各区域或各目标，计与不计豁免", "scores of the whole, of zones or of targets, with and without waivers"),
		Long: a.Say(`得分是已符合条款的权重占全部适用条款权重的比例；未知不算符合。“计豁免”一栏剔除已豁免的不符合项，从不把它算作符合。`,
			`A score is the weight of the clauses that are met among all that apply; what is unknown is not met. With waivers, what is waived is left out and
never counted as met.`),
		Example: a.Example(`  {program} score                                  各基线总分
  {program} score --by zone --baseline jrt0068-2012
  {program} score --by target --zone dmz --format csv
  {program} score shanghai                         上海评分表`,
			`  {program} score                                  of each baseline
  {program} score --by zone --baseline jrt0068-2012
  {program} score --by target --zone dmz --format csv
  {program} score shanghai                         the Shanghai scoring table`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.OneOf("--by", q.Level, score.Levels()); err != nil {
				return err
			}
			s, err := a.storeFor(cmd, tableFormat, jsonFormat, csvFormat)
			if err != nil {
				return err
			}
			defer s.Close()
			rows, strange, err := score.Of(cmd.Context(), s, q)
			if err != nil {
				return err
			}
			if len(strange) > 0 {
				a.note(a.Say("本服务器没有这些基线的内容，未计分：%s", "this server has no content of these baselines; they have no score: %s", strings.Join(strange, ", ")))
			}
			if q.Level == score.Target {
				slices.SortStableFunc(rows, func(x, y score.Row) int { return cmp.Compare(x.Without.Points, y.Without.Points) })
			}
			lines := make([]score.Line, len(rows))
			for i, r := range rows {
				lines[i] = r.Line()
			}
			head := []string{
				a.Say("名称", "NAME"), a.Say("基线", "BASELINE"), a.Say("得分", "SCORE"), a.Say("计豁免", "WITH WAIVERS"), a.Say("已知", "KNOWN"), a.Say("符合", "PASS"), a.Say("不符合", "FAIL"),
				a.Say("未知", "UNKNOWN"), a.Say("豁免", "WAIVED"), a.Say("目标", "TARGETS"), a.Say("从未读取", "NEVER READ"), a.Say("待证明", "TO ATTEST"),
			}
			return write(a, lines, head, func(l score.Line) []string {
				attest := ""
				if l.Attested != nil {
					attest = strconv.Itoa(l.Attested.Missing)
				}
				return []string{
					l.Name, l.Baseline, figure(l.Without), figure(l.With), fmt.Sprintf("%.2f%%", l.Without.Known), strconv.Itoa(l.Without.Pass), strconv.Itoa(l.Without.Fail),
					strconv.Itoa(l.Without.Unknown), strconv.Itoa(l.With.Waived), strconv.Itoa(l.Targets), strconv.Itoa(l.NeverRead), attest,
				}
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Level, "by", score.Whole, a.Say("层次：`whole` 全部、zone 各区域、target 各目标", "of what: `whole|zone|target`"))
	f.StringVar(&q.Baseline, "baseline", "", a.Say("只计该`基线`", "only the baseline `ID`"))
	f.StringVar(&q.Zone, "zone", "", a.Say("只计该`区域`", "only `ZONE`"))
	f.StringVar(&q.Target, "target", "", a.Say("只计该`目标`", "only `TARGET`"))
	a.PlainDefault(cmd, "by")
	a.Fixed(cmd, "by", score.Levels()...)
	cmd.AddCommand(a.shanghaiCommand())
	return cmd
}

// figure is a score; where nothing applied there is none.
func figure(p score.Points) string {
	if !p.Applicable {
		return "–"
	}
	return fmt.Sprintf("%.2f", p.Points)
}

func (a *app) shanghaiCommand() *cobra.Command {
	var zone string
	cmd := &cobra.Command{
		Use: "shanghai", Short: a.Say("上海评分表：各指标已证明～可能的得分、依据与缺失", "the Shanghai scoring table: what is proved and possible of each indicator, and what is missing"),
		Long:    a.Lang.Of(score.Rule()),
		Example: a.Example(`  {program} score shanghai --format csv > 评分表.csv`, `  {program} score shanghai --format csv > table.csv`), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.storeFor(cmd, tableFormat, jsonFormat, csvFormat)
			if err != nil {
				return err
			}
			defer s.Close()
			appraisal, err := score.Shanghai(cmd.Context(), s, zone)
			if err != nil {
				return err
			}
			table := score.TableOf(appraisal)
			if a.format == jsonFormat {
				return write(a, []score.Table{table}, nil, nil)
			}
			return a.shanghaiTable(table)
		},
	}
	cmd.Flags().StringVar(&zone, "zone", "", a.Say("检查结果只取该`区域`的", "take findings of `ZONE` only"))
	return cmd
}

// shanghaiTable prints the groups, the indicators of each and the sum.
func (a *app) shanghaiTable(t score.Table) error {
	text := func(t score.Text) string { return a.Lang.Of(&pb.Text{Zh: t.Zh, En: t.En}) }
	var rows [][]string
	for _, g := range t.Groups {
		rows = append(rows, []string{"", text(g.Name), strconv.Itoa(g.Weight), interval(g.Points), interval(g.With), "", "", ""})
		for _, in := range g.Indicators {
			points, with := interval(in.Points), interval(in.With)
			if !in.Applicable {
				points, with = a.Say("不适用", "n.a."), a.Say("不适用", "n.a.")
			}
			rows = append(rows, []string{in.ID, text(in.Name), strconv.Itoa(in.Weight), points, with, a.counts(in.Checks), a.attestedClauses(in), a.lacks(in)})
		}
	}
	rows = append(rows, []string{"", a.Say("合计", "sum"), strconv.Itoa(t.Weight), interval(t.Points), interval(t.With), "", "", ""})
	head := []string{a.Say("编号", "ID"), a.Say("指标", "INDICATOR"), a.Say("权重", "WEIGHT"), a.Say("得分", "POINTS"), a.Say("计豁免", "WITH WAIVERS"), a.Say("检查", "CHECKS"), a.Say("人员证明", "ATTESTED"), a.Say("缺失", "MISSING")}
	return write(a, rows, head, func(r []string) []string { return r })
}

// interval is from what is proved to what is possible.
func interval(i baseline.Interval) string {
	if i.Proved == i.Possible {
		return fmt.Sprintf("%.2f", i.Proved)
	}
	return fmt.Sprintf("%.2f ~ %.2f", i.Proved, i.Possible)
}

func (a *app) counts(c baseline.Counts) string {
	if c.Pass+c.Fail+c.Unknown == 0 {
		return ""
	}
	return a.Say("%d 符合 %d 不符合 %d 未知 %d 豁免", "%d pass %d fail %d unknown %d waived", c.Pass, c.Fail, c.Unknown, c.Waived)
}

// attestedClauses says of how many clauses of the indicator a statement counts.
func (a *app) attestedClauses(in score.Indicator) string {
	stated, wanted := 0, 0
	for _, c := range in.Clauses {
		if c.LacksAttestation || len(c.Attested) > 0 {
			wanted++
		}
		if len(c.Attested) > 0 {
			stated++
		}
	}
	return a.Say("%d/%d 条", "%d/%d clauses", stated, wanted)
}

func (a *app) lacks(in score.Indicator) string {
	var out []string
	if len(in.Controls) == 0 && len(in.Unseen) > 0 {
		out = append(out, a.Say("检查结果", "scan results"))
	}
	if len(in.Missing) > 0 {
		out = append(out, strings.Join(in.Missing, " "))
	}
	return strings.Join(out, "; ")
}

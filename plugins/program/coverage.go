package program

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/baseline"
)

// coverageFormats are the formats of coverage; the first is the default.
var coverageFormats = []string{"table", "csv", "json"}

func (a *App) coverageCommand() *cobra.Command {
	var names []string
	var format, file string
	cmd := &cobra.Command{
		Use: "coverage", Short: a.Say("各基线有多少条款可判断、部分判断、需举证、无法观察", "how many clauses of each baseline are judged, partly judged, attested, not observable"),
		Example: a.Example(`  {program} coverage                       每部基线的条款数
  {program} coverage --format csv -o c.csv 逐条导出`,
			`  {program} coverage                       counts for each baseline
  {program} coverage --format csv -o c.csv clause by clause`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			if err := a.OneOf("--format", format, coverageFormats); err != nil {
				return err
			}
			list, err := a.chosenBaselines(names)
			if err != nil {
				return err
			}
			out, err := OpenOutput(file, a.Stdout)
			if err != nil {
				return err
			}
			defer out.Discard()
			if err := a.writeCoverage(out, format, list); err != nil {
				return err
			}
			return out.Commit()
		},
	}
	a.baselineFlag(cmd, &names)
	a.OutputFlag(cmd, &file)
	a.FormatFlag(cmd, &format, coverageFormats)
	return cmd
}

func (a *App) writeCoverage(w io.Writer, format string, list []*baseline.Baseline) error {
	var rows []baseline.CoverageRow
	for _, b := range list {
		for _, p := range a.Platforms {
			rows = append(rows, b.Coverage(p)...)
		}
	}
	switch format {
	case "csv":
		return a.coverageCSV(w, rows)
	case "json":
		return a.coverageJSON(w, rows)
	}
	for _, b := range list {
		for _, p := range a.Platforms {
			count := baseline.Count(b.Coverage(p))
			fmt.Fprintf(w, "%s  %s  %s\n", b.ID, p.Name, a.Lang.Of(b.Title))
			for _, s := range baseline.Statuses() {
				if count[s] > 0 {
					fmt.Fprintf(w, "%6d  %s\n", count[s], a.Lang.Of(s.Text()))
				}
			}
			fmt.Fprintf(w, "%6d  %s\n", len(b.Clauses), a.Say("合计", "in all"))
		}
	}
	return nil
}

func (a *App) coverageCSV(w io.Writer, rows []baseline.CoverageRow) error {
	c := csv.NewWriter(w)
	c.Write([]string{"baseline", "platform", "clause", "level", "subject", "controls", "status", "checks", "text", "because"})
	for _, r := range rows {
		c.Write([]string{r.Baseline, r.Platform, r.Clause, r.Level, r.Subject, strings.Join(r.Controls, " "), string(r.Status),
			strings.Join(r.Checks, " "), a.Lang.Of(r.Text), a.Lang.Of(r.Because)})
	}
	c.Flush()
	return c.Error()
}

// coverageLine is a row of coverage in JSON, in one language.
type coverageLine struct {
	baseline.CoverageRow
	Text    string `json:"text"`
	Because string `json:"because,omitempty"`
}

func (a *App) coverageJSON(w io.Writer, rows []baseline.CoverageRow) error {
	lines := make([]coverageLine, len(rows))
	for i, r := range rows {
		lines[i] = coverageLine{r, a.Lang.Of(r.Text), a.Lang.Of(r.Because)}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(lines)
}

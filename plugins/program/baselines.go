package program

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
)

// maxBaseline is the largest baseline file that is read.
const maxBaseline = 4 << 20

func (a *App) baselinesCommand() *cobra.Command {
	var export, file string
	cmd := &cobra.Command{
		Use: "baselines " + a.Say("[基线]", "[ID]"), Short: a.Say("列出内置基线及其条款，校验自定义基线文件", "list the built-in baselines and their clauses; validate a file of your own"),
		Example: a.Example(`  {program} baselines                          列出内置基线
  {program} baselines jrt0068-2012             列出一部基线的条款
  {program} baselines --export jrt0068-2012    输出其 YAML 文件
  {program} baselines --check mine.yaml        校验自定义基线文件`,
			`  {program} baselines                          the built-in baselines
  {program} baselines jrt0068-2012             the clauses of one
  {program} baselines --export jrt0068-2012    its YAML file
  {program} baselines --check mine.yaml        is a file of your own right?`),
		DisableFlagsInUseLine: true, ValidArgs: builtinIDs(),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1 || len(args) == 1 && (export != "" || file != "") || export != "" && file != "":
				return a.Fail("一次只能指定一部基线或一个文件", "name one baseline or one file")
			case export != "":
				return a.exportBaseline(export)
			case file != "":
				return a.checkBaseline(file)
			case len(args) == 1:
				return a.listClauses(args[0])
			}
			return a.listBaselines()
		},
	}
	cmd.Flags().StringVar(&export, "export", "", a.Say("输出内置`基线`的 YAML 文件", "print the YAML file of the built-in baseline `ID`"))
	cmd.Flags().StringVar(&file, "check", "", a.Say("校验自定义基线`文件`", "validate the baseline file `FILE`"))
	a.Fixed(cmd, "export", builtinIDs()...)
	return cmd
}

func builtinIDs() []string {
	var ids []string
	for _, b := range baseline.Builtin() {
		ids = append(ids, b.ID)
	}
	return ids
}

// builtin finds a built-in baseline.
func (a *App) builtin(id string) (*baseline.Baseline, error) {
	if b := baseline.ByID(id); b != nil {
		return b, nil
	}
	return nil, a.UnknownName(checks.Say("内置基线", "built-in baseline"), id, builtinIDs())
}

func (a *App) listBaselines() error {
	w := NewColumns(a.Stdout)
	for _, b := range baseline.Builtin() {
		fmt.Fprintf(w, "%s\t%d\t%s\n", b.ID, len(b.Clauses), a.Lang.Of(b.Title))
	}
	return w.Flush()
}

func (a *App) listClauses(id string) error {
	b, err := a.builtin(id)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "%s  %s\n%s\n%s\n\n", b.ID, a.Lang.Of(b.Title), a.Lang.Of(b.Source), a.Say("摘要 %s", "digest %s", b.Digest))
	for i := range b.Clauses {
		c := &b.Clauses[i]
		fmt.Fprintf(a.Stdout, "%s  %s  %s  %s\n    %s\n", c.ID, a.level(c.Level), strings.Join(c.Controls, " "), a.shownBy(c), a.Lang.Of(c.Text))
	}
	return nil
}

// shownBy says in a word how a clause is shown.
func (a *App) shownBy(c *baseline.Clause) string {
	switch {
	case len(c.Checks) > 0:
		ids := make([]string, len(c.Checks))
		for i, t := range c.Checks {
			ids[i] = t.Check
		}
		return strings.Join(ids, " ")
	case c.NotObservable != nil:
		return a.Say("（无法观察）", "(not observable)")
	}
	return a.Say("（举证）", "(attested)")
}

func (a *App) exportBaseline(id string) error {
	b, err := a.builtin(id)
	if err != nil {
		return err
	}
	text, err := baseline.File(b.ID)
	if err != nil {
		return err
	}
	_, err = a.Stdout.Write(text)
	return err
}

func (a *App) checkBaseline(file string) error {
	b, err := a.loadBaseline(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.Stdout, a.Say("%s：正确，基线 %s，%d 条条款", "%s: right; baseline %s with %d clauses", file, b.ID, len(b.Clauses)))
	return err
}

func (a *App) loadBaseline(file string) (*baseline.Baseline, error) {
	text, err := readSmall(file, maxBaseline)
	if err != nil {
		return nil, err
	}
	return baseline.Load(file, text, a.Checks)
}

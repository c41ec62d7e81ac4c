package program

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (a *App) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain " + a.Say("检查项|条款|控制项", "CHECK|CLAUSE|CONTROL"), Short: a.Say("说明查什么、为何查、数值出自哪一条款、如何整改", "say what is checked, why, where the figure is from and how to remedy"),
		Example: a.Example(`  {program} explain password.max_age                   一项检查
  {program} explain PWD-03                             一个控制项
  {program} explain JRT0068-2012/6.1.1.1.a-1           一条条款`,
			`  {program} explain password.max_age                   a check
  {program} explain PWD-03                             a control
  {program} explain JRT0068-2012/6.1.1.1.a-1           a clause`),
		DisableFlagsInUseLine: true,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(a.checkIDs(), a.controlIDs()...), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return a.Fail("请指定一个检查项、条款或控制项", "name one check, clause or control")
			}
			text, err := a.explain(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.Stdout, text)
			return err
		},
	}
	return cmd
}

func (a *App) explain(name string) (string, error) {
	var p page
	if c := a.check(name); c != nil {
		a.explainCheck(&p, c)
		return p.String(), nil
	}
	if c := baseline.ControlByID(name); c != nil {
		a.explainControl(&p, c)
		return p.String(), nil
	}
	known := append(a.checkIDs(), a.controlIDs()...)
	for _, b := range baseline.Builtin() {
		if c := b.Clause(name); c != nil {
			a.explainClause(&p, b, c)
			continue
		}
		for i := range b.Clauses {
			known = append(known, b.Clauses[i].ID)
		}
	}
	if p.Len() == 0 {
		return "", a.UnknownName(checks.Say("检查项、条款或控制项", "check, clause or control"), name, known)
	}
	return p.String(), nil
}

// page is an explanation: headings with what belongs to them.
type page struct{ strings.Builder }

func (p *page) heading(s string) {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	p.WriteString(s + "\n")
}

func (p *page) part(heading, body string) {
	if body != "" {
		p.heading(heading)
		p.line(body)
	}
}

func (p *page) line(s string) {
	for line := range strings.Lines(strings.TrimRight(s, "\n") + "\n") {
		p.WriteString("  " + line)
	}
}

func (a *App) explainCheck(p *page, c *checks.Check) {
	p.heading(c.ID + "  " + a.Lang.Of(c.Title))
	p.part(a.Say("控制项", "Controls"), a.controlNames(c.Controls))
	p.part(a.Say("为何检查", "Why"), a.Lang.Of(c.Rationale))
	p.part(a.Say("检查什么，看不到什么", "What it sees, and what it cannot"), a.Lang.Of(c.Sees))
	p.part(a.Say("如何整改", "Remedy"), a.Lang.Of(c.Remedy))
	if len(c.Params) > 0 {
		p.heading(a.Say("参数", "Parameters"))
		for i, d := range c.Params {
			name := c.ID
			if i > 0 {
				name += "." + d.Name
			}
			p.line(a.Say("%s（%s）：%s；缺省 --set %s=%s", "%s (%s): %s; default --set %s=%s", d.Name, a.kind(d.Kind), d.Doc, name, d.Default))
			if d.Allowed != nil {
				p.line("  " + a.Say("可取：%s", "allowed: %s", strings.Join(d.Allowed, " ")))
			}
		}
	}
	p.heading(a.Say("要求它的条款", "Clauses that ask for it"))
	n := 0
	for _, b := range baseline.Builtin() {
		for i := range b.Clauses {
			for _, t := range b.Clauses[i].Checks {
				if t.Check == c.ID {
					p.line(fmt.Sprintf("%s  %s  %s", b.Clauses[i].ID, a.level(b.Clauses[i].Level), a.figures(t)))
					n++
				}
			}
		}
	}
	if n == 0 {
		p.line(a.Say("无；可用 --check 单独检查", "none; --check judges it all the same"))
	}
}

func (a *App) explainControl(p *page, c *baseline.Control) {
	p.heading(c.ID + "  " + a.Lang.Of(c.Text))
	p.heading(a.Say("判断它的检查项", "Checks that judge it"))
	n := 0
	for _, check := range a.Checks {
		if slices.Contains(check.Controls, c.ID) {
			p.line(check.ID + "  " + a.Lang.Of(check.Title))
			n++
		}
	}
	if n == 0 {
		p.line(a.Say("无；由人员举证", "none; a person attests it"))
		p.part(a.Say("应出示的证据", "Evidence to show"), a.Lang.Of(c.Evidence))
	}
	p.heading(a.Say("相关条款", "Clauses about it"))
	for _, b := range baseline.Builtin() {
		for i := range b.Clauses {
			if cl := &b.Clauses[i]; slices.Contains(cl.Controls, c.ID) {
				p.line(fmt.Sprintf("%s  %s  %s", cl.ID, a.level(cl.Level), a.Lang.Of(cl.Text)))
			}
		}
	}
}

func (a *App) explainClause(p *page, b *baseline.Baseline, c *baseline.Clause) {
	p.heading(c.ID + "  " + a.level(c.Level))
	p.line(a.Lang.Of(c.Text))
	p.part(a.Say("出处", "From"), a.Lang.Of(b.Title)+"\n"+a.Lang.Of(b.Source))
	p.part(a.Say("控制项", "Controls"), a.controlNames(c.Controls))
	for _, t := range c.Checks {
		check := a.check(t.Check)
		if check == nil {
			continue
		}
		p.heading(a.Say("检查项 %s", "Check %s", t.Check))
		p.line(a.Lang.Of(check.Title))
		p.line(a.figures(t))
		p.line(a.Say("整改：%s", "Remedy: %s", check.Remedy))
	}
	p.part(a.Say("由人员举证", "Attested by a person"), a.Lang.Of(c.Attested))
	p.part(a.Say("无法观察", "Not observable"), a.Lang.Of(c.NotObservable))
	p.part(a.Say("说明", "Note"), a.Lang.Of(c.Note))
}

// figures says how a clause uses a check.
func (a *App) figures(t baseline.Tie) string {
	write := func(params []baseline.Param) string {
		words := make([]string, len(params))
		for i, q := range params {
			words[i] = q.Name + "=" + q.Value
		}
		return strings.Join(words, " ")
	}
	var parts []string
	if len(t.With) > 0 {
		parts = append(parts, write(t.With))
	}
	if len(t.Literal) > 0 {
		parts = append(parts, a.Say("条款原文为 %s", "the text itself says %s", write(t.Literal)))
	}
	if t.Default {
		parts = append(parts, a.Say("条款未给出数值，取检查项缺省", "the clause states no figure, the check's default holds"))
	}
	if t.Partial {
		parts = append(parts, a.Say("只判断条款的一部分", "decides only a part of the clause"))
	}
	on := map[baseline.Kind]*pb.Text{
		baseline.Host: checks.Say("主机", "hosts"), baseline.Device: checks.Say("网络设备", "devices"),
		baseline.Host | baseline.Device: checks.Say("主机与网络设备", "hosts and devices"),
	}
	if text := on[t.On]; text != nil {
		parts = append(parts, a.Say("适用于%s", "on %s", text))
	}
	return strings.Join(parts, a.Say("；", "; "))
}

func (a *App) level(level string) string {
	if level == baseline.Enhanced {
		return a.Say("增强", "enhanced")
	}
	return a.Say("基本", "basic")
}

func (a *App) kind(k checks.Kind) string {
	return a.Lang.Of(map[checks.Kind]*pb.Text{
		checks.Number: checks.Say("整数", "whole number"), checks.Span: checks.Say("时长", "length of time"),
		checks.Words: checks.Say("以 + 连接的词", "words joined by +"), checks.Word: checks.Say("词", "word"),
	}[k])
}

func (a *App) controlNames(ids []string) string {
	lines := make([]string, len(ids))
	for i, id := range ids {
		lines[i] = id
		if c := baseline.ControlByID(id); c != nil {
			lines[i] += "  " + a.Lang.Of(c.Text)
		}
	}
	return strings.Join(lines, "\n")
}

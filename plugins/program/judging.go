package program

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/report"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Judging is what the flags say of how targets are judged.
type Judging struct {
	Baselines, Checks, Controls, Set []string
	Profile, Site                    string
}

// JudgingFlags offers the flags of Judging.
func (a *App) JudgingFlags(cmd *cobra.Command, given *Judging) {
	f := cmd.Flags()
	a.baselineFlags(cmd, &given.Baselines, &given.Profile)
	f.StringSliceVar(&given.Checks, "check", nil, a.Say("只做这些`检查项`，逗号分隔；基线未引用的也会检查", "only these checks: `NAME,...`; also those that no chosen baseline asks for"))
	f.StringSliceVar(&given.Controls, "control", nil, a.Say("只做这些`控制项`的检查，逗号分隔，如 PWD-01；与 --check 取并集", "only checks of these controls: `ID,...`, like PWD-01; together with those of --check"))
	f.StringArrayVar(&given.Set, "set", nil, a.Say("`检查项=取值`：改用该参数，可重复；也可写 检查项.参数=取值", "judge with another figure: `CHECK=VALUE` or CHECK.PARAM=VALUE; may be repeated"))
	f.StringVar(&given.Site, "site", "", a.Say("场所信息`文件`（YAML）", "what is stated about the site: a YAML `FILE`"))
	a.Fixed(cmd, "check", a.checkIDs()...)
	a.Fixed(cmd, "control", a.controlIDs()...)
}

// Reporting is what the flags say of how results are shown.
type Reporting struct {
	Format, Output, FailOn string
	Show                   []string
}

// ReportingFlags offers the flags of Reporting.
func (a *App) ReportingFlags(cmd *cobra.Command, given *Reporting) {
	f := cmd.Flags()
	a.FormatFlag(cmd, &given.Format, report.Formats)
	a.OutputFlag(cmd, &given.Output)
	f.StringSliceVar(&given.Show, "show", nil, a.Say("表格列出的`结果`：fail、unknown、pass、not_applicable、all，缺省 fail,unknown", "what the table lists: `fail,unknown,pass,not_applicable,all`; fail,unknown if not given"))
	f.StringVar(&given.FailOn, "fail-on", failOnFail, a.Say("何种结果使退出码为 1：`fail|unknown|none`", "what makes the exit status 1: `fail|unknown|none`"))
	a.PlainDefault(cmd, "fail-on")
	a.Fixed(cmd, "fail-on", failOnFail, failOnUnknown, failOnNone)
	a.Fixed(cmd, "show", "fail", "unknown", "pass", "not_applicable", showAll)
}

// A Report is a place for a report that was found good before the work began, so that a wrong word or name costs no scan.
type Report struct {
	given Reporting
	show  []pb.Outcome
	out   *Output
}

// OpenReport reads the flags and prepares the output.
func (a *App) OpenReport(given Reporting) (*Report, error) {
	show, err := a.outcomes(given.Show)
	if err != nil {
		return nil, err
	}
	if err := a.OneOf("--format", given.Format, report.Formats); err != nil {
		return nil, err
	}
	if err := a.OneOf("--fail-on", given.FailOn, []string{failOnFail, failOnUnknown, failOnNone}); err != nil {
		return nil, err
	}
	out, err := OpenOutput(given.Output, a.Stdout)
	if err != nil {
		return nil, err
	}
	return &Report{given: given, show: show, out: out}, nil
}

// Discard takes away what was not written whole.
func (r *Report) Discard() { r.out.Discard() }

// Write writes the report. It gives ErrFound if a finding is what --fail-on names.
func (a *App) Write(r *Report, snapshots []*pb.Snapshot, plan Plan) error {
	width, onTerminal := Terminal(a.Stdout)
	onTerminal = onTerminal && r.out.file == nil
	if !onTerminal {
		width = 0
	}
	err := report.Write(r.out, r.given.Format, snapshots, report.Options{
		Lang: string(a.Lang), Show: r.show, Width: width, Color: onTerminal && a.Getenv("NO_COLOR") == "",
		Baselines: plan.Baselines, Checks: a.Checks, Profile: plan.Profile, Notes: plan.Notes, Version: a.Version,
	})
	if err != nil {
		return err
	}
	if err := r.out.Commit(); err != nil {
		return err
	}
	if slices.ContainsFunc(snapshots, func(s *pb.Snapshot) bool { return found(s.GetFindings(), r.given.FailOn) }) {
		return ErrFound
	}
	return nil
}

// The outcomes that --show names.
var outcomeWords = []struct {
	word    string
	outcome pb.Outcome
}{
	{"fail", pb.Outcome_OUTCOME_FAIL}, {"unknown", pb.Outcome_OUTCOME_UNKNOWN},
	{"pass", pb.Outcome_OUTCOME_PASS}, {"not_applicable", pb.Outcome_OUTCOME_NOT_APPLICABLE},
}

const (
	showAll = "all"

	failOnFail    = "fail"
	failOnUnknown = "unknown"
	failOnNone    = "none"
)

// found says whether findings have what --fail-on names.
func found(findings []*pb.Finding, failOn string) bool {
	return slices.ContainsFunc(findings, func(f *pb.Finding) bool {
		switch f.GetOutcome() {
		case pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_NOT_APPLICABLE:
			return false
		case pb.Outcome_OUTCOME_FAIL:
			return failOn != failOnNone
		}
		return failOn == failOnUnknown
	})
}

// outcomes reads --show.
func (a *App) outcomes(words []string) ([]pb.Outcome, error) {
	known := []string{showAll}
	var all, out []pb.Outcome
	for _, o := range outcomeWords {
		known = append(known, o.word)
		all = append(all, o.outcome)
		if slices.Contains(words, o.word) {
			out = append(out, o.outcome)
		}
	}
	for _, w := range words {
		if err := a.OneOf("--show", w, known); err != nil {
			return nil, err
		}
	}
	if slices.Contains(words, showAll) {
		return all, nil
	}
	return out, nil
}

// maxSite is the largest site file.
const maxSite = 1 << 20

// Site reads the site file, and holds roles to it; nil if no file is named.
func (a *App) Site(name string, roles ...string) (*site.Site, error) {
	if name == "" {
		return nil, nil
	}
	text, err := readSmall(name, maxSite)
	if err != nil {
		return nil, err
	}
	s, err := site.Parse(name, text)
	if err != nil {
		return nil, a.siteError(err)
	}
	for _, role := range roles {
		if _, ok := s.Roles[role]; ok || role == "" {
			continue
		}
		var known []string
		for r := range s.Roles {
			known = append(known, r)
		}
		slices.Sort(known)
		return nil, a.Fail("%s 未声明角色 %q（已声明：%s）", "%s does not state the role %q (it states: %s)", name, role, strings.Join(known, ", "))
	}
	return s, nil
}

// siteError says what is wrong with a site file in the command's language, a line a problem.
func (a *App) siteError(err error) error {
	problems := site.Problems(err)
	if len(problems) == 0 {
		return err
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = a.Lang.Of(p.Say())
	}
	return errors.New(strings.Join(lines, "\n"))
}

// readSmall reads a file that the user names, if it is a file of a sensible size.
func readSmall(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s: not a regular file of at most %d bytes", name, limit)
	}
	return os.ReadFile(name)
}

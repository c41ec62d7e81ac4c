package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/checks/report"
	"github.com/plumbline/plumbline/checks/site"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// scanFlags are what scan was given.
type scanFlags struct {
	root, site, role, zone, target   string
	baselines, checks, controls, set []string
	profile                          string
	format, output, failOn           string
	show                             []string
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

func (a *app) scanCommand() *cobra.Command {
	var given scanFlags
	cmd := &cobra.Command{
		Use: "scan", Short: a.say("检查本机或一个目录中的系统", "judge this host, or a system in a folder"),
		Long: a.say(`读取本机（或 --root 目录）的安全配置，按基线逐条判断：符合、不符合、无法判断（附原因）、不适用。
只读不写；不需要 root，权限不足而看不到的内容一律判为“无法判断”。

退出码：0 没有 --fail-on 所指的结果；1 有；2 未能完成。`,
			`Reads the security settings of this host (or of --root DIR) and judges them clause by clause: pass, fail, unknown with the reason, not
applicable. It changes nothing. It needs no root; what it may not see is unknown.

Exit status: 0 nothing that --fail-on names, 1 something, 2 could not run.`),
		Example: a.say(`  plumbline-agent scan                                                   按全部基线检查本机
  plumbline-agent scan --show all --lang zh                              也列出符合的条目
  plumbline-agent scan --baseline qtcjh-0001-2023 --format html -o r.html
  plumbline-agent scan --site site.yaml --role web-server                结合场所信息（管理网段、日志服务器、各角色端口）
  plumbline-agent scan --root /mnt/disk                                  检查挂载的磁盘
  plumbline-agent scan --check password.max_age --set password.max_age=90d
  plumbline-agent scan --fail-on unknown --format junit -o result.xml    用于流水线`,
			`  plumbline-agent scan                                                   this host against all baselines
  plumbline-agent scan --show all --lang en                              list what passes, too
  plumbline-agent scan --baseline qtcjh-0001-2023 --format html -o r.html
  plumbline-agent scan --site site.yaml --role web-server                with what is stated about the site (networks, servers, ports by role)
  plumbline-agent scan --root /mnt/disk                                  a mounted disk
  plumbline-agent scan --check password.max_age --set password.max_age=90d
  plumbline-agent scan --fail-on unknown --format junit -o result.xml    for pipelines`),
		Args: a.none, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.scan(cmd, given) },
	}
	f := cmd.Flags()
	a.rootFlag(cmd, &given.root)
	a.baselineFlags(cmd, &given.baselines, &given.profile)
	f.StringSliceVar(&given.checks, "check", nil, a.say("只做这些`检查项`，逗号分隔；基线未引用的也会检查", "only these checks: `NAME,...`; also those that no chosen baseline asks for"))
	f.StringSliceVar(&given.controls, "control", nil, a.say("只做这些`控制项`的检查，逗号分隔，如 PWD-01；与 --check 取并集", "only checks of these controls: `ID,...`, like PWD-01; together with those of --check"))
	f.StringArrayVar(&given.set, "set", nil, a.say("`检查项=取值`：改用该参数，可重复；也可写 检查项.参数=取值", "judge with another figure: `CHECK=VALUE` or CHECK.PARAM=VALUE; may be repeated"))
	f.StringVar(&given.site, "site", "", a.say("场所信息`文件`（YAML）", "what is stated about the site: a YAML `FILE`"))
	f.StringVar(&given.role, "role", "", a.say("本机在场所信息中的`角色`", "the host's role in the site file: `NAME`"))
	f.StringVar(&given.zone, "zone", "", a.say("本机所在网络`区域`", "the network zone it stands in: `NAME`"))
	f.StringVar(&given.target, "target", "", a.say("结果中的目标`名称`，缺省由机器编号得出", "the host's `NAME` in findings; made from the machine's number if not given"))
	a.formatFlag(cmd, &given.format, report.Formats)
	a.outputFlag(cmd, &given.output)
	f.StringSliceVar(&given.show, "show", nil, a.say("表格列出的`结果`：fail、unknown、pass、not_applicable、all，缺省 fail,unknown", "what the table lists: `fail,unknown,pass,not_applicable,all`; fail,unknown if not given"))
	f.StringVar(&given.failOn, "fail-on", failOnFail, a.say("何种结果使退出码为 1：`fail|unknown|none`", "what makes the exit status 1: `fail|unknown|none`"))
	plainDefault(cmd, "fail-on", a)
	a.fixed(cmd, "check", a.checkIDs()...)
	a.fixed(cmd, "control", a.controlIDs()...)
	a.fixed(cmd, "fail-on", failOnFail, failOnUnknown, failOnNone)
	a.fixed(cmd, "show", "fail", "unknown", "pass", "not_applicable", showAll)
	return cmd
}

func (a *app) scan(cmd *cobra.Command, given scanFlags) error {
	show, err := a.outcomes(given.show)
	if err != nil {
		return err
	}
	if err := a.oneOf("--format", given.format, report.Formats); err != nil {
		return err
	}
	if err := a.oneOf("--fail-on", given.failOn, []string{failOnFail, failOnUnknown, failOnNone}); err != nil {
		return err
	}
	stated, err := a.site(given.site, given.role)
	if err != nil {
		return err
	}
	plan, err := a.plan(given)
	if err != nil {
		return err
	}
	out, err := openOutput(given.output, a.Stdout)
	if err != nil {
		return err
	}
	defer out.discard()
	p := a.showProgress()
	snapshot, err := agent.Scan(cmd.Context(), agent.Config{
		Driver: linux.Driver{}, Root: given.root, Rules: plan.rules, Baselines: plan.names(),
		Site: stated, Role: given.role, Zone: given.zone, Target: given.target, Version: a.Version, Asked: p.ask,
	})
	p.end()
	if err != nil {
		return err
	}
	width, onTerminal := terminal(a.Stdout)
	onTerminal = onTerminal && out.file == nil
	if !onTerminal {
		width = 0
	}
	err = report.Write(out, given.format, []*pb.Snapshot{snapshot}, report.Options{
		Lang: string(a.lang), Show: show, Width: width, Color: onTerminal && a.Getenv("NO_COLOR") == "",
		Baselines: plan.baselines, Checks: a.checks, Profile: plan.profile, Notes: plan.notes, Version: a.Version,
	})
	if err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	if found(snapshot.GetFindings(), given.failOn) {
		return errFound
	}
	return nil
}

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
func (a *app) outcomes(words []string) ([]pb.Outcome, error) {
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
		if err := a.oneOf("--show", w, known); err != nil {
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

// site reads the site file, and holds the role to it.
func (a *app) site(name, role string) (*site.Site, error) {
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
	if _, ok := s.Roles[role]; role != "" && !ok {
		var roles []string
		for r := range s.Roles {
			roles = append(roles, r)
		}
		slices.Sort(roles)
		return nil, a.fail("%s 未声明角色 %q（已声明：%s）", "%s does not state the role %q (it states: %s)", name, role, strings.Join(roles, ", "))
	}
	return s, nil
}

// siteError says what is wrong with a site file in the command's language, a line a problem.
func (a *app) siteError(err error) error {
	problems := site.Problems(err)
	if len(problems) == 0 {
		return err
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = a.lang.of(p.Say())
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

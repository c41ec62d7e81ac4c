package cli

import (
	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	"github.com/plumbline/plumbline/plugins/program"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// scanFlags are what scan was given.
type scanFlags struct {
	program.Judging
	program.Reporting
	root, role, zone, target string
}

func (a *app) scanCommand() *cobra.Command {
	var given scanFlags
	cmd := &cobra.Command{
		Use: "scan", Short: a.Say("检查本机或一个目录中的系统", "judge this host, or a system in a folder"),
		Long: a.Say(`读取本机（或 --root 目录）的安全配置，按基线逐条判断：符合、不符合、无法判断（附原因）、不适用。
只读不写；不需要 root，权限不足而看不到的内容一律判为“无法判断”。

退出码：0 没有 --fail-on 所指的结果；1 有；2 未能完成。`,
			`Reads the security settings of this host (or of --root DIR) and judges them clause by clause: pass, fail, unknown with the reason, not
applicable. It changes nothing. It needs no root; what it may not see is unknown.

Exit status: 0 nothing that --fail-on names, 1 something, 2 could not run.`),
		Example: a.Example(`  {program} scan                                                   按全部基线检查本机
  {program} scan --show all --lang zh                              也列出符合的条目
  {program} scan --baseline qtcjh-0001-2023 --format html -o r.html
  {program} scan --site site.yaml --role web-server                结合场所信息（管理网段、日志服务器、各角色端口）
  {program} scan --root /mnt/disk                                  检查挂载的磁盘
  {program} scan --check password.max_age --set password.max_age=90d
  {program} scan --fail-on unknown --format junit -o result.xml    用于流水线`,
			`  {program} scan                                                   this host against all baselines
  {program} scan --show all --lang en                              list what passes, too
  {program} scan --baseline qtcjh-0001-2023 --format html -o r.html
  {program} scan --site site.yaml --role web-server                with what is stated about the site (networks, servers, ports by role)
  {program} scan --root /mnt/disk                                  a mounted disk
  {program} scan --check password.max_age --set password.max_age=90d
  {program} scan --fail-on unknown --format junit -o result.xml    for pipelines`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.scan(cmd, given) },
	}
	f := cmd.Flags()
	a.rootFlag(cmd, &given.root)
	a.JudgingFlags(cmd, &given.Judging)
	f.StringVar(&given.role, "role", "", a.Say("本机在场所信息中的`角色`", "the host's role in the site file: `NAME`"))
	f.StringVar(&given.zone, "zone", "", a.Say("本机所在网络`区域`", "the network zone it stands in: `NAME`"))
	f.StringVar(&given.target, "target", "", a.Say("结果中的目标`名称`，缺省由机器编号得出", "the host's `NAME` in findings; made from the machine's number if not given"))
	a.ReportingFlags(cmd, &given.Reporting)
	return cmd
}

func (a *app) scan(cmd *cobra.Command, given scanFlags) error {
	stated, err := a.Site(given.Site, given.role)
	if err != nil {
		return err
	}
	plan, err := a.Plan(given.Judging, baseline.Host)
	if err != nil {
		return err
	}
	out, err := a.OpenReport(given.Reporting)
	if err != nil {
		return err
	}
	defer out.Discard()
	p := a.showProgress()
	snapshot, err := agent.Scan(cmd.Context(), agent.Config{
		Driver: linux.Driver{}, Root: given.root, Rules: plan.Rules, Baselines: plan.Names(), Judging: plan.Judging,
		Site: stated, Role: given.role, Zone: given.zone, Target: given.target, Version: a.Version, MaskKey: a.MaskKey(), Asked: p.ask,
	})
	p.end()
	if err != nil {
		return err
	}
	return a.Write(out, []*pb.Snapshot{snapshot}, plan)
}

package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/plugins/program"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// savedFlags say whose saved configurations are read.
type savedFlags struct{ driver, role, zone, drivers string }

func (a *app) savedFlags(cmd *cobra.Command, given *savedFlags) {
	f := cmd.Flags()
	f.StringVar(&given.driver, "driver", "", a.Say("文件所属平台的`驱动`，缺省自动识别", "the driver of the files' platform: `NAME`; recognised if not given"))
	f.StringVar(&given.role, "role", "", a.Say("这些设备在场所信息中的`角色`", "the devices' role in the site file: `NAME`"))
	f.StringVar(&given.zone, "zone", "", a.Say("这些设备所在网络`区域`", "the network zone they stand in: `NAME`"))
	a.driversFlag(cmd, &given.drivers)
	a.Fixed(cmd, "driver", a.driverNames()...)
}

func (a *app) checkCommand() *cobra.Command {
	var given struct {
		program.Judging
		program.Reporting
		savedFlags
	}
	cmd := &cobra.Command{
		Use: "check " + a.Say("文件或目录...", "FILE|DIR..."), Short: a.Say("检查已保存的配置文件，不接触设备", "judge saved configurations, touching no device"),
		Long: a.Say(`读取配置文件、整个配置备份目录（如 Oxidized、RANCID 的仓库）或 record 命令保存的会话记录，按基线逐条判断。平台由文件内容识别。
只有运行中的设备才能显示的内容（如时钟同步状态）判为“无法判断”。

退出码：0 没有 --fail-on 所指的结果；1 有；2 未能执行；3 有文件未能识别。`,
			`Reads configuration files, whole folders of backups (an Oxidized or RANCID repository) or transcripts that record saved, and judges them
clause by clause. The platform is recognised from the text. What only the running device shows, like the state of its clock, is unknown.

Exit status: 0 nothing that --fail-on names, 1 something, 2 could not run, 3 some file was not recognised.`),
		Example: a.Example(`  {program} check core-sw-01.cfg                          一个文件
  {program} check backups/ --format html -o backups.html  整个备份目录，输出网页报告
  {program} check fw.conf --driver fortinet-fortios --baseline jrt0068-2012 --show all`,
			`  {program} check core-sw-01.cfg                          one file
  {program} check backups/ --format html -o backups.html  a folder of backups, as a page
  {program} check fw.conf --driver fortinet-fortios --baseline jrt0068-2012 --show all`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.noFiles()
			}
			config, plan, err := a.judging(given.Judging, given.role)
			if err != nil {
				return err
			}
			out, err := a.OpenReport(given.Reporting)
			if err != nil {
				return err
			}
			defer out.Discard()
			snapshots, err := a.saved(cmd, config, given.savedFlags, args)
			if err != nil {
				return err
			}
			if missed(snapshots) > 0 {
				a.missed(snapshots)
			}
			return verdict(a.Write(out, snapshots, plan), snapshots)
		},
	}
	a.savedFlags(cmd, &given.savedFlags)
	a.JudgingFlags(cmd, &given.Judging)
	a.ReportingFlags(cmd, &given.Reporting)
	return cmd
}

func (a *app) noFiles() error {
	return a.Fail("请列出配置文件或目录", "name configuration files or folders")
}

// saved reads what the arguments name.
func (a *app) saved(cmd *cobra.Command, config collector.Config, given savedFlags, args []string) ([]*pb.Snapshot, error) {
	end, err := a.loadDrivers(cmd.Context(), given.drivers)
	if err != nil {
		return nil, err
	}
	defer end()
	if given.driver != "" {
		if err := a.knownDriver(given.driver); err != nil {
			return nil, err
		}
	}
	config.Drivers, config.Version = a.drivers, a.Version
	files, err := collector.Files(args)
	if err != nil {
		return nil, a.fileError(err)
	}
	p := a.showProgress(len(files))
	defer p.end()
	var out []*pb.Snapshot
	for _, f := range files {
		if err := cmd.Context().Err(); err != nil {
			return nil, err
		}
		p.begun(f.Name)
		s := config.Saved(cmd.Context(), f, given.driver, given.zone, given.role)
		p.ended(s)
		out = append(out, s)
	}
	return out, nil
}

func (a *app) factsCommand() *cobra.Command {
	var given savedFlags
	var format, name string
	cmd := &cobra.Command{
		Use: "facts " + a.Say("文件或目录...", "FILE|DIR..."), Short: a.Say("输出从配置文件读到的事实，不作判断", "print the facts of saved configurations, without judging"),
		Example: a.Example(`  {program} facts core-sw-01.cfg                每行一条事实及其出处
  {program} facts core-sw-01.cfg --format json  供程序使用`,
			`  {program} facts core-sw-01.cfg                a fact a line, with where it was read
  {program} facts core-sw-01.cfg --format json  for programs`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.OneOf("--format", format, program.FactFormats); err != nil {
				return err
			}
			if len(args) == 0 {
				return a.noFiles()
			}
			out, err := program.OpenOutput(name, a.Stdout)
			if err != nil {
				return err
			}
			defer out.Discard()
			snapshots, err := a.saved(cmd, collector.Config{MaskKey: a.MaskKey()}, given, args)
			if err != nil {
				return err
			}
			for _, s := range snapshots {
				if len(snapshots) > 1 && format == program.FactFormats[0] {
					fmt.Fprintf(out, "# %s (%s)\n", s.GetTarget().GetId(), s.GetTarget().GetDriver())
				}
				if err := program.WriteFacts(out, format, s.GetFacts()); err != nil {
					return err
				}
			}
			if err := out.Commit(); err != nil {
				return err
			}
			for _, s := range snapshots {
				for _, e := range s.GetUnread() {
					a.note(a.Say("未能解析 %s 第 %d 行：%s", "not understood: %s line %d: %s", s.GetTarget().GetId(), e.GetFirstLine(), e.GetExcerpt()))
				}
			}
			if missed(snapshots) > 0 {
				a.missed(snapshots)
				return program.ErrMissed
			}
			return nil
		},
	}
	a.savedFlags(cmd, &given)
	a.OutputFlag(cmd, &name)
	a.FormatFlag(cmd, &format, program.FactFormats)
	return cmd
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/agent/daemon"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/schedule"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// upcoming is how many starts run --check names.
const upcoming = 5

func (a *app) runCommand() *cobra.Command {
	var config string
	var check, sample, once bool
	cmd := &cobra.Command{
		Use: "run", Short: a.Say("作为服务运行：按计划扫描并送达", "run as a service: scan by schedule and deliver"),
		Long: a.Say(`按配置文件中的计划扫描本机，结果先落盘缓存，再由独立的无特权进程送达。本进程不打开网络连接。
缓存写满时停止扫描并告警，绝不丢弃。收到 SIGTERM 后 10 秒内结束。

退出码：0 正常结束；2 未能运行。`,
			`Scans this host by the schedule in the configuration. Results are kept on disk first and delivered by processes of their own that have no
rights; this one opens no network connection. A full spool stops scanning and says so; nothing is dropped. SIGTERM ends it
within 10 seconds.

Exit status: 0 ended as told, 2 could not run.`),
		Example: a.Example(`  {program} run --sample > /etc/plumbline/agent.yaml   生成带注释的配置
  {program} run --check                                检查配置并列出后续扫描时间
  {program} run                                        运行（通常由 systemd 启动）
  {program} run --once                                 立即扫描并送达一次`,
			`  {program} run --sample > /etc/plumbline/agent.yaml   a configuration with everything explained
  {program} run --check                                check it, and list the next scans
  {program} run                                        run (systemd usually does this)
  {program} run --once                                 scan and deliver once, now`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sample {
				_, err := fmt.Fprint(a.Stdout, daemon.Sample)
				return err
			}
			return a.run(cmd.Context(), config, check, once)
		},
	}
	f := cmd.Flags()
	a.configFlag(cmd, &config)
	f.BoolVar(&check, "check", false, a.Say("只检查配置，并列出后续扫描时间", "only check the configuration and list the next scans"))
	f.BoolVar(&sample, "sample", false, a.Say("输出带注释的配置样例", "print a configuration with everything explained"))
	f.BoolVar(&once, "once", false, a.Say("立即扫描一次，全部送达后结束", "scan once, now, and end when all is delivered"))
	cmd.MarkFlagsMutuallyExclusive("check", "sample", "once")
	return cmd
}

func (a *app) configFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "config", daemon.DefaultConfig, a.Say("配置`文件`", "the configuration `FILE`"))
	a.PlainDefault(cmd, "config")
	if err := cmd.MarkFlagFilename("config", "yaml", "yml"); err != nil {
		panic(err)
	}
}

func (a *app) run(ctx context.Context, name string, check, once bool) error {
	c, err := daemon.Load(name, builtins())
	if errors.Is(err, fs.ErrNotExist) {
		return a.Fail("没有配置文件 %s；%s run --sample 输出样例", "there is no configuration %s; %s run --sample prints one", name, a.Name)
	}
	if err != nil {
		return err
	}
	stated, err := a.Site(c.Site, c.Role)
	if err != nil {
		return err
	}
	plan, err := a.Plan(program.Judging{Baselines: c.Baselines, Profile: c.Profile}, baseline.Host)
	if err != nil {
		return err
	}
	cfg := agent.Config{
		Driver: linux.Driver{}, Rules: plan.Rules, Baselines: plan.Names(),
		Site: stated, Role: c.Role, Zone: c.Zone, Target: c.Target, Version: a.Version,
	}
	if cfg.Target, err = agent.TargetID(ctx, cfg); err != nil {
		return err
	}
	if check {
		return a.checked(c, cfg.Target)
	}
	return daemon.Run(ctx, c, daemon.Options{
		Target: cfg.Target, Version: a.Version, Once: once, Log: slog.New(slog.NewTextHandler(a.Stderr, nil)),
		Drivers: []string{cfg.Driver.Describe().GetName()},
		Scan: func(ctx context.Context, key []byte) (*pb.Snapshot, error) {
			scan := cfg
			scan.MaskKey = key
			return agent.Scan(ctx, scan)
		},
		Ordered: func(ctx context.Context, key []byte, o *pb.Order) (*pb.Snapshot, error) {
			scan, err := a.ordered(c, cfg, o)
			if err != nil {
				return nil, err
			}
			scan.MaskKey = key
			return agent.Scan(ctx, scan)
		},
	})
}

// ordered gives the scan that an order means. Role and zone are the server's where the site file is.
func (a *app) ordered(c *daemon.Config, here agent.Config, o *pb.Order) (agent.Config, error) {
	judging, stated, err := a.Ordered(o, program.Judging{Baselines: c.Baselines, Profile: c.Profile}, here.Site)
	if err != nil {
		return here, err
	}
	plan, err := a.Plan(judging, baseline.Host)
	if err != nil {
		return here, err
	}
	here.Rules, here.Baselines, here.Site = plan.Rules, plan.Names(), stated
	for _, t := range o.GetTargets() {
		if t.GetTarget().GetId() == here.Target && o.GetSite() != "" {
			here.Role, here.Zone = t.GetTarget().GetRole(), t.GetTarget().GetZone()
		}
	}
	return here, nil
}

// checked says what a configuration comes to.
func (a *app) checked(c *daemon.Config, target string) error {
	when, err := schedule.New(c.Schedule, target)
	if err != nil {
		return err
	}
	as, user, err := c.RunsAs()
	if err != nil {
		return err
	}
	for _, s := range c.Sinks {
		if s.Path != "" {
			if info, err := os.Stat(s.Path); err != nil {
				return err
			} else if !info.Mode().IsRegular() {
				return a.Fail("%s 不是普通文件", "%s is not a regular file", s.Path)
			}
		}
		if _, err := os.Stat(filepath.Join(c.IdentityDir(), "identity.json")); s.Kind == "central" && errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintln(a.Stderr, a.Say("注意：尚未登记，请执行 %s enrol", "note: not enrolled yet: run %s enrol", a.Name))
		}
	}
	fmt.Fprintln(a.Stdout, a.Say("配置正确", "the configuration is good"))
	fmt.Fprintln(a.Stdout, a.Say("目标：%s", "target: %s", target))
	if as != nil {
		fmt.Fprintln(a.Stdout, a.Say("送达进程的用户：%s", "sinks run as: %s", user))
	}
	fmt.Fprintln(a.Stdout, a.Say("计划：%s", "schedule: %s", when.Say()))
	fmt.Fprintln(a.Stdout, a.Say("后续扫描：", "next scans:"))
	for _, due := range when.Upcoming(time.Now(), upcoming) {
		fmt.Fprintln(a.Stdout, "  "+a.Lang.Of(when.SayDue(due)))
	}
	return nil
}

package cli

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/agent/daemon"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station"
	"github.com/plumbline/plumbline/plugins/station/command"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// service is what the agent has in common with other services.
func (a *app) service() *command.Service {
	return &command.Service{
		App: a.App, Kind: identity.Agent, Config: daemon.DefaultConfig, StateDir: station.DefaultStateDir,
		Load: func(file string) (*station.Config, error) {
			c, err := daemon.Load(file, builtins())
			if err != nil {
				return nil, err
			}
			return &c.Config, nil
		},
		Name: func(ctx context.Context, file string) (string, error) {
			c := &daemon.Config{}
			if file != "" {
				var err error
				if c, err = daemon.Load(file, builtins()); err != nil {
					return "", err
				}
			}
			return agent.TargetID(ctx, agent.Config{Driver: linux.Driver{}, Target: c.Target})
		},
	}
}

func (a *app) runCommand() *cobra.Command {
	return a.service().RunCommand(command.Running{
		Short: a.Say("作为服务运行：按计划扫描并送达", "run as a service: scan by schedule and deliver"),
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
		Once:   a.Say("立即扫描一次，全部送达后结束", "scan once, now, and end when all is delivered"),
		Sample: daemon.Sample, Run: a.run,
	})
}

func (a *app) run(ctx context.Context, name string, check, once bool) error {
	c, err := daemon.Load(name, builtins())
	if err != nil {
		return a.service().NoConfig(name, err)
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
		Driver: linux.Driver{}, Rules: plan.Rules, Baselines: plan.Names(), Judging: plan.Judging,
		Site: stated, Role: c.Role, Zone: c.Zone, Target: c.Target, Version: a.Version,
	}
	if cfg.Target, err = agent.TargetID(ctx, cfg); err != nil {
		return err
	}
	if check {
		return a.service().Checked(&c.Config, cfg.Target)
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
	here.Rules, here.Baselines, here.Judging, here.Site = plan.Rules, plan.Names(), plan.Judging, stated
	for _, t := range o.GetTargets() {
		if t.GetTarget().GetId() == here.Target && o.GetSite() != "" {
			here.Role, here.Zone = t.GetTarget().GetRole(), t.GetTarget().GetZone()
		}
	}
	return here, nil
}

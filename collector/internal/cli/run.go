package cli

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/site"
	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/collector/daemon"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/all"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station"
	"github.com/plumbline/plumbline/plugins/station/command"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// builtins are the sinks that the program can be.
func builtins() []sink.Builtin { return all.List() }

// Part plays a part of the program that is a process of its own, if the arguments ask for one.
func Part(args []string, stdin io.Reader, stderr io.Writer) (status int, asked bool) {
	return command.Part(args, stdin, stderr, builtins())
}

// service is what the collector has in common with other services.
func (a *app) service() *command.Service {
	return &command.Service{
		App: a.App, Kind: identity.Collector, Config: daemon.DefaultConfig, StateDir: daemon.DefaultStateDir,
		Load: func(file string) (*station.Config, error) {
			c, err := daemon.Load(file, builtins())
			if err != nil {
				return nil, err
			}
			return &c.Config, nil
		},
		Name: func(_ context.Context, file string) (string, error) {
			c := daemon.Default()
			if file != "" {
				var err error
				if c, err = daemon.Load(file, builtins()); err != nil {
					return "", err
				}
			}
			return nameOf(c)
		},
	}
}

// nameOf is who a collector is to the server.
func nameOf(c *daemon.Config) (string, error) {
	if c.Name != "" {
		return c.Name, nil
	}
	name, err := os.Hostname()
	if err == nil {
		err = identity.CheckName(name)
	}
	return name, err
}

func (a *app) runCommand() *cobra.Command {
	return a.service().RunCommand(command.Running{
		Short: a.Say("作为服务运行：按计划与服务器任务检查并送达", "run as a service: scan by schedule and by order, and deliver"),
		Long: a.Say(`按配置文件中的计划检查清单目标，并执行中心服务器下达的任务；结果先落盘缓存，再由独立进程送达。缓存写满时停止检查并告警，绝不丢弃。
全部任务共用一套上限：每台设备同时只有一个会话，被拒绝的账户在口令更换或约一天之内不再尝试。收到 SIGTERM 后退出各设备会话，
已完成的结果送出，其余任务交回服务器。

退出码：0 正常结束；2 未能运行。`,
			`Scans the targets of its inventory by the schedule in the configuration, and those that the central server orders. Results are kept on disk
first and delivered by processes of their own. A full spool stops scanning and says so; nothing is dropped. Everything shares one set of
limits: one session a device, and a login that was refused is not tried again before the secret has changed or about a day has passed.
SIGTERM logs out everywhere, keeps what is done, and leaves the rest of an order to be handed out again.

Exit status: 0 ended as told, 2 could not run.`),
		Example: a.Example(`  {program} run --sample > /etc/plumbline/collector.yaml   生成带注释的配置
  {program} run --check                                    检查配置并列出后续检查时间
  {program} run                                            运行（通常由 systemd 启动）
  {program} run --once                                     立即检查清单目标并送达一次`,
			`  {program} run --sample > /etc/plumbline/collector.yaml   a configuration with everything explained
  {program} run --check                                    check it, and list the next scans
  {program} run                                            run (systemd usually does this)
  {program} run --once                                     scan the inventory and deliver once, now`),
		Once:   a.Say("立即检查清单目标一次，全部送达后结束", "scan the inventory once, now, and end when all is delivered"),
		Sample: daemon.Sample, Run: a.run,
	})
}

func (a *app) run(ctx context.Context, name string, check, once bool) error {
	c, err := daemon.Load(name, builtins())
	if err != nil {
		return a.service().NoConfig(name, err)
	}
	who, err := nameOf(c)
	if err != nil {
		return err
	}
	end, err := a.loadDrivers(ctx, c.Drivers)
	if err != nil {
		return err
	}
	defer end()
	sweeps := sweeps{app: a, config: c}
	if sweeps.site, err = a.Site(c.Site); err != nil {
		return err
	}
	if err := sweeps.try(); err != nil {
		return err
	}
	if check {
		return a.service().Checked(&c.Config, who)
	}
	return daemon.Run(ctx, c, daemon.Options{
		Name: who, Version: a.Version, Drivers: a.driverNames(), New: sweeps.collector, Once: once,
		Log: slog.New(slog.NewTextHandler(a.Stderr, nil)),
	})
}

// sweeps readies collectors for the service.
type sweeps struct {
	*app
	config *daemon.Config
	site   *site.Site
}

// try finds out whether what the configuration names can be had: baselines, inventory, sources of credentials, host keys.
func (s sweeps) try() error {
	if len(s.config.Inventory) > 0 {
		inv, err := inventory.Load(s.driverNames(), s.config.Inventory...)
		if err != nil {
			return s.problems(err)
		}
		if _, err := inventory.Select(inv.Targets, s.config.Targets...); err != nil {
			return s.problems(err)
		}
	}
	_, end, err := s.collector(nil, nil, nil)
	if err == nil {
		end()
	}
	return err
}

// collector readies one sweep; without an order, to be judged as configured.
func (s sweeps) collector(key []byte, o *pb.Order, known []*inventory.Target) (*collector.Collector, func(), error) {
	judging, stated, err := s.Ordered(o, program.Judging{Baselines: s.config.Baselines, Profile: s.config.Profile}, s.site)
	if err != nil {
		return nil, nil, err
	}
	devices, err := s.Plan(judging, baseline.Device)
	if err != nil {
		return nil, nil, err
	}
	hosts, err := s.Plan(judging, baseline.Host)
	if err != nil {
		return nil, nil, err
	}
	access := &vault.Config{}
	if s.config.Credentials != "" {
		if access, err = vault.LoadConfig(s.config.Credentials); err != nil {
			return nil, nil, s.problems(err)
		}
	}
	return s.reaching(*access, append([]string{s.config.HostKeys}, s.config.KnownHosts...), known, collector.Config{
		Host: hosts.Rules, Device: devices.Rules, Baselines: devices.Names(), HostJudging: hosts.Judging, DeviceJudging: devices.Judging, Site: stated, MaskKey: key,
	})
}

package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/plugins/program"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (a *app) recordCommand() *cobra.Command {
	var given targetFlags
	var name string
	cmd := &cobra.Command{
		Use: "record " + a.Say("目标", "TARGET"), Short: a.Say("保存一次会话的应答（口令已屏蔽），供日后检查或作测试用例", "keep what a target answers, secrets masked, to be judged later or to become a test case"),
		Long: a.Say(`登录一个目标，把驱动所问各条命令的应答写入一个文本文件，其中的口令、密钥、团体名均已屏蔽。check、facts 命令可读取该文件。
屏蔽按已知的写法进行，外发之前请再通读一遍。`,
			`Logs in to one target and writes its answer to each of the driver's questions into a text file, with passwords, keys and communities
masked. check and facts read that file. Masking knows the forms that it knows: read the file once more before you send it anywhere.`),
		Example: a.Example(`  {program} record 10.1.1.1 --driver h3c-comware -o sw.txtar
  {program} check sw.txtar                                     日后再判断`,
			`  {program} record 10.1.1.1 --driver h3c-comware -o sw.txtar
  {program} check sw.txtar                                     judge it later`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			end, err := a.loadDrivers(cmd.Context(), given.drivers)
			if err != nil {
				return err
			}
			defer end()
			chosen, known, err := a.targets(given, args)
			if err != nil {
				return err
			}
			if len(chosen) != 1 {
				return a.Fail("一次只能记录一个目标（现有 %d 个）", "record one target at a time (these are %d)", len(chosen))
			}
			out, err := program.OpenOutput(name, a.Stdout)
			if err != nil {
				return err
			}
			defer out.Discard()
			key := a.MaskKey()
			c, closeAll, err := a.collector(given, known, collector.Config{MaskKey: key})
			if err != nil {
				return err
			}
			defer closeAll()
			var taken []*pluginpb.Answer
			driverName := ""
			c.Answered = func(_ *pb.Target, d string, answers []*pluginpb.Answer) {
				if driverName == "" {
					driverName = d
				}
				taken = append(taken, answers...)
			}
			var snapshots []*pb.Snapshot
			c.Sweep(cmd.Context(), chosen, given.limits(), nil, func(s *pb.Snapshot) { snapshots = append(snapshots, s) })
			if missed(snapshots) > 0 {
				a.missed(snapshots)
				return program.ErrMissed
			}
			if _, err := out.Write(collector.NewTranscript(driverName, time.Now(), taken, key).Format()); err != nil {
				return err
			}
			return out.Commit()
		},
	}
	a.targetFlags(cmd, &given)
	a.OutputFlag(cmd, &name)
	return cmd
}

func (a *app) pingCommand() *cobra.Command {
	var given targetFlags
	cmd := &cobra.Command{
		Use: "ping " + a.Say("[目标...]", "[TARGET...]"), Short: a.Say("测试能否到达并登录，不发送任何命令", "try whether targets are reached and let us in, without asking anything"),
		Long: a.Say("连接并登录每个目标，随即断开。登录失败也会被设备计数，规则与 scan 相同：每个账户在每台设备上至多尝试一次。",
			"Connects and logs in to each target, and leaves. A failed login counts on the device as any does, and the rules are those of scan: each\naccount is tried once on each device at the most."),
		Example: a.Example(`  {program} ping --inventory net.yaml --credentials access.yaml    清单中的全部目标
  {program} ping 10.1.1.1 --credential core`,
			`  {program} ping --inventory net.yaml --credentials access.yaml    all targets of an inventory
  {program} ping 10.1.1.1 --credential core`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			end, err := a.loadDrivers(cmd.Context(), given.drivers)
			if err != nil {
				return err
			}
			defer end()
			chosen, known, err := a.targets(given, args)
			if err != nil {
				return err
			}
			c, closeAll, err := a.collector(given, known, collector.Config{MaskKey: a.MaskKey()})
			if err != nil {
				return err
			}
			defer closeAll()
			c.PingOnly = true
			p := a.showProgress(len(chosen))
			var snapshots []*pb.Snapshot
			c.Sweep(cmd.Context(), chosen, given.limits(), p.begun, func(s *pb.Snapshot) {
				p.ended(s)
				snapshots = append(snapshots, s)
			})
			p.end()
			inOrder(snapshots, chosen)
			for _, s := range snapshots {
				if err := a.printPing(s); err != nil {
					return err
				}
			}
			a.whence(given, snapshots)
			if missed(snapshots) > 0 {
				return program.ErrMissed
			}
			return cmd.Context().Err()
		},
	}
	a.targetFlags(cmd, &given)
	return cmd
}

func (a *app) printPing(s *pb.Snapshot) error {
	how := a.Say("可登录", "lets us in")
	if s.GetVisit().GetState() != pb.VisitState_VISIT_STATE_QUESTIONED {
		how = a.Lang.Of(s.GetVisit().GetDetail())
	}
	_, err := fmt.Fprintf(a.Stdout, "%s  %s  %s %s\n", s.GetTarget().GetId(), how, s.GetVisit().GetAccount(), s.GetVisit().GetHostKey())
	return err
}

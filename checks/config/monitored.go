package config

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Monitored asks that the target is held against its baseline again and again.
var Monitored = &checks.Check{
	ID:       "config.monitored",
	Controls: []string{"CFG-01"},
	Title:    checks.Say("持续监控配置偏离基线", "Drift from the baseline is watched for"),
	Rationale: checks.Say(
		"一次检查只能说明当时的状态。运行中须持续核对，才能及时发现偏离基线的变更。",
		"One look tells of that moment. Only who looks again and again notices in time that a target has left its baseline."),
	Remedy: checks.Say(
		"在主机上安装并启用代理：systemctl enable --now plumbline-agent.service（或 plumbline-agent.timer）。由采集器远程定期巡检的主机，以服务器上的计划为证，登记例外。",
		"Install and start the agent on the host: systemctl enable --now plumbline-agent.service (or plumbline-agent.timer). For hosts that a collector sweeps on schedule, the server's schedule is the proof; record a waiver."),
	Sees: checks.Say(
		"查看主机上 plumbline-agent 服务或定时器是否启用并运行。网络设备和由采集器远程巡检的主机，其计划在服务器上，此处看不到。",
		"Whether the service or timer plumbline-agent is enabled and runs on the host. The schedule of network devices, and of hosts that a collector sweeps, is with the server and not seen here."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		if checks.Device(f) {
			return []checks.Result{checks.Undecided(watched, checks.Say("设备由采集器巡检", "devices are swept by a collector"), pb.Reason_REASON_ELSEWHERE, checks.Say("计划在服务器上", "the schedule is with the server"))}
		}
		return []checks.Result{checks.Some(
			checks.Where(f.GetServices(), func(s *pb.Service) bool { return services.Bare(s.GetScope()) == "plumbline-agent" }),
			"", checks.Failed(watched, checks.Say("未安装定期检查", "nothing checks on schedule"), f.GetServices().GetEvidence()...),
			func(s *pb.Service) checks.Result {
				return checks.AllOf(
					checks.Is(s.GetEnabled(), true, checks.Say("已启用", "enabled")).About(checks.Say("启用", "enabled")),
					checks.Is(s.GetRunning(), true, checks.Say("正在运行", "running")).About(checks.Say("运行", "running")))
			})}
	},
}

var watched = checks.Say("plumbline-agent 已启用并运行", "plumbline-agent is enabled and runs")

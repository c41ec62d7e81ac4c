// Package monitoring judges whether a host is watched while it runs. It sees that an agent runs, not what becomes of
// what it reports.
package monitoring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this subject.
var All = []*checks.Check{Host}

// Host asks that a monitoring agent runs.
var Host = &checks.Check{
	ID:       "monitoring.host",
	Controls: []string{"NET-05", "RES-01"},
	Title:    checks.Say("主机运行监控代理", "A monitoring agent runs on the host"),
	Rationale: checks.Say(
		"重要服务器须有运行监视，才能及时发现入侵和 CPU、内存、磁盘、网络的异常使用。",
		"Important servers are watched while they run, so that break-ins and odd use of CPU, memory, disk and network are noticed in time."),
	Remedy: checks.Say(
		"安装并启用监控代理，如 systemctl enable --now zabbix-agent2、node_exporter、wazuh-agent 或本单位的主机安全代理，并在监控平台配置报警。使用自研或未列出的代理时，在场所文件 monitoring_agents 中声明其进程名或服务名。",
		"Install and start an agent (systemctl enable --now zabbix-agent2, node_exporter, wazuh-agent, or the firm's own host protection) and set alarms on the monitoring server. State an agent of your own, or one that is not known here, by its process or service name under monitoring_agents in the site file."),
	Sees: checks.Say(
		"查看是否有已知或场所文件声明的监控、主机入侵检测代理正在运行（服务或进程）。代理是否上报、报警规则是否有效由人确认。进程清单完整时才判定没有代理；离线目录或镜像中无法判断。网络设备不适用。",
		"Whether a known agent for monitoring or host intrusion detection, or one that the site file names, runs as a service or process. Whether it reports and what raises an alarm is for people to confirm. That there is none is only said when all processes were seen; in a folder or an image it cannot be told. Does not apply to network devices."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		if checks.Device(f) {
			return []checks.Result{checks.NotApplicable(checks.Say("网络设备由网管系统监视", "network devices are watched by the management system"))}
		}
		var stated []string
		if p.Site != nil {
			stated = p.Site.MonitoringAgents
		}
		return []checks.Result{watched(f, stated)}
	},
}

var expected = checks.Say("有监控或主机入侵检测代理运行", "an agent for monitoring or intrusion detection runs")

// agents are the programs known to watch hosts, by the names of their processes and services.
var agents = []string{
	// What the machine uses and does.
	"zabbix_agentd", "zabbix_agent2", "zabbix-agent", "zabbix-agent2", "node_exporter", "node-exporter", "prometheus-node-exporter", "snmpd",
	"collectd", "telegraf", "netdata", "metricbeat", "nrpe", "nagios-nrpe-server", "check_mk_agent", "check-mk-agent", "icinga2", "datadog-agent",
	"falcon-agent", "n9e-agentd", "categraf", "cloudmonitor", "argusagent", "telescope", "pcp", "pmcd", "monit", "otelcol", "grafana-agent", "alloy",
	// Who breaks in.
	"wazuh-agent", "wazuh-agentd", "wazuh-syscheckd", "ossec-agentd", "ossec-syscheckd", "ossec", "osqueryd", "auditbeat", "sysmon", "falcon-sensor", "falcond",
	"elastic-agent", "elastic-endpoint", "mdatp", "wdavdaemon", "aliyundun", "aliyundunmonitor", "aegis", "ydservice", "ydlive", "hostguard", "titanagent",
	"ds_agent", "falco", "samhain", "elkeid-agent", "qaxsafed", "edr_agent",
}

// longestComm is how much of a process's name the Linux kernel keeps.
const longestComm = 15

// watched looks for an agent that runs.
func watched(f *pb.Facts, stated []string) checks.Result {
	agent := func(name string) (string, bool) {
		bare := services.Bare(name)
		for _, s := range stated {
			if services.Bare(s) == bare {
				return s, true
			}
		}
		return "", slices.Contains(agents, bare)
	}
	process := func(name string) (string, bool) {
		if quote, ok := agent(name); ok {
			return quote, true
		}
		return "", len(name) == longestComm && slices.ContainsFunc(agents, func(a string) bool { return strings.HasPrefix(a, name) })
	}
	procs := f.GetProcesses().GetNames()
	for _, name := range procs.GetValue() {
		if quote, ok := process(name); ok {
			return found(name, quote, procs.GetEvidence())
		}
	}
	var doubts []checks.Result
	for _, s := range f.GetServices().GetItems() {
		quote, ok := agent(s.GetScope())
		if !ok {
			continue
		}
		running := s.GetRunning()
		switch services.Switched(running) {
		case services.On:
			return found(s.GetScope(), quote, running.GetEvidence())
		case services.Unclear:
			r := checks.Unknown(expected, running.GetReason(), running.GetDetail(), services.Evidence(s)...)
			r.Observed = checks.Say("有 %s，是否运行未知", "there is %s; whether it runs is not known", s.GetScope())
			doubts = append(doubts, r)
		}
	}
	if facts.Known(procs) {
		r := checks.Failed(expected, checks.Say("%d 个进程中没有监控代理", "no agent among %d processes", len(procs.GetValue())), procs.GetEvidence()...)
		if len(stated) > 0 {
			r = r.Quoting(fmt.Sprintf("monitoring_agents: [%s]", strings.Join(stated, ", ")))
		}
		return r
	}
	if len(doubts) > 0 {
		return checks.AllOf(doubts...)
	}
	r := checks.Unknown(expected, procs.GetReason(), procs.GetDetail(), procs.GetEvidence()...)
	r.Observed = checks.Say("未读到完整的进程清单", "not all processes were seen")
	return r
}

func found(name, quote string, ev []*pb.Evidence) checks.Result {
	r := checks.Passed(expected, checks.Say("%s 正在运行", "%s runs", name), ev...)
	if quote != "" {
		r = r.Quoting("monitoring_agents: " + quote)
	}
	return r
}

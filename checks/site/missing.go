package site

import pb "github.com/plumbline/plumbline/proto/plumbline/v1"

// A Question is something that the site file does not say and that checks wait for.
type Question struct {
	// Key is where it belongs.
	Key  string
	Text *pb.Text
}

// Missing lists what was not stated. What was stated to be empty is not missing. It may be asked of a nil site.
func (s *Site) Missing() []Question {
	if s == nil {
		s = &Site{}
	}
	var out []Question
	ask := func(key string, stated bool, zh, en string) {
		if !stated {
			out = append(out, Question{key, text(zh, en)})
		}
	}
	ask("management_networks", s.ManagementNetworks != nil, "管理员从哪些网络（含堡垒机）登录设备？", "From which networks, bastions among them, do administrators come?")
	ask("log_servers", s.LogServers != nil, "日志发往哪些日志服务器？", "Which servers keep the logs?")
	ask("time_servers", s.TimeServers != nil, "以哪些时间服务器为准？", "Which time servers are to be followed?")
	ask("auth_servers", s.AuthServers != nil, "哪些认证服务器集中认证登录？", "Which servers decide logins centrally?")
	ask("roles", s.Roles != nil, "各类角色允许开放哪些端口、运行哪些服务？", "Which ports may each role open, and which services may it run?")
	ask("accounts", s.Accounts != nil, "各账户的责任人与职责是什么？", "Who owns each account, and what is its duty?")
	ask("anti_malware", s.AntiMalware != nil, "使用哪些防恶意代码产品？", "Which products against malware are in use?")
	ask("monitoring_agents", s.MonitoringAgents != nil, "主机由哪些监控程序监控？", "Which programs watch the hosts?")
	ask("log_readers", s.LogReaders != nil, "哪些用户和组可以读取日志？", "Which users and groups may read logs?")
	ask("bound_hosts", s.BoundHosts != nil, "哪些重要主机的地址须与硬件地址绑定？", "Which important hosts must be bound to their hardware addresses?")
	ask("software", s.Software != nil, "哪些在清单之列的软件允许安装？", "Which listed software may be installed all the same?")
	ask("repositories", s.Repositories != nil, "软件可以来自哪些软件源？", "From which repositories may software come?")
	return out
}

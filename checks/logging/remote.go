package logging

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Remote asks that records be sent to a log server, one of the site's where the site names its own.
var Remote = &checks.Check{
	ID:       "logging.remote",
	Controls: []string{"LOG-04"},
	Title:    checks.Say("日志实时发送至集中日志服务器", "Records are sent to a central log server"),
	Rationale: checks.Say(
		"取得本机最高权限的人可以删改本机的全部日志；只有及时离开本机的副本才靠得住，也才能集中关联分析。",
		"Whoever gains full rights on a machine can alter all of its logs; only a copy that has left in time can be trusted, and only there can records of many machines be compared."),
	Remedy: checks.Say(
		"Linux rsyslog：/etc/rsyslog.d/60-remote.conf 写入 “*.* action(type=\"omfwd\" target=\"<日志服务器>\" port=\"6514\" protocol=\"tcp\" StreamDriver=\"ossl\" StreamDriverMode=\"1\" StreamDriverAuthMode=\"x509/name\" queue.type=\"LinkedList\" queue.filename=\"fwd\" queue.saveOnShutdown=\"on\" action.resumeRetryCount=\"-1\")”"+
			"（简写 “*.* @@<日志服务器>:514”）；审计日志用 /etc/audit/plugins.d/syslog.conf 设 active = yes 或 audisp-remote。\n"+
			"华为：“info-center loghost <地址> transport tcp ssl-policy <策略>”；H3C：“info-center loghost <地址> facility local7”；思科：“logging host <地址> transport tcp port 6514”、“logging trap informational”、“logging source-interface Loopback0”。\n"+
			"并在场所文件的 log_servers 中声明本单位的日志服务器。",
		"Linux with rsyslog: in /etc/rsyslog.d/60-remote.conf `*.* action(type=\"omfwd\" target=\"LOGSERVER\" port=\"6514\" protocol=\"tcp\" StreamDriver=\"ossl\" StreamDriverMode=\"1\" StreamDriverAuthMode=\"x509/name\" queue.type=\"LinkedList\" queue.filename=\"fwd\" queue.saveOnShutdown=\"on\" action.resumeRetryCount=\"-1\")` "+
			"(short: `*.* @@LOGSERVER:514`); the audit by active = yes in /etc/audit/plugins.d/syslog.conf, or audisp-remote.\n"+
			"Huawei: `info-center loghost ADDRESS transport tcp ssl-policy POLICY`. H3C: `info-center loghost ADDRESS facility local7`. Cisco: `logging host ADDRESS transport tcp port 6514`, `logging trap informational`, `logging source-interface Loopback0`.\n"+
			"State the site's log servers under log_servers in the site file."),
	Sees: checks.Say(
		"依据：配置中发往其他机器的日志目标；场所声明了 log_servers 时，至少一个目标须在其中。只转发给本机程序（环回地址）时不能判断。"+
			"传输是否加密、发送哪些日志会写明，但不影响结论；日志服务器是否真的收到、保存多久，须在日志服务器上核实。",
		"Reads the other machines to which records are configured to go; where the site states log_servers, at least one must be among them. Records handed to a program on the target itself (loopback) cannot be judged. "+
			"Whether the way is encrypted and which records go is told but does not decide. Whether the server receives and keeps them is seen on the server."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		return []checks.Result{remote(f, p.Site)}
	},
}

func remote(f *pb.Facts, s *site.Site) checks.Result {
	expected := checks.Say("日志发送至日志服务器", "records are sent to a log server")
	stated := s != nil && s.LogServers != nil
	var statement string
	if stated {
		statement = "log_servers: " + strings.Join(s.LogServers, ", ")
		expected = checks.Say("日志发送至本单位声明的日志服务器", "records are sent to a log server that the site has stated")
	}
	targets := f.GetLogTargets()
	if away := checks.Where(targets, isRemote); len(away.GetItems()) == 0 && len(targets.GetItems()) > 0 {
		local := targets.GetItems()[0]
		return checks.Undecided(expected, checks.Say("只转发给本机程序 %s", "handed to a program on the target itself only, %s", local.GetScope()), pb.Reason_REASON_ELSEWHERE,
			checks.Say("由该程序决定是否继续发送", "whether that program sends them on is its own matter"), local.GetAddress().GetEvidence()...)
	}
	none := checks.Failed(expected, checks.Say("未向任何日志服务器发送", "nothing is sent to a log server"), targets.GetEvidence()...)
	r := checks.Some(checks.Where(targets, isRemote), "", none, func(t *pb.LogTarget) checks.Result {
		ev := append(append([]*pb.Evidence{}, t.GetAddress().GetEvidence()...), t.GetSelector().GetEvidence()...)
		seen := sending(t)
		if !stated {
			return checks.Passed(expected, seen, ev...)
		}
		switch named, sure := site.Names(s.LogServers, address(t)); {
		case named:
			return checks.Passed(expected, seen, ev...)
		case !sure:
			return checks.Unstated(expected, seen, checks.Say("目标 %s 是否为所声明的日志服务器之一？请在 log_servers 中按设备上的写法（地址或域名）一并列出", "is %s one of the stated log servers? List it under log_servers the way targets write it (address or name)", address(t)), ev...)
		}
		return checks.Failed(expected, checks.Say("%s，不在声明的日志服务器之列", "%s, not among the stated log servers", seen), ev...)
	})
	if stated {
		r = r.Quoting(statement)
	}
	return r
}

// sending says how records go to a target.
func sending(t *pb.LogTarget) *pb.Text {
	texts := []*pb.Text{}
	switch e := t.GetEncrypted(); {
	case known(e.GetState()) && e.GetValue():
		texts = append(texts, checks.Say("加密传输", "encrypted"))
	case known(e.GetState()):
		texts = append(texts, checks.Say("未加密传输", "not encrypted"))
	default:
		texts = append(texts, checks.Say("是否加密未知", "encryption not known"))
	}
	switch e := t.GetEverything(); {
	case off(e) && t.GetSelector().GetValue() != "":
		texts = append(texts, checks.Say("仅发送部分日志（%s）", "only some records go (%s)", t.GetSelector().GetValue()))
	case off(e):
		texts = append(texts, checks.Say("仅发送部分日志", "only some records go"))
	}
	return checks.Join(texts, "，", ", ")
}

package session

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Idle asks that every kind of session end, or be locked, when nobody uses it.
var Idle = &checks.Check{
	ID:       "session.idle",
	Controls: []string{"SES-01"},
	Title:    checks.Say("空闲会话超时自动退出或锁定", "Idle sessions end or are locked"),
	Rationale: checks.Say(
		"管理员离开而会话仍开着，任何走近终端或劫持连接的人都以其身份操作，事后也无从追责。",
		"A session left open lets whoever comes by, or takes over the connection, act as the administrator, and nobody can tell afterwards."),
	Remedy: checks.Say(
		`以下以 10 分钟为例，请按所用基线的数值设置。
Linux：在 /etc/profile.d/tmout.sh 写入 declare -xr TMOUT=600（或 TMOUT=600; readonly TMOUT; export TMOUT），并检查 /etc/profile、/etc/bashrc（Debian/Ubuntu/统信 UOS 为 /etc/bash.bashrc）没有另行改写；systemd 252 及以上可在 /etc/systemd/logind.conf 设置 StopIdleSessionSec=600。图形桌面设置 idle-delay 和 lock-enabled 并用 dconf locks 固定。ClientAliveInterval 只清理断线连接，不能代替空闲超时。
华为 VRP：在每个 user-interface console/vty 下 idle-timeout 10 0；web 用 web-manager（http）timeout 10。H3C Comware：每个 line/line class 下 idle-timeout 10 0，web idle-timeout 10。Cisco IOS：line con 0、aux 0、vty 0 15 下 exec-timeout 10 0（0 0 表示永不超时），ip http timeout-policy idle 600 life 86400 requests 10000；ASA：ssh timeout 10、console timeout 10、http server idle-timeout 10。`,
		`The examples use 10 minutes; take the figure of your baseline.
Linux: declare -xr TMOUT=600 in /etc/profile.d/tmout.sh (or TMOUT=600; readonly TMOUT; export TMOUT), and see that /etc/profile and /etc/bashrc (/etc/bash.bashrc on Debian, Ubuntu, UOS) do not set it otherwise; with systemd 252 or later StopIdleSessionSec=600 in /etc/systemd/logind.conf. On a desktop set idle-delay and lock-enabled and fix them with dconf locks. ClientAliveInterval drops dead connections only and is no idle timeout.
Huawei VRP: idle-timeout 10 0 under every user-interface console and vty; a web (http) timeout of 10. H3C Comware: idle-timeout 10 0 under every line or line class, web idle-timeout 10. Cisco IOS: exec-timeout 10 0 under line con 0, aux 0, vty 0 15 (0 0 means never), ip http timeout-policy idle 600 life 86400 requests 10000; ASA: ssh timeout 10, console timeout 10, http server idle-timeout 10.`),
	Sees: checks.Say(
		"按会话种类（shell、console、vty、web、桌面等）读取空闲多久后结束或锁定；0 或永不视为不符合。已知用户可以自行取消（如 TMOUT 未设为只读）时判为不符合，除非另有不可取消的限制作用于主机的登录会话；shell 的超时同时结束承载它的 ssh 会话。看不到终端仿真软件、堡垒机和应用自身的超时。",
		"Reads for each kind of session (shell, console, vty, web, desktop and so on) after how long it is ended or locked when idle; 0 or never fails. Where it is known that users can lift the limit (TMOUT that is not read-only) it fails, unless another limit that they cannot lift holds for the host's login sessions; a shell that times out ends the ssh session that carries it. It cannot see the timeouts of terminal programs, bastions and applications."),
	Params: []checks.Param{{
		Name: "idle", Kind: checks.Span, Default: "15m",
		Doc: checks.Say("最长空闲时间，前加 < 表示必须短于", "the longest idle time; with < before it, less than that"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		limit := p.Limit("idle")
		sessions := f.GetSessionPolicies()
		expected := checks.Say("空闲%s即退出或锁定", "ended or locked when idle for %s", checks.Within(nil, limit).Expected)
		return checks.Each(sessions, checks.Nothing(expected), func(s *pb.SessionPolicy) checks.Result {
			if leftToShell(s, limit, sessions.GetItems()) {
				return checks.NotApplicable(checks.Say("本身不超时，由 shell 决定", "has no timeout of its own; the shell decides"), s.GetIdleTimeout().GetEvidence()...)
			}
			r := enforced(s, limit, sessions.GetItems())
			r.Expected = expected
			return r
		})
	},
}

// leftToShell says whether a kind of session leaves it to the shells to end, which are judged themselves: because it is
// not said to end anything, or because it does not and every shell within it does.
func leftToShell(s *pb.SessionPolicy, limit checks.Limit, all []*pb.SessionPolicy) bool {
	idle := s.GetIdleTimeout()
	shells := slices.DeleteFunc(slices.Clone(all), func(o *pb.SessionPolicy) bool { return !isShell(o) })
	if len(shells) == 0 || s.GetScope() != scopeSSH && s.GetScope() != scopeLogins {
		return false
	}
	never := idle.GetState() == pb.FactState_FACT_STATE_ABSENT || facts.Known(idle) && idle.GetForever()
	return unsaid(idle) && !unsaid(s.GetMaxSessions()) || never && !slices.ContainsFunc(shells, func(o *pb.SessionPolicy) bool {
		return enforced(o, limit, all).Outcome != pb.Outcome_OUTCOME_PASS
	})
}

// enforced judges one kind of session: its timeout, and that users cannot lift it.
func enforced(s *pb.SessionPolicy, limit checks.Limit, all []*pb.SessionPolicy) checks.Result {
	r := checks.Within(s.GetIdleTimeout(), limit)
	if r.Outcome != pb.Outcome_OUTCOME_PASS || !yes(s.GetUserCanChange()) {
		return r
	}
	free := checks.Say("%s，但用户可自行取消", "%s, but users can lift it", r.Observed)
	for _, other := range all {
		held := carriesShells(other) && no(other.GetUserCanChange()) && checks.Within(other.GetIdleTimeout(), limit).Outcome == pb.Outcome_OUTCOME_PASS
		if isShell(s) && held {
			r.Observed = checks.Say("%s；%s 的限制不可取消", "%s; the limit of %s they cannot", free, other.GetScope())
			r.Evidence = slices.Concat(r.Evidence, other.GetIdleTimeout().GetEvidence())
			return r
		}
	}
	return checks.Failed(r.Expected, free, slices.Concat(r.Evidence, s.GetUserCanChange().GetEvidence())...)
}

// carriesShells says whether sessions of this kind are what a host's shells run in.
func carriesShells(s *pb.SessionPolicy) bool {
	return s.GetScope() == scopeSSH || s.GetScope() == scopeLogind
}

package accounts

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// LeastPrivilege asks that nobody have more rights than the work takes.
var LeastPrivilege = &checks.Check{
	ID:       "accounts.least_privilege",
	Controls: []string{"ACC-06"},
	Title:    checks.Say("按最小权限授权", "Nobody has more rights than needed"),
	Rationale: checks.Say(
		"权限越大，误操作和账户被盗的损失越大。不限命令、不要口令的授权使任何一个进程都能取得超级权限。",
		"The more rights, the worse a mistake or a stolen account. A grant of everything without a password lets any process of that user become the superuser."),
	Remedy: checks.Say(
		`Linux：用 visudo 检查 /etc/sudoers 和 /etc/sudoers.d：删除 NOPASSWD: ALL 与 ALL ALL=(ALL) ALL；按职责列出命令的绝对路径，不授予 shell、su、sudo、visudo；完全管理权只给管理组（wheel、sudo）且须输入口令，组成员逐人核准（gpasswd -d 用户名 wheel 移除）。改前用 sudo -l -U 用户名 核对。
华为 VRP：local-user 用户名 privilege level 按需取 1–15（VRP5 为 0–3），细分用 command-privilege level。H3C Comware：local-user 下 authorization-attribute user-role network-operator 或自定义 role，不一律 network-admin。Cisco IOS：username privilege 取所需级别，用 privilege exec level 或 parser view 细分。
在场所文件 accounts.<账户>.duty 写明职责（system、security、audit、operator、application）。`,
		`Linux: with visudo go through /etc/sudoers and /etc/sudoers.d: remove NOPASSWD: ALL and ALL ALL=(ALL) ALL; list the commands of each duty by absolute path, never a shell, su, sudo or visudo; full administration only for the administrators' group (wheel, sudo) and with a password, its members approved one by one (gpasswd -d USER wheel takes one out). sudo -l -U USER shows what somebody may do.
Huawei VRP: local-user NAME privilege level as needed, 1 to 15 (0 to 3 on VRP5), finer with command-privilege level. H3C Comware: authorization-attribute user-role network-operator or a role of your own, not network-admin for all. Cisco IOS: username privilege as needed, finer with privilege exec level or parser view.
State each duty as accounts.<account>.duty in the site file: system, security, audit, operator or application.`),
	Sees: checks.Say(
		"主机读取每条提权规则（sudo）：是否任何命令、是否免口令、授予谁；命令中含 shell、不限目标的 su 等视为任何命令。管理组（wheel、sudo、admin）凭口令的完全授权视为正常，授予具名账户的、以及限定命令但免口令的，按场所文件声明的职责判断。网络设备读取本地账户是否人人都是最高权限。看不到实际工作需要、polkit 和集中授权（TACACS+）。",
		"On hosts it reads each rule to act as another (sudo): whether it covers any command, asks for a password, and whom it is for; a shell or an open su among the commands counts as any command. Full rights with a password for the administrators' group (wheel, sudo, admin) are in order; for a named account, and for commands without a password, the duty stated in the site file decides. Of network devices it reads whether every local account has the highest level. It cannot see what the work takes, polkit, nor central authorisation (TACACS+)."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		var out []checks.Result
		rules := f.GetPrivilegeRules()
		if !onDevice(f) || rules.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED || len(rules.GetItems()) > 0 {
			expected := checks.Say("只有系统管理员可执行任何命令，且须输入口令", "only system administrators may run any command, and with their password")
			none := checks.Passed(expected, checks.Say("没有提权规则", "no rule grants anything"))
			out = append(out, checks.Summary(rules, "privilege rules", none, func(rule *pb.PrivilegeRule) checks.Result {
				return granted(rule, expected, p)
			}))
		}
		if onDevice(f) {
			out = append(out, levels(f, p))
		}
		return out
	},
}

// granted judges one rule.
func granted(rule *pb.PrivilegeRule, expected *pb.Text, p checks.Params) checks.Result {
	all, who := everything(rule), rule.GetWho()
	name := who.GetValue()
	evidence := slices.Concat(all.GetEvidence(), who.GetEvidence())
	switch {
	case facts.Known(who) && (name == "root" || name == "#0"):
		return checks.Passed(expected, checks.Say("超级用户自身", "the superuser himself"), evidence...)
	case facts.Known(who) && name == everybody:
		return checks.Failed(expected, checks.Say("授予所有用户", "granted to all users"), evidence...)
	case no(all):
		return limited(rule, expected, p, evidence)
	case !yes(all):
		return checks.Settle(all, expected, false).About(checks.Say("任何命令", "any command"))
	case yes(rule.GetNoPassword()):
		return checks.Failed(expected, checks.Say("任何命令，免口令", "any command, without a password"), slices.Concat(evidence, rule.GetNoPassword().GetEvidence())...)
	case !facts.Known(who):
		return checks.Settle(who, expected, false).About(checks.Say("授予谁", "whom it is for"))
	}
	r := holder(name, expected, p)
	r.Evidence = evidence
	if r.Outcome == pb.Outcome_OUTCOME_PASS && !facts.Known(rule.GetNoPassword()) {
		return checks.Settle(rule.GetNoPassword(), expected, false).About(checks.Say("免口令", "without a password"))
	}
	return r
}

// limited judges a rule that names its commands. Without a password it takes somebody's word that the work needs it so,
// as that of a monitoring program does.
func limited(rule *pb.PrivilegeRule, expected *pb.Text, p checks.Params, evidence []*pb.Evidence) checks.Result {
	fine := checks.Passed(expected, checks.Say("限定了命令", "limited to commands"), evidence...)
	if !yes(rule.GetNoPassword()) {
		return fine
	}
	who := strings.TrimPrefix(rule.GetWho().GetValue(), "%")
	account, _ := stated(p, who)
	if account.Duty != "" {
		return fine.Quoting(quote(who, "duty", account.Duty))
	}
	return checks.Unstated(expected, checks.Say("限定了命令，但免口令", "limited to commands, but without a password"),
		checks.Say("%s 的工作是否需要免口令执行这些命令？需要时请在场所文件 accounts.%s.duty 中填写职责", "does the work of %s take these commands without a password? If so, state its duty as accounts.%s.duty in the site file", who, who),
		slices.Concat(evidence, rule.GetNoPassword().GetEvidence())...)
}

// holder judges who may run any command.
func holder(who string, expected *pb.Text, p checks.Params) checks.Result {
	if group, ok := strings.CutPrefix(who, "%"); ok {
		if slices.Contains(adminGroups, group) {
			return checks.Passed(expected, checks.Say("管理组，须输入口令", "the administrators' group, with a password"))
		}
		if strings.HasPrefix(group, "#") {
			return checks.Unknown(expected, pb.Reason_REASON_NOT_UNDERSTOOD, who)
		}
		return checks.Failed(expected, checks.Say("任何命令，授予非管理组", "any command, for a group that is not the administrators'"))
	}
	account, _ := stated(p, who)
	switch account.Duty {
	case "":
		return checks.Unstated(expected, checks.Say("任何命令", "any command"),
			checks.Say("账户 %s 是否为系统管理员？请在场所文件 accounts.%s.duty 中填写职责", "is account %s a system administrator? State its duty as accounts.%s.duty in the site file", who, who))
	case dutySystem:
		return checks.Passed(expected, checks.Say("系统管理员，须输入口令", "a system administrator, with a password")).Quoting(quote(who, "duty", account.Duty))
	}
	return checks.Failed(expected, checks.Say("任何命令，其职责为 %s", "any command, for one whose duty is %s", account.Duty)).Quoting(quote(who, "duty", account.Duty))
}

// levels judges the local accounts of a network device: not all of them may have the highest level.
func levels(f *pb.Facts, p checks.Params) checks.Result {
	expected := checks.Say("并非所有账户都是最高权限", "not every account has the highest level")
	list := f.GetAccounts()
	var full, limited []string
	var evidence []*pb.Evidence
	for _, a := range list.GetItems() {
		switch {
		case !mayLogIn(a):
		case yes(a.GetPrivileged()):
			full = append(full, a.GetScope())
			evidence = append(evidence, a.GetPrivileged().GetEvidence()...)
		case no(a.GetPrivileged()):
			if login := a.GetLoginEnabled(); yes(login) || login.GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE {
				limited = append(limited, a.GetScope())
				evidence = append(evidence, a.GetPrivileged().GetEvidence()...)
			}
		}
	}
	if len(limited) > 0 {
		return checks.Passed(expected, checks.Say("受限账户：%s", "limited: %s", strings.Join(limited, ", ")), evidence...).As(scopeAccounts)
	}
	nobody := checks.NotApplicable(checks.Say("没有可登录的本地账户", "no local account can log in"))
	nobody.Expected = expected
	r := checks.SummaryWhere(list, scopeAccounts, nobody, mayLogIn, func(a *pb.Account) checks.Result {
		r := ifLogsIn(a, checks.Is(a.GetPrivileged(), false, expected))
		if yes(a.GetPrivileged()) {
			r.Observed = checks.Say("最高权限", "the highest level")
		}
		return r
	})
	// A failure of one is a failure of all only when all are known; and a single administrator is no pattern.
	whole := list.GetState() == pb.FactState_FACT_STATE_KNOWN && len(full) == len(slices.DeleteFunc(slices.Clone(list.GetItems()), func(a *pb.Account) bool { return !mayLogIn(a) }))
	switch {
	case r.Outcome != pb.Outcome_OUTCOME_FAIL || whole && len(full) > 1:
		return r
	case !whole:
		return checks.Undecided(expected, checks.Say("最高权限：%s", "highest level: %s", strings.Join(full, ", ")), list.GetReason(),
			checks.Say("其余账户未知", "the other accounts are not known"), evidence...).As(scopeAccounts)
	}
	account, _ := stated(p, full[0])
	if account.Duty == dutySystem {
		return checks.Passed(expected, checks.Say("唯一的本地账户 %s 为系统管理员", "the only local account, %s, is the system administrator's", full[0]), evidence...).
			Quoting(quote(full[0], "duty", account.Duty)).As(scopeAccounts)
	}
	return checks.Unstated(expected, checks.Say("唯一的本地账户 %s 为最高权限", "the only local account, %s, has the highest level", full[0]),
		checks.Say("账户 %s 的职责是什么？请在场所文件 accounts.%s.duty 中填写", "what is the duty of account %s? State it as accounts.%s.duty in the site file", full[0], full[0]), evidence...).As(scopeAccounts)
}

package password

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Empty asks that no account have an empty password, and that no way in accept one.
var Empty = &checks.Check{
	ID:       "password.empty",
	Controls: []string{"PWD-07"},
	Title:    checks.Say("不存在空口令", "There are no empty passwords"),
	Rationale: checks.Say(
		"空口令账户无需任何凭据即可登录。即使目前没有空口令账户，允许空口令的登录方式也会使一次误操作直接变成敞开的入口。",
		"An account with an empty password opens to anybody. Even where there is none, a way in that accepts one turns a single mistake into an open door."),
	Remedy: checks.Say(
		`Linux：用 awk -F: '$2==""{print $1}' /etc/shadow 找出空口令账户，用 passwd 设置口令或 passwd -l 锁定。删除 PAM 中 pam_unix.so 的 nullok（RHEL 8 及以上：authselect enable-feature without-nullok；RHEL 7/银河麒麟：/etc/pam.d/system-auth、password-auth；Debian/Ubuntu/统信 UOS：/etc/pam.d/common-auth、common-password 的 nullok、nullok_secure）。/etc/ssh/sshd_config 设置 PermitEmptyPasswords no。
华为 VRP、H3C Comware：为每个 local-user 设置口令，user-interface/line 不使用 authentication-mode none。Cisco IOS：删除 username 的 nopassword，线路不使用 no login。`,
		`Linux: list such accounts with awk -F: '$2==""{print $1}' /etc/shadow; give them a password with passwd or lock them with passwd -l. Remove nullok from pam_unix.so (RHEL 8 and later: authselect enable-feature without-nullok; RHEL 7, Kylin: /etc/pam.d/system-auth and password-auth; Debian, Ubuntu, UOS: nullok and nullok_secure in /etc/pam.d/common-auth and common-password). Set PermitEmptyPasswords no in /etc/ssh/sshd_config.
Huawei VRP, H3C Comware: give every local-user a password; no authentication-mode none on a user-interface or line. Cisco IOS: no username with nopassword, no line with no login.`),
	Sees: checks.Say(
		"读取每个账户的口令是否为空，以及各登录方式是否接受空口令（如 PAM 的 nullok、sshd 的 PermitEmptyPasswords）。看不到数据库和应用的账户；无需账户即可进入的方式由 accounts.authenticated 判断。",
		"Reads whether each account's password is empty, and whether each way in accepts an empty one (such as nullok in PAM, PermitEmptyPasswords of sshd). It cannot see the accounts of databases and applications; ways in that need no account are judged by accounts.authenticated."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("口令不为空", "no empty password")
		nobody := checks.Passed(expected, checks.Say("没有账户", "there are no accounts"))
		out := []checks.Result{checks.Summary(f.GetAccounts(), "accounts", nobody, func(a *pb.Account) checks.Result {
			return checks.Settle(a.GetPasswordState(), expected, a.GetPasswordState().GetValue() != stateEmpty)
		})}
		refused := checks.Say("拒绝空口令登录", "refuses an empty password")
		for _, path := range f.GetAccessPaths().GetItems() {
			accepts := path.GetEmptyPasswords()
			// What no path says of empty passwords is decided by the accounts: where none is empty, none is accepted.
			if accepts.GetState() == pb.FactState_FACT_STATE_UNSPECIFIED || no(path.GetEnabled()) {
				continue
			}
			r := checks.Is(accepts, false, refused).WhenAbsent(accepts, pb.Outcome_OUTCOME_PASS)
			if yes(accepts) {
				r.Observed = checks.Say("接受空口令", "accepts an empty password")
				if enabled := path.GetEnabled(); !facts.Known(enabled) {
					r.Outcome, r.ReasonCode = pb.Outcome_OUTCOME_UNKNOWN, enabled.GetReason()
					r.Reason = checks.Say("是否启用：%s", "whether it can be used: %s", checks.ReasonText(enabled.GetReason(), enabled.GetDetail()))
				}
			}
			out = append(out, r.As(path.GetScope()))
		}
		return out
	},
}

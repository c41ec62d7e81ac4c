package accounts

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// MultiFactor asks that administrators who come from afar give several kinds of proof together.
var MultiFactor = &checks.Check{
	ID:       "accounts.multi_factor",
	Controls: []string{"ACC-07"},
	Title:    checks.Say("管理员远程登录采用多因素鉴别", "Administrators prove themselves by several factors"),
	Rationale: checks.Say(
		"口令会被猜到、钓走或重复使用。要求两种不同性质的凭据同时成立，单独拿到其中一种就无法登录。",
		"Passwords are guessed, phished and used twice. Where two different kinds of proof are demanded together, one of them alone opens nothing."),
	Remedy: checks.Say(
		`Linux：/etc/ssh/sshd_config 设置 AuthenticationMethods publickey,keyboard-interactive（或 publickey,password），每个 Match 段同样要求；或在 sshd、login、sudo 的 PAM 栈中加 auth required pam_google_authenticator.so（pam_oath.so、pam_u2f.so、国密动态口令模块），不带 nullok。
华为 VRP：ssh user 用户名 authentication-type password-rsa（或 password-ecc）。H3C Comware：ssh user 用户名 service-type stelnet authentication-type password-publickey。Cisco IOS：aaa authentication login 指向接有动态口令的 TACACS+/RADIUS。FortiOS：config system admin 中 set two-factor。
经堡垒机集中做双因素时，应只允许从堡垒机登录，并对堡垒机本身检查或提供佐证。`,
		`Linux: AuthenticationMethods publickey,keyboard-interactive (or publickey,password) in /etc/ssh/sshd_config, in every Match block too; or auth required pam_google_authenticator.so (pam_oath.so, pam_u2f.so) in the PAM stacks of sshd, login and sudo, without nullok.
Huawei VRP: ssh user NAME authentication-type password-rsa (or password-ecc). H3C Comware: ssh user NAME service-type stelnet authentication-type password-publickey. Cisco IOS: aaa authentication login towards a TACACS+ or RADIUS server with one-time passwords. FortiOS: set two-factor in config system admin.
Where a bastion asks for both, let administrators in from the bastion only, and scan or attest the bastion itself.`),
	Sees: checks.Say(
		"读取每个可用的远程管理方式同时要求几种凭据。第二因素在集中认证服务器（RADIUS、TACACS+、LDAP）、堡垒机或 VPN 上的，本机看不到，为无法判断或不符合，须在那里检查或提供佐证。SNMP 不是交互登录，不计；本地控制台不计。看不到令牌本身的质量。",
		"Reads how many kinds of proof each remote way of administration demands together. A second factor at a central server (RADIUS, TACACS+, LDAP) cannot be seen here, so the verdict is unknown; one at a bastion or VPN cannot be seen either and is to be scanned or attested there. SNMP is no login of a person and does not count, nor does the local console. It cannot judge the token itself."),
	Params: []checks.Param{{
		Name: "factors", Kind: checks.Number, Default: "2",
		Doc: checks.Say("须同时出示的凭据种类数", "how many kinds of proof are demanded together"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		wanted := p.Int("factors")
		expected := checks.Say("同时要求至少 %d 种凭据", "at least %d kinds of proof together", wanted)
		none := checks.NotApplicable(checks.Say("没有可用的远程管理方式", "there is no remote way of administration"))
		none.Expected = expected
		return checks.EachWhere(f.GetAccessPaths(), none,
			func(path *pb.AccessPath) bool {
				return !no(path.GetEnabled()) && !no(path.GetRemote()) && path.GetScope() != "snmp"
			},
			func(path *pb.AccessPath) checks.Result {
				r := checks.Settle(path.GetFactors(), expected, path.GetFactors().GetValue() >= wanted)
				if r.Outcome != pb.Outcome_OUTCOME_FAIL {
					return r
				}
				if facts.Known(path.GetFactors()) {
					r.Observed = checks.Say("%d 种", "%d", path.GetFactors().GetValue())
				}
				if central := slices.IndexFunc(path.GetMethods().GetValue(), decidesElsewhere); central >= 0 {
					return checks.Undecided(expected, r.Observed, pb.Reason_REASON_ELSEWHERE,
						checks.Verbatim(path.GetMethods().GetValue()[central]), slices.Concat(r.Evidence, path.GetMethods().GetEvidence())...)
				}
				return ifReached(path, r)
			})
	},
}

func decidesElsewhere(method string) bool {
	return slices.Contains([]string{"radius", "tacacs", "ldap"}, method)
}

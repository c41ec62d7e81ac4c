package password

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Storage asks that passwords be kept so that nobody can read or compute them back.
var Storage = &checks.Check{
	ID:       "password.storage",
	Controls: []string{"PWD-06"},
	Title:    checks.Say("口令以高强度单向算法存储", "Passwords are kept by a strong one-way function"),
	Rationale: checks.Say(
		"口令文件或配置一旦外泄，弱散列（MD5、DES 等）可在短时间内破解，可逆加密等同明文。",
		"Once a password file or a configuration leaks, weak hashes (MD5, DES) are soon broken and reversible encryption is as good as clear text."),
	Remedy: checks.Say(
		`RHEL/CentOS/openEuler/银河麒麟：/etc/login.defs 设置 ENCRYPT_METHOD SHA512（或 YESCRYPT、SM3），/etc/pam.d/system-auth 与 password-auth 的 pam_unix.so 使用 sha512（或 yescrypt、sm3）。Debian/Ubuntu/统信 UOS：/etc/pam.d/common-password 的 pam_unix.so 使用 yescrypt 或 sha512。算法只在改口令时生效：仍为弱散列的账户须重新设置口令，锁定账户残留的弱散列用 usermod -p '!' 用户名 清除。
华为 VRP：local-user 用户名 password irreversible-cipher（不用 cipher、simple）；super password 同样。H3C Comware：口令以 hash 方式保存（升级旧配置中的 cipher、simple）。Cisco IOS：username 用户名 algorithm-type scrypt secret，enable algorithm-type scrypt secret，删除所有 password 0/7。`,
		`RHEL, CentOS, openEuler, Kylin: ENCRYPT_METHOD SHA512 (or YESCRYPT, SM3) in /etc/login.defs, and sha512 (yescrypt, sm3) at pam_unix.so in /etc/pam.d/system-auth and password-auth. Debian, Ubuntu, UOS: yescrypt or sha512 at pam_unix.so in /etc/pam.d/common-password. It takes effect when a password is changed: set a new one for each account with a weak hash, and clear what a locked account still keeps with usermod -p '!' USER.
Huawei VRP: local-user NAME password irreversible-cipher (not cipher, not simple), the same for super password. H3C Comware: keep passwords as hash (convert old cipher and simple lines). Cisco IOS: username NAME algorithm-type scrypt secret and enable algorithm-type scrypt secret; remove every password 0 and 7.`),
	Sees: checks.Say(
		"读取新口令的存储算法、每个账户已存口令的算法（锁定账户残留的散列也计入）以及设备提权口令的算法。只看算法标识，从不读出口令散列；看不到迭代次数是否足够，也看不到数据库和应用的口令存储。",
		"Reads how new passwords are stored, how each account's password is stored now (a hash left in a locked account counts) and how a device keeps the password that raises privilege. It looks at the name of the scheme and never takes a hash away; it does not judge the number of rounds, nor how databases and applications store theirs."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("高强度单向算法（%s）", "a strong one-way scheme (%s)", "yescrypt, scrypt, bcrypt, sha512crypt, sha256crypt, sm3crypt, pbkdf2, irreversible")
		none := checks.NotApplicable(checks.Say("没有本地口令策略", "there is no local password policy"))
		none.Expected = expected
		out := checks.Each(f.GetPasswordPolicies(), none, func(pp *pb.PasswordPolicy) checks.Result {
			return strong(pp.GetScheme(), expected)
		})
		nobody := checks.NotApplicable(checks.Say("没有账户存有口令", "no account keeps a password"))
		nobody.Expected = expected
		out = append(out, checks.SummaryWhere(f.GetAccounts(), "accounts", nobody, keepsPassword,
			func(a *pb.Account) checks.Result { return ifUsable(a, strong(a.GetPasswordScheme(), expected)) }))
		// Hosts have no such password, and say nothing of it.
		if enable := f.GetProtections().GetEnableScheme(); enable.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED {
			out = append(out, strong(enable, expected).WhenAbsent(enable, pb.Outcome_OUTCOME_NOT_APPLICABLE).As("enable password"))
		}
		return out
	},
}

// keepsPassword says whether an account has, or may have, a stored password. A locked one counts when its hash is there.
func keepsPassword(a *pb.Account) bool {
	if facts.Known(a.GetPasswordScheme()) || !facts.Known(a.GetPasswordState()) {
		return true
	}
	return slices.Contains([]string{stateSet, stateExpired}, a.GetPasswordState().GetValue())
}

// strong judges a scheme. A word that is neither known to be strong nor known to be weak decides nothing.
func strong(scheme *pb.TextFact, expected *pb.Text) checks.Result {
	word := scheme.GetValue()
	switch word {
	case "yescrypt", "gost-yescrypt", "scrypt", "bcrypt", "sha512crypt", "sha256crypt", "sm3crypt", "pbkdf2", "irreversible":
		return checks.Settle(scheme, expected, true)
	case "md5crypt", "descrypt", "bsdicrypt", "bigcrypt", "nt", "lm", "reversible", "plaintext":
		return checks.Settle(scheme, expected, false)
	}
	if !facts.Known(scheme) {
		return checks.Settle(scheme, expected, false)
	}
	return checks.Unknown(expected, pb.Reason_REASON_NOT_UNDERSTOOD, word, scheme.GetEvidence()...)
}

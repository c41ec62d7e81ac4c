package password

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Complexity asks that every password policy force certain kinds of characters into a password.
var Complexity = &checks.Check{
	ID:       "password.complexity",
	Controls: []string{"PWD-02"},
	Title:    checks.Say("口令必须包含规定的字符种类", "Passwords must mix kinds of characters"),
	Rationale: checks.Say(
		"只含单一字符种类的口令搜索空间小，容易被字典和穷举攻破。“四类中任选三类”之类的设置并不能保证每个口令都含数字和符号，因此按是否必然包含来判断。",
		"A password of one kind of characters is soon found. A rule such as “three kinds out of four” does not see to it that every password has a digit and a symbol; what counts is what no password can do without."),
	Remedy: checks.Say(
		`RHEL/CentOS/openEuler/银河麒麟、Debian/Ubuntu/统信 UOS：在 /etc/security/pwquality.conf 中设置 dcredit = -1、lcredit = -1、ucredit = -1、ocredit = -1（或 minclass = 4），并确认 PAM 口令栈（system-auth、password-auth 或 common-password）引用 pam_pwquality.so 且参数未覆盖；如需约束 root，加 enforce_for_root。CentOS 7 及更早版本的 pam_cracklib.so 使用相同参数。
华为 VRP：保持 user-password complexity-check（或 password complexity-check）启用；该功能仅要求若干种类时，需选用可要求四类的版本或设置。H3C Comware：password-control composition enable；password-control composition type-number 4 type-length 1。Cisco IOS：aaa common-criteria policy NAME 下设置 numeric-count 1、upper-case 1、lower-case 1、special-case 1，并绑定到每个用户；ASA：password-policy minimum-numeric 1、minimum-lowercase 1、minimum-special 1。`,
		`RHEL, CentOS, openEuler, Kylin, Debian, Ubuntu, UOS: in /etc/security/pwquality.conf set dcredit = -1, lcredit = -1, ucredit = -1 and ocredit = -1 (or minclass = 4), and see that the password stack (system-auth and password-auth, or common-password) has pam_pwquality.so without arguments that say otherwise; add enforce_for_root to bind root. pam_cracklib.so of CentOS 7 and before takes the same arguments.
Huawei VRP: keep user-password complexity-check (password complexity-check) on; where it asks only for some kinds, use a release or setting that can ask for all four. H3C Comware: password-control composition enable; password-control composition type-number 4 type-length 1. Cisco IOS: aaa common-criteria policy NAME with numeric-count 1, upper-case 1, lower-case 1, special-case 1, bound to every user; ASA: password-policy minimum-numeric 1, minimum-lowercase 1, minimum-special 1.`),
	Sees: checks.Say(
		"读取每个口令策略要求的字符种类数和必须包含的种类，推算是否任何合规口令都必然包含所要求的种类（“字母”由大写或小写字母满足）。看不到已设口令的内容。",
		"Reads how many kinds each password policy asks for and which ones it insists on, and works out whether every password it accepts must hold the wanted kinds (“letter” is met by a lower or an upper case one). It cannot see the passwords already set."),
	Params: []checks.Param{{
		Name: "classes", Kind: checks.Words, Default: "letter+digit+symbol", Allowed: []string{"letter", "lower", "upper", "digit", "symbol"},
		Doc: checks.Say("必须包含的字符种类：letter 字母，lower 小写，upper 大写，digit 数字，symbol 符号", "the kinds that every password must hold: letter, lower, upper, digit, symbol"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		wanted := p.Words("classes")
		expected := checks.Say("必须包含：%s", "must contain: %s", classNames(wanted))
		return everyQuality(f, expected, func(pp *pb.PasswordPolicy) checks.Result {
			return complexity(pp, expected, wanted)
		})
	},
}

// complexity judges a policy by its two rules together. A rule that is not known can only add to what the other forces.
func complexity(pp *pb.PasswordPolicy, expected *pb.Text, wanted []string) checks.Result {
	count, required := pp.GetMinClasses(), pp.GetRequiredClasses()
	na := pb.FactState_FACT_STATE_NOT_APPLICABLE
	if count.GetState() == na && required.GetState() == na {
		return checks.Settle(required, expected, false)
	}
	evidence := slices.Concat(required.GetEvidence(), count.GetEvidence())
	observed := checks.Join([]*pb.Text{
		checks.Settle(required, nil, true).About(checks.Say("必含种类", "required kinds")).Observed,
		checks.Settle(count, nil, true).About(checks.Say("最少种类数", "least number of kinds")).Observed,
	}, "；", "; ")
	if forces(count.GetValue(), required.GetValue(), wanted) {
		return checks.Passed(expected, observed, evidence...)
	}
	for _, part := range []facts.Fact{required, count} {
		if r := checks.Settle(part, expected, true); r.Outcome == pb.Outcome_OUTCOME_UNKNOWN {
			r.Observed, r.Evidence = observed, evidence
			return r
		}
	}
	return checks.Failed(expected, observed, evidence...)
}

// The four kinds of characters; a letter is one of two of them.
const (
	lower uint8 = 1 << iota
	upper
	digit
	symbol
	everyKind = 4
)

func mask(class string) uint8 {
	switch class {
	case "lower":
		return lower
	case "upper":
		return upper
	case "letter":
		return lower | upper
	case "digit":
		return digit
	case "symbol":
		return symbol
	}
	return 0
}

// forces says whether every password that has count kinds and the required ones has the wanted ones too. It tries each
// set of kinds that a password can be made of.
func forces(count int64, required, wanted []string) bool {
	for have := range uint8(1 << everyKind) {
		accepted := int64(bits.OnesCount8(have)) >= min(count, everyKind) && holds(have, required)
		if accepted && !holds(have, wanted) {
			return false
		}
	}
	return true
}

func holds(have uint8, classes []string) bool {
	for _, c := range classes {
		if m := mask(c); m != 0 && have&m == 0 {
			return false
		}
	}
	return true
}

func classNames(classes []string) *pb.Text {
	names := map[string]string{"letter": "字母", "lower": "小写字母", "upper": "大写字母", "digit": "数字", "symbol": "符号"}
	zh := make([]string, len(classes))
	for i, c := range classes {
		zh[i] = names[c]
	}
	return &pb.Text{Zh: strings.Join(zh, "、"), En: strings.Join(classes, ", ")}
}

package tls

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Strength asks that no cipher on offer is weaker than a number of bits.
var Strength = &checks.Check{
	ID:       "tls.strength",
	Controls: []string{"TLS-03"},
	Title:    checks.Say("传输加密强度足够", "Encryption in transit is strong enough"),
	Rationale: checks.Say(
		"只要服务端还提供弱套件，攻击者就可能使连接落到弱套件上。RC4、DES、出口级、空加密和匿名套件已可破解；3DES 仅相当于 112 位。",
		"As long as a weak cipher is on offer, a connection may be brought to use it. RC4, DES, export, null and anonymous suites are broken, and 3DES is worth 112 bits."),
	Remedy: checks.Say(
		"nginx：ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;。Apache：SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20。RHEL 8 及以上：update-crypto-policies --set DEFAULT 或 FUTURE。\n"+
			"SSH：sshd_config 设 Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes128-ctr；MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com；KexAlgorithms 去掉 diffie-hellman-group1-sha1。\n"+
			"华为：ssh server cipher aes256_ctr aes128_ctr，ssl cipher-suite-list 仅保留 AES；H3C：ssh2 algorithm cipher aes256-ctr aes128-ctr，ssl server-policy 下 ciphersuite 仅保留 AES；Cisco：ip ssh server algorithm encryption aes256-ctr aes128-ctr，ip http secure-ciphersuite 仅保留 AES。",
		"nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;. Apache: SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20. RHEL 8 and later: update-crypto-policies --set DEFAULT or FUTURE.\n"+
			"SSH: in sshd_config Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes128-ctr; MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com; take diffie-hellman-group1-sha1 out of KexAlgorithms.\n"+
			"Huawei: ssh server cipher aes256_ctr aes128_ctr, AES alone in ssl cipher-suite-list; H3C: ssh2 algorithm cipher aes256-ctr aes128-ctr, AES alone in ciphersuite under ssl server-policy; Cisco: ip ssh server algorithm encryption aes256-ctr aes128-ctr, AES alone in ip http secure-ciphersuite."),
	Sees: checks.Say(
		"查看每处 TLS 配置、设备 HTTPS 管理页面以及 SSH 提供的加密算法；SSH 另查 MAC 与密钥交换中的 MD5 和 group1。取决于库版本的写法（如 DEFAULT）无法判断。读取配置，不发起连接。",
		"Reads the ciphers that each place where TLS is configured, a device's HTTPS pages, and SSH offer; of SSH also MD5 and group1 among MACs and key exchanges. Words that depend on the library's version (DEFAULT) cannot be judged. Configuration is read and nothing is connected to."),
	Params: []checks.Param{{Name: "bits", Kind: checks.Number, Default: "128", Doc: checks.Say("加密强度的最低位数", "the least number of bits of a cipher")}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		bits := p.Int("bits")
		var out []checks.Result
		for _, e := range f.GetTlsEndpoints().GetItems() {
			out = append(out, strong(e.GetCiphers(), bits).As(e.GetScope()))
		}
		for _, a := range web(f) {
			out = append(out, ifUsed(a, strong(a.GetCiphers(), bits)).As("access path "+a.GetScope()))
		}
		for _, a := range f.GetAccessPaths().GetItems() {
			if !strings.EqualFold(a.GetScope(), "ssh") && !strings.EqualFold(a.GetScope(), "stelnet") || services.Switched(a.GetEnabled()) == services.Off {
				continue
			}
			r := checks.AllOf(strong(a.GetCiphers(), bits), without(a.GetMacs(), checks.Say("MAC 算法", "MACs"), "md5", "none"), without(a.GetKeyExchanges(), checks.Say("密钥交换", "key exchanges"), "group1-"))
			out = append(out, ifUsed(a, r).As("access path "+a.GetScope()))
		}
		return orNone(append(out, rest(f, noWeaker(bits))...), f)
	},
}

func noWeaker(bits int64) *pb.Text {
	return checks.Say("加密算法不弱于 %d 位", "no cipher weaker than %d bits", bits)
}

func strong(f *pb.TextsFact, bits int64) checks.Result {
	expected := noWeaker(bits)
	if r, settled := unlessKnown(f, expected); settled {
		return r
	}
	least, weakest, unsure := weigh(f.GetValue(), bits)
	seen := checks.Verbatim(facts.Excerpt(strings.Join(f.GetValue(), ", ")))
	switch {
	case weakest != "" && least.broken:
		return checks.Failed(expected, checks.Say("提供已被破解的 %s", "offers %s, which is broken", weakest), f.GetEvidence()...)
	case weakest != "" && int64(least.bits) < bits:
		return checks.Failed(expected, checks.Say("提供 %s（%d 位）", "offers %s (%d bits)", weakest, least.bits), f.GetEvidence()...)
	case len(unsure) > 0 || weakest == "":
		return checks.Undecided(expected, seen, pb.Reason_REASON_NOT_UNDERSTOOD, checks.Say("无法确定其中的加密算法：%s", "which ciphers these are cannot be told: %s", strings.Join(unsure, ", ")), f.GetEvidence()...)
	}
	return checks.Passed(expected, checks.Say("最弱为 %s（%d 位）", "the weakest is %s (%d bits)", weakest, least.bits), f.GetEvidence()...)
}

// unlessKnown settles what has no value. What is not configured is a default that no document states.
func unlessKnown(f *pb.TextsFact, expected *pb.Text) (checks.Result, bool) {
	switch f.GetState() {
	case pb.FactState_FACT_STATE_KNOWN:
		return checks.Result{}, false
	case pb.FactState_FACT_STATE_ABSENT:
		return checks.Unknown(expected, pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "", f.GetEvidence()...), true
	}
	return checks.Settle(f, expected, false), true
}

// without asks that no algorithm's name holds one of parts.
func without(f *pb.TextsFact, about *pb.Text, parts ...string) checks.Result {
	expected := checks.Say("%s不含 %s", "no %[2]s among %[1]s", about, strings.Join(parts, ", "))
	if r, settled := unlessKnown(f, expected); settled {
		return r
	}
	i := slices.IndexFunc(f.GetValue(), func(v string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(strings.ToLower(v), p) })
	})
	if i >= 0 {
		return checks.Failed(expected, checks.Verbatim(f.GetValue()[i]), f.GetEvidence()...)
	}
	return checks.Passed(expected, checks.Verbatim(fmt.Sprintf("%d", len(f.GetValue()))), f.GetEvidence()...)
}

package tls

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Versions asks that no version of SSL or TLS below a limit is offered.
var Versions = &checks.Check{
	ID:       "tls.versions",
	Controls: []string{"TLS-01"},
	Title:    checks.Say("停用低版本 SSL/TLS", "Old versions of SSL and TLS are off"),
	Rationale: checks.Say(
		"SSL 2.0、3.0 与 TLS 1.0、1.1 存在 POODLE、BEAST 等已公开的缺陷并已被正式弃用，提供它们会使连接可被降级破解。早期标准文字要求“SSL 3.0 及以上”，今天应按 TLS 1.2 判断。",
		"SSL 2.0 and 3.0, TLS 1.0 and 1.1 have published flaws (POODLE, BEAST) and are formally retired; whoever offers them can be pushed down to them. Older standards ask for SSL 3.0 or later; today TLS 1.2 is the floor."),
	Remedy: checks.Say(
		"nginx：ssl_protocols TLSv1.2 TLSv1.3;。Apache：SSLProtocol -all +TLSv1.2 +TLSv1.3。OpenSSL 全局：/etc/ssl/openssl.cnf（RHEL 系为 /etc/pki/tls/openssl.cnf）中 MinProtocol = TLSv1.2；RHEL 8 及以上 update-crypto-policies --set DEFAULT（勿用 LEGACY）。\n"+
			"华为：ssl policy 下 ssl minimum version tls1.2。H3C：ssl version ssl3.0 tls1.0 tls1.1 disable。Cisco：ip http tls-version TLSv1.2；ASA：ssl server-version tlsv1.2。",
		"nginx: ssl_protocols TLSv1.2 TLSv1.3;. Apache: SSLProtocol -all +TLSv1.2 +TLSv1.3. OpenSSL as a whole: MinProtocol = TLSv1.2 in /etc/ssl/openssl.cnf (/etc/pki/tls/openssl.cnf on the RHEL family); update-crypto-policies --set DEFAULT, not LEGACY, on RHEL 8 and later.\n"+
			"Huawei: ssl minimum version tls1.2 under ssl policy. H3C: ssl version ssl3.0 tls1.0 tls1.1 disable. Cisco: ip http tls-version TLSv1.2; ASA: ssl server-version tlsv1.2."),
	Sees: checks.Say(
		"查看每处 TLS 配置及设备自身 HTTPS 管理页面提供的协议版本；国密 TLCP 视为符合。读取配置，不发起连接，看不到应用程序自带的 TLS 实现。",
		"Reads the versions that each place where TLS is configured and a device's own HTTPS pages offer; TLCP (GB/T 38636) conforms. Configuration is read and nothing is connected to; TLS that an application brings along is not seen."),
	Params: []checks.Param{{Name: "min", Kind: checks.Word, Default: "TLSv1.2", Allowed: []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"},
		Doc: checks.Say("允许提供的最低版本", "the lowest version that may be offered")}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		limit := p.Word("min")
		var out []checks.Result
		for _, e := range f.GetTlsEndpoints().GetItems() {
			out = append(out, atLeast(e.GetVersions(), limit).As(e.GetScope()))
		}
		for _, a := range web(f) {
			out = append(out, ifUsed(a, atLeast(a.GetVersions(), limit)).As("access path "+a.GetScope()))
		}
		return orNone(append(out, rest(f, floor(limit))...), f)
	},
}

func floor(limit string) *pb.Text { return checks.Say("不低于 %s", "%s or later only", limit) }

func atLeast(f *pb.TextsFact, limit string) checks.Result {
	expected := floor(limit)
	if !facts.Known(f) {
		// What is not configured is the library's default, which this fact would state if it were documented.
		r := checks.Settle(f, expected, false)
		if f.GetState() == pb.FactState_FACT_STATE_ABSENT {
			r = checks.Unknown(expected, pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "", f.GetEvidence()...)
		}
		return r
	}
	var low, odd []string
	for _, v := range f.GetValue() {
		r, ok := rank(v)
		if !ok {
			odd = append(odd, v)
		} else if r < slices.Index(versions, limit) {
			low = append(low, v)
		}
	}
	seen := checks.Verbatim(strings.Join(f.GetValue(), ", "))
	switch {
	case len(low) > 0:
		return checks.Failed(expected, checks.Say("提供 %s", "offers %s", strings.Join(low, ", ")), f.GetEvidence()...)
	case len(odd) > 0:
		return checks.Undecided(expected, seen, pb.Reason_REASON_NOT_UNDERSTOOD, checks.Verbatim(strings.Join(odd, ", ")), f.GetEvidence()...)
	case len(f.GetValue()) == 0:
		return checks.Undecided(expected, checks.Say("未提供任何版本", "no version is offered"), pb.Reason_REASON_CONFLICT, checks.Say("配置了 TLS 却不提供任何版本", "TLS is configured and yet offers nothing"), f.GetEvidence()...)
	}
	return checks.Passed(expected, seen, f.GetEvidence()...)
}

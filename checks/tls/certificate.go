package tls

import (
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Certificate asks that certificates are valid, have long enough keys, and are issued by somebody else.
var Certificate = &checks.Check{
	ID:       "tls.certificate",
	Controls: []string{"TLS-02"},
	Title:    checks.Say("服务器证书有效、密钥足够长且由 CA 签发", "Server certificates are valid, long enough and issued by a CA"),
	Rationale: checks.Say(
		"证书过期、密钥过短或自签名时，客户端无法确认服务器身份，中间人可冒充服务器。标准要求由权威机构签发。",
		"A certificate that has expired, has a short key or is signed by itself proves nothing, and anybody in between can pose as the server. The standards want one from an authority."),
	Remedy: checks.Say(
		"用 openssl req -new -newkey rsa:2048 -nodes -keyout 密钥 -out 请求（或 EC P-256、SM2）生成请求，交由有资质的 CA 签发，到期前更换并重载服务。\n"+
			"华为：pki 导入 CA 签发的证书并在 ssl policy 中引用；H3C：pki domain 申请证书，ssl server-policy 引用；Cisco：crypto pki trustpoint 申请证书，ip http secure-trustpoint 引用。",
		"Make a request with openssl req -new -newkey rsa:2048 -nodes -keyout KEY -out REQUEST (or EC P-256, SM2), have a licensed CA sign it, replace it before it ends and reload the service.\n"+
			"Huawei: import the CA's certificate with pki and name it in the ssl policy; H3C: enrol in a pki domain and name it in ssl server-policy; Cisco: enrol a crypto pki trustpoint and name it with ip http secure-trustpoint."),
	Sees: checks.Say(
		"查看每处 TLS 配置所用证书的到期时间、密钥类型和位数、是否自签名。证书链、域名是否匹配、CA 是否持有许可由人确认，签发者会显示在结果中。参数 self_signed=noted 时自签名仅提示。",
		"Reads when the certificate of each place where TLS is configured ends, what key it has, and whether it signed itself. Chain, name and the CA's licence are for people to confirm; the issuer is shown. With self_signed=noted a self-signed one is only noted."),
	Params: []checks.Param{
		{Name: "rsa", Kind: checks.Number, Default: "2048", Doc: checks.Say("RSA、DSA 密钥的最低位数", "the least bits of an RSA or DSA key")},
		{Name: "ecc", Kind: checks.Number, Default: "256", Doc: checks.Say("椭圆曲线密钥（ECDSA、Ed25519、SM2）的最低位数", "the least bits of an elliptic key (ECDSA, Ed25519, SM2)")},
		{Name: "self_signed", Kind: checks.Word, Default: "refused", Allowed: []string{"refused", "noted"}, Doc: checks.Say("自签名证书：refused 判为不符合，noted 仅提示", "a self-signed certificate: refused fails it, noted only says so")},
	},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		var out []checks.Result
		for _, e := range f.GetTlsEndpoints().GetItems() {
			if libraryDefault(e) {
				continue
			}
			out = append(out, certificate(e, p).As(e.GetScope()))
		}
		return orNone(append(out, rest(f, checks.Say("证书有效", "valid certificates"))...), f)
	},
}

// libraryDefault says whether an endpoint is settings for a whole system, which have no certificate.
func libraryDefault(e *pb.TlsEndpoint) bool {
	for _, f := range []facts.Fact{e.GetKeyBits(), e.GetKeyKind(), e.GetExpires(), e.GetIssuer()} {
		if s := f.GetState(); s != pb.FactState_FACT_STATE_UNSPECIFIED && s != pb.FactState_FACT_STATE_NOT_APPLICABLE {
			return false
		}
	}
	scope := strings.ToLower(e.GetScope())
	return e.GetExpires().GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE || strings.Contains(scope, "default") || strings.Contains(scope, "crypto-polic")
}

func certificate(e *pb.TlsEndpoint, p checks.Params) checks.Result {
	return checks.AllOf(valid(e.GetExpires(), p.Now), key(e, p), issued(e.GetIssuer(), p.Word("self_signed") == "refused"))
}

// soon is when a certificate's end is worth a word.
const soon = 30 * 24 * time.Hour

func valid(f *pb.TimeFact, now time.Time) checks.Result {
	end := f.GetValue().AsTime()
	r := checks.Settle(f, checks.Say("证书在有效期内", "the certificate has not expired"), now.Before(end))
	if facts.Known(f) {
		date := end.UTC().Format(time.DateOnly)
		switch {
		case !now.Before(end):
			r.Observed = checks.Say("已于 %s 过期", "expired on %s", date)
		case end.Sub(now) < soon:
			r.Observed = checks.Say("有效期至 %s，即将到期", "valid until %s, which is soon", date)
		default:
			r.Observed = checks.Say("有效期至 %s", "valid until %s", date)
		}
	}
	return r
}

func key(e *pb.TlsEndpoint, p checks.Params) checks.Result {
	kind, bits := e.GetKeyKind(), e.GetKeyBits()
	rsa, ecc := p.Int("rsa"), p.Int("ecc")
	expected := checks.Say("密钥不短于 RSA %d 位或椭圆曲线 %d 位", "a key of at least RSA %d or elliptic %d bits", rsa, ecc)
	if !facts.Known(kind) {
		// A key that is short for either kind is short.
		if facts.Known(bits) && bits.GetValue() < min(rsa, ecc) {
			return checks.AtLeast(bits, min(rsa, ecc))
		}
		return checks.Settle(kind, expected, false)
	}
	limit := rsa
	switch kind.GetValue() {
	case "rsa", "dsa":
	case "ecdsa", "ed25519", "ed448", "sm2":
		limit = ecc
	default:
		return checks.Undecided(expected, checks.Verbatim(kind.GetValue()), pb.Reason_REASON_NOT_UNDERSTOOD, checks.Verbatim(kind.GetValue()), kind.GetEvidence()...)
	}
	r := checks.AtLeast(bits, limit)
	r.Expected = expected
	if facts.Known(bits) {
		r.Observed = checks.Say("%s %d 位", "%s %d bits", kind.GetValue(), bits.GetValue())
	}
	return r
}

func issued(f *pb.TextFact, refuse bool) checks.Result {
	self := f.GetValue() == "self"
	r := checks.Settle(f, checks.Say("由 CA 签发", "issued by a CA"), !self || !refuse)
	switch {
	case !refuse && !facts.Known(f):
		return checks.NotApplicable(checks.Say("签发者未知", "the issuer is not known"), f.GetEvidence()...)
	case facts.Known(f) && self:
		r.Observed = checks.Say("自签名", "signed by itself")
	case facts.Known(f):
		r.Observed = checks.Say("签发者 %s", "issued by %s", f.GetValue())
	}
	return r
}

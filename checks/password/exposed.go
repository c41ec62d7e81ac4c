package password

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Exposed asks that no secret stand readable in a file or in the configuration.
var Exposed = &checks.Check{
	ID:       "password.exposed",
	Controls: []string{"PWD-06"},
	Title:    checks.Say("文件和配置中没有明文口令", "No secret stands readable in files or the configuration"),
	Rationale: checks.Say(
		"写在配置、脚本或历史记录中的口令会随备份、日志和拷贝扩散，任何能读取文件的人都能使用。",
		"A password in a configuration, a script or a history file spreads with every backup and copy, and serves whoever can read it."),
	Remedy: checks.Say(
		`主机：把结果中所列文件里的口令移到凭据库，或改用仅属主可读（chmod 600）的加密凭据；改掉已暴露的口令；私钥文件设为 0600 并加口令保护；清理 shell 历史。
华为 VRP、H3C Comware：口令与密钥使用 irreversible-cipher/cipher/hash 而非 simple。Cisco IOS：service password-encryption，并尽量用 secret（type 8/9）代替 password。`,
		`Hosts: move the passwords in the files listed to a credential store, or to encrypted credentials that only the owner can read (chmod 600); change those that were exposed; keep private keys at 0600 and under a passphrase; clean shell histories.
Huawei VRP, H3C Comware: irreversible-cipher, cipher or hash for passwords and keys, not simple. Cisco IOS: service password-encryption, and secret (type 8 or 9) instead of password wherever possible.`),
	Sees: checks.Say(
		"在已知位置按已知形式查找可读的口令、令牌和私钥，只报文件和行号，不读出内容；设备看配置中的口令是否不可读。没有找到不等于不存在。仅属主可读的私钥文件不算问题。",
		"Looks for readable passwords, tokens and private keys of known shapes in known places, and reports file and line, never the secret; of a device, whether passwords in the configuration cannot be read. A clean result is no proof that there is none. A private key that only its owner can read is no failure."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("没有可读的口令、令牌和密钥", "no readable password, token or key")
		var out []checks.Result
		masked := f.GetProtections().GetPasswordEncryption()
		if masked.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED {
			out = append(out, checks.Is(masked, true, checks.Say("配置中的口令不可读", "passwords in the configuration cannot be read")).As("configuration"))
		}
		if files := f.GetExposedSecrets(); files.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED || len(files.GetItems()) > 0 || len(out) == 0 {
			clean := checks.Passed(expected, checks.Say("在已知位置未发现", "none was found in the known places"))
			out = append(out, checks.Summary(files, "files", clean, func(s *pb.ExposedSecret) checks.Result { return secret(s, expected) }))
		}
		return out
	},
}

// secret judges a place where a secret was found. A private key is where it belongs as long as nobody else can read it.
func secret(s *pb.ExposedSecret, expected *pb.Text) checks.Result {
	if facts.Known(s.GetKind()) && s.GetKind().GetValue() == "private key" {
		return checks.Is(s.GetReadableByOthers(), false, expected).About(checks.Say("私钥，他人可读", "private key, readable by others"))
	}
	what := checks.Say("类型不明", "of unknown kind")
	if facts.Known(s.GetKind()) {
		what = checks.Verbatim(s.GetKind().GetValue())
	}
	if yes(s.GetReadableByOthers()) {
		what = checks.Say("%s，他人可读", "%s, readable by others", what)
	}
	return checks.Failed(expected, what, slices.Concat(s.GetKind().GetEvidence(), s.GetReadableByOthers().GetEvidence())...)
}

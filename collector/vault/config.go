package vault

import (
	"cmp"
	_ "embed"
	"net/netip"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Sample is a configuration with a comment on every key, for people to begin with.
//
//go:embed sample.yaml
var Sample []byte

// Config says where credentials come from and which is for which target. It holds no secret.
type Config struct {
	// Sources are asked in this order; the first that knows the name answers.
	Sources []Source
	// Rules say which credential is for which target; the first that fits decides.
	Rules []Rule
}

// A Source is one place; exactly one field is set.
type Source struct {
	Sealed      *Sealed
	Environment *Environment
	Systemd     *Systemd
	Command     *Command
	HashiCorp   *HashiCorp
}

// Sealed is a file sealed with age.
type Sealed struct {
	File string
	// Identity is a file of age identities; Passphrase where the passphrase is. One of the two.
	Identity   string
	Passphrase Ref
}

// Environment is variables such as PLUMBLINE_CRED_CORE_SWITCH_USER and …_PASSWORD for the credential core-switch.
type Environment struct{ Prefix string }

// Systemd is the folder of LoadCredential= and LoadCredentialEncrypted=: one record a file, named prefix and name.
type Systemd struct{ Prefix string }

// Command is a program that prints one record; {name} among its arguments is the name. It is started without a shell.
type Command struct {
	Path string
	Args []string
	// Pass are variables it gets besides a fixed PATH.
	Pass    []string
	Timeout time.Duration
}

// HashiCorp is the KV version 2 engine of HashiCorp Vault.
type HashiCorp struct {
	Address   string
	Namespace string
	Mount     string
	// Path is the path under the mount; {name} is the credential's name.
	Path   string
	CAFile string
	// Token, or an AppRole.
	Token        Ref
	AppRoleMount string
	RoleID       string
	SecretID     Ref
	Timeout      time.Duration
}

// A Ref says where one secret is: at most one field is set.
type Ref struct {
	File    string
	Env     string
	Systemd string
	// FD is a file descriptor that was opened for this program, 3 or more.
	FD int
}

func (r Ref) set() bool { return r != Ref{} }

const (
	defaultTimeout = 10 * time.Second
	maxTimeout     = 2 * time.Minute
	maxConfig      = 4 << 20
)

// LoadConfig reads a configuration file from disk.
func LoadConfig(file string) (*Config, error) {
	data, err := readFile(file, maxConfig, 0o022)
	if err != nil {
		return nil, &Fault{Text: checks.Say("凭据配置 %s：%s", "credential configuration %s: %s", file, told(err)), kind: ErrSource}
	}
	return ParseConfig(file, data)
}

// ParseConfig reads a configuration; name is what messages call it. All that is wrong is told at once.
func ParseConfig(name string, data []byte) (*Config, error) {
	c := configReader{strict.Reader{Collector: &strict.Collector{}, File: name}}
	if len(data) > maxConfig {
		c.Say(0, 0, "", checks.Say("文件超过 %d 字节", "the file is longer than %d bytes", maxConfig))
		return nil, c.Err()
	}
	root := c.Document(data)
	if root == nil {
		if !c.Any() {
			c.Say(0, 0, "", checks.Say("文件为空，请至少填写 sources", "the file is empty: state sources at least"))
		}
		return nil, c.Err()
	}
	m, ok := c.Mapping(root, "", "sources", "rules")
	out := &Config{}
	if ok && m["sources"] == nil {
		c.Fail(root, "sources", checks.Say("缺少凭据来源", "is missing: say where credentials come from"))
	}
	for _, n := range c.Items(m["sources"], "sources") {
		out.Sources = append(out.Sources, c.source(n))
	}
	for _, n := range c.Items(m["rules"], "rules") {
		out.Rules = append(out.Rules, c.rule(n))
	}
	if m["sources"] != nil && len(out.Sources) == 0 && !c.Any() {
		c.Fail(m["sources"], "sources", checks.Say("列表为空", "the list is empty"))
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

type configReader struct{ strict.Reader }

var sourceKeys = map[string][]string{
	"sealed":      {"file", "identity", "passphrase"},
	"environment": {"prefix"},
	"systemd":     {"prefix"},
	"command":     {"run", "pass", "timeout"},
	"hashicorp":   {"address", "namespace", "mount", "path", "ca_file", "token", "approle", "timeout"},
}

var sourceTypes = []string{"sealed", "environment", "systemd", "command", "hashicorp"}

// source reads "- type: …" and the keys of that type.
func (c *configReader) source(n ast.Node) Source {
	var s Source
	pairs, ok := c.Pairs(n, "sources")
	if !ok {
		return s
	}
	i := slices.IndexFunc(pairs, func(p strict.Pair) bool { return p.Name == "type" })
	if i < 0 {
		c.Fail(n, "type", checks.Say("缺少来源类型，请填写 %s 之一", "the kind of source is missing: write one of %s", strings.Join(sourceTypes, ", ")))
		return s
	}
	kind := c.Word(pairs[i].Value, "type")
	keys, known := sourceKeys[kind]
	if !known {
		if kind != "" {
			c.Fail(pairs[i].Value, "type", checks.Say("没有这种来源，请填写 %s 之一", "there is no such source: write one of %s", strings.Join(sourceTypes, ", ")))
		}
		return s
	}
	m := map[string]ast.Node{}
	for _, p := range slices.Delete(pairs, i, i+1) {
		if !slices.Contains(keys, p.Name) {
			c.Unknown(p.Key, p.Name, append([]string{"type"}, keys...))
			continue
		}
		m[p.Name] = p.Value
	}
	switch kind {
	case "sealed":
		s.Sealed = c.sealed(n, m)
	case "environment":
		s.Environment = &Environment{Prefix: cmp.Or(c.match(m["prefix"], "prefix", variable, "PLUMBLINE_CRED_"), "PLUMBLINE_CRED_")}
	case "systemd":
		s.Systemd = &Systemd{Prefix: c.match(m["prefix"], "prefix", plainName, "plumbline.")}
	case "command":
		s.Command = c.command(n, m)
	case "hashicorp":
		s.HashiCorp = c.hashicorp(n, m)
	}
	return s
}

func (c *configReader) sealed(n ast.Node, m map[string]ast.Node) *Sealed {
	s := &Sealed{File: c.file(n, m["file"], "file", true), Identity: c.file(n, m["identity"], "identity", false), Passphrase: c.ref(m["passphrase"], "passphrase")}
	if (m["identity"] == nil) == (m["passphrase"] == nil) {
		c.Fail(n, "identity", checks.Say("identity 与 passphrase 须且只须填写一个", "write either identity or passphrase"))
	}
	return s
}

func (c *configReader) command(n ast.Node, m map[string]ast.Node) *Command {
	cmd := &Command{Timeout: c.span(m["timeout"], "timeout")}
	run := c.Words(m["run"], "run")
	if len(run) == 0 {
		if m["run"] == nil {
			c.Fail(n, "run", checks.Say("缺少要运行的程序", "the program to run is missing"))
		}
		return cmd
	}
	cmd.Path, cmd.Args = run[0], run[1:]
	if !filepath.IsAbs(cmd.Path) {
		c.Fail(m["run"], "run", checks.Say("程序须为绝对路径，参数逐项列出（示例：[/usr/local/bin/get-credential, \"{name}\"]）", "the program must be an absolute path, each argument an item (example: [/usr/local/bin/get-credential, \"{name}\"])"))
	}
	for _, v := range c.Words(m["pass"], "pass") {
		if !variable.MatchString(v) {
			c.Fail(m["pass"], "pass", checks.Say("只写变量名，不写值", "write names of variables, not their values"))
			continue
		}
		cmd.Pass = append(cmd.Pass, v)
	}
	return cmd
}

func (c *configReader) hashicorp(n ast.Node, m map[string]ast.Node) *HashiCorp {
	h := &HashiCorp{
		Address:   c.Word(m["address"], "address"),
		Namespace: c.match(m["namespace"], "namespace", vaultPath, "bank/ops"),
		Mount:     cmp.Or(c.match(m["mount"], "mount", vaultPath, "secret"), "secret"),
		Path:      cmp.Or(c.match(m["path"], "path", vaultNamePath, "plumbline/{name}"), "plumbline/{name}"),
		CAFile:    c.file(n, m["ca_file"], "ca_file", false),
		Token:     c.ref(m["token"], "token"),
		Timeout:   c.span(m["timeout"], "timeout"),
	}
	if m["address"] == nil {
		c.Fail(n, "address", checks.Say("缺少地址（示例：https://vault.example.com:8200）", "is missing (example: https://vault.example.com:8200)"))
	} else if what := vaultAddress(h.Address); h.Address != "" && what != nil {
		c.Fail(m["address"], "address", what)
	}
	if (m["token"] == nil) == (m["approle"] == nil) {
		c.Fail(n, "token", checks.Say("token 与 approle 须且只须填写一个", "write either token or approle"))
	}
	if m["approle"] != nil {
		a, _ := c.Mapping(m["approle"], "approle", "mount", "role_id", "secret_id")
		h.AppRoleMount = cmp.Or(c.match(a["mount"], "approle.mount", vaultPath, "approle"), "approle")
		h.RoleID = c.Word(a["role_id"], "approle.role_id")
		h.SecretID = c.ref(a["secret_id"], "approle.secret_id")
		for _, key := range []string{"role_id", "secret_id"} {
			if a[key] == nil {
				c.Fail(m["approle"], "approle."+key, checks.Say("缺少该项", "is missing"))
			}
		}
	}
	return h
}

// vaultAddress refuses an address to which a token would go in clear.
func vaultAddress(text string) *pb.Text {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return checks.Say("应为不带路径和账户的地址（示例：https://vault.example.com:8200）", "must be an address without path and user (example: https://vault.example.com:8200)")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback) {
		return checks.Say("须使用 https（仅本机回环地址可用 http）", "must be https (http for the loopback address only)")
	}
	return nil
}

var (
	variable      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
	plainName     = regexp.MustCompile(`^[A-Za-z0-9._-]{0,64}$`)
	vaultPath     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`)
	vaultNamePath = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9_.-]*/)*([A-Za-z0-9_][A-Za-z0-9_.-]*)?\{name\}(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`)
)

// match reads a word of a certain form; what does not fit is not repeated, as people paste secrets into the wrong line.
func (c *configReader) match(n ast.Node, field string, form *regexp.Regexp, example string) string {
	v := c.Word(n, field)
	if v != "" && !form.MatchString(v) {
		c.Fail(n, field, checks.Say("格式不符（示例：%s）", "not of the form expected (example: %s)", example))
	}
	return v
}

func (c *configReader) file(parent, n ast.Node, field string, needed bool) string {
	if n == nil && needed {
		c.Fail(parent, field, checks.Say("缺少文件路径", "the path of the file is missing"))
	}
	v := c.Word(n, field)
	if v != "" && !filepath.IsAbs(v) {
		c.Fail(n, field, checks.Say("应为绝对路径", "must be an absolute path"))
	}
	return v
}

func (c *configReader) span(n ast.Node, field string) time.Duration {
	v := c.Word(n, field)
	if v == "" {
		return defaultTimeout
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 || d > maxTimeout {
		c.Fail(n, field, checks.Say("应为不超过 %s 的时长（示例：10s）", "must be a time of at most %s (example: 10s)", maxTimeout.String()))
		return defaultTimeout
	}
	return d
}

// ref reads where a secret is. A secret itself standing there is refused and not repeated.
func (c *configReader) ref(n ast.Node, field string) Ref {
	if n == nil {
		return Ref{}
	}
	if _, plain := strict.Scalar(n); plain {
		c.Fail(n, field, checks.Say("此处不得直接写秘密，请写其所在：{file: …}、{env: …}、{systemd: …} 或 {fd: …}", "no secret may stand here; say where it is: {file: …}, {env: …}, {systemd: …} or {fd: …}"))
		return Ref{}
	}
	m, ok := c.Mapping(n, field, "file", "env", "systemd", "fd")
	if !ok {
		return Ref{}
	}
	r := Ref{
		File: c.file(n, m["file"], field+".file", false), Env: c.match(m["env"], field+".env", variable, "VAULT_TOKEN"),
		Systemd: c.match(m["systemd"], field+".systemd", plainName, "vault-token"),
	}
	if m["fd"] != nil {
		v, err := strconv.Atoi(c.Word(m["fd"], field+".fd"))
		if err != nil || v < 3 || v > 1023 {
			c.Fail(m["fd"], field+".fd", checks.Say("应为 3 到 1023 的文件描述符", "must be a file descriptor from 3 to 1023"))
		} else {
			r.FD = v
		}
	}
	if len(m) != 1 {
		c.Fail(n, field, checks.Say("须且只须填写 file、env、systemd、fd 之一", "write exactly one of file, env, systemd and fd"))
	}
	return r
}

// rule reads one rule.
func (c *configReader) rule(n ast.Node) Rule {
	m, ok := c.Mapping(n, "rules", "credential", "snmp_credential", "targets", "drivers", "zones", "roles", "labels")
	if !ok {
		return Rule{}
	}
	r := Rule{
		Targets: c.patterns(m["targets"], "targets"), Drivers: c.patterns(m["drivers"], "drivers"),
		Zones: c.patterns(m["zones"], "zones"), Roles: c.patterns(m["roles"], "roles"),
	}
	for _, to := range []struct {
		key  string
		into *string
	}{{"credential", &r.Credential}, {"snmp_credential", &r.SNMPCredential}} {
		*to.into = c.Word(m[to.key], to.key)
		if *to.into != "" && !ValidName(*to.into) {
			c.Fail(m[to.key], to.key, checks.Say("应为凭据名称（字母、数字、点、下划线和短横线）", "must be the name of a credential (letters, digits, dots, dashes, underscores)"))
		}
	}
	if m["credential"] == nil && m["snmp_credential"] == nil {
		c.Fail(n, "credential", checks.Say("规则未指定凭据，请填写 credential 或 snmp_credential", "the rule gives no credential: write credential or snmp_credential"))
	}
	if m["labels"] != nil {
		r.Labels = map[string]string{}
		pairs, _ := c.Pairs(m["labels"], "labels")
		for _, p := range pairs {
			v := c.Word(p.Value, "labels."+strict.Show(p.Name))
			c.pattern(p.Value, "labels."+strict.Show(p.Name), v)
			r.Labels[p.Name] = v
		}
	}
	return r
}

func (c *configReader) patterns(n ast.Node, field string) []string {
	words := c.Words(n, field)
	for _, w := range words {
		c.pattern(n, field, w)
	}
	if n != nil && len(words) == 0 && !c.Any() {
		c.Fail(n, field, checks.Say("列表为空时规则不匹配任何目标，请填写或删除该键", "an empty list fits no target: fill it in or remove the key"))
	}
	return words
}

func (c *configReader) pattern(n ast.Node, field, w string) {
	if _, err := path.Match(w, ""); err != nil {
		c.Fail(n, field, checks.Say("不是有效的通配模式（示例：core-*）", "not a pattern (example: core-*)"))
	}
}

// environ looks a variable up; tests give their own.
type environ func(string) (string, bool)

var osEnviron environ = os.LookupEnv

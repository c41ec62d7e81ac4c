package vault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	maxName   = 64
	maxField  = 64 << 10
	maxRecord = 256 << 10
)

// ValidName says whether a word can name a credential. Names go into paths, variables and files, so they are plain.
func ValidName(name string) bool {
	outside := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", r)
	}
	return name != "" && len(name) <= maxName && !strings.ContainsAny(name[:1], "._-") && !strings.ContainsFunc(name, outside)
}

// A field is one key of a record. Records are flat: the same keys serve a sealed file, a JSON answer and variables.
type field struct {
	key    string
	text   func(*Credential) *string
	secret func(*Credential) *Secret
	// lines says that the value may have several lines.
	lines bool
}

var fields = []field{
	{key: "user", text: func(c *Credential) *string { return &c.User }},
	{key: "password", secret: func(c *Credential) *Secret { return &c.Password }},
	{key: "raise", secret: func(c *Credential) *Secret { return &c.Raise }},
	{key: "private_key", secret: func(c *Credential) *Secret { return &c.PrivateKey }, lines: true},
	{key: "passphrase", secret: func(c *Credential) *Secret { return &c.Passphrase }},
	{key: "certificate", text: func(c *Credential) *string { return &c.Certificate }},
	{key: "agent_socket", text: func(c *Credential) *string { return &c.AgentSocket }},
	{key: "snmp_version", text: func(c *Credential) *string { return &c.SNMP.Version }},
	{key: "snmp_community", secret: func(c *Credential) *Secret { return &c.SNMP.Community }},
	{key: "snmp_user", text: func(c *Credential) *string { return &c.SNMP.User }},
	{key: "snmp_auth", text: func(c *Credential) *string { return &c.SNMP.Auth }},
	{key: "snmp_auth_password", secret: func(c *Credential) *Secret { return &c.SNMP.AuthPassword }},
	{key: "snmp_priv", text: func(c *Credential) *string { return &c.SNMP.Priv }},
	{key: "snmp_priv_password", secret: func(c *Credential) *Secret { return &c.SNMP.PrivPassword }},
	{key: "snmp_context", text: func(c *Credential) *string { return &c.SNMP.Context }},
}

// central is the one key that is a yes or no.
const central = "central"

// Keys are the keys a record may have besides its name.
func Keys() []string {
	out := make([]string, 0, len(fields)+1)
	for _, f := range fields {
		out = append(out, f.key)
	}
	return append(out, central)
}

// build makes a credential of a record. What is wrong is told without any value.
func build(name string, values map[string]string) (*Credential, []fault) {
	c := &Credential{Name: name}
	var wrong []fault
	for key, v := range values {
		if key == central {
			c.Central = v == "true"
			if v != "true" && v != "false" {
				wrong = append(wrong, fault{key, checks.Say("应为 true 或 false", "must be true or false")})
			}
			continue
		}
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		if i < 0 {
			// The key is not repeated: in a broken record it may be a value.
			wrong = append(wrong, fault{"", checks.Say("有未知的键，可用的键：%s", "there is an unknown key; the keys are %s", "name, "+strings.Join(Keys(), ", "))})
			continue
		}
		if what := fields[i].check(v); what != nil {
			wrong = append(wrong, fault{key, what})
			continue
		}
		if f := fields[i]; f.secret != nil {
			*f.secret(c) = NewSecret(v)
		} else {
			*f.text(c) = v
		}
	}
	if len(wrong) == 0 {
		wrong = c.check()
	}
	slices.SortFunc(wrong, func(a, b fault) int { return cmp.Compare(a.key, b.key) })
	return c, wrong
}

// A fault is what is wrong with one key of a record.
type fault struct {
	key  string
	what *pb.Text
}

func (f fault) text() *pb.Text {
	if f.key == "" {
		return f.what
	}
	return checks.Say("%s：%s", "%s: %s", f.key, f.what)
}

func (f field) check(v string) *pb.Text {
	switch {
	case v == "":
		return checks.Say("值为空，请填写或删除该键", "the value is empty: fill it in or remove the key")
	case len(v) > maxField:
		return checks.Say("超过 %d 字节", "longer than %d bytes", maxField)
	case !utf8.ValidString(v):
		return checks.Say("不是 UTF-8 编码", "not UTF-8")
	}
	for _, r := range v {
		if unicode.IsControl(r) && !(f.lines && (r == '\n' || r == '\r' || r == '\t')) {
			return checks.Say("含换行或控制字符，请检查引号与行尾", "holds a line break or control character: look at quotes and line ends")
		}
	}
	return nil
}

// check holds a whole record to what can be used.
func (c *Credential) check() []fault {
	var wrong []fault
	bad := func(key, zh, en string, args ...any) { wrong = append(wrong, fault{key, checks.Say(zh, en, args...)}) }
	oneOf := func(key, v string, allowed ...string) {
		if v != "" && !slices.Contains(allowed, v) {
			bad(key, "应为 %s 之一", "must be one of %s", strings.Join(allowed, ", "))
		}
	}
	login := c.Password.Set() || c.PrivateKey.Set() || c.AgentSocket != ""
	snmp := c.SNMP != (SNMP{})
	if !login && !snmp {
		bad("", "记录中没有可用的口令、密钥、SSH 代理或 SNMP 参数", "the record holds no password, key, agent or SNMP settings to use")
	}
	if login && c.User == "" {
		bad("user", "缺少登录账户", "the account to log in as is missing")
	}
	if c.PrivateKey.Set() && !strings.Contains(c.PrivateKey.Reveal(), "-----BEGIN ") {
		bad("private_key", "应为 PEM 格式的私钥（以 -----BEGIN 开头）", "must be a key in PEM (-----BEGIN …)")
	}
	if c.Passphrase.Set() && !c.PrivateKey.Set() {
		bad("passphrase", "没有对应的 private_key", "there is no private_key for it to open")
	}
	if c.Certificate != "" {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(c.Certificate))
		if _, ok := key.(*ssh.Certificate); err != nil || !ok {
			bad("certificate", "不是 OpenSSH 证书（应为 *-cert.pub 文件的一整行）", "is no OpenSSH certificate (one line, as in a -cert.pub file)")
		}
	}
	if c.AgentSocket != "" && !strings.HasPrefix(c.AgentSocket, "/") {
		bad("agent_socket", "应为绝对路径", "must be an absolute path")
	}
	if snmp {
		c.SNMP.check(bad, oneOf)
	}
	return wrong
}

func (s SNMP) check(bad func(key, zh, en string, args ...any), oneOf func(key, v string, allowed ...string)) {
	oneOf("snmp_version", s.Version, "1", "2c", "3")
	oneOf("snmp_auth", s.Auth, "none", "md5", "sha", "sha224", "sha256", "sha384", "sha512")
	oneOf("snmp_priv", s.Priv, "none", "des", "aes128", "aes192", "aes256", "aes192c", "aes256c")
	auth, priv := s.Auth != "" && s.Auth != "none", s.Priv != "" && s.Priv != "none"
	switch s.Version {
	case "":
		bad("snmp_version", "缺少版本，请填写 1、2c 或 3", "the version is missing: write 1, 2c or 3")
	case "1", "2c":
		if !s.Community.Set() {
			bad("snmp_community", "版本 1 与 2c 需要团体字", "versions 1 and 2c need a community")
		}
		if s.User != "" || auth || priv || s.AuthPassword.Set() || s.PrivPassword.Set() {
			bad("snmp_version", "用户、认证与加密仅用于版本 3", "user, authentication and privacy are for version 3")
		}
	case "3":
		if s.User == "" {
			bad("snmp_user", "版本 3 需要用户名", "version 3 needs a user")
		}
		if s.Community.Set() {
			bad("snmp_community", "版本 3 不使用团体字", "version 3 has no community")
		}
		if auth != s.AuthPassword.Set() {
			bad("snmp_auth_password", "认证算法与认证口令须同时填写", "algorithm and passphrase of authentication come together")
		}
		if priv != s.PrivPassword.Set() {
			bad("snmp_priv_password", "加密算法与加密口令须同时填写", "algorithm and passphrase of privacy come together")
		}
		if priv && !auth {
			bad("snmp_auth", "加密必须与认证一起使用", "privacy needs authentication")
		}
		for key, p := range map[string]Secret{"snmp_auth_password": s.AuthPassword, "snmp_priv_password": s.PrivPassword} {
			if p.Set() && len(p.Reveal()) < 8 {
				bad(key, "SNMPv3 口令至少 8 个字符", "passphrases of SNMPv3 have at least 8 characters")
			}
		}
	}
}

// ParseRecord reads one credential as YAML or JSON and holds it to the name it was asked by. Problems never hold a value.
func ParseRecord(file, name string, data []byte) (*Credential, error) {
	r := &strict.Reader{Collector: &strict.Collector{}, File: file, Secrets: true}
	if len(data) > maxRecord {
		r.Say(0, 0, "", checks.Say("记录超过 %d 字节", "the record is longer than %d bytes", maxRecord))
		return nil, r.Err()
	}
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '{' {
		values, what := jsonValues(trimmed)
		if what != nil {
			r.Say(0, 0, "", what)
			return nil, r.Err()
		}
		return bound(r, name, values)
	}
	root := r.Document(data)
	if root == nil {
		if !r.Any() {
			r.Say(0, 0, "", checks.Say("记录为空", "the record is empty"))
		}
		return nil, r.Err()
	}
	pairs, _ := r.Pairs(root, "")
	values := map[string]string{}
	for _, p := range pairs {
		values[p.Name] = r.Word(p.Value, known(p.Name))
	}
	if r.Any() {
		return nil, r.Err()
	}
	return bound(r, name, values)
}

// bound holds a record to its own name, so that whoever can move records about cannot have one used in another's place.
func bound(r *strict.Reader, name string, values map[string]string) (*Credential, error) {
	if values["name"] != name {
		r.Say(0, 0, "name", checks.Say("记录中的 name 与所要的“%s”不一致或缺失，请在记录中写明 name: %s", "the record's own name is missing or is not %q: state name: %s in it", name, name))
		return nil, r.Err()
	}
	delete(values, "name")
	c, wrong := build(name, values)
	for _, w := range wrong {
		r.Say(0, 0, w.key, w.what)
	}
	if r.Any() {
		return nil, r.Err()
	}
	return c, nil
}

// known is the key if it is one of ours, else nothing: an unknown one may be part of a secret.
func known(key string) string {
	if key == "name" || slices.Contains(Keys(), key) {
		return key
	}
	return ""
}

// jsonValues reads a flat JSON object; a key may stand only once.
func jsonValues(data []byte) (map[string]string, *pb.Text) {
	broken := checks.Say("不是有效的 JSON 对象（应为 {\"name\": …, \"user\": …} 形式的单层对象）", "not a JSON object of the form {\"name\": …, \"user\": …}, without nesting")
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, broken
	}
	values := map[string]string{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, broken
		}
		value, err := d.Token()
		if err != nil {
			return nil, broken
		}
		k, _ := key.(string)
		if _, twice := values[k]; twice {
			return nil, checks.Say("同一个键出现两次", "a key stands twice")
		}
		switch v := value.(type) {
		case string:
			values[k] = v
		case json.Number:
			values[k] = v.String()
		case bool:
			values[k] = map[bool]string{true: "true", false: "false"}[v]
		default:
			return nil, broken
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, broken
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, checks.Say("JSON 对象之后还有内容", "something follows the JSON object")
	}
	return values, nil
}

// ParseRecords reads the list of credentials that a sealed file holds: "credentials:", then a record an item.
func ParseRecords(file string, data []byte) ([]*Credential, error) {
	r := &strict.Reader{Collector: &strict.Collector{}, File: file, Secrets: true}
	root := r.Document(data)
	if root == nil {
		if !r.Any() {
			r.Say(0, 0, "", checks.Say("没有凭据，请以 credentials: 开头逐条列出", "there is no credential: begin with credentials: and list them"))
		}
		return nil, r.Err()
	}
	m, _ := r.Mapping(root, "", "credentials")
	var out []*Credential
	seen := map[string]int{}
	for _, item := range r.Items(m["credentials"], "credentials") {
		line, column := strict.Place(item)
		pairs, _ := r.Pairs(item, "")
		values := map[string]string{}
		for _, p := range pairs {
			values[p.Name] = r.Word(p.Value, known(p.Name))
		}
		name := values["name"]
		delete(values, "name")
		if !ValidName(name) {
			r.Say(line, column, "name", checks.Say("缺少名称或名称无效（字母、数字、点、下划线和短横线，至多 %d 个字符）", "missing or not fit for a name (letters, digits, dots, dashes and underscores, at most %d)", maxName))
			continue
		}
		if first, twice := seen[name]; twice {
			r.Say(line, column, "name", checks.Say("名称重复，首次出现在第 %d 行", "the name stands twice, first in line %d", first))
			continue
		}
		seen[name] = line
		c, wrong := build(name, values)
		for _, w := range wrong {
			r.Say(line, column, w.key, w.what)
		}
		out = append(out, c)
	}
	if r.Any() {
		return nil, r.Err()
	}
	return out, nil
}

// PrintRecords writes credentials as ParseRecords reads them: in clear, for sealing and for an editor, nothing else.
func PrintRecords(creds []*Credential) []byte {
	var b bytes.Buffer
	b.WriteString("credentials:\n")
	put := func(lead, key, value string) {
		b.WriteString(lead + key + ": ")
		b.Write(quoted(value))
		b.WriteByte('\n')
	}
	for _, c := range creds {
		put("  - ", "name", c.Name)
		for _, f := range fields {
			var value string
			if f.secret != nil {
				value = f.secret(c).Reveal()
			} else {
				value = *f.text(c)
			}
			if value != "" {
				put("    ", f.key, value)
			}
		}
		if c.Central {
			b.WriteString("    central: true\n")
		}
	}
	return b.Bytes()
}

// quoted writes a value between double quotes, which JSON and YAML read alike.
func quoted(value string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // a string always can
	return bytes.TrimSpace(b.Bytes())
}

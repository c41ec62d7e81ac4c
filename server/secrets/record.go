package secrets

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// keys are those of a record, as collectors read it; a test holds them to theirs.
var keys = []string{
	"user", "password", "raise", "private_key", "passphrase", "certificate", "agent_socket", "snmp_version", "snmp_community", "snmp_user",
	"snmp_auth", "snmp_auth_password", "snmp_priv", "snmp_priv_password", "snmp_context", "central",
}

// Keys are the keys that a record may have besides its name.
func Keys() []string { return slices.Clone(keys) }

// MaxRecord is the longest record, in bytes.
const MaxRecord = 256 << 10

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// A Record is a credential in clear, on its way to being sealed. It prints as nothing.
type Record struct {
	name   string
	values map[string]string
}

// String keeps a record out of logs.
func (Record) String() string { return "[credential]" }

// GoString keeps it out of %#v too.
func (Record) GoString() string { return "[credential]" }

// MarshalJSON keeps it out of answers.
func (Record) MarshalJSON() ([]byte, error) { return []byte(`"[credential]"`), nil }

// A Fault is what is wrong with one key of a record; it never holds a value.
type Fault struct {
	Key  string
	Text *pb.Text
}

// NewRecord holds values to what a record is. Whether a device takes it, the collector says.
func NewRecord(name string, values map[string]string) (Record, []Fault) {
	var wrong []Fault
	bad := func(key, zh, en string, args ...any) {
		wrong = append(wrong, Fault{key, checks.Say(zh, en, args...)})
	}
	if !nameForm.MatchString(name) {
		bad("name", "凭据名称应为字母、数字、点、下划线和短横线，至多 64 个字符，以字母或数字开头", "a credential's name is 1 to 64 letters, digits, dots, underscores and hyphens, a letter or digit first")
	}
	values = maps.Clone(values)
	if own, ok := values["name"]; ok && own != name {
		bad("name", "记录中的 name 与凭据名称不一致", "the record's own name is another one")
	}
	delete(values, "name")
	size := 0
	for _, key := range slices.Sorted(maps.Keys(values)) {
		v := values[key]
		size += len(key) + len(v)
		lines := key == "private_key"
		switch {
		case !slices.Contains(keys, key):
			// Not repeated: in a broken record it may be a value.
			bad("", "有未知的键，可用的键：%s", "there is an unknown key; the keys are %s", "name, "+strings.Join(keys, ", "))
		case v == "":
			bad(key, "值为空，请填写或删除该键", "the value is empty: fill it in or remove the key")
		case !utf8.ValidString(v):
			bad(key, "不是 UTF-8 编码", "not UTF-8")
		case strings.ContainsFunc(v, func(r rune) bool {
			return unicode.IsControl(r) && !(lines && (r == '\n' || r == '\r' || r == '\t'))
		}):
			bad(key, "含换行或控制字符", "holds a line break or control character")
		case key == "central" && v != "true" && v != "false":
			bad(key, "应为 true 或 false", "must be true or false")
		}
	}
	if size > MaxRecord {
		bad("", "记录超过 %d 字节", "the record is longer than %d bytes", MaxRecord)
	}
	r := Record{name, values}
	kinds := r.Kinds()
	if len(kinds) == 0 {
		bad("", "记录中没有可用的口令、密钥、SSH 代理或 SNMP 参数", "the record holds no password, key, agent or SNMP settings to use")
	}
	if len(kinds) > 0 && kinds[0] != "snmp" && values["user"] == "" {
		bad("user", "缺少登录账户", "the account to log in as is missing")
	}
	if wrong != nil {
		return Record{}, wrong
	}
	return r, nil
}

// Kinds say what it can be used for: password, private_key, agent_socket, snmp.
func (r Record) Kinds() []string {
	var out []string
	for _, key := range []string{"password", "private_key", "agent_socket"} {
		if r.values[key] != "" {
			out = append(out, key)
		}
	}
	if r.values["snmp_version"] != "" {
		out = append(out, "snmp")
	}
	return out
}

// text is the record as collectors read it: flat JSON with its name.
func (r Record) text() ([]byte, error) {
	all := maps.Clone(r.values)
	all["name"] = r.name
	return json.Marshal(all)
}

// bare is what fingerprints are of: two names for one secret have the same.
func (r Record) bare() ([]byte, error) { return json.Marshal(r.values) }

// ParseRecord reads a record in YAML or JSON, as collectors have it in their own files. Problems come with their lines and never hold a
// value.
func ParseRecord(file, name string, data []byte) (Record, error) {
	r := &strict.Reader{Collector: &strict.Collector{}, File: file, Secrets: true}
	if len(data) > MaxRecord {
		r.Say(0, 0, "", checks.Say("记录超过 %d 字节", "the record is longer than %d bytes", MaxRecord))
		return Record{}, r.Err()
	}
	values, lines := map[string]string{}, map[string]int{}
	if root := r.Document(data); root != nil {
		pairs, _ := r.Pairs(root, "")
		for _, p := range pairs {
			field := ""
			if p.Name == "name" || slices.Contains(keys, p.Name) {
				field = p.Name
			}
			lines[p.Name], _ = strict.Place(p.Key)
			values[p.Name] = r.Word(p.Value, field)
		}
	}
	if r.Any() {
		return Record{}, r.Err()
	}
	out, wrong := NewRecord(name, values)
	for _, w := range wrong {
		r.Say(lines[w.Key], 0, w.Key, w.Text)
	}
	return out, r.Err()
}

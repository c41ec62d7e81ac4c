package inventory

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// fields are the keys of a target in YAML, CSV and (after plumbline_) Ansible.
var fields = []string{
	"id", "name", "address", "port", "driver", "transports", "zone", "role", "owner", "reader", "credential", "snmp_credential", "user",
	"labels", "groups", "jump", "algorithms", "encoding", "sudo",
}

// A row is one target as a file states it: every form is brought to this one, so that all are held to the same rules.
type row struct {
	file   string
	line   int
	cells  map[string]cell
	labels map[string]cell
	groups []cell
}

// A cell is a value with its place.
type cell struct {
	text         string
	line, column int
}

func (l *loader) fail(r *row, c cell, field string, what *pb.Text) {
	line := c.line
	if line == 0 {
		line = r.line
	}
	l.Add(&strict.Problem{File: r.file, Line: line, Column: c.column, Field: field, Text: what})
}

const maxMany = 64

// target holds a row to the rules.
func (l *loader) target(r *row) (*Target, bool) {
	before := l.Count()
	t := &Target{File: r.file, Line: r.line, Driver: Auto, Transports: []string{"ssh"}}
	word := func(field string, most int, into *string) {
		c, ok := r.cells[field]
		if !ok {
			return
		}
		if what := plain(c.text, most); what != nil {
			l.fail(r, c, field, what)
			return
		}
		*into = c.text
	}
	word("id", 128, &t.ID)
	word("name", 128, &t.Name)
	word("address", 255, &t.Address)
	word("zone", 64, &t.Zone)
	word("role", 64, &t.Role)
	word("owner", 128, &t.Owner)
	word("reader", 128, &t.Reader)
	word("credential", 64, &t.Credential)
	word("snmp_credential", 64, &t.SNMPCredential)
	word("user", 64, &t.User)
	word("jump", 400, &t.Jump)
	word("driver", 64, &t.Driver)
	for field, text := range map[string]string{"id": t.ID, "name": t.Name} {
		if what := nameable(text); what != nil {
			l.fail(r, r.cells[field], field, what)
		}
	}
	for field, text := range map[string]string{"credential": t.Credential, "snmp_credential": t.SNMPCredential} {
		if text != "" && !credentialName.MatchString(text) {
			// Not repeated: people write passwords here.
			l.fail(r, r.cells[field], field, checks.Say("应为凭据库中的凭据名称（字母、数字、点、下划线和短横线），口令请放入凭据库", "must be the name of a credential in the vault (letters, digits, dots, dashes, underscores); a password belongs into the vault"))
		}
	}
	if c, ok := r.cells["address"]; !ok {
		l.fail(r, cell{}, "address", checks.Say("缺少地址，请填写 IP 地址或主机名", "is missing: write an IP address or a host name"))
	} else if t.Address != "" {
		host, what := address(t.Address)
		if what != nil {
			l.fail(r, c, "address", what)
		}
		t.Address = host
	}
	if c, ok := r.cells["port"]; ok {
		if t.Port, ok = port(c.text); !ok {
			l.fail(r, c, "port", checks.Say("“%s”不是端口，请填写 1 到 65535 的整数", "%q is not a port: write a whole number from 1 to 65535", strict.Show(c.text)))
		}
	}
	if !l.knows(t.Driver) {
		l.fail(r, r.cells["driver"], "driver", l.unknownDriver(t.Driver))
	}
	l.choices(r, t)
	l.lists(r, t)
	if c, ok := r.cells["jump"]; ok && strings.Contains(t.Jump, "@") {
		if what := jumpHost(t.Jump); what != nil {
			l.fail(r, c, "jump", what)
		}
	}
	switch {
	case t.ID != "":
	case t.Name != "":
		t.ID = t.Name
	default:
		t.ID = t.Address
	}
	return t, l.Count() == before
}

func (l *loader) unknownDriver(name string) *pb.Text {
	all := append([]string{Auto}, l.drivers...)
	if near := strict.Closest(name, all); near != "" {
		return checks.Say("没有驱动“%s”，是否应为“%s”", "there is no driver %q; is %s meant?", strict.Show(name), near)
	}
	return checks.Say("没有驱动“%s”，可用的驱动：%s", "there is no driver %q; there are %s", strict.Show(name), strings.Join(all, ", "))
}

// choices reads what has few possible values.
func (l *loader) choices(r *row, t *Target) {
	one := func(field string, into *string, values map[string]string, shown string) {
		c, ok := r.cells[field]
		if !ok {
			return
		}
		v, known := values[strings.ToLower(c.text)]
		if !known {
			l.fail(r, c, field, checks.Say("“%s”无效，请填写 %s 之一", "%q is not one of %s", strict.Show(c.text), shown))
			return
		}
		*into = v
	}
	one("algorithms", &t.Algorithms, map[string]string{"modern": "", Legacy: Legacy}, "modern, legacy")
	one("encoding", &t.Encoding, map[string]string{"auto": "", "utf-8": "utf-8", "utf8": "utf-8", "gbk": "gbk", "gb2312": "gbk", "gb18030": "gbk"}, "auto, utf-8, gbk")
	sudo := ""
	one("sudo", &sudo, map[string]string{"true": "true", "yes": "true", "1": "true", "是": "true", "on": "true", "false": "", "no": "", "0": "", "否": "", "off": ""}, "true, false")
	t.Sudo = sudo == "true"
	if c, ok := r.cells["transports"]; ok {
		t.Transports = nil
		for _, w := range split(c.text) {
			w = strings.ToLower(w)
			switch {
			case w != "ssh" && w != "snmp":
				l.fail(r, c, "transports", checks.Say("“%s”无效，请填写 ssh、snmp 或二者", "%q is not a transport: write ssh, snmp or both", strict.Show(w)))
			case slices.Contains(t.Transports, w):
				l.fail(r, c, "transports", checks.Say("“%s”重复", "%q stands twice", w))
			default:
				t.Transports = append(t.Transports, w)
			}
		}
	}
}

// lists reads labels and groups.
func (l *loader) lists(r *row, t *Target) {
	if len(r.labels) > maxMany || len(r.groups) > maxMany {
		l.fail(r, cell{}, "labels", checks.Say("标签或分组超过 %d 个", "more than %d labels or groups", maxMany))
		return
	}
	for key, c := range r.labels {
		if !labelKey.MatchString(key) {
			l.fail(r, c, "labels", checks.Say("标签名“%s”无效（字母、汉字、数字、点、下划线和短横线，至多 64 个）", "%q is no name for a label (letters, digits, dots, dashes, underscores, at most 64)", strict.Show(key)))
			continue
		}
		if what := plain(c.text, 256); what != nil {
			l.fail(r, c, "labels."+key, what)
			continue
		}
		if t.Labels == nil {
			t.Labels = make(map[string]string, len(r.labels))
		}
		t.Labels[key] = c.text
	}
	for _, c := range r.groups {
		if what := plain(c.text, 128); what != nil {
			l.fail(r, c, "groups", what)
		} else if what := nameable(c.text); what != nil {
			l.fail(r, c, "groups", what)
		} else {
			t.Groups = append(t.Groups, c.text)
		}
	}
	slices.Sort(t.Groups)
	t.Groups = slices.Compact(t.Groups)
}

var (
	credentialName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	labelKey       = regexp.MustCompile(`^[\pL\pN_][\pL\pN._-]{0,63}$`)
	hostName       = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)
	allNumbers     = regexp.MustCompile(`^[0-9.]+$`)
	jumpUser       = regexp.MustCompile(`^[^@\s:/]{1,64}$`)
)

// plain says what keeps a value from being printed and kept; nil: nothing.
func plain(text string, most int) *pb.Text {
	switch {
	case text == "":
		return checks.Say("值为空，请填写或删除", "the value is empty: fill it in or remove it")
	case utf8.RuneCountInString(text) > most:
		return checks.Say("超过 %d 个字符", "longer than %d characters", most)
	case text != strings.TrimSpace(text):
		return checks.Say("首尾有空格，请删除", "begins or ends with a space: remove it")
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return checks.Say("含控制字符或不可见字符，请删除", "holds a control character or one that cannot be seen: remove it")
	}
	return nil
}

// nameable says what keeps a word from being selected by.
func nameable(text string) *pb.Text {
	if strings.ContainsAny(text, ",*?[]=\\") || strings.HasPrefix(text, "!") || strings.HasPrefix(text, "-") || strings.Contains(text, "@") {
		return checks.Say("不能含 , * ? [ ] = @ 和反斜杠，也不能以 ! 或 - 开头", `may not hold , * ? [ ] = @ or a backslash, nor begin with ! or -`)
	}
	return nil
}

// address holds a host to being one, and gives it in its usual form.
func address(text string) (string, *pb.Text) {
	shown := strict.Show(text)
	bare := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if ip, err := netip.ParseAddr(bare); err == nil {
		ip = ip.Unmap()
		if ip.IsUnspecified() || ip.IsMulticast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
			return text, checks.Say("“%s”不是单台设备的地址", "%q is not the address of one device", shown)
		}
		return ip.String(), nil
	}
	if _, err := netip.ParsePrefix(text); err == nil {
		return text, checks.Say("“%s”是网段，请逐台列出目标", "%q is a network: list its targets one by one", shown)
	}
	if host, p, ok := strings.Cut(text, ":"); ok && !strings.Contains(p, ":") && !strings.HasPrefix(p, "//") {
		return text, checks.Say("“%s”带有端口，请写 address: %s 与 port: %s", "%q holds a port: write address: %s and port: %s", shown, strict.Show(host), strict.Show(p))
	}
	if len(text) > 253 || !hostName.MatchString(text) || allNumbers.MatchString(text) {
		return text, checks.Say("“%s”不是 IP 地址或主机名，请勿带协议、账户或路径", "%q is neither an IP address nor a host name; leave out protocol, user and path", shown)
	}
	return strings.ToLower(strings.TrimSuffix(text, ".")), nil
}

func port(text string) (int, bool) {
	p, err := strconv.Atoi(text)
	return p, err == nil && p >= 1 && p <= 65535
}

// jumpHost holds user@host or user@host:port to its form.
func jumpHost(text string) *pb.Text {
	example := checks.Say("应为其他目标的 id，或 用户@主机:端口（示例：ops@bastion.example.com:22）", "must be the id of another target, or user@host:port (example: ops@bastion.example.com:22)")
	user, host, _ := strings.Cut(text, "@")
	if !jumpUser.MatchString(user) {
		return example
	}
	if _, err := netip.ParseAddr(host); err != nil {
		if i := strings.LastIndex(host, ":"); i >= 0 {
			if _, ok := port(host[i+1:]); !ok {
				return example
			}
			host = host[:i]
		}
	}
	if _, what := address(host); what != nil {
		return example
	}
	return nil
}

// split takes a list apart that stands in one cell.
func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;|+/，；、 \t", r) })
}

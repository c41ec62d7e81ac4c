package inventory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// columns are the names of columns, besides the fields' own, by what people and asset systems call them.
var columns = map[string]string{
	"编号": "id", "资产编号": "id", "设备编号": "id", "资产id": "id", "asset_id": "id",
	"名称": "name", "主机名": "name", "主机名称": "name", "设备名": "name", "设备名称": "name", "资产名称": "name", "hostname": "name",
	"地址": "address", "ip": "address", "ip地址": "address", "管理ip": "address", "管理地址": "address", "管理ip地址": "address", "host": "address", "ip_address": "address",
	"端口": "port", "ssh端口": "port", "ssh_port": "port",
	"驱动": "driver", "平台": "driver", "platform": "driver",
	"传输": "transports", "协议": "transports", "传输方式": "transports", "protocol": "transports", "protocols": "transports", "transport": "transports",
	"区域": "zone", "安全域": "zone", "网络区域": "zone", "安全区域": "zone",
	"角色": "role", "用途": "role",
	"责任人": "owner", "负责人": "owner", "责任部门": "owner", "采集器": "reader", "读取者": "reader", "collector": "reader",
	"凭据": "credential", "凭证": "credential", "凭据名称": "credential",
	"snmp凭据": "snmp_credential", "snmp凭证": "snmp_credential",
	"账户": "user", "账号": "user", "用户": "user", "用户名": "user", "username": "user",
	"标签": "labels", "分组": "groups", "组": "groups", "group": "groups",
	"跳板": "jump", "跳板机": "jump", "堡垒机": "jump", "jump_host": "jump",
	"算法": "algorithms", "编码": "encoding", "字符集": "encoding", "提权": "sudo",
}

// secretWords are parts of column and key names under which people keep secrets.
var secretWords = []string{"password", "passwd", "passphrase", "secret", "community", "private_key", "密码", "口令", "团体字", "团体名", "私钥"}

// isSecret says whether a name is that of a secret.
func isSecret(name string) bool {
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(strings.ToLower(name), w) })
}

func intoVault() *pb.Text {
	return checks.Say("清单中不得存放秘密，请放入凭据库，此处只写凭据名称（credential）", "an inventory holds no secrets: put it into the vault and write the name of the credential here (credential)")
}

// column gives the field of a column's name, or the label after "label:".
func column(name string) (field, label string) {
	name = strings.TrimSpace(name)
	key := strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(name))
	if slices.Contains(fields, key) {
		return key, ""
	}
	if f, ok := columns[strings.ReplaceAll(key, "_", "")]; ok {
		return f, ""
	}
	if f, ok := columns[key]; ok {
		return f, ""
	}
	for _, lead := range []string{"label:", "label.", "标签:", "标签：", "标签."} {
		if rest, ok := strings.CutPrefix(name, lead); ok {
			return "labels", strings.TrimSpace(rest)
		}
	}
	return "", ""
}

// separator is what divides a header row.
func separator(header string) rune {
	best, most := ',', 0
	for _, r := range ",;\t" {
		if n := strings.Count(header, string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}

// isHeader says whether a line is the header of a CSV file: it names addresses.
func isHeader(line string) bool {
	for name := range strings.SplitSeq(line, string(separator(line))) {
		if f, _ := column(strings.Trim(name, `"`)); f == "address" {
			return true
		}
	}
	return false
}

// csv reads a table whose first row names the columns.
func (l *loader) csv(name string, data []byte) {
	head, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	in := csv.NewReader(bytes.NewReader(data))
	in.Comma = separator(string(head))
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	say := func(line, column int, field string, what *pb.Text) {
		l.Add(&strict.Problem{File: name, Line: line, Column: column, Field: field, Text: what})
	}
	var header []string
	var labels []string
	for !l.full {
		record, err := in.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if header == nil {
				say(1, 0, "", checks.Say("文件为空，第一行应为列名（至少有“地址”或 address）", "the file is empty: the first row names the columns (address at least)"))
			}
			return
		case errors.As(err, &syntax):
			say(syntax.Line, syntax.Column, "", checks.Say("引号不成对或位置不对；含引号的值须整体加引号，内部引号写两次", "quotes do not match: a value with quotes is quoted as a whole, quotes in it are doubled"))
			continue
		case err != nil:
			say(1, 0, "", checks.Say("无法读取表格", "the table cannot be read"))
			return
		}
		if !slices.ContainsFunc(record, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue
		}
		if header == nil {
			var ok bool
			if header, labels, ok = l.header(name, record, in); !ok {
				return
			}
			continue
		}
		line, _ := in.FieldPos(0)
		if len(record) != len(header) {
			say(line, 0, "", checks.Say("该行有 %d 列，列名有 %d 列；含分隔符的值请加引号", "the row has %d values, the header %d: quote values that hold the separator", len(record), len(header)))
			continue
		}
		r := &row{file: name, line: line, cells: make(map[string]cell, len(header))}
		for i, text := range record {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			if rest, quoted := strings.CutPrefix(text, "'"); quoted && looksLikeFormula(rest) {
				text = rest // as Write keeps spreadsheets from taking it for a formula
			}
			at, col := in.FieldPos(i)
			l.place(r, header[i], labels[i], cell{text, at, col})
		}
		l.add(r)
	}
}

// header reads the first row. A table whose columns are not all known is not read further.
func (l *loader) header(name string, record []string, in *csv.Reader) (fieldOf, labelOf []string, ok bool) {
	before := l.Count()
	seen := map[string]bool{}
	for i, title := range record {
		line, col := in.FieldPos(i)
		say := func(what *pb.Text) {
			l.Add(&strict.Problem{File: name, Line: line, Column: col, Field: strict.Show(strings.TrimSpace(title)), Text: what})
		}
		f, label := column(title)
		switch {
		case f == "" && isSecret(title):
			say(intoVault())
		case f == "":
			known := append(slices.Clone(fields), "label:NAME")
			what := checks.Say("没有这一列，可用的列：%s，以及对应的中文列名（地址、名称、驱动、区域、角色、凭据、标签、分组、跳板机等）；其他信息请用 标签:名称", "there is no such column; the columns are %s", strings.Join(known, ", "))
			if near := strict.Closest(title, fields); near != "" {
				what = checks.Say("没有这一列，是否应为“%s”", "there is no such column; is %s meant?", near)
			}
			say(what)
		case seen[f+":"+label]:
			say(checks.Say("该列重复，请只保留一列", "the column stands twice: keep one of them"))
		}
		seen[f+":"+label] = true
		fieldOf, labelOf = append(fieldOf, f), append(labelOf, label)
	}
	if !slices.Contains(fieldOf, "address") {
		line, _ := in.FieldPos(0)
		l.Add(&strict.Problem{File: name, Line: line, Field: "address", Text: checks.Say("缺少“地址”列（address），第一行应为列名", "the column is missing: the first row names the columns")})
	}
	return fieldOf, labelOf, l.Count() == before
}

// place puts a value where it belongs; labels and groups may stand several to a cell.
func (l *loader) place(r *row, field, label string, c cell) {
	switch {
	case field == "labels" && label != "":
		l.label(r, label, c)
	case field == "labels":
		for _, pair := range strings.FieldsFunc(c.text, func(x rune) bool { return strings.ContainsRune(";；\n", x) }) {
			key, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
			if !ok {
				l.fail(r, c, "labels", checks.Say("应为 名称=值，多个标签以分号分隔（示例：site=上海;owner=网络组）", "must be name=value, several divided by semicolons (example: site=shanghai;owner=network)"))
				continue
			}
			l.label(r, strings.TrimSpace(key), cell{strings.TrimSpace(value), c.line, c.column})
		}
	case field == "groups":
		for g := range strings.FieldsFuncSeq(c.text, func(x rune) bool { return strings.ContainsRune(",;；，、", x) }) {
			r.groups = append(r.groups, cell{strings.TrimSpace(g), c.line, c.column})
		}
	default:
		r.cells[field] = c
	}
}

func (l *loader) label(r *row, key string, c cell) {
	if isSecret(key) {
		l.fail(r, c, "labels", intoVault())
		return
	}
	if _, twice := r.labels[key]; twice {
		l.fail(r, c, "labels", checks.Say("标签“%s”重复", "the label %q stands twice", strict.Show(key)))
		return
	}
	if r.labels == nil {
		r.labels = map[string]cell{}
	}
	r.labels[key] = c
}

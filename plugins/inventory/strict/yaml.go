package strict

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	// maxDepth is how deep a file may nest; the parser recurses, and a stack has an end.
	maxDepth = 64
	// maxKeys is how many keys one block may have: the parser's time grows with their square (7 s for 40,000), and its
	// memory is some ninety times the file.
	maxKeys = 40_000
	maxSize = 16 << 20
)

// A Reader takes the YAML of one file apart.
type Reader struct {
	*Collector
	File string
	// Secrets says that the file may hold secrets: then not even a key that is not known is repeated.
	Secrets bool
}

// Say notes a problem of a place.
func (r *Reader) Say(line, column int, field string, what *pb.Text) {
	r.Add(&Problem{File: r.File, Line: line, Column: column, Field: field, Text: what})
}

// Fail notes a problem of a node.
func (r *Reader) Fail(n ast.Node, field string, what *pb.Text) {
	line, column := Place(n)
	r.Say(line, column, field, what)
}

// Document gives the root of the file's only document; nil after a failure and for a file without content.
func (r *Reader) Document(data []byte) (root ast.Node) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if line, ok := notUTF8(data); ok {
		r.Say(line, 1, "", checks.Say("不是 UTF-8 编码，请另存为 UTF-8", "not UTF-8: save the file as UTF-8"))
		return nil
	}
	if len(data) > maxSize {
		r.Say(0, 0, "", checks.Say("YAML 文件超过 %d 字节，请拆分；资产清单可改用 CSV", "a YAML file of more than %d bytes: split it; a large inventory is better a CSV file", maxSize))
		return nil
	}
	if line, ok := tooManyKeys(data); ok {
		r.Say(line, 1, "", checks.Say("同一层的键超过 %d 个，请拆分；资产清单可改用 CSV 或 INI", "more than %d keys in one block: split it; a large inventory is better a CSV or INI file", maxKeys))
		return nil
	}
	if line, ok := nestsTooDeep(data); ok {
		r.Say(line, 1, "", checks.Say("嵌套超过 %d 层，请检查括号和缩进", "nested deeper than %d levels: look at brackets and indentation", maxDepth))
		return nil
	}
	// The library panics on some odd documents (a scalar tag before a list): those cannot be read, no more.
	defer func() {
		if recover() != nil {
			r.Say(1, 1, "", checks.Say("YAML 无法读取，请检查标签（!）、锚点（&）与缩进", "not YAML that can be read: look at tags (!), anchors (&) and indentation"))
			root = nil
		}
	}()
	f, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	var docs []ast.Node
	for _, d := range f.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType && d.Body.Type() != ast.NullType {
			docs = append(docs, d.Body)
		}
	}
	if len(docs) > 1 {
		r.Fail(docs[1], "", checks.Say("只能有一个 YAML 文档，请删除“---”或并入前文", "there may be one YAML document only: remove --- or merge what follows it"))
		return nil
	}
	if len(docs) == 0 {
		return nil
	}
	return docs[0]
}

// syntax says where YAML broke. What the parser says may quote the file, so a file with secrets hears the place only.
func (r *Reader) syntax(err error) {
	line, column, message := 1, 1, ""
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &at) {
		message = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
	}
	if r.Secrets || message == "" {
		r.Say(line, column, "", checks.Say("YAML 语法错误，请检查缩进、引号和冒号", "broken YAML: look at indentation, quotes and colons"))
		return
	}
	r.Say(line, column, "", checks.Say("YAML 语法错误（%s），请检查缩进、引号和冒号", "broken YAML (%s): look at indentation, quotes and colons", message))
}

// tooManyKeys counts the lines of each block by their indentation; items of a list begin blocks of their own.
func tooManyKeys(data []byte) (line int, many bool) {
	counts := make([]int, 0, maxDepth)
	for text := range bytes.Lines(data) {
		line++
		rest := bytes.TrimLeft(text, " ")
		indent := len(text) - len(rest)
		if len(bytes.TrimSpace(rest)) == 0 || rest[0] == '#' || indent > 16*maxDepth {
			continue
		}
		if len(counts) > indent+1 {
			counts = counts[:indent+1]
		}
		for len(counts) <= indent {
			counts = append(counts, 0)
		}
		if rest[0] == '-' {
			continue
		}
		if counts[indent]++; counts[indent] > maxKeys {
			return line, true
		}
	}
	return 0, false
}

func notUTF8(data []byte) (line int, bad bool) {
	for text := range bytes.Lines(data) {
		line++
		if !utf8.Valid(text) {
			return line, true
		}
	}
	return 0, false
}

// nestsTooDeep finds brackets, indented blocks and runs of indicators that open deeper than any file of ours does.
func nestsTooDeep(data []byte) (line int, deep bool) {
	brackets := 0
	for text := range bytes.Lines(data) {
		line++
		rest := bytes.TrimLeft(text, " ")
		if len(text)-len(rest) > 16*maxDepth {
			return line, true
		}
		brackets += bytes.Count(rest, []byte("[")) + bytes.Count(rest, []byte("{"))
		if brackets > maxDepth {
			return line, true
		}
		brackets = max(0, brackets-bytes.Count(rest, []byte("]"))-bytes.Count(rest, []byte("}")))
		run := 0
		for _, w := range bytes.Fields(rest) {
			if !strings.ContainsRune("-?!&*:|>", rune(w[0])) {
				break
			}
			if run++; run > maxDepth {
				return line, true
			}
		}
	}
	return 0, false
}

// Place is where a node begins.
func Place(n ast.Node) (line, column int) {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0]
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		n = v.Key
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1, 1
	}
	p := n.GetToken().Position
	return p.Line, p.Column
}

// A Pair is a key of a mapping with its value.
type Pair struct {
	Name       string
	Key, Value ast.Node
}

// Pairs gives the keys of a mapping in order. field names it for the reader of an error.
func (r *Reader) Pairs(n ast.Node, field string) ([]Pair, bool) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		r.Fail(n, field, checks.Say("应为“键: 值”的映射，此处是%s", "must be a mapping of keys to values, this is %s", kindOf(n)))
		return nil, false
	}
	out := make([]Pair, 0, len(values))
	seen := make(map[string]ast.Node, len(values))
	for _, v := range values {
		name, ok := Scalar(v.Key)
		if !ok {
			r.Fail(v.Key, field, checks.Say("键应为普通文字，此处是%s", "a key is a plain word, this is %s", kindOf(v.Key)))
			continue
		}
		if first := seen[name]; first != nil {
			line, _ := Place(first)
			r.Fail(v.Key, r.shown(name), checks.Say("该键重复，首次出现在第 %d 行，请只保留一处", "the key stands twice, first in line %d: keep one of them", line))
			continue
		}
		seen[name] = v.Key
		out = append(out, Pair{name, v.Key, v.Value})
	}
	return out, true
}

// Mapping gives the values of a mapping by key; keys other than the allowed ones are refused.
func (r *Reader) Mapping(n ast.Node, field string, allowed ...string) (map[string]ast.Node, bool) {
	pairs, ok := r.Pairs(n, field)
	out := make(map[string]ast.Node, len(pairs))
	for _, p := range pairs {
		if !slices.Contains(allowed, p.Name) {
			r.Unknown(p.Key, p.Name, allowed)
			continue
		}
		out[p.Name] = p.Value
	}
	return out, ok
}

// Unknown notes a key that is not known, with what may be meant.
func (r *Reader) Unknown(at ast.Node, name string, allowed []string) {
	what := checks.Say("没有这个键，可用的键：%s", "there is no such key; the keys are %s", strings.Join(allowed, ", "))
	if near := Closest(name, allowed); near != "" {
		what = checks.Say("没有这个键，是否应为“%s”", "there is no such key; is %s meant?", near)
	}
	r.Fail(at, r.shown(name), what)
}

// shown is how a key of the file is named in a problem.
func (r *Reader) shown(name string) string {
	if r.Secrets {
		return ""
	}
	return Show(name)
}

// Items gives the items of a list.
func (r *Reader) Items(n ast.Node, field string) []ast.Node {
	if n == nil {
		return nil
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.Fail(n, field, checks.Say("应为列表（每项以“- ”开头或写作 [a, b]），此处是%s", "must be a list (- a, or [a, b]), this is %s", kindOf(n)))
		return nil
	}
	return s.Values
}

// Word reads a single value that must not be empty; nil gives "".
func (r *Reader) Word(n ast.Node, field string) string {
	if n == nil {
		return ""
	}
	text, ok := Scalar(n)
	switch {
	case !ok:
		r.Fail(n, field, checks.Say("应为单个值，此处是%s", "must be a single value, this is %s", kindOf(n)))
		return ""
	case strings.TrimSpace(text) == "":
		r.Fail(n, field, checks.Say("值为空，请填写或删除该键", "the value is empty: fill it in or remove the key"))
		return ""
	}
	return text
}

// Words reads a list of words, or a single word for a list of one.
func (r *Reader) Words(n ast.Node, field string) []string {
	if n == nil {
		return nil
	}
	if _, one := Scalar(n); one {
		if w := r.Word(n, field); w != "" {
			return []string{w}
		}
		return nil
	}
	var out []string
	for _, item := range r.Items(n, field) {
		if w := r.Word(item, field); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// Number reads a number within bounds; nil gives 0.
func (r *Reader) Number(n ast.Node, field string, low, high int) int {
	text := r.Word(n, field)
	if text == "" {
		return 0
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < low || v > high {
		r.Fail(n, field, checks.Say("应为 %d 到 %d 的整数", "must be a whole number from %d to %d", low, high))
		return 0
	}
	return v
}

// Scalar is the text of a single value as it is written; numbers are not interpreted.
func Scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kindOf(n ast.Node) *pb.Text {
	switch n.(type) {
	case nil, *ast.NullNode:
		return checks.Say("空值", "empty")
	case *ast.MappingNode, *ast.MappingValueNode:
		return checks.Say("映射", "a mapping")
	case *ast.SequenceNode:
		return checks.Say("列表", "a list")
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		return checks.Say("锚点、别名、合并键或标签（不支持）", "an anchor, alias, merge key or tag, which are not used here")
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return checks.Say("单个值", "a single value")
	}
	return checks.Say("其他内容", "something else")
}

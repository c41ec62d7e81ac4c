package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// An Error is one thing that is wrong with a file.
type Error struct {
	File         string
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Errors is all that is wrong with a file, in the order of its lines.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

const (
	// maxFile is how long a baseline file may be; the longest of ours has 300 kB.
	maxFile = 4 << 20
	// maxErrors is how many errors are collected before reading stops.
	maxErrors = 100
	// maxDepth is how deep a file may nest; the parser recurses, and a stack has an end.
	maxDepth = 64
)

// A reader takes a YAML document apart and collects what is wrong with it, with the place.
type reader struct {
	file string
	errs Errors
}

// document gives the root of the file's only document, nil after a failure.
func (r *reader) document(data []byte) (root ast.Node) {
	if len(data) > maxFile {
		r.add(1, 1, fmt.Sprintf("the file is longer than %d bytes", maxFile))
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if line, ok := notUTF8(data); ok {
		r.add(line, 1, "not UTF-8; was it saved in another encoding, such as GBK?")
		return nil
	}
	if line, ok := nestsTooDeep(data); ok {
		r.add(line, 1, fmt.Sprintf("nested deeper than %d levels", maxDepth))
		return nil
	}
	defer func() {
		if e := recover(); e != nil {
			r.add(1, 1, fmt.Sprintf("not YAML that can be read: %v", e))
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
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			docs = append(docs, d.Body)
		}
	}
	if len(docs) != 1 {
		r.add(1, 1, fmt.Sprintf("a baseline file holds one document, this one holds %d", len(docs)))
		return nil
	}
	return docs[0]
}

func (r *reader) syntax(err error) {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		p := at.GetToken().Position
		r.add(p.Line, p.Column, "not YAML: "+at.GetMessage())
		return
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	r.add(1, 1, "not YAML: "+first)
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

// nestsTooDeep finds brackets, indented blocks and runs of indicators that open deeper than any baseline does.
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

func (r *reader) add(line, column int, message string) {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, &Error{r.file, line, column, message})
	}
}

func (r *reader) fail(at ast.Node, format string, args ...any) {
	line, column := place(at)
	r.add(line, column, fmt.Sprintf(format, args...))
}

// err is what was collected, sorted by place; nil if nothing.
func (r *reader) err() error {
	if len(r.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errs, func(a, b *Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return r.errs
}

// place is where a node begins.
func place(n ast.Node) (line, column int) {
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

// A pair is a key of a mapping with its value.
type pair struct {
	name       string
	key, value ast.Node
}

// pairs gives the keys of a mapping in order. what names it for the reader of an error.
func (r *reader) pairs(n ast.Node, what string) ([]pair, bool) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		r.fail(n, "%s is a mapping of keys to values, this is %s", what, kindOf(n))
		return nil, false
	}
	var out []pair
	for _, v := range values {
		name, ok := scalar(v.Key)
		if !ok {
			r.fail(v.Key, "a key is a plain word, this is %s", kindOf(v.Key))
			continue
		}
		if i := slices.IndexFunc(out, func(p pair) bool { return p.name == name }); i >= 0 {
			line, _ := place(out[i].key)
			r.fail(v.Key, "key %q stands twice, first in line %d", name, line)
			continue
		}
		out = append(out, pair{name, v.Key, v.Value})
	}
	return out, true
}

// mapping gives the values of a mapping by key; keys other than the allowed ones are refused.
func (r *reader) mapping(n ast.Node, what string, allowed ...string) (map[string]ast.Node, bool) {
	pairs, ok := r.pairs(n, what)
	out := map[string]ast.Node{}
	for _, p := range pairs {
		if !slices.Contains(allowed, p.name) {
			r.fail(p.key, "unknown key %q; %s has: %s", p.name, what, strings.Join(allowed, ", "))
			continue
		}
		out[p.name] = p.value
	}
	return out, ok
}

// items gives the items of a list.
func (r *reader) items(n ast.Node, what string) []ast.Node {
	if n == nil {
		return nil
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fail(n, "%s is a list, this is %s", what, kindOf(n))
		return nil
	}
	return s.Values
}

// word reads a scalar that must not be empty.
func (r *reader) word(n ast.Node, what string) string {
	text, ok := scalar(n)
	if !ok {
		r.fail(n, "%s is a single value, this is %s", what, kindOf(n))
		return ""
	}
	if strings.TrimSpace(text) == "" {
		r.fail(n, "%s is empty", what)
	}
	return text
}

// oneOf reads a word of a list.
func (r *reader) oneOf(n ast.Node, what string, allowed ...string) string {
	text := r.word(n, what)
	if text != "" && !slices.Contains(allowed, text) {
		r.fail(n, "%s %q is not one of %s", what, text, strings.Join(allowed, ", "))
	}
	return text
}

// flag reads true or false.
func (r *reader) flag(n ast.Node, what string) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		r.fail(n, "%s is true or false, this is %s", what, kindOf(n))
		return false
	}
	return b.Value
}

// text reads {zh: …, en: …}; both must be there.
func (r *reader) text(n ast.Node, what string) *pb.Text {
	m, ok := r.mapping(n, what, "zh", "en")
	if !ok {
		return nil
	}
	t := &pb.Text{}
	for _, key := range []string{"zh", "en"} {
		v := m[key]
		if v == nil {
			r.fail(n, "%s lacks %s: everything people read is said in Chinese and in English", what, key)
			continue
		}
		if key == "zh" {
			t.Zh = r.word(v, what+" zh")
		} else {
			t.En = r.word(v, what+" en")
		}
	}
	return t
}

// scalar is the text of a single value as it is written; numbers are not interpreted.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "empty"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		return "an anchor, alias, merge or tag, which baselines do not use"
	}
	return "something else"
}

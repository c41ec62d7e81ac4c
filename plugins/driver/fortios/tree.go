package fortios

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A node is one line: "config …", "edit …", "set …" or "unset …", with what stands below it up to its "end" or "next".
type node struct {
	n, last  int
	kind     string
	words    []string // what follows the kind, without quotes
	closed   bool
	children []*node
}

// word gives the i-th word after the kind, "" if there is none.
func (n *node) word(i int) string {
	if n != nil && i < len(n.words) {
		return n.words[i]
	}
	return ""
}

// values are the words after a setting's name.
func (n *node) values() []string {
	if n == nil || len(n.words) < 2 {
		return nil
	}
	return n.words[1:]
}

// set gives the last line that sets key, nil if none does or if it was unset after that.
func (n *node) set(key string) *node {
	if n == nil {
		return nil
	}
	var last *node
	for _, c := range n.children {
		if c.word(0) != key {
			continue
		}
		switch c.kind {
		case "set", "append":
			last = c
		case "unset":
			last = nil
		}
	}
	return last
}

// tables yields the "config" blocks below n with this path.
func (n *node) tables(path ...string) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		if n == nil {
			return
		}
		for _, c := range n.children {
			if c.kind == "config" && slices.Equal(c.words, path) && !yield(c) {
				return
			}
		}
	}
}

// entries yields the "edit" blocks of all tables with this path.
func (n *node) entries(path ...string) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		for t := range n.tables(path...) {
			for _, c := range t.children {
				if c.kind == "edit" && !yield(c) {
					return
				}
			}
		}
	}
}

// setting gives the last line that sets key in the tables with this path.
func (n *node) setting(key string, path ...string) *node {
	var last *node
	for t := range n.tables(path...) {
		if s := t.set(key); s != nil {
			last = s
		}
	}
	return last
}

// maxDepth bounds nesting; what is deeper is passed over.
const maxDepth = 32

// A vdom is a virtual domain with its own tables; a device without them has one that has no name.
type vdom struct {
	name string
	*node
}

// config is a configuration: what holds for the device, and what for each virtual domain.
type config struct {
	doc    driver.Document
	header []*node // comments at the head
	// broken says that lines stand where the grammar has none, so that not even a table that was closed is whole.
	broken bool
	global *node
	vdoms  []vdom
}

var promptMark = regexp.MustCompile(`^\S{1,80} (?:\([^()]{1,80}\) )?[#$] `)

// keyword gives the word of the grammar that a line begins with, "" if there is none.
func keyword(text string) string {
	word, _, _ := strings.Cut(strings.TrimLeft(text, " \t"), " ")
	switch word = strings.TrimRight(word, " \t"); word {
	case "config", "edit", "set", "unset", "append", "next", "end":
		return word
	}
	return ""
}

// parse reads a configuration. Whatever is not of its grammar (prompts, remains of a pager) is passed over.
func parse(doc driver.Document) config {
	c := config{doc: doc}
	root := &node{kind: "config"}
	open := []*node{root}
	quoted, broken := false, false
	for n, l := range doc.Lines() {
		top := open[len(open)-1]
		if quoted { // the rest of a text of several lines says nothing that is asked
			top.last = n
			quoted = oddQuotes(l) != quoted
			continue
		}
		l = paged(l)
		text := strings.TrimSpace(l)
		if strings.HasPrefix(text, "#") {
			if len(root.children) == 0 {
				c.header = append(c.header, &node{n: n, last: n, words: []string{text}})
			}
			continue
		}
		broken = broken || strings.HasPrefix(text, "{%") // a template, whose lines may or may not be there
		kind := keyword(text)
		if kind == "" {
			continue
		}
		quoted = oddQuotes(text)
		switch kind {
		case "next", "end":
			if kind == "end" && top.kind == "edit" { // "end" closes an entry that has no "next" with its table
				top.closed, top.last = true, n
				open = open[:len(open)-1]
				top = open[len(open)-1]
			}
			if len(open) == 1 || top.kind == "edit" != (kind == "next") {
				broken = true
				continue
			}
			top.closed, top.last = true, n
			open = open[:len(open)-1]
		default:
			child := &node{n: n, last: n, kind: kind, words: split(text)[1:]}
			if len(open) > maxDepth {
				broken = true
				continue
			}
			top.children = append(top.children, child)
			if kind == "config" || kind == "edit" {
				open = append(open, child)
			}
		}
	}
	c.assign(root)
	c.broken = broken || quoted
	if c.broken || len(open) > 1 || !c.named() {
		c.doc = doc.Cut()
	}
	return c
}

// assign tells what is the device's from what is a virtual domain's.
func (c *config) assign(root *node) {
	c.global = &node{kind: "config"}
	plain := vdom{node: &node{kind: "config"}}
	for _, t := range root.children {
		switch {
		case t.kind != "config":
		case slices.Equal(t.words, []string{"global"}):
			c.global.children = append(c.global.children, t.children...)
		case slices.Equal(t.words, []string{"vdom"}):
			for _, e := range t.children {
				if e.kind == "edit" && len(e.children) > 0 {
					c.vdoms = append(c.vdoms, vdom{name: e.word(0), node: e})
				}
			}
		default:
			plain.children = append(plain.children, t)
		}
	}
	if len(plain.children) > 0 {
		c.global.children = append(c.global.children, plain.children...)
		c.vdoms = append(c.vdoms, plain)
	}
}

// named says whether the parts are there that every device's configuration has: a backup of one virtual domain or a part that
// somebody cut out lacks them.
func (c *config) named() bool {
	var admin, ports, policies bool
	domains := len(c.vdoms)
	if c.partOfDevice() {
		return false
	}
	for _, h := range c.header {
		switch text := h.word(0); {
		case strings.HasPrefix(text, "#config-version=") && strings.Contains(text, ":vdom=1:"):
			domains = 0
			for _, v := range c.vdoms {
				if v.name != "" {
					domains++
				}
			}
		}
	}
	for _, v := range c.vdoms { // stands near the end, also where there is none
		for range v.tables("firewall", "policy") {
			policies = true
		}
	}
	for range c.global.entries("system", "admin") {
		admin = true
	}
	for range c.global.entries("system", "interface") {
		ports = true
	}
	return admin && ports && policies && domains > 0 && (c.global.setting("hostname", "system", "global") != nil || len(c.header) > 0)
}

// partOfDevice says that the text is the backup of one virtual domain.
func (c *config) partOfDevice() bool {
	return slices.ContainsFunc(c.header, func(h *node) bool { return strings.HasPrefix(h.word(0), "#global_vdom=0") })
}

// everywhere yields the tables of the device and of its virtual domains that are not the device's own.
func (c *config) everywhere() iter.Seq[*node] {
	return func(yield func(*node) bool) {
		if !yield(c.global) {
			return
		}
		for _, v := range c.vdoms {
			if v.name != "" && !yield(v.node) {
				return
			}
		}
	}
}

// at is evidence of a line, its secret left out.
func (c *config) at(n *node) *pb.Evidence {
	if n == nil {
		return c.doc.All()
	}
	words := n.words
	if n.kind != "config" && secretKey(n.word(0)) {
		words = slices.Clone(words)
		for i := 1; i < len(words); i++ {
			if words[i] != "ENC" && words[i] != "enable" && words[i] != "disable" {
				words[i] = "******"
			}
		}
	}
	text := strings.TrimSpace(n.kind + " " + strings.Join(words, " "))
	if n.kind == "" {
		text = n.word(0)
	}
	first, _, _ := strings.Cut(text, "\n")
	return facts.Lines(c.doc.Source, n.n, n.last, first)
}

// secretKey says whether a setting's value is a secret.
func secretKey(key string) bool {
	for _, part := range []string{"passw", "secret", "key", "psk", "pwd", "token", "community", "certificate", "buffer"} {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}

// paged takes off what a pager or a prompt left before a line.
func paged(l string) string {
	if i := strings.LastIndexByte(l, '\r'); i >= 0 {
		l = l[i+1:]
	}
	if _, after, ok := strings.Cut(l, "--More--"); ok {
		l = strings.TrimLeft(after, " \b")
	}
	if keyword(l) == "" && strings.ContainsAny(l, "#$") {
		if at := promptMark.FindStringIndex(l); at != nil && l[0] != '#' {
			return strings.Replace(l[at[1]:], "show", "", 1)
		}
	}
	return l
}

// oddQuotes says whether a line leaves a quotation open.
func oddQuotes(l string) bool {
	odd := false
	for i := 0; i < len(l); i++ {
		switch l[i] {
		case '\\':
			i++
		case '"':
			odd = !odd
		case '#': // what somebody noted behind a value
			if !odd && i > 0 && l[i-1] == ' ' && i+1 < len(l) && l[i+1] == ' ' {
				return odd
			}
		}
	}
	return odd
}

// simple splits a line whose words are plain or in double quotes from end to end, as nearly all are.
func simple(l string) ([]string, bool) {
	if strings.ContainsAny(l, "'\\#") {
		return nil, false
	}
	if strings.IndexByte(l, '"') < 0 {
		return strings.Fields(l), true
	}
	out := make([]string, 0, 4)
	for l = strings.TrimLeft(l, " \t"); l != ""; l = strings.TrimLeft(l, " \t") {
		if l[0] == '"' {
			end := strings.IndexByte(l[1:], '"')
			if end < 0 || end+2 < len(l) && l[end+2] != ' ' && l[end+2] != '\t' {
				return nil, false
			}
			out, l = append(out, l[1:end+1]), l[end+2:]
			continue
		}
		end := strings.IndexAny(l, " \t")
		if end < 0 {
			end = len(l)
		}
		if strings.IndexByte(l[:end], '"') >= 0 {
			return nil, false
		}
		out, l = append(out, l[:end]), l[end:]
	}
	return out, true
}

// split gives the words of a line; what stands in quotes is one word, quotes taken off.
func split(l string) []string {
	if out, ok := simple(l); ok {
		return out
	}
	var out []string
	var word strings.Builder
	in, some := byte(0), false
	flush := func() {
		if some {
			out = append(out, word.String())
			word.Reset()
			some = false
		}
	}
	for i := 0; i < len(l); i++ {
		ch := l[i]
		switch {
		case ch == '\\' && i+1 < len(l):
			i++
			word.WriteByte(l[i])
			some = true
		case in != 0 && ch == in:
			in = 0
		case in == 0 && (ch == '"' || ch == '\''):
			in, some = ch, true
		case in == 0 && (ch == ' ' || ch == '\t'):
			flush()
		case in == 0 && ch == '#' && !some && len(out) > 1 && i+1 < len(l) && l[i+1] == ' ':
			return out
		default:
			word.WriteByte(ch)
			some = true
		}
	}
	flush()
	return out
}

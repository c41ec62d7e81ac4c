package tmos

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A node is a word with what follows it: values on its line, or statements in braces below it.
type node struct {
	n, last  int
	open     bool     // its closing brace was not seen
	words    []string // quotes taken off; for a list in braces on one line its members too
	children []*node
}

// get gives the last statement below n that begins with key; nil if there is none.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	var last *node
	for _, c := range n.children {
		if c.words[0] == key {
			last = c
		}
	}
	return last
}

// value gives the first value after key, "" if there is none.
func (n *node) value(key string) (string, *node) {
	c := n.get(key)
	if c == nil || len(c.words) < 2 {
		return "", c
	}
	return c.words[1], c
}

// members are the values of a list, on one line or on several.
func (n *node) members() []string {
	if n == nil {
		return nil
	}
	out := slices.Clone(n.words[1:])
	for _, c := range n.children {
		out = append(out, c.words...)
	}
	return out
}

// config is a configuration: its statements at the top.
type config struct {
	doc    driver.Document
	head   *node // the comment that names the version
	top    []*node
	unread []*pb.Evidence
}

// modules are the words with which statements at the top begin.
var modules = []string{"analytics", "api-protection", "apm", "asm", "auth", "cli", "cloud", "cm", "gtm", "ilx", "ltm", "net", "pem", "saas", "security", "sys", "util", "vcmp", "wom"}

// kept are those that are read; the others carry traffic or hold scripts.
var kept = []string{"auth", "cli", "cm", "net", "sys"}

var versionLine = regexp.MustCompile(`^# ?TMSH-VERSION: (\S+)`)

// maxDepth bounds nesting; what is deeper is passed over.
const maxDepth = 32

// parse reads statements in braces, of which each begins on its own line.
func parse(doc driver.Document) config {
	c := config{doc: doc}
	root := &node{words: []string{""}}
	open := []*node{root}
	passing, maybe, broken := false, false, false
	quoted := false
	for n, l := range doc.Lines() {
		if quoted {
			open[len(open)-1].last = n
			quoted = oddQuotes(l) != quoted
			if quoted {
				continue
			}
			l = strings.TrimSpace(l[strings.LastIndexByte(l, '"')+1:])
			if !strings.HasPrefix(l, "}") {
				continue
			}
		}
		text := strings.TrimSpace(l)
		if text == "" {
			continue
		}
		broken = broken || strings.HasPrefix(text, "{%") // a template, whose lines may or may not be there
		first, _, _ := strings.Cut(text, " ")
		begins := l[0] != ' ' && l[0] != '\t' && slices.Contains(modules, first)
		if passing { // over a statement whose braces may be a script's
			if !begins || !maybe {
				maybe = text == "}" && l[0] == '}'
				continue
			}
			passing = false
		}
		switch {
		case text[0] == '#':
			if versionLine.MatchString(text) {
				c.head = &node{n: n, last: n, words: []string{text}}
			}
			continue
		case len(open) == 1 && !begins:
			continue // a prompt, an echo, a pager's remains
		case begins && len(open) > 1: // the statement before was never closed
			broken = true
			open = open[:1]
		}
		if len(open) == 1 && !slices.Contains(kept, first) {
			passing, maybe = strings.HasSuffix(text, "{"), false
			continue
		}
		if text == "}" {
			open[len(open)-1].last, open[len(open)-1].open = n, false
			open = open[:len(open)-1]
			continue
		}
		words := split(text)
		quoted = oddQuotes(text)
		opens := !quoted && words[len(words)-1] == "{"
		words = slices.DeleteFunc(words, func(w string) bool { return w == "{" || w == "}" })
		if len(words) == 0 {
			if opens && len(open) < maxDepth {
				open = append(open, &node{n: n, last: n, words: []string{""}})
			}
			continue
		}
		child := &node{n: n, last: n, words: words, open: opens}
		if len(open) < maxDepth {
			parent := open[len(open)-1]
			parent.children = append(parent.children, child)
		}
		if opens {
			open = append(open, child)
		}
	}
	c.top = root.children
	if broken || quoted || len(open) > 1 || passing && !maybe || c.find("sys", "global-settings") == nil || c.find("sys", "snmp") == nil {
		c.doc = doc.Cut()
	}
	return c
}

// all yields the statements at the top that begin with words.
func (c *config) all(words ...string) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		for _, n := range c.top {
			if len(n.words) >= len(words) && slices.Equal(n.words[:len(words)], words) && !yield(n) {
				return
			}
		}
	}
}

// find gives the last of them, nil if there is none.
func (c *config) find(words ...string) *node {
	var last *node
	for n := range c.all(words...) {
		last = n
	}
	return last
}

// name takes the partition off a name: "/Common/watch" is "watch".
func name(word string) string {
	if i := strings.LastIndexByte(word, '/'); i >= 0 && i+1 < len(word) {
		return word[i+1:]
	}
	return word
}

var secrets = []string{"encrypted-password", "password", "secret", "community-name", "community", "auth-password", "privacy-password", "auth-password-encrypted", "privacy-password-encrypted", "key", "bind-pw", "passphrase"}

// at is evidence of a statement, its secret left out.
func (c *config) at(n *node) *pb.Evidence {
	if n == nil {
		return c.doc.All()
	}
	words := slices.Clone(n.words)
	if slices.Contains(secrets, words[0]) {
		for i := 1; i < len(words); i++ {
			words[i] = "******"
		}
	}
	text, _, _ := strings.Cut(strings.Join(words, " "), "\n")
	return facts.Lines(c.doc.Source, n.n, n.last, text)
}

// odd reports a statement that was not understood, and gives the fact that depends on it.
func (c *config) odd(n *node) facts.Missing {
	c.unread = append(c.unread, c.at(n))
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", c.at(n))
}

// number reads a value that is a number.
func (c *config) number(unset *pb.IntFact, n *node, key string) *pb.IntFact {
	word, at := n.value(key)
	if at == nil {
		return unset
	}
	if v, ok := stanza.Number(word); ok {
		return facts.Int(v, c.at(at))
	}
	return c.odd(at).Int()
}

// switched reads "enabled" and "disabled".
func (c *config) switched(unset *pb.BoolFact, n *node, key string) *pb.BoolFact {
	word, at := n.value(key)
	switch {
	case at == nil:
		return unset
	case word == "enabled" || word == "enable" || word == "true":
		return facts.Bool(true, c.at(at))
	case word == "disabled" || word == "disable" || word == "false":
		return facts.Bool(false, c.at(at))
	}
	return c.odd(at).Bool()
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
		}
	}
	return odd
}

// split gives the words of a line; what stands in quotes is one word.
func split(l string) []string {
	var out []string
	for _, w := range stanza.Words(l) {
		if len(w) > 1 && w[0] == '"' {
			w = strings.TrimSuffix(w[1:], `"`)
		}
		out = append(out, strings.TrimPrefix(w, `"`))
	}
	return out
}

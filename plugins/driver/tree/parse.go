package tree

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
)

// Options are how a platform writes its tree.
type Options struct {
	// Lines says that a statement ends with its line, as VyOS has it; else a semicolon ends it, as Junos has it.
	Lines bool
	// Noise finds lines that are none of the configuration's: prompts, echoes, what a pager left. It may be nil.
	Noise func(line string) bool
}

// A Text is what was parsed.
type Text struct {
	Root *Node
	// Balanced says that every brace and quotation was closed and nothing stood between the lines that a template engine would replace.
	Balanced bool
	// Odd are the numbers of lines that could not be read as statements.
	Odd []int
}

// setWords begin the lines of a configuration that is written one leaf a line.
var setWords = []string{"set", "deactivate", "activate", "delete", "protect", "unprotect"}

// IsSet says whether a configuration is written one `set` line a leaf: it has such a line before any brace.
func IsSet(doc driver.Document) bool {
	for _, l := range doc.Lines() {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "set ") {
			return true
		}
		if strings.HasSuffix(l, "{") {
			return false
		}
	}
	return false
}

// Braces reads statements in braces.
func Braces(doc driver.Document, o Options) Text {
	l := &lexer{s: string(doc.Answer.GetBody()), line: 1, fresh: true, lines: o.Lines, noise: o.Noise}
	out := Text{Root: &Node{}}
	at := out.Root
	depth := []*Node{}
	ok := true
	for {
		words, ended := l.statement()
		inactive, words := marks(words)
		if len(words) > 0 {
			leaf := at.path(words)
			leaf.Inactive = leaf.Inactive || inactive
			if ended.kind == begin {
				depth = append(depth, at)
				at = leaf
			}
		} else if ended.kind == begin { // a block without a name
			ok = false
			depth = append(depth, at)
		}
		switch ended.kind {
		case end:
			if len(depth) == 0 {
				ok = false
				break
			}
			at.reach(ended.line)
			at, depth = depth[len(depth)-1], depth[:len(depth)-1]
		case over:
			out.Balanced = ok && len(depth) == 0 && !l.odd
			return out
		}
	}
}

// statement reads the words of one statement and what ended it. The words hold until the next one is read.
func (l *lexer) statement() ([]token, token) {
	l.words = l.words[:0]
	for {
		t := l.next()
		switch t.kind {
		case word, listBegin, listEnd:
			l.words = append(l.words, t)
		default:
			return l.words, t
		}
	}
}

// marks takes off what Junos writes before a statement about the statement itself.
func marks(words []token) (inactive bool, rest []token) {
	for len(words) > 0 && !words[0].quoted {
		switch words[0].text {
		case "inactive:", "delete:":
			inactive = true
		case "protect:", "replace:":
		default:
			return inactive, words
		}
		words = words[1:]
	}
	return inactive, words
}

// path adds words below a node and gives the last. Words in brackets are alternatives of which each follows.
func (n *Node) path(words []token) *Node {
	at := n
	for i := 0; i < len(words); i++ {
		switch words[i].kind {
		case listBegin:
			last := at
			for i++; i < len(words) && words[i].kind != listEnd; i++ {
				last = at.Add(words[i].text, words[i].line)
			}
			at = last
		case listEnd:
		default:
			at = at.Add(words[i].text, words[i].line)
		}
	}
	return at
}

// Set reads a configuration that is written one leaf a line. What does not begin with one of the words for it is passed over; lines that
// move or rename what was set are odd.
func Set(doc driver.Document, o Options) Text {
	l := &lexer{s: string(doc.Answer.GetBody()), line: 1, fresh: true, lines: true, flat: true, noise: func(line string) bool {
		if o.Noise != nil && o.Noise(line) {
			return true
		}
		first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		return !slices.Contains(setWords, first) && !slices.Contains(moving, first)
	}}
	out := Text{Root: &Node{}}
	for {
		words, ended := l.statement()
		if len(words) > 1 {
			out.line(words)
		}
		if ended.kind == over {
			out.Balanced = !l.odd && len(out.Odd) == 0
			return out
		}
	}
}

var moving = []string{"insert", "rename", "copy", "replace", "move", "edit", "top", "up"}

func (t *Text) line(words []token) {
	verb, rest := words[0].text, words[1:]
	switch verb {
	case "set":
		t.Root.path(rest)
	case "deactivate", "activate":
		if n := t.Root.Find(texts(rest)...); n != nil {
			n.Inactive = verb == "deactivate"
		}
	case "delete":
		path := texts(rest)
		t.Root.Find(path[:len(path)-1]...).Remove(path[len(path)-1])
	case "protect", "unprotect":
	default:
		t.Odd = append(t.Odd, words[0].line)
	}
}

func texts(words []token) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.text
	}
	return out
}

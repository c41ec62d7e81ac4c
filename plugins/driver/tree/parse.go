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
	// Pairs are where one `set` line may give several settings.
	Pairs []Pairs
}

// Pairs says that below a path a line may go on with any of some keys, each with its value. In a path "*" stands for any word.
type Pairs struct {
	Path []string
	Keys []string
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
		if ended.kind == broken && !(len(words) == 1 && Hole(words[0].text)) {
			ok = ok && len(depth) == 0 // greetings and clocks before the configuration; within it, lines are lost
			continue
		}
		inactive, words := marks(words)
		ok = ok && !long(words) && len(depth) <= maxDepth
		if len(words) > 0 && len(depth) <= maxDepth {
			leaf := at.path(words)
			leaf.Inactive = leaf.Inactive || inactive
			if ended.kind == begin {
				depth = append(depth, at)
				at = leaf
			}
		} else if ended.kind == begin { // a block without a name, or too deep
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
	l.words, l.inList = l.words[:0], false
	for {
		t := l.next()
		switch t.kind {
		case word, listBegin, listEnd:
			l.words = append(l.words, t)
			l.inList = t.kind == listBegin || l.inList && t.kind == word
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

// maxWords is how many words a statement may have one after the other, and maxDepth how many blocks may stand in one another. No
// configuration comes near; what goes beyond is none.
const (
	maxWords = 200
	maxDepth = 200
)

// long is whether a statement has more words than a statement can have; those in brackets do not count.
func long(words []token) bool {
	n, inList := 0, false
	for _, w := range words {
		switch {
		case w.kind == listBegin:
			inList = true
		case w.kind == listEnd:
			inList = false
		case !inList:
			n++
		}
	}
	return n > maxWords
}

// path adds words below a node and gives the last. Words in brackets are alternatives of which each follows.
func (n *Node) path(words []token) *Node {
	at := n
	if long(words) {
		words = words[:maxWords]
	}
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
			out.line(words, o.Pairs)
			if long(words) {
				l.odd = true
			}
		}
		if ended.kind == over {
			out.Balanced = !l.odd && len(out.Odd) == 0
			return out
		}
	}
}

var moving = []string{"insert", "rename", "copy", "replace", "move", "edit", "top", "up"}

func (t *Text) line(words []token, pairs []Pairs) {
	verb, rest := words[0].text, words[1:]
	switch verb {
	case "set":
		for _, p := range pairs {
			if p.matches(rest) {
				p.each(rest, t.Root)
				return
			}
		}
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

// matches is whether a line goes below the path, with more than one word to come.
func (p Pairs) matches(words []token) bool {
	if len(words) < len(p.Path)+3 {
		return false
	}
	for i, w := range p.Path {
		if w != "*" && w != words[i].text {
			return false
		}
	}
	return true
}

// each adds every key with its value below the path.
func (p Pairs) each(words []token, root *Node) {
	at := root.path(words[:len(p.Path)])
	from, inList := len(p.Path), false
	for i := from; i < len(words); i++ {
		inList = words[i].kind == listBegin || inList && words[i].kind != listEnd
		if i-from >= 2 && !inList && words[i].kind == word && !words[i].quoted && slices.Contains(p.Keys, words[i].text) {
			at.path(words[from:i])
			from = i
		}
	}
	at.path(words[from:])
}

func texts(words []token) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.text
	}
	return out
}

package stanza

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Config is a configuration whose lines are found by their first words, and cited with their secrets left out.
type Config struct {
	// Doc is the answer it was read from. Its Whole decides what silence proves; a driver whose platform writes an end mark
	// replaces it by its Cut when the mark is missing.
	Doc driver.Document
	// Top are the lines at the top, in order.
	Top []*Entry
	// Unread are lines that matter and were not understood.
	Unread []*pb.Evidence

	syntax Syntax
	byWord map[string][]*Entry
}

// Syntax is how a vendor writes lines.
type Syntax struct {
	// Negation is the word that takes a line back: "no", "undo".
	Negation string
	// Mask gives a line's text without its secrets.
	Mask func(*Entry) string
}

// NewConfig makes an empty configuration; Add fills it.
func NewConfig(doc driver.Document, syntax Syntax) Config {
	return Config{Doc: doc, syntax: syntax, byWord: map[string][]*Entry{}}
}

// Add puts a line at the top's end.
func (c *Config) Add(e *Entry) {
	c.Top = append(c.Top, e)
	c.byWord[e.Words[0]] = append(c.byWord[e.Words[0]], e)
}

// Entry splits a node into words.
func (c *Config) Entry(n *Node) *Entry { return newEntry(n, c.syntax.Negation) }

// Whole says that all of it was seen: only then does what it lacks prove an absence.
func (c *Config) Whole() bool { return c.Doc.Whole() }

// ByWord gives the top lines whose first word is the one given.
func (c *Config) ByWord(word string) []*Entry { return c.byWord[word] }

// Find yields the top lines that begin with words, negated or not, and marks them as used.
func (c *Config) Find(words ...string) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for _, e := range c.byWord[words[0]] {
			if e.Begins(words...) {
				e.Used = true
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Final gives the last of them, which is the one that holds; nil if there is none.
func (c *Config) Final(words ...string) *Entry {
	var last *Entry
	for e := range c.Find(words...) {
		last = e
	}
	return last
}

// At is evidence of a line, its secrets left out.
func (c *Config) At(e *Entry) *pb.Evidence {
	if e.cited == nil {
		e.cited = c.Doc.Line(e.Node.N, c.syntax.Mask(e))
	}
	return e.cited
}

// Section is evidence of a line and what stands below it, quoting the line.
func (c *Config) Section(e *Entry) *pb.Evidence {
	return facts.Lines(c.Doc.Source, e.Node.N, e.Node.Last, c.syntax.Mask(e))
}

// Odd reports a line that was not understood, and gives the fact that depends on it.
func (c *Config) Odd(e *Entry) facts.Missing {
	c.Unread = append(c.Unread, c.At(e))
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", c.At(e))
}

// Switched is a switch that is off unless a line turns it on.
func (c *Config) Switched(on *Entry) *pb.BoolFact {
	if on == nil {
		return c.Doc.Off()
	}
	return facts.Bool(!on.Negated, c.At(on))
}

// An Entry is a line split into words, the negation before it taken off.
type Entry struct {
	Node    *Node
	Words   []string
	Negated bool
	// Used says that Find has given it out.
	Used bool

	negation string
	below    []*Entry
	cited    *pb.Evidence
}

func newEntry(n *Node, negation string) *Entry {
	e := &Entry{Node: n, Words: strings.Fields(n.Text), negation: negation}
	if len(e.Words) > 1 && e.Words[0] == negation {
		e.Negated, e.Words = true, e.Words[1:]
	}
	return e
}

// Under gives the lines below a line; they are split once.
func (e *Entry) Under() []*Entry {
	if e.below == nil && len(e.Node.Children) > 0 {
		e.below = make([]*Entry, 0, len(e.Node.Children))
		for _, c := range e.Node.Children {
			e.below = append(e.below, newEntry(c, e.negation))
		}
	}
	return e.below
}

// Text is the line with some words replaced, as Mask functions need it.
func (e *Entry) Text(words []string) string {
	text := strings.Join(words, " ")
	if e.Negated {
		return e.negation + " " + text
	}
	return text
}

// Begins says whether the line begins with words.
func (e *Entry) Begins(words ...string) bool {
	return len(e.Words) >= len(words) && slices.Equal(e.Words[:len(words)], words)
}

// Word gives the i-th word, "" if there is none.
func (e *Entry) Word(i int) string {
	if i >= 0 && i < len(e.Words) {
		return e.Words[i]
	}
	return ""
}

// After gives the word that follows key, "" if there is none.
func (e *Entry) After(key string) string {
	if i := slices.Index(e.Words, key); i >= 0 {
		return e.Word(i + 1)
	}
	return ""
}

// Number reads the i-th word as a number that is not negative.
func (e *Entry) Number(i int) (int64, bool) { return Number(e.Word(i)) }

// Number reads a number that is not negative and fits 32 bits.
func Number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return n, err == nil && n >= 0
}

// Hole says that a word is not the device's own: a template's, or what a tool left of a secret.
func Hole(word string) bool {
	return strings.Contains(word, "{{") || strings.Contains(word, "{%") || strings.Contains(word, "***") || strings.HasPrefix(word, "<") || strings.HasPrefix(word, "${")
}

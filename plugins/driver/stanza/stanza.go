// Package stanza reads configurations whose structure is their indentation, as most network devices print them: a line
// with the lines below it that are indented further. Each line keeps its number, so that facts can cite it.
//
// The package knows no vendor: what a line means, and where free text such as a banner begins and ends, is the driver's.
package stanza

import (
	"iter"
	"slices"
	"strings"
)

// A Node is one line with what is indented below it.
type Node struct {
	// N is the line's number, from 1; 0 for the root.
	N int
	// Text is the line without its indentation and trailing white space.
	Text string
	// Last is the number of the last line that belongs to it, its own if it has no children.
	Last     int
	Children []*Node
	indent   int
}

// maxDepth bounds nesting: deeper lines become children of the deepest.
const maxDepth = 64

// Words splits the line at white space; words in double quotes stay together, quotes included.
func (n *Node) Words() []string { return Words(n.Text) }

// Words splits a line at white space; what stands in double quotes stays together, quotes included.
func Words(line string) []string {
	var out []string
	for line = strings.TrimLeft(line, " \t"); line != ""; line = strings.TrimLeft(line, " \t") {
		end := strings.IndexAny(line, " \t")
		if line[0] == '"' {
			if q := strings.IndexByte(line[1:], '"'); q >= 0 {
				end = q + 2
				for end < len(line) && line[end] != ' ' && line[end] != '\t' {
					end++
				}
			} else {
				end = len(line)
			}
		}
		if end < 0 {
			end = len(line)
		}
		out = append(out, line[:end])
		line = line[end:]
	}
	return out
}

// Options say what in a configuration is not structure.
type Options struct {
	// Free says whether a line begins free text, and returns what tells its last line; nil where it does not. The lines of
	// free text, the last one included, are not parsed; the node's Last names the last of them.
	Free func(text string) func(line string) bool
	// Comment says whether a line (without indentation) is a comment or separator; it closes nothing.
	Comment func(text string) bool
	// Flat are first words that always stand at the top, although some versions indent them.
	Flat []string
}

// Parse reads lines with their numbers. It never fails: every line finds a place.
func Parse(lines iter.Seq2[int, string], o Options) *Node {
	root := &Node{indent: -1}
	open := []*Node{root}
	var endsFree func(string) bool
	var free *Node
	for n, line := range lines {
		if endsFree != nil {
			free.Last = n
			if endsFree(line) {
				endsFree = nil
			}
			continue
		}
		text := strings.TrimSpace(line)
		if text == "" || o.Comment != nil && o.Comment(text) {
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if first, _, _ := strings.Cut(text, " "); slices.Contains(o.Flat, first) {
			indent = 0
		}
		// What no command begins like, a message of the system or the rest of a line that was wrapped, ends no section.
		stray := indent == 0 && len(open) > 1 && (text[0] < 'a' || text[0] > 'z')
		for !stray && len(open) > 1 && (open[len(open)-1].indent >= indent || len(open) > maxDepth) {
			open = open[:len(open)-1]
		}
		node := &Node{N: n, Text: text, Last: n, indent: indent}
		if stray {
			root.Children, root.Last = append(root.Children, node), n
			continue
		}
		parent := open[len(open)-1]
		parent.Children = append(parent.Children, node)
		for _, above := range open {
			above.Last = n
		}
		open = append(open, node)
		if o.Free != nil {
			if endsFree = o.Free(text); endsFree != nil {
				free = node
			}
		}
	}
	return root
}

// Find yields the children whose words begin with those given, with the words that follow.
func (n *Node) Find(words ...string) iter.Seq2[*Node, []string] {
	return func(yield func(*Node, []string) bool) {
		for _, c := range n.Children {
			if rest, ok := c.After(words...); ok && !yield(c, rest) {
				return
			}
		}
	}
}

// First gives the first child whose words begin with those given, and the words that follow; nil if there is none.
func (n *Node) First(words ...string) (*Node, []string) {
	for c, rest := range n.Find(words...) {
		return c, rest
	}
	return nil, nil
}

// Final gives the last child whose words begin with those given: where a repeated line replaces the one before.
func (n *Node) Final(words ...string) (*Node, []string) {
	var node *Node
	var rest []string
	for c, r := range n.Find(words...) {
		node, rest = c, r
	}
	return node, rest
}

// After gives the words that follow those given, if the line begins with them.
func (n *Node) After(words ...string) ([]string, bool) {
	have := n.Words()
	if len(have) < len(words) || !slices.Equal(have[:len(words)], words) {
		return nil, false
	}
	return have[len(words):], true
}

// All yields every node below n, depth first, in the order of the lines.
func (n *Node) All() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.walk(yield) }
}

func (n *Node) walk(yield func(*Node) bool) bool {
	for _, c := range n.Children {
		if !yield(c) || !c.walk(yield) {
			return false
		}
	}
	return true
}

// minFlat is how many lines of a configuration cannot all stand at the left edge.
const minFlat = 20

// Flat says that no line is indented although there are many: then the structure was lost on the way, and what stands in which section
// cannot be told.
func Flat(lines iter.Seq2[int, string]) bool {
	n := 0
	for _, line := range lines {
		if line == "" {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			return false
		}
		n++
	}
	return n >= minFlat
}

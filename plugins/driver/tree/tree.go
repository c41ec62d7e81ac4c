// Package tree reads configurations that are trees: statements in braces, as Junos and VyOS show them, and the same tree written one
// `set` line a leaf. Both become one tree of words, so that a driver asks for a path and need not know how it was written.
//
// It knows no vendor's words: what a statement means, what a secret is and what follows from silence is the driver's affair. It is not a
// driver.
package tree

import (
	"slices"
	"strings"
)

// A Node is a word of a configuration with what follows it. The methods of a nil node find nothing, so paths can be asked for at once.
type Node struct {
	Word string
	// N is the line on which the word stands, Last the line on which what follows it ends; both count from 1.
	N, Last int
	Parent  *Node
	// Inactive says that the statement is there and does not hold.
	Inactive bool
	// Inherited says that the node was taken over from a group.
	Inherited bool

	children []*Node
	index    map[string]*Node
}

// indexFrom is how many children a node has before they are indexed.
const indexFrom = 8

func (n *Node) lookup(word string) *Node {
	if n == nil {
		return nil
	}
	if n.index != nil {
		return n.index[word]
	}
	for _, c := range n.children {
		if c.Word == word {
			return c
		}
	}
	return nil
}

// Add gives the child of that word, made on the given line if there is none.
func (n *Node) Add(word string, line int) *Node {
	if c := n.lookup(word); c != nil {
		c.reach(line)
		return c
	}
	c := &Node{Word: word, N: line, Last: line, Parent: n}
	n.children = append(n.children, c)
	switch {
	case n.index != nil:
		n.index[word] = c
	case len(n.children) > indexFrom:
		n.index = make(map[string]*Node, 2*len(n.children))
		for _, old := range n.children {
			n.index[old.Word] = old
		}
	}
	n.reach(line)
	return c
}

// reach says that what follows the node goes on to a line.
func (n *Node) reach(line int) {
	for ; n != nil && n.Last < line; n = n.Parent {
		n.Last = line
	}
}

// Remove takes a child away.
func (n *Node) Remove(word string) {
	c := n.lookup(word)
	if c == nil {
		return
	}
	n.children = slices.DeleteFunc(n.children, func(o *Node) bool { return o == c })
	if n.index != nil {
		delete(n.index, word)
	}
}

// Get follows a path; nil if it does not lead anywhere, or through a statement that is inactive.
func (n *Node) Get(path ...string) *Node {
	for _, w := range path {
		if n = n.lookup(w); n == nil || n.Inactive {
			return nil
		}
	}
	return n
}

// Find follows a path whether its statements are active or not.
func (n *Node) Find(path ...string) *Node {
	for _, w := range path {
		if n = n.lookup(w); n == nil {
			return nil
		}
	}
	return n
}

// Has says whether a path leads somewhere.
func (n *Node) Has(path ...string) bool { return n.Get(path...) != nil }

// All gives the active children at the end of a path, in order.
func (n *Node) All(path ...string) []*Node {
	n = n.Get(path...)
	if n == nil {
		return nil
	}
	for i, c := range n.children {
		if c.Inactive {
			out := slices.Clone(n.children[:i])
			for _, c := range n.children[i+1:] {
				if !c.Inactive {
					out = append(out, c)
				}
			}
			return out
		}
	}
	return n.children
}

// Value gives the one word that follows a path: what stands there itself outweighs what is inherited, and the last one holds; of what is
// inherited the first. It is nil if nothing follows.
func (n *Node) Value(path ...string) *Node {
	var own, inherited *Node
	for _, c := range n.All(path...) {
		if !c.Inherited {
			own = c
		} else if inherited == nil {
			inherited = c
		}
	}
	if own != nil {
		return own
	}
	return inherited
}

// Words gives the path from the root to the node.
func (n *Node) Words() []string {
	var out []string
	for ; n != nil && n.Parent != nil; n = n.Parent {
		out = append(out, n.Word)
	}
	slices.Reverse(out)
	return out
}

// Text gives the word, "" for nil.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	return n.Word
}

// Join writes words as the platform would, with quotes where a word needs them.
func Join(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		if w == "" || strings.ContainsAny(w, " \t\r\n") {
			w = `"` + strings.Join(strings.Fields(w), " ") + `"`
		}
		b.WriteString(w)
	}
	return b.String()
}

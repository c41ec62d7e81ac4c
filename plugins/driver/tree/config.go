package tree

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Config is a tree with the answer it was read from. Its lines are cited with their secrets left out.
type Config struct {
	// Doc is the answer. Its Whole decides what silence proves; a driver that does not see all of it replaces it by its Cut.
	Doc  driver.Document
	Root *Node
	// Mask gives a path without its secrets.
	Mask func(words []string) []string
	// Unread are lines that matter and were not understood.
	Unread []*pb.Evidence
}

// Whole says that all of it was seen: only then does what it lacks prove an absence.
func (c *Config) Whole() bool { return c.Doc.Whole() }

// At is evidence of a word's line; of the whole answer if there is none.
func (c *Config) At(n *Node) *pb.Evidence {
	if n == nil || n.Parent == nil {
		return c.Doc.All()
	}
	return c.Doc.Line(n.N, Join(c.Mask(n.Words())))
}

// Section is evidence of a word's line and what follows it.
func (c *Config) Section(n *Node) *pb.Evidence {
	if n == nil || n.Parent == nil {
		return c.Doc.All()
	}
	return facts.Lines(c.Doc.Source, n.N, max(n.N, n.Last), Join(c.Mask(n.Words())))
}

// Odd reports a line that was not understood, and gives the fact that depends on it.
func (c *Config) Odd(n *Node) facts.Missing {
	c.Unread = append(c.Unread, c.At(n))
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", c.At(n))
}

// Hole gives the fact whose words a template or a tool took away.
func (c *Config) Hole(n *Node) facts.Missing {
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", c.At(n))
}

// Present is a switch that is off unless a statement is there.
func (c *Config) Present(path ...string) *pb.BoolFact {
	if n := c.Root.Get(path...); n != nil {
		return facts.Bool(true, c.At(n))
	}
	return c.Doc.Off()
}

// InOrder gives the lines that were not understood, sorted, each once.
func (c *Config) InOrder() []*pb.Evidence {
	slices.SortStableFunc(c.Unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	return slices.CompactFunc(c.Unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
}

// Hole says that a word is not the device's own: a template's, or what a tool left of a secret.
func Hole(word string) bool {
	return strings.Contains(word, "{{") || strings.Contains(word, "{%") || strings.Contains(word, "***") || strings.Contains(word, "<?") ||
		strings.Contains(word, "${") || strings.HasPrefix(word, "<") && !strings.HasPrefix(word, "<*") || strings.Contains(word, "[%") || strings.EqualFold(word, "removed") ||
		strings.EqualFold(word, "redacted") || word != "" && strings.Trim(word, "xX") == "" && len(word) >= 4
}

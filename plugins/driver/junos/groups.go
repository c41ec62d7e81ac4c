package junos

import (
	"bytes"
	"path"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver/tree"
)

// inherit takes over what groups say where they are applied. It says whether a group was applied that is not there, so that silence proves
// nothing.
func (r *reader) inherit() (missing bool) {
	if !bytes.Contains(r.Doc.Answer.GetBody(), []byte("apply-groups")) {
		return false
	}
	groups := r.Root.Get("groups")
	var walk func(n *tree.Node, trail []string, depth int)
	walk = func(n *tree.Node, trail []string, depth int) {
		if depth > 64 || n.Inactive {
			return
		}
		for _, applied := range n.All("apply-groups") {
			if n.Has("apply-groups-except", applied.Word) {
				continue
			}
			found := named(groups, applied.Word)
			for _, g := range found {
				for _, source := range reachable(g, trail) {
					merge(n, source, 0)
				}
			}
			if len(found) == 0 && applied.Word != "junos-defaults" {
				missing = true
				r.Unread = append(r.Unread, r.At(applied))
			}
		}
		for _, c := range n.All() {
			if c.Word != "groups" && c.Word != "apply-groups" && c.Word != "apply-macro" {
				walk(c, append(trail, c.Word), depth+1)
			}
		}
	}
	walk(r.Root, nil, 0)
	return missing
}

// named gives the groups of a name; "${node}" stands for those of the members of a cluster.
func named(groups *tree.Node, name string) []*tree.Node {
	if name != "${node}" {
		if g := groups.Get(name); g != nil {
			return []*tree.Node{g}
		}
		return nil
	}
	var out []*tree.Node
	for _, g := range groups.All() {
		if strings.HasPrefix(g.Word, "node") {
			out = append(out, g)
		}
	}
	return out
}

// reachable follows a trail through a group, whose words may be patterns.
func reachable(n *tree.Node, trail []string) []*tree.Node {
	at := []*tree.Node{n}
	for _, w := range trail {
		var next []*tree.Node
		for _, n := range at {
			for _, c := range n.All() {
				if c.Word == w || matches(c.Word, w) {
					next = append(next, c)
				}
			}
		}
		at = next
	}
	return at
}

// merge adds what a group has below source to a node. A pattern adds to what is there already and to nothing else.
func merge(n, source *tree.Node, depth int) {
	if depth > 64 {
		return
	}
	for _, c := range source.All() {
		if strings.HasPrefix(c.Word, "<") {
			for _, own := range n.All() {
				if matches(c.Word, own.Word) {
					merge(own, c, depth+1)
				}
			}
			continue
		}
		own := n.Find(c.Word)
		if own == nil {
			own = n.Add(c.Word, c.N)
			own.Inherited = true
		} else if own.Inactive {
			continue
		}
		merge(own, c, depth+1)
	}
}

// matches compares a word with a pattern such as <ge-*>.
func matches(pattern, word string) bool {
	if !strings.HasPrefix(pattern, "<") || !strings.HasSuffix(pattern, ">") {
		return false
	}
	ok, err := path.Match(strings.ReplaceAll(pattern[1:len(pattern)-1], "/", "\x00"), strings.ReplaceAll(word, "/", "\x00"))
	return err == nil && ok
}

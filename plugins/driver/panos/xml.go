package panos

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/tree"
)

// maxDepth is how deep elements may stand in one another; configurations hardly pass 20.
const maxDepth = 100

// around are elements that hold a configuration and are no part of it.
var around = []string{"response", "result", "config"}

// beginning finds where XML begins; -1 if it does not.
func beginning(body []byte) int {
	for _, mark := range []string{"<?xml", "<response", "<config"} {
		if i := bytes.Index(body, []byte(mark)); i >= 0 {
			return i
		}
	}
	if t := bytes.TrimSpace(body); bytes.HasPrefix(t, []byte("<")) {
		return bytes.IndexByte(body, '<')
	}
	return -1
}

// readXML reads a configuration in XML into the tree that `set` lines would make: an entry is a word by its name, a member by its text. It
// gives the release that the configuration says it is of, and the line.
func readXML(doc driver.Document, from int) (text tree.Text, release string, at int) {
	body := doc.Answer.GetBody()
	offset := bytes.Count(body[:from], []byte("\n"))
	d := xml.NewDecoder(bytes.NewReader(body[from:]))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	text.Root = &tree.Node{}
	stack := []*tree.Node{text.Root}
	names := []string{}
	var words strings.Builder
	leaf, seen := false, false
	for {
		tok, err := d.RawToken() // which does not compare names, and is faster for it
		if err != nil {
			text.Balanced = errors.Is(err, io.EOF) && seen && len(stack) == 1
			return text, release, at
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if len(stack) > maxDepth {
				return text, release, at
			}
			line, _ := d.InputPos()
			line += offset
			names = append(names, t.Name.Local)
			seen = true
			stack = append(stack, child(stack[len(stack)-1], t, line))
			if t.Name.Local == "config" && release == "" {
				release, at = attribute(t, "version"), line
				if v := attribute(t, "detail-version"); v != "" {
					release = v
				}
			}
			words.Reset()
			leaf = true
		case xml.CharData:
			if leaf && words.Len() < 1<<20 {
				words.Write(t)
			}
		case xml.EndElement:
			if len(names) == 0 || names[len(names)-1] != t.Name.Local {
				return text, release, at
			}
			names = names[:len(names)-1]
			if value := strings.TrimSpace(words.String()); leaf && value != "" {
				line, _ := d.InputPos()
				stack[len(stack)-1].Add(value, line+offset)
			}
			leaf = false
			stack = stack[:len(stack)-1]
			if len(stack) == 1 && t.Name.Local == around[len(around)-1] || len(stack) == 1 && t.Name.Local == around[0] { // what follows is a prompt
				text.Balanced = true
				return text, release, at
			}
		}
	}
}

// child gives the node of an element: its parent's where the element only holds others.
func child(parent *tree.Node, t xml.StartElement, line int) *tree.Node {
	switch name := t.Name.Local; {
	case name == "member" || parent.Parent == nil && (name == around[0] || name == around[1] || name == around[2]):
		return parent
	case name == "entry":
		if n := attribute(t, "name"); n != "" {
			return parent.Add(n, line)
		}
		return parent.Add("entry", line)
	default:
		return parent.Add(name, line)
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

package ciscoios

import (
	"regexp"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

// config is a configuration with its comments.
type config struct {
	stanza.Config
	// flat: its indentation is lost, so sections below interfaces cannot be told apart.
	flat     bool
	comments []comment
}

type comment struct {
	n    int
	text string
}

func parse(doc driver.Document) config {
	c := config{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: ciscolike.Mask})}
	for n, l := range doc.Lines() {
		if text := strings.TrimSpace(l); len(text) > 1 && text[0] == '!' {
			c.comments = append(c.comments, comment{n, text})
		}
	}
	root := stanza.Parse(ciscolike.Aligned(doc), stanza.Options{Free: ciscolike.FreeText, Comment: isComment})
	ended, version, hostname := false, false, false
	for _, n := range root.Children {
		e := c.Entry(n)
		if len(e.Words) == 0 {
			continue
		}
		switch {
		case e.Words[0] == "end" && len(e.Words) == 1:
			ended = true
			continue
		case strings.Contains(n.Text, "#") && promptLine.MatchString(n.Text):
			continue
		case ended:
			ended = false
		}
		version = version || e.Words[0] == "version"
		hostname = hostname || e.Words[0] == "hostname"
		c.flat = c.flat || e.Begins("ip", "address") || e.Words[0] == "switchport" || e.Words[0] == "shutdown"
		c.Add(e)
	}
	if !ended || !version || !hostname { // not seen from its head to its closing mark
		c.Doc = c.Doc.Cut()
	}
	return c
}

var promptLine = regexp.MustCompile(`^\S{1,64}#(?:\s*sh(?:ow)?\s.*)?$`)

func isComment(text string) bool { return text[0] == '!' }

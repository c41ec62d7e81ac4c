package rgos

import (
	"regexp"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

// parse reads the configuration. It is whole if its version and its closing mark were seen.
func parse(doc driver.Document) ciscolike.Base {
	b := ciscolike.Base{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: mask})}
	root := stanza.Parse(ciscolike.Aligned(doc), stanza.Options{Free: ciscolike.FreeText, Comment: func(s string) bool { return s[0] == '!' }})
	ended, version := false, false
	for _, n := range root.Children {
		e := b.Entry(n)
		switch {
		case len(e.Words) == 0, strings.Contains(n.Text, "#") && promptLine.MatchString(n.Text):
			continue
		case len(e.Words) == 1 && e.Words[0] == "end":
			ended = true
			continue
		}
		ended = false
		version = version || e.Words[0] == "version"
		b.Flat = b.Flat || e.Begins("ip", "address") || e.Words[0] == "switchport" || e.Words[0] == "shutdown"
		b.Add(e)
	}
	if !ended || !version {
		b.Doc = b.Doc.Cut()
	}
	return b
}

var promptLine = regexp.MustCompile(`^\S{1,64}#(?:\s*sh(?:ow)?\s.*)?$`)

// mask also leaves out communities that stand behind the number of their encryption, and the keys of wireless networks.
func mask(e *stanza.Entry) string {
	if e.Begins("snmp-server", "community") && (e.Word(2) == "0" || e.Word(2) == "7") && len(e.Words) > 3 {
		return e.Text(append([]string{"snmp-server", "community", e.Word(2), ciscolike.Masked}, e.Words[4:]...))
	}
	return ciscolike.Mask(e)
}

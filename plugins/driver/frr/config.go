package frr

import (
	"cmp"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// reader reads one configuration.
type reader struct {
	stanza.Config
	ans driver.Answers
}

var promptLine = regexp.MustCompile(`^[^\s!]{1,64}[#>](?: *(?:sh(?:ow)?|exit|write|terminal)(?: .*)?)?$`)

func newReader(ans driver.Answers) *reader {
	doc := ans.Command(showConfig)
	r := &reader{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: mask}), ans: ans}
	shown, ended, named := false, false, false
	root := stanza.Parse(lines(doc, &shown), stanza.Options{Comment: func(text string) bool { return text[0] == '!' || text[0] == '#' }})
	for _, n := range root.Children {
		e := r.Entry(n)
		if len(e.Words) == 0 {
			continue
		}
		switch {
		case len(e.Words) == 1 && e.Words[0] == "end":
			ended = true
			continue
		case strings.ContainsAny(n.Text, "#>") && promptLine.MatchString(n.Text):
			continue
		}
		named = named || e.Begins("frr", "version") || e.Words[0] == "hostname"
		r.Add(e)
	}
	// What vtysh shows ends with a mark; what it writes to a file does not.
	if !named || shown && !ended {
		r.Doc = r.Doc.Cut()
	}
	return r
}

// lines yields the lines of the configuration, and finds out whether vtysh showed it.
func lines(doc driver.Document, shown *bool) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for n, l := range doc.Lines() {
			switch t := strings.TrimSpace(l); {
			case t == "Building configuration...", strings.HasPrefix(t, "Current configuration:"):
				*shown = true
			case t == "" || t == "exit" || t == "exit-address-family" || strings.HasPrefix(t, "```") || strings.HasPrefix(t, "--More--"):
			default:
				if !yield(n, strings.TrimRight(l, " \t")) {
					return
				}
			}
		}
	}
}

// mask leaves out passwords and keys.
func mask(e *stanza.Entry) string {
	words := slices.Clone(e.Words)
	for i, w := range words {
		if i+1 >= len(words) || !slices.Contains([]string{"password", "key-string", "message-digest-key", "authentication-key", "md5", "key", "username"}, w) {
			continue
		}
		if w == "username" || w == "key" && i == 0 {
			continue
		}
		for j := i + 1; j < len(words); j++ {
			words[j] = "******"
		}
		break
	}
	return e.Text(words)
}

// host is the fact that only the host underneath can tell.
func host() facts.Missing {
	return facts.Unknown(pb.Reason_REASON_NOT_ASKED, "the host underneath")
}

const hostDetail = "the host underneath"

// The document that states what holds where nothing is configured.
const basics = "FRRouting User Guide, Basic Commands: "

// managing are first words of lines that manage FRRouting; what follows them here is known and says nothing that is asked.
var managing = map[string][]string{
	"log":      {"syslog", "file", "stdout", "monitor", "facility", "record-priority", "timestamp", "commands", "trap", "filtered-file", "unique-id", "immediate-mode", "filter-text", "error-category"},
	"service":  {"password-encryption", "integrated-vtysh-config", "advanced-vty", "terminal-length", "cputime-stats", "cputime-warning", "walltime-warning"},
	"password": nil, "enable": nil, "line": nil, "banner": nil, "username": nil, "agentx": nil,
}

// leftover reports the lines that manage FRRouting and that nothing has read.
func (r *reader) leftover() {
	for _, e := range r.Top {
		known, ok := managing[e.Words[0]]
		if ok && !e.Used && !slices.Contains(known, e.Word(1)) {
			r.Unread = append(r.Unread, r.At(e))
		}
	}
	for e := range r.Find("line", "vty") {
		for _, l := range e.Under() {
			switch {
			case l.Words[0] == "exec-timeout", l.Words[0] == "access-class", l.Begins("ipv6", "access-class"), l.Words[0] == "login":
			default:
				r.Unread = append(r.Unread, r.At(l))
			}
		}
	}
}

func (r *reader) inOrder() []*pb.Evidence {
	slices.SortStableFunc(r.Unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	return slices.CompactFunc(r.Unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
}

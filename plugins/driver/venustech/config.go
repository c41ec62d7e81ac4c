package venustech

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A line is one command; below are those of its section. The device indents only some sections, and closes each with "!".
type line struct {
	n     int
	words []string
	below []*line
	used  bool
}

// reader reads one configuration.
type reader struct {
	doc    driver.Document
	top    []*line
	byWord map[string][]*line
}

// heads begin sections.
var heads = [][]string{{"interface"}, {"firewall", "policy"}, {"authorized-table"}, {"zone"}, {"address"}, {"address-v6"}, {"address-group"}, {"service"}, {"service-group"}, {"schedule"}}

// parse reads the lines. A configuration is whole if its answer is, and if it stands between "!config" and "!end".
func parse(doc driver.Document) *reader {
	r := &reader{doc: doc, byWord: map[string][]*line{}}
	var section *line
	begun, ended := false, false
	for n, text := range doc.Lines() {
		text = unpaged(text)
		l := &line{n: n, words: stanza.Words(text)}
		switch {
		case len(l.words) == 0:
			continue
		case text == "!config":
			begun = true
			continue
		case text == "!end":
			ended = true
			continue
		case l.words[0] == "!" || strings.Trim(text, "!") == "":
			section = nil
			continue
		case strings.HasSuffix(l.words[0], "#") || strings.HasSuffix(l.words[0], ">"): // the prompt
			continue
		}
		ended = false
		head := slices.ContainsFunc(heads, func(words []string) bool { return l.begins(words...) })
		switch {
		case section != nil && !head, section != nil && section.begins("firewall", "policy") && l.words[0] == "service":
			section.below = append(section.below, l)
		case head:
			section = l
			r.top = append(r.top, l)
		default:
			r.top = append(r.top, l)
		}
	}
	for _, l := range r.top {
		r.byWord[l.words[0]] = append(r.byWord[l.words[0]], l)
	}
	if !begun || !ended {
		r.doc = r.doc.Cut()
	}
	return r
}

// unpaged takes off what the pager left before a line.
func unpaged(text string) string {
	if i := strings.LastIndex(text, "--More--"); i >= 0 {
		_, text, _ = strings.Cut(text[i:], ")")
	}
	return strings.TrimSpace(strings.Trim(text, "\b\r \t"))
}

func (l *line) begins(words ...string) bool {
	return len(l.words) >= len(words) && slices.Equal(l.words[:len(words)], words)
}

func (l *line) word(i int) string {
	if i < len(l.words) {
		return l.words[i]
	}
	return ""
}

// after gives the word that follows key, "" if there is none.
func (l *line) after(key string) string {
	if i := slices.Index(l.words, key); i >= 0 {
		return l.word(i + 1)
	}
	return ""
}

// find gives the top lines that begin with words, and marks them as used.
func (r *reader) find(words ...string) []*line {
	var out []*line
	for _, l := range r.byWord[words[0]] {
		if l.begins(words...) {
			l.used = true
			out = append(out, l)
		}
	}
	return out
}

// final gives the last of them, nil if there is none.
func (r *reader) final(words ...string) *line {
	if all := r.find(words...); len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// Words behind which secrets stand. After "local" a password may stand as it was typed.
var secretWords = []string{"secret", "secret-second", "password", "key", "community", "certificate", "shared-key", "psk", "local"}

// at is evidence of a line, its secrets left out.
func (r *reader) at(l *line) *pb.Evidence {
	words := slices.Clone(l.words)
	for i := range words {
		if i > 0 && slices.Contains(secretWords, strings.ToLower(words[i-1])) && words[i] != "secret" && words[i] != "secret-second" {
			words[i] = "***"
		}
	}
	return r.doc.Line(l.n, strings.Join(words, " "))
}

// section is evidence of a line with those below it.
func (r *reader) section(l *line) *pb.Evidence {
	last := l.n
	if len(l.below) > 0 {
		last = l.below[len(l.below)-1].n
	}
	return facts.Lines(r.doc.Source, l.n, last, r.at(l).GetExcerpt())
}

func (r *reader) odd(detail string, l *line) facts.Missing {
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, detail, r.at(l))
}

// unclear is the state of a list of which no document says where all of it stands.
func (r *reader) unclear(detail string) (pb.FactState, pb.Reason, string) {
	if !r.doc.Whole() {
		return pb.FactState_FACT_STATE_UNKNOWN, r.doc.Reason(), r.doc.Source
	}
	return pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_NOT_UNDERSTOOD, detail
}

// First words of lines that manage the device; those that nothing reads are reported.
var managing = []string{"user", "server", "server-ssh", "server-telnet", "log", "syslog", "snmp", "snmp-server", "ntp", "radius", "radius-server", "tacacs", "ldap", "password", "login", "local-policy", "hostname"}

func (r *reader) leftover() []*pb.Evidence {
	var out []*pb.Evidence
	for _, l := range r.top {
		if !l.used && slices.Contains(managing, l.words[0]) {
			out = append(out, r.at(l))
		}
	}
	return out
}

package dptech

import (
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
	release  string
	shown    *pb.Evidence
	services map[string]*stanza.Entry // services by name
}

var (
	promptLine  = regexp.MustCompile(`^(?:<[^<>]{1,80}>|\[[^\[\]]{1,80}\])(?: *show .*)?$`)
	releaseLine = regexp.MustCompile(`^!Software Release ([A-Za-z0-9._-]+) *$`)
)

// Heads whose following lines, up to the next "!" or head, belong to them. The device does not indent.
var heads = []string{"interface", "local-user"}

// parse reads the lines. A configuration is whole if its answer is, if it names its release and if its last line is "end".
func parse(doc driver.Document) *reader {
	r := &reader{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: mask})}
	for _, n := range stanza.Parse(r.body(), stanza.Options{}).Children {
		if e := r.Entry(n); len(e.Words) > 0 && n.Text != "end" {
			r.Add(e)
		}
	}
	r.services = map[string]*stanza.Entry{}
	for e := range r.Find("service-object") {
		r.services[e.Word(1)] = e
	}
	return r
}

// body yields the lines with those of a section indented, and finds out on the way whether the end is there.
func (r *reader) body() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		section, last := false, ""
		for n, l := range r.Doc.Lines() {
			text := strings.TrimSpace(l)
			if i := strings.LastIndex(text, "--More(CTRL+C break)--"); i >= 0 {
				text = strings.Trim(text[i+len("--More(CTRL+C break)--"):], "\b\r \t")
			}
			if m := releaseLine.FindStringSubmatch(text); m != nil && r.release == "" {
				r.release, r.shown = m[1], r.Doc.Line(n, text)
			}
			if text == "" || text[0] == '!' {
				section = section && text == ""
				continue
			}
			if strings.ContainsRune("<[", rune(text[0])) && promptLine.MatchString(text) || strings.HasPrefix(text, "Building configuration") || strings.HasPrefix(text, "Current configuration") {
				continue
			}
			last = text
			first, rest, _ := strings.Cut(text, " ")
			head := slices.Contains(heads, first) || first == "ipv6" && strings.HasPrefix(rest, "security-policy ") && strings.Count(rest, " ") == 1
			indent := ""
			if section && !head {
				indent = " "
			}
			section = section || head
			if !yield(n, indent+text) {
				return
			}
		}
		if last != "end" || r.release == "" {
			r.Doc = r.Doc.Cut()
		}
	}
}

var secretWords = []string{"encrypted-password", "password", "community", "key", "cipher", "simple", "secret", "shared-key", "md5", "sha"}

// mask leaves out what follows the words behind which secrets stand.
func mask(e *stanza.Entry) string {
	words := slices.Clone(e.Words)
	for i := 1; i < len(words); i++ {
		if slices.Contains(secretWords, words[i-1]) && !slices.Contains(secretWords, words[i]) {
			words[i] = "***"
		}
	}
	return e.Text(words)
}

// unclear is the state of a list of which no document says where all of it stands.
func (r *reader) unclear(detail string) (pb.FactState, pb.Reason, string) {
	if !r.Whole() {
		return pb.FactState_FACT_STATE_UNKNOWN, r.Doc.Reason(), r.Doc.Source
	}
	return pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_NOT_UNDERSTOOD, detail
}

// First words of lines that manage the device; those that nothing reads are reported.
var managing = []string{"ssh", "telnet", "web", "http", "https", "timeout", "snmp-agent", "ntp", "ntp-service", "radius", "tacacs", "aaa", "login", "administrator", "password", "syslog", "sntp"}

func (r *reader) leftover() {
	for _, e := range r.Top {
		if !e.Used && (slices.Contains(managing, e.Words[0]) || e.Begins("logging", "server") || e.Begins("logging", "host")) {
			r.Unread = append(r.Unread, r.At(e))
		}
	}
}

func (r *reader) platform() *pb.Platform {
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	p := &pb.Platform{Vendor: facts.Text("DPtech"), Os: facts.Text("conplat"), Kind: unsaid.Text(), Version: unsaid.Text(), Product: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show version").Text(), Hostname: unsaid.Text()}
	if r.release != "" {
		p.Version = facts.Text(r.release, r.shown)
	}
	for e := range r.Find("security-policy") {
		p.Kind = facts.Text("firewall", r.At(e))
		break
	}
	for _, word := range []string{"sysname", "hostname"} {
		if e := r.Final(word); e != nil && !e.Negated && e.Word(1) != "" {
			p.Hostname = facts.Text(e.Word(1), r.At(e))
		}
	}
	return p
}

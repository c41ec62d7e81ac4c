package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// sources says from where sshd itself lets users in: by the hosts in AllowUsers, or by TCP wrappers where sshd has
// them. Packet filters are looked at later. ABSENT: from anywhere.
func (s *sshd) sources(r *reader) *pb.TextsFact {
	values, gap := s.values("allowusers", false)
	if gap != nil {
		return gap.Texts()
	}
	var hosts []string
	var ev []*pb.Evidence
	limited := true
	for _, v := range values {
		if len(v.words) == 0 {
			limited = false
		}
		for _, p := range v.words {
			_, host, ok := strings.Cut(p, "@")
			if !ok || host == "*" || host == "" || strings.HasPrefix(host, "!") || host == "0.0.0.0/0" || host == "*.*.*.*" {
				limited = false
			}
			hosts = append(hosts, host)
		}
		ev = append(ev, v.ev...)
	}
	if limited {
		slices.Sort(hosts)
		return facts.Texts(slices.Compact(hosts), ev...)
	}
	if s.wrapped() {
		wrapped := r.wrappers("sshd")
		if wrapped.GetState() != pb.FactState_FACT_STATE_ABSENT {
			return wrapped
		}
		ev = moreEvidence(ev, wrapped.GetEvidence()...)
	}
	return facts.Absent(ev...).Texts()
}

// wrapped says whether this distributor builds sshd with TCP wrappers, which OpenSSH itself dropped in 6.7.
func (s *sshd) wrapped() bool {
	return s.rel.debianBased || s.rel.family == "rhel" && s.rel.major > 0 && s.rel.major <= 7 || s.version > 0 && s.version < 607
}

// wrappers says whom hosts.allow and hosts.deny let use a daemon (hosts_access(5)): the first line that matches counts,
// hosts.allow first, and nobody's line means everybody.
func (r *reader) wrappers(daemon string) *pb.TextsFact {
	allow, deny := r.File("/etc/hosts.allow"), r.File("/etc/hosts.deny")
	for _, d := range []driver.Document{allow, deny} {
		if !d.Whole() && !d.NotFound() {
			return d.Unknown().Texts()
		}
	}
	open := facts.Absent(allow.All(), deny.All()).Texts()
	var from []string
	var ev []*pb.Evidence
	for _, rule := range wrapperRules(allow, daemon) {
		ev = append(ev, rule.at.ev())
		switch {
		case rule.special:
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, rule.at.text, rule.at.ev()).Texts()
		case rule.denies && slices.Contains(rule.clients, "ALL"):
			return facts.Texts(from, ev...)
		case rule.denies:
		case slices.Contains(rule.clients, "ALL"):
			return facts.Absent(ev...).Texts()
		default:
			from = append(from, rule.clients...)
		}
	}
	for _, rule := range wrapperRules(deny, daemon) {
		if rule.special {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, rule.at.text, rule.at.ev()).Texts()
		}
		if slices.Contains(rule.clients, "ALL") {
			return facts.Texts(from, append(ev, rule.at.ev())...)
		}
	}
	return open
}

type wrapperRule struct {
	clients []string
	denies  bool
	// special says that words of the language stand there that are not evaluated.
	special bool
	at      confLine
}

func wrapperRules(d driver.Document, daemon string) []wrapperRule {
	var out []wrapperRule
	var text string
	for _, l := range linesOf(d) {
		text += strings.TrimSpace(l.text)
		if strings.HasSuffix(text, "\\") {
			text = strings.TrimSuffix(text, "\\") + " "
			continue
		}
		line := text
		text = ""
		if line == "" || line[0] == '#' {
			continue
		}
		daemons, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		list := strings.FieldsFunc(daemons, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' })
		bare := func(w string) string { name, _, _ := strings.Cut(w, "@"); return name }
		if !slices.ContainsFunc(list, func(w string) bool { return w == "ALL" || bare(w) == daemon }) {
			continue
		}
		clients, options := cutOutsideBrackets(rest)
		rule := wrapperRule{at: l, clients: strings.FieldsFunc(clients, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' })}
		rule.special = slices.Contains(list, "EXCEPT") || slices.ContainsFunc(rule.clients, func(w string) bool {
			return w == "EXCEPT" || w == "KNOWN" || w == "UNKNOWN" || w == "PARANOID" || strings.HasPrefix(w, "/") || strings.HasPrefix(w, "@")
		})
		for _, o := range strings.Split(options, ":") {
			rule.denies = rule.denies || strings.EqualFold(strings.TrimSpace(o), "deny")
		}
		out = append(out, rule)
	}
	return out
}

// cutOutsideBrackets cuts at the first colon that is not part of an IPv6 address in brackets.
func cutOutsideBrackets(s string) (before, after string) {
	depth := 0
	for i, c := range s {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ':' && depth <= 0:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// parseIptables reads what iptables-save prints. odd are lines that are not its notation.
func parseIptables(lines []confLine, program, family string) (tables []*filterTable, odd []confLine) {
	var t *filterTable
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		switch {
		case text == "" || text[0] == '#' || text == "COMMIT":
		case text[0] == '*':
			t = newFilterTable(program, family, text[1:])
			tables = append(tables, t)
		case t == nil:
			odd = append(odd, l)
		case text[0] == ':':
			w := strings.Fields(text[1:])
			if len(w) < 2 {
				odd = append(odd, l)
				continue
			}
			c := t.chain(w[0])
			c.at, c.scope = l, program+" "+t.name+" "+w[0]
			if w[1] != "-" {
				c.policy = strings.ToLower(w[1])
				c.hook = strings.ToLower(w[0])
			}
		default:
			w := quotedWords(text)
			if len(w) > 0 && strings.HasPrefix(w[0], "[") {
				w = w[1:] // packet counters
			}
			if len(w) < 2 || w[0] != "-A" {
				odd = append(odd, l)
				continue
			}
			c := t.chain(w[1])
			c.rules = append(c.rules, iptablesRule(l, w[2:]))
		}
	}
	for _, t := range tables {
		for _, c := range t.chains {
			for i := range c.rules {
				c.rules[i].settleTarget(t)
			}
		}
	}
	return tables, odd
}

// settleTarget tells a jump to a chain from a target that the kernel brings along.
func (r *filterRule) settleTarget(t *filterTable) {
	if r.verdict != verdictJump && r.verdict != verdictGoto || t.chains[r.target] != nil {
		return
	}
	switch r.target {
	case "LOG", "NFLOG", "ULOG":
		r.verdict, r.logs = "", true
	case "MARK", "CONNMARK", "TOS", "DSCP", "AUDIT", "SET", "CT", "TCPMSS", "CLASSIFY", "TRACE", "CHECKSUM", "SECMARK", "CONNSECMARK", "TTL", "HL", "NOTRACK", "RATEEST":
		r.verdict = ""
	default:
		r.verdict = verdictElse
	}
}

// Options of iptables by how they narrow: rated ones look at what the packet is like, which its sender chooses. All of
// these take one argument but --tcp-flags, which takes two.
var (
	ratedOptions = []string{
		"--tcp-flags", "--limit", "--limit-burst", "--connlimit-above", "--connlimit-upto", "--connlimit-mask", "--length", "--ttl-eq", "--ttl-lt",
		"--ttl-gt", "--icmp-type", "--icmpv6-type", "--seconds", "--hitcount", "--name", "--mask", "--hashlimit-above", "--hashlimit-upto", "--hashlimit-burst",
		"--hashlimit-mode", "--hashlimit-name", "--hashlimit-htable-size", "--hashlimit-htable-expire", "--hashlimit-htable-max", "--hashlimit-srcmask", "--hashlimit-dstmask",
		"--sport", "--sports", "--source-port", "--source-ports", "--rt-type", "--rt-segsleft", "--rt-len", "--hl-eq", "--hl-lt", "--hl-gt", "--header",
		"--ecn-tcp-cwr", "--tos", "--dscp", "--dscp-class", "--pkt-type", "--ahspi", "--espspi", "--tcp-option", "--mss", "--probability", "--mode", "--every", "--packet",
	}
	ratedFlags   = []string{"--update", "--set", "--rcheck", "--remove", "--rttl", "--reap", "--rsource", "--rdest", "--connlimit-saddr", "--connlimit-daddr", "--fragment", "-f"}
	ignoredPairs = []string{
		"--comment", "--reject-with", "--log-prefix", "--log-level", "--nflog-prefix", "--nflog-group", "--nflog-threshold", "--nflog-range", "-m", "--match",
		"--set-xmark", "--set-mark", "--nfmask", "--ctmask", "--zone", "--helper", "--set-mss", "--set-dscp", "--set-tos", "-c",
	}
	ignoredFlags = []string{"--log-tcp-sequence", "--log-tcp-options", "--log-ip-options", "--log-uid", "--notrack", "--clamp-mss-to-pmtu", "--syn", "--save-mark", "--restore-mark"}
)

// iptablesRule reads the options of one rule.
func iptablesRule(l confLine, w []string) filterRule {
	r := filterRule{at: l}
	not := false
	for i := 0; i < len(w); i++ {
		option := w[i]
		arg := ""
		if i+1 < len(w) {
			arg = w[i+1]
		}
		if option == "!" {
			not = true
			continue
		}
		// Older versions print the negation after the option.
		if arg == "!" && i+2 < len(w) {
			not, arg, i = true, w[i+2], i+1
		}
		took := true
		switch {
		case slices.Contains([]string{"-j", "--jump", "-g", "--goto"}, option):
			r.setIptablesTarget(arg, option)
		case slices.Contains(ignoredPairs, option):
		case slices.Contains(ignoredFlags, option):
			took = false
			if option == "--syn" && not {
				r.rated = true
			}
		case slices.Contains(ratedFlags, option):
			r.rated, took = true, false
		case slices.Contains(ratedOptions, option):
			r.rated = true
			if option == "--tcp-flags" {
				i++
			}
		case not:
			took = r.negated(option, arg)
		default:
			took = r.iptablesMatch(option, arg)
		}
		not = false
		if took {
			i++
		}
	}
	return r
}

func (r *filterRule) setIptablesTarget(target, option string) {
	switch target {
	case "ACCEPT", "DROP", "REJECT", "RETURN":
		r.verdict = strings.ToLower(target)
	case "QUEUE", "NFQUEUE":
		r.verdict = verdictElse
	default:
		r.verdict, r.target = verdictJump, target
		if option == "-g" || option == "--goto" {
			r.verdict = verdictGoto
		}
	}
}

// negated reads a condition after an exclamation mark, and says whether it took an argument.
func (r *filterRule) negated(option, arg string) bool {
	switch option {
	case "-s", "--source", "--src":
		r.from, r.notFrom = strings.Split(arg, ","), true
	case "-i", "--in-interface":
		if arg != "lo" {
			r.other = append(r.other, "! "+option+" "+arg)
		}
	case "--dst-type":
		r.elsewhere = slices.Contains(strings.Split(arg, ","), "LOCAL")
	default:
		r.other = append(r.other, "! "+option+" "+arg)
		return !strings.HasPrefix(arg, "-")
	}
	return true
}

// iptablesMatch reads a condition and says whether it took an argument.
func (r *filterRule) iptablesMatch(option, arg string) bool {
	switch option {
	case "-p", "--protocol", "--proto":
		if arg != "all" {
			r.protos = []string{arg}
		}
	case "-s", "--source", "--src":
		if arg != "0.0.0.0/0" && arg != "::/0" {
			r.from = strings.Split(arg, ",")
		}
	case "--src-range":
		r.from = []string{arg}
	case "-d", "--destination", "--dst":
		if arg != "0.0.0.0/0" && arg != "::/0" {
			r.to = strings.Split(arg, ",")
		}
	case "-i", "--in-interface":
		if arg == "lo" {
			r.loopback = true
		} else {
			r.other = append(r.other, option+" "+arg)
		}
	case "--dport", "--dports", "--destination-port", "--destination-ports":
		for _, s := range strings.Split(arg, ",") {
			port, ok := parsePort(s)
			if !ok {
				r.other = append(r.other, option+" "+arg)
				break
			}
			r.ports = append(r.ports, port)
		}
	case "--dst-type":
		r.elsewhere = !slices.Contains(strings.Split(arg, ","), "LOCAL")
	case "--state", "--ctstate":
		r.states = strings.Split(strings.ToLower(arg), ",")
	default:
		r.other = append(r.other, strings.TrimSpace(option+" "+arg))
		return arg != "" && !strings.HasPrefix(arg, "-")
	}
	return true
}

// quotedWords splits a line at blanks; double and single quotes group, a backslash takes the next byte as it is.
func quotedWords(s string) []string {
	var out []string
	var word strings.Builder
	var quote byte
	in := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(s):
			i++
			word.WriteByte(s[i])
			in = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, in = c, true
		case c == ' ' || c == '\t':
			if in {
				out = append(out, word.String())
				word.Reset()
				in = false
			}
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if in {
		out = append(out, word.String())
	}
	return out
}

// oddGap is why a ruleset with lines in another notation is not whole.
func oddGap(odd []confLine) *facts.Missing {
	if len(odd) == 0 {
		return nil
	}
	return ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, odd[0].doc.Source, odd[0].ev()))
}

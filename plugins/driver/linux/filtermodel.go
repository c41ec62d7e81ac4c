package linux

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// What nftables, iptables, ufw and firewalld are read into: chains of rules, good enough to say what becomes of a new
// connection to a port of this host.

// A filterRule is one rule. A field that is empty does not narrow what the rule matches.
type filterRule struct {
	at     confLine
	protos []string
	ports  []portRange
	// from and to are addresses and networks; notFrom says that from are those that do not match.
	from, to []string
	notFrom  bool
	states   []string
	// family is ip or ip6 where the rule is for one of them.
	family string
	// loopback says that it matches only traffic that the host sends to itself.
	loopback bool
	// elsewhere says that it matches only what is not sent to an address of this host: broadcasts, forwarded packets.
	elsewhere bool
	// rated says that it matches by rate, flags or length: nobody is told apart by where he comes from.
	rated bool
	// other are conditions that are not evaluated, as written.
	other   []string
	verdict string
	target  string
	logs    bool
	// priority orders firewalld's rich rules.
	priority int
}

// The verdicts; a rule that decides nothing (it counts, it logs) has none.
const (
	verdictAccept = "accept"
	verdictDrop   = "drop"
	verdictReject = "reject"
	verdictReturn = "return"
	verdictJump   = "jump"
	verdictGoto   = "goto"
	// verdictElse hands the packet to something that is not evaluated: a queue, another target.
	verdictElse = "elsewhere"
)

type portRange struct{ first, last int }

func (p portRange) String() string {
	if p.first == p.last {
		return strconv.Itoa(p.first)
	}
	return fmt.Sprintf("%d-%d", p.first, p.last)
}

// A filterChain is a chain; one with a hook is where packets come in.
type filterChain struct {
	scope  string
	name   string
	hook   string
	policy string
	at     confLine
	rules  []filterRule
	// family is ip, ip6 or both (inet).
	family string
}

// A filterTable is chains that may jump to one another.
type filterTable struct {
	// program is nftables, iptables, ip6tables, ufw or firewalld.
	program string
	family  string
	name    string
	chains  map[string]*filterChain
	order   []string
	sets    map[string][]string
}

func newFilterTable(program, family, name string) *filterTable {
	return &filterTable{program: program, family: family, name: name, chains: map[string]*filterChain{}, sets: map[string][]string{}}
}

func (t *filterTable) chain(name string) *filterChain {
	c := t.chains[name]
	if c == nil {
		c = &filterChain{name: name, family: t.family}
		t.chains[name] = c
		t.order = append(t.order, name)
	}
	return c
}

// incoming gives the chains that every packet to the host passes, in order.
func (t *filterTable) incoming() []*filterChain {
	var out []*filterChain
	for _, name := range t.order {
		if c := t.chains[name]; c.hook == "input" || c.hook == "prerouting" {
			out = append(out, c)
		}
	}
	return out
}

// stateful finds a rule by which packets are judged by their connection's state.
func (t *filterTable) stateful() *pb.Evidence {
	for _, name := range t.order {
		for _, r := range t.chains[name].rules {
			if slices.Contains(r.states, "established") && r.verdict == verdictAccept {
				return r.at.ev()
			}
		}
	}
	return nil
}

// reached gives the rules that packets to the host may meet from a chain on, each once, in order.
func (t *filterTable) reached(from *filterChain) []filterRule {
	var out []filterRule
	seen := map[string]bool{}
	var walk func(*filterChain)
	walk = func(c *filterChain) {
		if seen[c.name] {
			return
		}
		seen[c.name] = true
		for _, r := range c.rules {
			out = append(out, r)
			if next := t.chains[r.target]; (r.verdict == verdictJump || r.verdict == verdictGoto) && next != nil {
				walk(next)
			}
		}
	}
	walk(from)
	return out
}

func (r filterRule) decides() bool {
	return r.verdict == verdictAccept || r.verdict == verdictDrop || r.verdict == verdictReject
}

// conditional says that the rule does not match everything.
func (r filterRule) conditional() bool {
	return len(r.protos)+len(r.ports)+len(r.from)+len(r.to)+len(r.states)+len(r.other) > 0 || r.loopback || r.elsewhere || r.rated
}

// services prints what a rule is for: tcp/22, udp, any.
func (r filterRule) services() []string {
	protos := r.protos
	if len(protos) == 0 {
		protos = []string{"any"}
	}
	var out []string
	for _, p := range protos {
		if len(r.ports) == 0 {
			out = append(out, p)
		}
		for _, port := range r.ports {
			out = append(out, p+"/"+port.String())
		}
	}
	return out
}

// serviceNumbers are the names that nft and iptables may print for ports.
var serviceNumbers = map[string]int{
	"ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69,
	"finger": 79, "http": 80, "pop3": 110, "sunrpc": 111, "ntp": 123, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139,
	"imap2": 143, "snmp": 161, "snmp-trap": 162, "https": 443, "microsoft-ds": 445, "exec": 512, "login": 513, "shell": 514,
	"syslog": 514, "dhcpv6-client": 546, "ldaps": 636, "rsync": 873, "mysql": 3306, "postgresql": 5432, "mdns": 5353,
}

// parsePort reads 22, ssh, 80:90 or 80-90.
func parsePort(s string) (portRange, bool) {
	first, last, ranged := strings.Cut(strings.ReplaceAll(s, ":", "-"), "-")
	if n, ok := serviceNumbers[s]; ok {
		return portRange{n, n}, true
	}
	if !ranged {
		last = first
	}
	if first == "" {
		first = "0"
	}
	if last == "" {
		last = "65535"
	}
	a, err1 := strconv.ParseUint(first, 10, 16)
	b, err2 := strconv.ParseUint(last, 10, 16)
	return portRange{int(a), int(b)}, err1 == nil && err2 == nil && a <= b
}

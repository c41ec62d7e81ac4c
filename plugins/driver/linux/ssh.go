package linux

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// sshTest prints sshd's effective configuration for a login that no Match is about. What Match changes is read from the
// files.
const sshTest = "sshd -T"

// sshPrograms are where sshd may be.
var sshPrograms = []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd"}

var sshTopic = topic{
	name:       "ssh",
	commands:   []string{sshTest},
	privileged: []string{sshTest},
	ask: func(a driver.Answers) []*question {
		start := readSSHStart(a)
		c := readSSHConf(a, start.config)
		out := append(commands(sshTest), files(append(c.paths, start.files...)...)...)
		out = append(out, globs(append(c.patterns, sshPrograms...)...)...)
		for _, st := range c.statements {
			if st.keyword == "banner" && len(st.args) == 1 && strings.HasPrefix(st.args[0], "/") {
				out = append(out, driver.File(st.args[0]))
			}
		}
		return append(append(out, askPam(a)...), files("/etc/hosts.allow", "/etc/hosts.deny")...)
	},
	read: readSSH,
}

func (r *reader) sshProcesses() driver.Document {
	return r.Probe(pluginpb.Probe_PROBE_PROCESSES)
}

func readSSH(r *reader) {
	p := &pb.AccessPath{Scope: "ssh", Enabled: r.sshEnabled()}
	r.addAccess(p)
	if facts.Known(p.Enabled) && !p.Enabled.GetValue() && r.File(sshdConfig).NotFound() {
		return
	}
	s := readSSHD(r)
	s.transport(p)
	s.login(r, p)
	p.Sources = s.sources(r)
	r.sshSession(s)
	r.otherPorts(s)
}

// otherPorts states every sshd that listens where the configuration does not say: how that one is set is not known.
func (r *reader) otherPorts(s *sshd) {
	ports, gap := s.values("port", false)
	addresses, gap2 := s.values("listenaddress", false)
	if firstGap(gap, gap2) != nil {
		return
	}
	known := ports[0].words
	for _, a := range addresses[0].words {
		known = append(known, a[strings.LastIndexByte(a, ':')+1:])
	}
	for _, l := range r.facts.GetListeners().GetItems() {
		port := strconv.FormatInt(l.GetPort().GetValue(), 10)
		if l.GetProcess().GetValue() != "sshd" || l.GetLocalOnly().GetValue() || slices.Contains(known, port) {
			continue
		}
		known = append(known, port)
		ev := l.GetPort().GetEvidence()
		other := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "sshd "+l.GetScope(), ev...)
		r.addAccess(&pb.AccessPath{
			Scope: "ssh port " + port, Enabled: facts.Bool(true, ev...), Remote: facts.Bool(true, ev...), Port: facts.Int(l.GetPort().GetValue(), ev...),
			Encrypted: facts.Bool(true, facts.Default(sshEncrypts)), Methods: other.Texts(), Authenticated: other.Bool(), Factors: other.Int(),
			EmptyPasswords: other.Bool(), AdminLogin: other.Text(), Versions: other.Texts(), Ciphers: other.Texts(), Macs: other.Texts(), KeyExchanges: other.Texts(),
		})
	}
}

const sshEncrypts = "RFC 4253, section 6.3: OpenSSH offers no session without encryption"

// sshEnabled says whether sshd can be reached: it runs, or it will be started.
func (r *reader) sshEnabled() *pb.BoolFact {
	var gap *facts.Missing
	var seen []*pb.Evidence
	take := func(f *pb.BoolFact) bool {
		if f.GetValue() {
			return true
		}
		if !facts.Known(f) && f.GetState() != pb.FactState_FACT_STATE_NOT_APPLICABLE && f.GetReason() != pb.Reason_REASON_OFFLINE {
			gap = firstGap(gap, ptr(facts.LikeState(f)))
		}
		seen = moreEvidence(seen, f.GetEvidence()...)
		return false
	}
	for _, svc := range r.facts.GetServices().GetItems() {
		name, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(svc.GetScope(), ".service"), ".socket"), "@")
		if name != "ssh" && name != "sshd" {
			continue
		}
		for _, f := range []*pb.BoolFact{svc.GetEnabled(), r.runningNow(svc)} {
			if f != nil && take(f) {
				return f
			}
		}
	}
	for _, l := range r.facts.GetListeners().GetItems() {
		if strings.HasPrefix(l.GetProcess().GetValue(), "sshd") {
			return facts.Bool(true, l.GetProcess().GetEvidence()...)
		}
	}
	if take(r.running("sshd")) {
		return r.running("sshd")
	}
	there := false
	for _, program := range sshPrograms {
		_, ok, g := entry(r.Answers, program)
		there = there || ok || g != nil
	}
	if !there && (r.File(sshdConfig).NotFound() || r.facts.GetPackages().GetState() == pb.FactState_FACT_STATE_KNOWN) {
		return facts.Bool(false, r.Glob(sshPrograms[0]).All(), r.Glob(sshPrograms[1]).All())
	}
	if svc := r.facts.GetServices(); svc.GetState() != pb.FactState_FACT_STATE_KNOWN {
		gap = firstGap(gap, ptr(facts.LikeState(svc)))
	}
	if gap != nil {
		return gap.Bool()
	}
	return facts.Bool(false, seen...)
}

// transport states how sshd is reached and what protects the line.
func (s *sshd) transport(p *pb.AccessPath) {
	p.Port, p.Remote = s.listens()
	p.Ciphers, p.Macs, p.KeyExchanges = s.algorithms("ciphers"), s.algorithms("macs"), s.algorithms("kexalgorithms")
	p.Versions = s.protocol()
	p.Encrypted = facts.Bool(true, facts.Default(sshEncrypts))
	if facts.Known(p.Ciphers) && slices.Contains(p.Ciphers.GetValue(), "none") {
		p.Encrypted = facts.Bool(false, p.Ciphers.GetEvidence()...)
	}
	if slices.Contains(p.Versions.GetValue(), "SSH 1") {
		p.Encrypted.Evidence = append(p.Encrypted.Evidence, p.Versions.GetEvidence()...)
	}
}

func (s *sshd) listens() (*pb.IntFact, *pb.BoolFact) {
	values, gap := s.values("port", false)
	if gap != nil {
		return gap.Int(), gap.Bool()
	}
	addresses, gap := s.values("listenaddress", false)
	if gap != nil {
		return gap.Int(), gap.Bool()
	}
	ports, ev := values[0].words, values[0].ev
	remote := facts.Bool(true, addresses[0].ev...)
	local := 0
	var own []string
	for _, a := range addresses[0].words {
		host := a
		if ap, err := netip.ParseAddrPort(a); err == nil {
			host = ap.Addr().String()
			own = append(own, strconv.Itoa(int(ap.Port())))
		} else if h, port, ok := strings.Cut(a, ":"); ok && !strings.Contains(port, ":") {
			host = h
			own = append(own, port)
		}
		if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); host == "localhost" || err == nil && addr.IsLoopback() {
			local++
		}
	}
	if local > 0 && local == len(addresses[0].words) {
		remote = facts.Bool(false, addresses[0].ev...)
	}
	if len(own) > 0 && len(own) == len(addresses[0].words) {
		ports, ev = own, addresses[0].ev
	}
	if len(ports) == 0 {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "Port", ev...).Int(), remote
	}
	port, err := strconv.ParseUint(ports[0], 10, 16)
	if err != nil {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "Port", ev...).Int(), remote
	}
	return facts.Int(int64(port), ev...), remote
}

// protocol gives the versions of the SSH protocol. OpenSSH has offered only 2 since 5.4 unless told otherwise, and has
// known only 2 since 7.4.
func (s *sshd) protocol() *pb.TextsFact {
	if s.gap != nil {
		return s.gap.Texts()
	}
	if s.version >= 704 {
		return facts.Texts([]string{"SSH 2"}, facts.Default("OpenSSH 7.4 release notes: server support for SSH protocol 1 removed"))
	}
	if s.conf.gap != nil {
		return s.conf.gap.Texts()
	}
	v, ok := s.global("protocol")
	switch {
	case !ok && s.version >= 504:
		return facts.Texts([]string{"SSH 2"}, facts.Default("sshd_config(5), OpenSSH "+s.version.String()+", Protocol"))
	case !ok && s.tested != nil:
		// It prints the keyword wherever it knows it.
		return facts.Texts([]string{"SSH 2"}, s.doc.All())
	case !ok:
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "Protocol", s.conf.whole()...).Texts()
	}
	var out []string
	for _, n := range strings.Split(v.String(), ",") {
		out = append(out, "SSH "+strings.TrimSpace(n))
	}
	return facts.Texts(out, v.ev...)
}

// sshSession states what sshd itself does about sessions. ClientAliveInterval asks whether the client is there, not
// whether somebody works; only ChannelTimeout ends an idle session.
func (r *reader) sshSession(s *sshd) {
	p := &pb.SessionPolicy{Scope: "ssh"}
	values, gap := s.values("maxsessions", false)
	if gap != nil {
		p.MaxSessions = gap.Int()
	}
	most := int64(-1)
	for _, v := range values {
		n, err := strconv.ParseInt(v.String(), 10, 32)
		if err != nil {
			p.MaxSessions = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, v.String(), v.ev...).Int()
			break
		}
		if n > most {
			most = n
			p.MaxSessions = facts.Int(n, v.ev...)
		}
	}
	p.IdleTimeout = s.idle()
	if r.facts.SessionPolicies == nil {
		r.facts.SessionPolicies = &pb.SessionPolicyList{}
	}
	r.facts.SessionPolicies.Items = append(r.facts.SessionPolicies.Items, p)
}

// idle gives the time after which a session without traffic is closed; nil where sshd does not care: then the shell
// decides.
func (s *sshd) idle() *pb.DurationFact {
	values, gap := s.values("channeltimeout", false)
	if gap != nil {
		return nil
	}
	var longest time.Duration
	var ev []*pb.Evidence
	for _, v := range values {
		found := false
		for _, w := range v.words {
			kind, value, ok := strings.Cut(w, "=")
			d, understood := sshTime(value)
			// "session" is every session; since 9.5 shells can be told from commands. "global" is since 9.7.
			shells := sshPattern(kind, "session") || sshPattern(kind, "session:shell") || kind == "global"
			if ok && understood && d > 0 && shells {
				found, longest = true, max(longest, d)
				ev = append(ev, v.ev...)
			}
		}
		if !found {
			return nil
		}
	}
	return facts.Duration(longest, ev...)
}

// sshTime reads sshd's lengths of time: seconds, or 1h30m.
func sshTime(s string) (time.Duration, bool) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	var total time.Duration
	s = strings.ToLower(s)
	for s != "" {
		end := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' })
		digits, unit := s, time.Second
		if end >= 0 {
			digits, unit = s[:end], units[s[end]]
		}
		n, err := strconv.ParseUint(digits, 10, 31)
		if err != nil || unit == 0 || n > uint64((1<<62)/unit) {
			return 0, false
		}
		total += time.Duration(n) * unit
		if end < 0 {
			break
		}
		s = s[end+1:]
	}
	return total, total >= 0
}

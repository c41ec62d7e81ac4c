package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A remoteWay is a protocol other than SSH by which people reach a host, and how it is told that it is there.
type remoteWay struct {
	scope string
	// units are stems: telnet means telnet.socket, telnetd means telnetd.service and so on.
	units, inetd, programs []string
	// port is where it is usually found, lastPort the end of a range; quiet says that the port alone tells nothing.
	port, lastPort int64
	quiet, udp     bool
	// clear says that the protocol itself protects nothing; document is where that is written.
	clear    bool
	document string
	// open says that the protocol asks nobody who he is; pam are the PAM services that decide who gets in, the first one
	// there is.
	open bool
	pam  []string
	// more states what the program's own settings say.
	more func(*reader, *pb.AccessPath)
}

var remoteWays = []remoteWay{
	{scope: "telnet", units: []string{"telnet", "telnetd", "inetutils-telnetd"}, inetd: []string{"telnet", "telnets"}, programs: []string{"telnetd", "in.telnetd", "utelnetd"}, port: 23, clear: true, document: "RFC 854", pam: []string{"remote", "login"}},
	{
		scope: "ftp", units: []string{"vsftpd", "proftpd", "pure-ftpd", "ftpd", "wu-ftpd", "bftpd"}, inetd: []string{"ftp", "vsftpd"},
		programs: []string{"vsftpd", "proftpd", "pure-ftpd", "ftpd", "in.ftpd"}, port: 21, clear: true, document: "RFC 959", pam: []string{"vsftpd", "proftpd", "pure-ftpd"}, more: ftpSettings,
	},
	{
		scope: "tftp", units: []string{"tftp", "tftpd", "tftpd-hpa", "atftpd"}, inetd: []string{"tftp"}, programs: []string{"in.tftpd", "tftpd", "atftpd"},
		port: 69, udp: true, clear: true, open: true, document: "RFC 1350",
	},
	{scope: "rsh", units: []string{"rsh", "rshd", "in.rshd"}, inetd: []string{"shell", "rsh"}, programs: []string{"in.rshd", "rshd"}, port: 514, clear: true, document: "rshd(8), Linux NetKit 0.17"},
	{scope: "rlogin", units: []string{"rlogin", "rlogind"}, inetd: []string{"login", "rlogin"}, programs: []string{"in.rlogind", "rlogind"}, port: 513, clear: true, document: "RFC 1282"},
	{scope: "rexec", units: []string{"rexec", "rexecd"}, inetd: []string{"exec", "rexec"}, programs: []string{"in.rexecd", "rexecd"}, port: 512, clear: true, document: "rexecd(8), Linux NetKit 0.17"},
	{scope: "finger", units: []string{"finger", "fingerd"}, inetd: []string{"finger"}, programs: []string{"in.fingerd", "fingerd"}, port: 79, clear: true, open: true, document: "RFC 1288"},
	{
		scope: "vnc", units: []string{"vncserver", "x11vnc", "tigervnc", "xvnc", "vino-server"}, inetd: []string{"vnc"},
		programs: []string{"Xvnc", "Xtigervnc", "Xvnc4", "x11vnc", "vino-server", "x0vncserver", "x0tigervncserver"}, port: 5900, lastPort: 5999,
	},
	{scope: "ssh dropbear", units: []string{"dropbear"}, programs: []string{"dropbear"}, port: 22, quiet: true},
	{scope: "rdp", units: []string{"xrdp", "gnome-remote-desktop"}, programs: []string{"xrdp", "gnome-remote-desktop-daemon"}, port: 3389, more: rdpSettings},
	{scope: "https", units: []string{"cockpit"}, programs: []string{"cockpit-tls", "cockpit-ws"}, port: 9090, more: cockpitSettings},
	{scope: "https webmin", units: []string{"webmin", "usermin"}, programs: []string{"miniserv.pl"}, port: 10000, more: webminSettings},
}

var accessFiles = []string{
	"/etc/vsftpd.conf", "/etc/vsftpd/vsftpd.conf", "/etc/xrdp/xrdp.ini", "/etc/cockpit/cockpit.conf", "/etc/webmin/miniserv.conf",
	"/etc/hosts.allow", "/etc/hosts.deny",
}

var accessTopic = topic{
	name: "access",
	ask: func(a driver.Answers) []*question {
		return append(append(files(accessFiles...), askInetd(a)...), askPam(a)...)
	},
	read: readAccess,
}

func readAccess(r *reader) {
	inetd, gap := readInetd(r)
	services, listeners := r.facts.GetServices(), r.facts.GetListeners()
	for _, f := range []facts.Fact{services, listeners} {
		if f.GetState() != pb.FactState_FACT_STATE_KNOWN && f.GetReason() != pb.Reason_REASON_OFFLINE {
			gap = firstGap(gap, ptr(facts.LikeState(f)))
		}
	}
	for _, w := range remoteWays {
		r.readWay(w, inetd)
	}
	list := r.facts.AccessPaths
	if list == nil {
		list = &pb.AccessPathList{}
		r.facts.AccessPaths = list
	}
	ev := moreEvidence(services.GetEvidence(), listeners.GetEvidence()...)
	settle(list, gap, ev...)
}

// readWay states one protocol, if anything of it is there.
func (r *reader) readWay(w remoteWay, inetd []inetdService) {
	p := &pb.AccessPath{Scope: w.scope}
	var port int64
	p.Enabled, port = r.presence(w, inetd)
	if p.Enabled == nil {
		return
	}
	for _, s := range inetd {
		if s.is(w.inetd, w.programs) && len(s.sources) > 0 {
			p.Sources = facts.Texts(s.sources, s.at.ev())
		}
	}
	p.Remote, p.Port = facts.Bool(true, p.Enabled.GetEvidence()...), facts.Int(port, p.Enabled.GetEvidence()...)
	if w.clear {
		p.Encrypted = facts.Bool(false, facts.Default(w.document))
	}
	if w.open {
		p.Authenticated, p.Methods = facts.Bool(false, facts.Default(w.document)), facts.Texts([]string{"none"}, facts.Default(w.document))
	}
	for _, service := range w.pam {
		if p.Enabled.GetValue() && r.hasPam(service) {
			proof := r.pamProof(service)
			p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = proof.methods, proof.authenticated, proof.factors, proof.emptyPasswords
			break
		}
	}
	if w.more != nil {
		w.more(r, p)
	}
	r.addAccess(p)
}

// presence says whether a protocol can be used, and on which port; nil if nothing of it is there.
func (r *reader) presence(w remoteWay, inetd []inetdService) (enabled *pb.BoolFact, port int64) {
	port = w.port
	consider := func(f *pb.BoolFact) {
		switch {
		case f == nil || f.GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE:
		case enabled == nil || f.GetValue() && !enabled.GetValue():
			enabled = f
		case !facts.Known(f) && f.GetReason() != pb.Reason_REASON_OFFLINE && !enabled.GetValue():
			enabled = f
		}
	}
	for _, s := range r.facts.GetServices().GetItems() {
		if unitStem(s.GetScope(), w.units) {
			consider(s.GetEnabled())
			consider(r.runningNow(s))
		}
	}
	for _, s := range inetd {
		if s.is(w.inetd, w.programs) {
			consider(s.enabled)
		}
	}
	for _, l := range r.facts.GetListeners().GetItems() {
		n := l.GetPort().GetValue()
		at := !w.quiet && n >= w.port && n <= max(w.port, w.lastPort) && (l.GetProtocol().GetValue() == "udp") == w.udp
		switch {
		case l.GetLocalOnly().GetValue():
		case slices.Contains(w.programs, l.GetProcess().GetValue()), at && slices.Contains(superServers, l.GetProcess().GetValue()):
			consider(facts.Bool(true, l.GetProcess().GetEvidence()...))
			port = n
		case at && !facts.Known(l.GetProcess()):
			consider(facts.LikeState(l.GetProcess()).Bool())
		}
	}
	return enabled, port
}

// superServers are programs that hold a socket for others: only the port tells whom.
var superServers = []string{"systemd", "inetd", "xinetd", "rlinetd", "tcpserver", "busybox", "socat"}

// runningNow says whether a service runs; nil where the service manager does not say and all that listens is known:
// then that tells whether it can be reached.
func (r *reader) runningNow(s *pb.Service) *pb.BoolFact {
	if !facts.Known(s.GetRunning()) && r.facts.GetListeners().GetState() == pb.FactState_FACT_STATE_KNOWN {
		return nil
	}
	return s.GetRunning()
}

// unitStem says whether a unit is one of those named: NAME.service, NAME.socket, NAME@anything.
func unitStem(unit string, stems []string) bool {
	stem := strings.TrimSuffix(strings.TrimSuffix(unit, ".service"), ".socket")
	if stem == unit {
		return false
	}
	stem, _, _ = strings.Cut(stem, "@")
	return slices.Contains(stems, stem)
}

// keyEquals reads a file of key=value lines; later lines win.
func keyEquals(d driver.Document) map[string]iniValue {
	out := map[string]iniValue{}
	for _, l := range linesOf(d) {
		text := strings.TrimSpace(l.text)
		if text == "" || strings.ContainsRune("#;[", rune(text[0])) {
			continue
		}
		if key, value, ok := strings.Cut(text, "="); ok {
			out[strings.ToLower(strings.TrimSpace(key))] = iniValue{strings.TrimSpace(value), l}
		}
	}
	return out
}

// ftpSettings states what vsftpd's settings change; other FTP servers' are not read.
func ftpSettings(r *reader, p *pb.AccessPath) {
	d := r.File("/etc/vsftpd.conf")
	if d.NotFound() {
		d = r.File("/etc/vsftpd/vsftpd.conf")
	}
	if d.NotFound() {
		p.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_ASKED, "FTP server other than vsftpd").Bool()
		return
	}
	if !d.Whole() {
		p.Encrypted, p.Authenticated = d.Unknown().Bool(), d.Unknown().Bool()
		return
	}
	conf := keyEquals(d)
	yes := func(key, byDefault string) (bool, *pb.Evidence) {
		if v, ok := conf[key]; ok {
			return strings.EqualFold(v.value, "yes"), v.at.ev()
		}
		return byDefault == "YES", facts.Default("vsftpd.conf(5), vsftpd 3.0, " + key + "=" + byDefault)
	}
	tls, tlsEv := yes("ssl_enable", "NO")
	forced, forcedEv := yes("force_local_logins_ssl", "YES")
	p.Encrypted = facts.Bool(tls && forced, tlsEv, forcedEv)
	if anonymous, ev := yes("anonymous_enable", "YES"); anonymous || p.Authenticated == nil {
		p.Authenticated = facts.Bool(!anonymous, ev)
	}
	if v, ok := conf["listen_port"]; ok {
		setPort(p, v)
	}
}

func setPort(p *pb.AccessPath, v iniValue) {
	if n, ok := parsePort(v.value); ok && n.first == n.last {
		p.Port = facts.Int(int64(n.first), v.at.ev())
	}
}

// rdpSettings: xrdp may fall back to RDP's own encryption unless it is told to use TLS.
func rdpSettings(r *reader, p *pb.AccessPath) {
	d := r.File("/etc/xrdp/xrdp.ini")
	if !d.Whole() {
		p.Encrypted = d.Unknown().Bool()
		return
	}
	conf := keyEquals(d)
	switch v, ok := conf["security_layer"]; {
	case ok && strings.EqualFold(v.value, "tls"):
		p.Encrypted = facts.Bool(true, v.at.ev())
	case ok && strings.EqualFold(v.value, "rdp"):
		level := conf["crypt_level"]
		if strings.EqualFold(level.value, "none") {
			p.Encrypted = facts.Bool(false, v.at.ev(), level.at.ev())
			return
		}
		fallthrough
	default:
		p.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "security_layer", d.All()).Bool()
	}
}

// cockpitSettings: cockpit redirects to TLS unless it is told otherwise.
func cockpitSettings(r *reader, p *pb.AccessPath) {
	const document = "cockpit.conf(5), AllowUnencrypted"
	d := r.File("/etc/cockpit/cockpit.conf")
	switch {
	case d.NotFound():
		p.Encrypted = facts.Bool(true, facts.Default(document))
	case !d.Whole():
		p.Encrypted = d.Unknown().Bool()
	default:
		p.Encrypted = facts.Bool(true, d.All(), facts.Default(document))
		if v, ok := keyEquals(d)["allowunencrypted"]; ok && saysYes(v.value) {
			p.Scope, p.Encrypted = "http", facts.Bool(false, v.at.ev())
		}
	}
}

func webminSettings(r *reader, p *pb.AccessPath) {
	d := r.File("/etc/webmin/miniserv.conf")
	if !d.Whole() {
		p.Encrypted = d.Unknown().Bool()
		return
	}
	conf := keyEquals(d)
	p.Encrypted = facts.Bool(true, conf["ssl"].at.ev())
	if v, ok := conf["ssl"]; !ok || v.value != "1" {
		p.Scope, p.Encrypted = "http", facts.Bool(false, d.All())
	}
	if v, ok := conf["port"]; ok {
		setPort(p, v)
	}
}

// addAccess adds a way in. The list is not complete until the topic of all other ways has said so.
func (r *reader) addAccess(p *pb.AccessPath) {
	if r.facts.AccessPaths == nil {
		r.facts.AccessPaths = &pb.AccessPathList{}
	}
	r.facts.AccessPaths.Items = append(r.facts.AccessPaths.Items, p)
}

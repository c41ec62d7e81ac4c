package asa

import (
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// config is a configuration with its version line.
type config struct {
	stanza.Config
	// system says that it is the system's execution space: what manages the device stands in the contexts.
	system bool
}

var promptLine = regexp.MustCompile(`^\S{1,80}[#>] ?(?:(?:sh|show|more|terminal) .*)?$`)

// parse reads a configuration; it is whole if it names itself and ": end" closes it.
func parse(doc driver.Document) config {
	c := config{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: mask})}
	last, begun, template := 0, 0, false
	for n, l := range doc.Lines() { // a line end may have been lost before the mark, and a second configuration may follow it
		switch l = strings.TrimSpace(l); {
		case l == ": end" || strings.HasPrefix(l, "Cryptochecksum:") && strings.HasSuffix(l, ": end"):
			last = n
		case strings.HasPrefix(l, "hostname "):
			begun = n
		case strings.HasPrefix(l, "{%"):
			template = true
		}
	}
	comment := func(text string) bool {
		return text[0] == '!' || text[0] == ':' || strings.HasPrefix(text, "<--- More") || strings.ContainsAny(text, "#>") && promptLine.MatchString(text)
	}
	root := stanza.Parse(restored(doc), stanza.Options{Comment: comment})
	named, versioned := false, false
	for _, n := range root.Children {
		e := c.Entry(n)
		if len(e.Words) == 0 {
			continue
		}
		if e.Word(1) == "Version" && versionLine.MatchString(n.Text) {
			versioned = true
			c.system = c.system || strings.Contains(n.Text, "<system>")
		}
		named = named || e.Words[0] == "hostname" && !e.Negated
		c.Add(e)
	}
	if last <= begun || template || !named || !versioned || c.system {
		c.Doc = c.Doc.Cut()
	}
	return c
}

// restored yields the lines, with those in use again that an archive turned into comments because of their secrets: "!passwd <removed>".
func restored(doc driver.Document) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for n, l := range doc.Lines() {
			if rest, ok := strings.CutPrefix(l, "!"); ok && strings.Contains(l, "<removed>") {
				l = strings.TrimLeft(rest, " ")
			}
			if !yield(n, l) {
				return
			}
		}
	}
}

// secrets are words behind which a secret stands.
var secrets = []string{"password", "passwd", "community", "key", "auth", "priv", "pre-shared-key", "ikev1", "md5", "sha", "sha224", "sha256", "sha384", "sha512", "des", "3des", "secret", "ldap-login-password"}

// mask leaves out the secrets of a line.
func mask(e *stanza.Entry) string {
	if e.Words[0] == "access-list" {
		return e.Node.Text
	}
	server := e.Words[0] == "aaa-server" && e.Word(3) == "host" && len(e.Words) > 5 // "aaa-server G (inside) host A KEY timeout 5"
	if !server && !slices.ContainsFunc(e.Words, func(w string) bool { return slices.Contains(secrets, w) }) {
		return e.Node.Text
	}
	words := slices.Clone(e.Words)
	hide := func(i int) {
		if i > 0 && i < len(words) {
			words[i] = "******"
		}
	}
	switch first := words[0]; {
	case first == "ssh" || first == "ssl" || first == "http" || first == "crypto" && !slices.Contains(words, "key") || first == "class" || first == "policy-map":
		return e.Node.Text
	case first == "passwd" || e.Begins("enable", "password"):
		hide(slices.IndexFunc(words, func(w string) bool { return w == "password" || w == "passwd" }) + 1)
	case e.Begins("snmp-server", "user"):
		for i, w := range words {
			if i > 3 && !slices.Contains(snmpWords, w) {
				hide(i)
			}
		}
	case e.Begins("snmp-server", "community"):
		if words[2] != "0" && words[2] != "8" || len(words) < 4 {
			hide(2)
		}
		hide(3)
	case e.Begins("ntp", "server"): // its key is a number
	case e.Begins("ntp", "authentication-key"):
		for i := 4; i < len(words); i++ {
			hide(i)
		}
	case server:
		hide(5)
	default:
		for i, w := range words {
			if slices.Contains(secrets, w) && i+1 < len(words) {
				hide(i + 1)
				if words[i+1] == "******" && i+2 < len(words) && (e.Words[i+1] == "0" || e.Words[i+1] == "8") {
					hide(i + 2)
				}
			}
		}
	}
	return e.Text(words)
}

var snmpWords = []string{"v3", "auth", "priv", "encrypted", "md5", "sha", "sha224", "sha256", "sha384", "sha512", "des", "3des", "aes", "128", "192", "256", "engineID"}

// device is what the target is.
type device struct {
	version string
	number  int // 100 for each major, 1 for each minor version: 9.16 is 916
	product string
	shown   *pb.Evidence
}

var (
	versionLine = regexp.MustCompile(`^(ASA|PIX|FWSM) Version ([0-9]+)\.([0-9]+)(\S*)`)
	shownLine   = regexp.MustCompile(`^(Cisco Adaptive Security Appliance Software|Cisco PIX (?:Security Appliance Software|Firewall)|FWSM Firewall) Version ([0-9]+)\.([0-9]+)(\S*)`)
	hardware    = regexp.MustCompile(`^Hardware:\s+([^,\s]+)`)
)

func (c *config) identify(version driver.Document) device {
	var d device
	read := func(m []string, ev *pb.Evidence) {
		if m == nil {
			return
		}
		major, _ := strconv.Atoi(m[2])
		minor, _ := strconv.Atoi(m[3])
		d.version, d.number, d.shown = m[2]+"."+m[3]+m[4], major*100+minor, ev
	}
	for _, word := range []string{"ASA", "PIX", "FWSM"} {
		for e := range c.Find(word, "Version") {
			read(versionLine.FindStringSubmatch(e.Node.Text), c.At(e))
		}
	}
	for n, l := range version.Lines() {
		read(shownLine.FindStringSubmatch(l), version.Line(n, l))
		if m := hardware.FindStringSubmatch(l); m != nil {
			d.product = m[1]
		}
	}
	return d
}

func (r *reader) platform() *pb.Platform {
	p := &pb.Platform{Kind: facts.Text("firewall"), Vendor: facts.Text("Cisco"), Os: facts.Text("asa")}
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.Whole() {
		unsaid = facts.Unknown(r.Doc.Reason(), r.Doc.Source)
	}
	p.Version, p.Product, p.Hostname = unsaid.Text(), unsaid.Text(), unsaid.Text()
	if d := r.device; d.version != "" {
		p.Version, p.OsName = facts.Text(d.version, d.shown), facts.Text("ASA "+d.version, d.shown)
	}
	if r.device.product != "" {
		p.Product = facts.Text(r.device.product, r.device.shown)
	}
	if e := r.Final("hostname"); e != nil && len(e.Words) > 1 && !e.Negated {
		p.Hostname = facts.Text(e.Words[1], r.At(e))
		if stanza.Hole(e.Words[1]) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
		}
	}
	return p
}

const (
	cliGuide   = "Cisco ASA 5500 Series Configuration Guide using the CLI 8.4 to 9.0, "
	asaBench   = "CIS Cisco ASA 9.x Firewall Benchmark v1.0.0, "
	adminGuide = "Cisco ASA 9.4 General Operations CLI Configuration Guide, Management Access, "
)

// The documents that state defaults, by version.
var statements = []defaults.Statement{
	defaults.Stated("privilege", 803, 916, cliGuide+"Configuring User Attributes, Setting a User Password and Privilege Level"),
	defaults.Stated("password-policy", 804, 916, cliGuide+"Configuring AAA Servers and the Local Database, password policy"),
	defaults.Stated("http idle", 900, 916, asaBench+"http server idle-timeout, default value"),
	defaults.Stated("http", 0, 999, "Cisco Security Manager User Guide 4.4 to 4.24, Configuring Device Access Settings, HTTP Page: device managers require HTTPS"),
	defaults.Stated("ssh user", 804, 999, adminGuide+"Configure SSH Access"),
}

// managing are first words of lines that manage the device; what follows them here is known and says nothing that is asked.
var managing = map[string][]string{
	"ssh":             {"scopy", "stricthostkeycheck", "disconnect", "pubkey-chain", "key-exchange hostkey"},
	"telnet":          nil,
	"http":            {"server session-timeout", "authentication-certificate", "redirect", "server basic-auth-client", "connection-limit"},
	"snmp-server":     {"location", "contact", "enable", "group", "listen-port", "host-group", "user-list", "drop", "view"},
	"logging":         {"asdm", "asdm-buffer-size", "console", "monitor", "history", "facility", "queue", "device-id", "class", "list", "message", "permit-hostdown", "rate-limit", "standby", "emblem", "ftp-bufferwrap", "ftp-server", "flash-bufferwrap", "flash-maximum-allocation", "flash-minimum-free", "from-address", "recipient-address", "mail", "debug-trace", "hide", "flow-export-syslogs", "savelog", "buffer-size", "level"},
	"ntp":             {"trusted-key", "authentication-key"},
	"aaa":             {"authentication enable console", "authorization", "accounting", "authentication match", "authentication include", "authentication exclude", "authentication secure-http-client", "authentication listener", "authentication login-history", "authentication match-all", "proxy-limit", "mac-exempt", "kerberos"},
	"password-policy": {"authenticate"},
	"banner":          {"exec", "asdm"},
	"console":         {"serial"},
	"username":        nil, "enable": nil, "passwd": nil,
}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for _, e := range r.Top {
		known, ok := managing[e.Words[0]]
		if !ok || e.Used {
			continue
		}
		rest := strings.Join(e.Words[1:], " ")
		if !slices.ContainsFunc(known, func(k string) bool { return rest == k || strings.HasPrefix(rest+" ", k+" ") }) {
			r.Unread = append(r.Unread, r.At(e))
		}
	}
}

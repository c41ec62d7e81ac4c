package fortios

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// device is what the target is.
type device struct {
	product, version string
	number           int // 100 for each major, 1 for each minor version: 7.4 is 704
	shown            *pb.Evidence
	hostname         string
	named            *pb.Evidence
}

var (
	headVersion   = regexp.MustCompile(`^#config-version=(.+?)-([0-9]+)\.([0-9]+(?:\.[0-9]+)?)-FW-build0*([0-9]+)`)
	statusVersion = regexp.MustCompile(`^#? ?Version: (\S+) v([0-9]+)\.([0-9]+(?:\.[0-9]+)?),build0*([0-9]+)`)
)

// identify reads the product and the version from the status, else from the head of the configuration.
func (c *config) identify(status driver.Document) device {
	var d device
	for _, h := range c.header {
		d.read(h.word(0), headVersion, c.at(h))
	}
	for _, h := range c.header {
		d.read(h.word(0), statusVersion, c.at(h))
	}
	for n, l := range status.Lines() {
		d.read(l, statusVersion, status.Line(n, l))
		if name, ok := strings.CutPrefix(l, "Hostname: "); ok {
			d.hostname, d.named = strings.TrimSpace(name), status.Line(n, l)
		}
	}
	if h := c.global.setting("hostname", "system", "global"); h != nil && h.word(1) != "" {
		d.hostname, d.named = h.word(1), c.at(h)
	}
	return d
}

func (d *device) read(text string, form *regexp.Regexp, ev *pb.Evidence) {
	m := form.FindStringSubmatch(text)
	if m == nil {
		return
	}
	major, _ := strconv.Atoi(m[2])
	minor, _, _ := strings.Cut(m[3], ".")
	n, _ := strconv.Atoi(minor)
	d.product, d.version, d.number, d.shown = m[1], m[2]+"."+m[3]+" build"+m[4], major*100+n, ev
}

func (r *reader) platform() *pb.Platform {
	d := r.device
	p := &pb.Platform{Kind: facts.Text("firewall"), Vendor: facts.Text("Fortinet"), Os: facts.Text("fortios")}
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.doc.Whole() {
		unsaid = facts.Unknown(r.doc.Reason(), r.doc.Source)
	}
	p.Version, p.Product, p.Hostname = unsaid.Text(), unsaid.Text(), unsaid.Text()
	if d.version != "" {
		p.Version, p.OsName, p.Product = facts.Text(d.version, d.shown), facts.Text("FortiOS "+d.version, d.shown), facts.Text(d.product, d.shown)
	}
	if d.hostname != "" {
		p.Hostname = facts.Text(d.hostname, d.named)
		if stanza.Hole(d.hostname) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", d.named).Text()
		}
	}
	return p
}

const (
	guide40   = "FortiGate Version 4.0 MR1 Administration Guide, System Admin, Settings"
	help50    = "FortiOS 5.0 Handbook, Install and System Administration, "
	help52    = "FortiOS 5.2 Handbook, Getting Started, "
	policyTip = "Fortinet Knowledge Base FD31021, FortiGate administrator password policy, V4.0 MR1 and V5.4 and above"
	idleTip   = "Fortinet Technical Tip 213366, FortiGate, administrator-specific idle timeout: admintimeout"
)

// The documents that state defaults, by version.
var statements = []defaults.Statement{
	defaults.Stated("log timestamps", 504, 702, "FortiOS Log Reference (5.4.0, 6.0.4, 6.4.7, 7.2.1), Log message fields: date, time"),
	defaults.Stated("idle", 400, 401, guide40+", Idle Timeout"),
	defaults.Stated("idle", 502, 502, "FortiOS 5.2 Handbook, Hardening your FortiGate, Maintain short login timeouts"),
	defaults.Stated("idle", 602, 604, "FortiGate 6.2.7 Cookbook, Setting the idle timeout time"),
	defaults.Stated("idle", 700, 706, "FortiGate 7.0.1 Administration Guide, Setting the idle timeout time; "+idleTip),
	defaults.Stated("lockout", 500, 500, help50+"Security Precautions, Administrator lockout"),
	defaults.Stated("lockout", 502, 502, help52+"Administrator password retries and lockout time"),
	defaults.Stated("lockout-by", 600, 706, "Fortinet Technical Tip 219176, FortiGate, How to clear disabled admin lockout"),
	defaults.Stated("password-policy", 401, 704, policyTip),
	defaults.Stated("admin-password", 600, 600, "FortiOS 6.0.0 Handbook, Administrators, super_admin profile"),
	defaults.Stated("banner", 400, 706, "Fortinet Technical Tip, FortiGate, Enabling and using the admin disclaimer page"),
	defaults.Stated("policy-deny", 200, 299, "FortiGate-100A Administration Guide 2.8, How policy matching works"),
	defaults.Stated("policy-deny", 602, 604, "FortiGate 6.2.12 Cookbook, Policies"),
	defaults.Stated("policy-deny", 700, 706, "FortiGate 7.2.5 Administration Guide, Firewall policy parameters"),
	defaults.Stated("cfg-save", 302, 706, "Fortinet Technical Tip 194054, FortiGate, Configuration file save mode for configuration changes"),
	defaults.Stated("ntp", 604, 604, "FortiOS 6.4.11 CLI Reference, config system ntp"),
	defaults.Stated("ntp", 700, 706, "FortiOS 7.0.8 CLI Reference, config system ntp"),
	defaults.Stated("snmp-query", 700, 706, "FortiOS 7.0.2 CLI Reference, config system snmp community"),
	defaults.Stated("snmp-readonly", 0, 799, "FortiGate Version 3.0 MR4 Administration Guide, SNMP"),
}

package snmpmib

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The objects of the system group (SNMPv2-MIB).
const (
	sysDescr    = 1
	sysObjectID = 2
	sysUpTime   = 3
	sysName     = 5
)

// enterprise is the number under which the agent's sysObjectID stands.
func (r *reader) enterprise() (uint32, row) {
	id, ok := r.column(systemGroup).object(sysObjectID)
	if !ok || id.Type != driver.OIDType {
		return 0, row{}
	}
	oid, err := driver.ParseOID(id.Text)
	if err != nil {
		return 0, row{}
	}
	below, ok := oid.Below(driver.OID{1, 3, 6, 1, 4, 1})
	if !ok {
		return 0, row{}
	}
	return below[0], id
}

// vendorOf names the vendors of whose agents it is sure that no other vendor's product carries their number. Numbers of toolkits
// (8072 is Net-SNMP's) say nothing of who made the device.
func vendorOf(enterprise uint32) string {
	return map[uint32]string{
		9: "cisco", 2011: "Huawei", 25506: "H3C", 2636: "Juniper", 30065: "Arista", 25461: "Palo Alto Networks", 12356: "Fortinet",
		4881: "Ruijie", 3902: "ZTE", 14988: "MikroTik", 31648: "DPtech", 19849: "NSFOCUS", 14331: "Topsec", 35047: "Sangfor",
	}[enterprise]
}

// system is an operating system by the words that only it puts into sysDescr.
type system struct {
	os, kind string
	// enterprise must be that of sysObjectID; 0: it is not asked.
	enterprise uint32
	// sign must match sysDescr; its first group is the version.
	sign *regexp.Regexp
}

var systems = []system{
	{"iosxr", "", 9, regexp.MustCompile(`^Cisco IOS XR Software\b.*?, Version ([\w.]+)`)},
	{"iosxe", "", 9, regexp.MustCompile(`^Cisco IOS Software \[[^\]]+\],.*?, Version ([\w.()]+)|^Cisco IOS Software,.*IOS-XE Software.*?, Version ([\w.()]+)`)},
	{"nxos", "", 9, regexp.MustCompile(`^Cisco NX-OS\(tm\).*?, Version ([\w.()]+)`)},
	{"asa", "firewall", 9, regexp.MustCompile(`^Cisco Adaptive Security Appliance Version ([\w.()]+)`)},
	{"ios", "", 9, regexp.MustCompile(`^Cisco (?:IOS|Internetwork Operating System) Software\b.*?, Version ([\w.()]+)`)},
	{"vrp", "", 2011, regexp.MustCompile(`VRP ?\(R\) [Ss]oftware, ?Version [\d.]+ \(.*?(V\d{3}R\d{3}[A-Z0-9]*)\)`)},
	{"comware", "", 25506, regexp.MustCompile(`(?:Comware.*?)?Software Version ([\d.]+, [A-Z][a-z]+ \w+)|Comware()`)},
	{"junos", "", 2636, regexp.MustCompile(`JUNOS ([\w.\-]+)`)},
	{"eos", "", 30065, regexp.MustCompile(`^Arista Networks EOS version ([\w.\-]+)`)},
	{"routeros", "router", 14988, regexp.MustCompile(`^RouterOS\b()`)}, //nolint:misspell // so it is called
	{"panos", "firewall", 25461, regexp.MustCompile(`^Palo Alto Networks .* firewall()`)},
	{linux, "", 8072, regexp.MustCompile(`^Linux \S+ ()`)},
}

const linux = "linux"

// os is the operating system, "" if it is not sure.
func (r *reader) os() string { return r.platform().GetOs().GetValue() }

func (r *reader) platform() *pb.Platform {
	sys := r.column(systemGroup)
	missing := sys.missing()
	p := &pb.Platform{
		Kind: missing.Text(), Vendor: missing.Text(), Os: missing.Text(), OsName: missing.Text(), Version: missing.Text(), Hostname: missing.Text(),
	}
	enterprise, id := r.enterprise()
	if v := vendorOf(enterprise); v != "" {
		p.Vendor = facts.Text(v, sys.here(id))
	} else if id.Line > 0 {
		p.Vendor = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, fmt.Sprintf("enterprise %d does not say who made it", enterprise), sys.here(id)).Text()
	}
	if name, ok := sys.object(sysName); ok && name.Type == driver.StringType && text(name.Text) != "" {
		p.Hostname = facts.Text(text(name.Text), sys.here(name))
	}
	descr, ok := sys.object(sysDescr)
	if ok && descr.Type == driver.StringType {
		ev := sys.here(descr)
		unsaid := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "sysDescr does not say it", ev)
		p.Os, p.Version, p.Kind = unsaid.Text(), unsaid.Text(), unsaid.Text()
		p.OsName = facts.Text(text(descr.Text), ev)
		for _, s := range systems {
			m := s.sign.FindStringSubmatch(strings.ReplaceAll(descr.Text, "\n", " "))
			if m == nil || s.enterprise != enterprise {
				continue
			}
			p.Os = facts.Text(s.os, ev)
			if version := strings.TrimSpace(strings.Join(m[1:], "")); version != "" {
				p.Version = facts.Text(version, ev)
			}
			if s.kind != "" {
				p.Kind = facts.Text(s.kind, ev)
			}
			if s.os == "linux" {
				f := strings.Fields(descr.Text) // Linux NAME KERNEL …, as uname prints them
				if len(f) > 2 {
					p.Kernel = facts.Text(text(f[2]), ev)
				}
			}
			break
		}
	}
	r.hardware(p)
	p.Booted = r.booted()
	return p
}

// hardware reads model and software of the chassis (ENTITY-MIB), if there is one, or all are the same.
func (r *reader) hardware(p *pb.Platform) {
	const chassis = 3
	classes := r.column(entClass)
	one := func(oid string) (string, *pb.Evidence, facts.Missing) {
		c := r.column(oid)
		found, where := "", (*pb.Evidence)(nil)
		if !classes.all() {
			return "", nil, classes.missing()
		}
		for _, k := range classes.rows {
			if n, ok := k.number(); !ok || n != chassis {
				continue
			}
			v, ok := c.at(k.index)
			if !ok || v.Type != driver.StringType || text(v.Text) == "" {
				continue
			}
			if found != "" && found != text(v.Text) {
				return "", nil, facts.Unknown(pb.Reason_REASON_CONFLICT, fmt.Sprintf("the chassis differ: %s and %s", found, text(v.Text)), where, c.here(v))
			}
			if found == "" {
				found, where = text(v.Text), c.here(v)
			}
		}
		return found, where, c.missing()
	}
	if model, ev, missing := one(entModel); model != "" {
		p.Product = facts.Text(model, ev)
	} else {
		p.Product = missing.Text()
	}
	if facts.Known(p.GetVersion()) {
		return
	}
	if software, ev, _ := one(entSoftware); software != "" {
		p.Version = facts.Text(software, ev)
	}
}

// booted is the device's date (HOST-RESOURCES-MIB) less the time it has been up.
func (r *reader) booted() *pb.TimeFact {
	dates, ups := r.column(hrDate), r.column(hrUptime)
	date, ok := dates.at(driver.OID{0})
	if !ok {
		return dates.missing().Time()
	}
	up, ok := ups.at(driver.OID{0})
	if !ok || up.Type != driver.TicksType {
		return ups.missing().Time()
	}
	now, ok := dateAndTime(date.Text)
	if !ok || date.Type != driver.StringType {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the date cannot be read", dates.here(date)).Time()
	}
	if why := r.wrapped(); why != "" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, why, ups.here(up)).Time()
	}
	return facts.Time(now.Add(-ticks(up.Number)), dates.here(date), ups.here(up))
}

func ticks(n int64) time.Duration { return time.Duration(n) * 10 * time.Millisecond }

// dateAndTime reads the DateAndTime of SNMPv2-TC, with its offset: without one the moment cannot be told.
func dateAndTime(s string) (time.Time, bool) {
	b := []byte(s)
	if len(b) != 11 || b[2] < 1 || b[2] > 12 || b[3] < 1 || b[3] > 31 || b[4] > 23 || b[5] > 59 || b[6] > 60 || b[9] > 14 || b[10] > 59 || b[8] != '+' && b[8] != '-' {
		return time.Time{}, false
	}
	offset := int(b[9])*3600 + int(b[10])*60
	if b[8] == '-' {
		offset = -offset
	}
	return time.Date(int(b[0])<<8|int(b[1]), time.Month(b[2]), int(b[3]), int(b[4]), int(b[5]), int(b[6]), 0, time.FixedZone("", offset)), true
}

// wrapped says why ticks may have begun anew since the start: they do after 497 days. The engine's time counts seconds and does not.
func (r *reader) wrapped() string {
	const longest = 1 << 32 / 100
	c := r.column(snmpEngine)
	seconds, ok := c.object(3)
	n, isNumber := seconds.number()
	if !ok || !isNumber {
		return "how long the agent has been up is not told but in ticks, which begin anew after 497 days"
	}
	if n >= longest {
		return "the agent has been up for longer than ticks can count"
	}
	return ""
}

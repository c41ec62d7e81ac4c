package ciscoios

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// documented says that the documents below speak of this release, and that the configuration shows that nothing else is set.
func (r *reader) documented() bool {
	return r.Whole() && (r.major >= 12 && r.major <= 17 || r.xe && r.major == 3)
}

func (r *reader) defaultBool(v bool, document string) *pb.BoolFact {
	if !r.documented() {
		return r.Doc.NoDefault(document).Bool()
	}
	return facts.Bool(v, facts.Default(document))
}

func (r *reader) defaultInt(v int64, document string) *pb.IntFact {
	if !r.documented() {
		return r.Doc.NoDefault(document).Int()
	}
	return facts.Int(v, facts.Default(document))
}

func (r *reader) defaultText(v, document string) *pb.TextFact {
	if !r.documented() {
		return r.Doc.NoDefault(document).Text()
	}
	return facts.Text(v, facts.Default(document))
}

func (r *reader) defaultTexts(v, document string) *pb.TextsFact {
	if !r.documented() {
		return r.Doc.NoDefault(document).Texts()
	}
	return facts.Texts([]string{v}, facts.Default(document))
}

func (r *reader) defaultSpan(v time.Duration, document string) *pb.DurationFact {
	if !r.documented() {
		return r.Doc.NoDefault(document).Duration()
	}
	return facts.Duration(v, facts.Default(document))
}

// The documents that state what holds where nothing is configured.
const (
	fundamentals = "Cisco IOS Configuration Fundamentals Command Reference, IOS 12 to 15 and IOS XE 3 to 17, "
	security     = "Cisco IOS Security Command Reference, IOS 12 to 15 and IOS XE 3 to 17, "
	httpServices = "Cisco IOS HTTPS/HTTP Services Command Reference, IOS 12 to 15 and IOS XE 3 to 17, "
	management   = "Cisco IOS Network Management Command Reference, IOS 12 to 15 and IOS XE 3 to 17, "
	terminal     = "Cisco IOS Terminal Services Command Reference, IOS 12 to 15 and IOS XE 3 to 17, "
	addressing   = "Cisco IOS IP Addressing Services Command Reference, IOS 12 to 15 and IOS XE 3 to 17, "
	basics       = "Cisco IOS Basic System Management Command Reference, IOS 12 to 15 and IOS XE 3 to 17, "
	zoneFirewall = "Cisco IOS Security Configuration Guide: Zone-Based Policy Firewall, IOS 12.4T to 15 and IOS XE 3 to 17, "
	yang         = "Cisco IOS XE Programmability Configuration Guide, IOS XE 16 to 17, "
	retryLockout = "Cisco IOS User Security Configuration Guide, IOS 12.3 to 15 and IOS XE 3 to 17, Login Password Retry Lockout: "
)

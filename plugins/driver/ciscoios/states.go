package ciscoios

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// reason says why the configuration proves no absence.
func (r *reader) reason() pb.Reason {
	if why := r.doc.Reason(); why != pb.Reason_REASON_UNSPECIFIED {
		return why
	}
	return pb.Reason_REASON_TRUNCATED
}

// absence is the fact that nothing is configured, if the configuration was seen whole.
func (r *reader) absence() facts.Missing {
	if !r.whole {
		return facts.Unknown(r.reason(), r.doc.Source)
	}
	return facts.Absent(r.doc.All())
}

// off is the fact that something which only a line could switch on is not on.
func (r *reader) off() *pb.BoolFact {
	if !r.whole {
		return facts.Unknown(r.reason(), r.doc.Source).Bool()
	}
	return facts.Bool(false, r.doc.All())
}

// noDefault is the fact that nothing is configured and no document says what holds then.
func (r *reader) noDefault(topic string) facts.Missing {
	if !r.whole {
		return facts.Unknown(r.reason(), r.doc.Source)
	}
	return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, topic, r.doc.All())
}

// documented says that the documents below speak of this release, and that the configuration shows that nothing else is set.
func (r *reader) documented() bool {
	return r.whole && (r.major >= 12 && r.major <= 17 || r.xe && r.major == 3)
}

func (r *reader) defaultBool(v bool, document string) *pb.BoolFact {
	if !r.documented() {
		return r.noDefault(document).Bool()
	}
	return facts.Bool(v, facts.Default(document))
}

func (r *reader) defaultInt(v int64, document string) *pb.IntFact {
	if !r.documented() {
		return r.noDefault(document).Int()
	}
	return facts.Int(v, facts.Default(document))
}

func (r *reader) defaultText(v, document string) *pb.TextFact {
	if !r.documented() {
		return r.noDefault(document).Text()
	}
	return facts.Text(v, facts.Default(document))
}

func (r *reader) defaultTexts(v, document string) *pb.TextsFact {
	if !r.documented() {
		return r.noDefault(document).Texts()
	}
	return facts.Texts([]string{v}, facts.Default(document))
}

func (r *reader) defaultSpan(v time.Duration, document string) *pb.DurationFact {
	if !r.documented() {
		return r.noDefault(document).Duration()
	}
	return facts.Duration(v, facts.Default(document))
}

// odd is the fact that words were read and not understood; the line is reported as unread.
func (r *reader) odd(e *entry) facts.Missing {
	r.unread = append(r.unread, r.at(e))
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.at(e))
}

type listState struct {
	state    pb.FactState
	reason   pb.Reason
	detail   string
	evidence []*pb.Evidence
}

// list is the state of a list that the configuration alone makes up.
func (r *reader) list() listState {
	if !r.whole {
		return listState{state: pb.FactState_FACT_STATE_UNKNOWN, reason: r.reason(), detail: r.doc.Source}
	}
	return listState{state: pb.FactState_FACT_STATE_KNOWN, evidence: []*pb.Evidence{r.doc.All()}}
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

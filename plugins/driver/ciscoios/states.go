package ciscoios

import (
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

// defaultBool states a documented default, if the configuration shows that nothing else is set.
func (r *reader) defaultBool(v bool, document string) *pb.BoolFact {
	if !r.whole {
		return facts.Unknown(r.reason(), r.doc.Source).Bool()
	}
	return facts.Bool(v, facts.Default(document))
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
	fundamentals = "Cisco IOS Configuration Fundamentals Command Reference, 12.x to 15.x, "
	security     = "Cisco IOS Security Command Reference, 12.x to 15.x, "
	httpServices = "Cisco IOS HTTPS/HTTP Services Command Reference, 12.x to 15.x, "
	management   = "Cisco IOS Network Management Command Reference, 12.x to 15.x, "
	terminal     = "Cisco IOS Terminal Services Command Reference, 12.x to 15.x, "
	addressing   = "Cisco IOS IP Addressing Services Command Reference, 12.x to 15.x, "
	wan          = "Cisco IOS Terminal Services Command Reference, 12.x to 15.x, service pad"
	retryLockout = "Cisco IOS User Security Configuration Guide, Login Password Retry Lockout, "
)

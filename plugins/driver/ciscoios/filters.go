package ciscoios

import (
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters reads the access lists that are applied to interfaces, the zone pairs, and what judges sessions.
func (r *reader) filters() {
	stateful := []*pb.Evidence{}
	r.AppliedFilters(func(e *stanza.Entry) *pb.Evidence {
		by := r.inspects(e)
		if by != nil {
			stateful = append(stateful, by)
		}
		return by
	})
	filters := r.Facts.PacketFilters
	for e := range r.Find("zone-pair", "security") {
		f, ev := r.zonePair(e)
		filters.Items = append(filters.Items, f)
		if ev != nil {
			stateful = append(stateful, ev)
		}
	}
	p := r.Facts.Protections
	if p.Stateful = r.Doc.Off(); len(stateful) > 0 {
		p.Stateful = facts.Bool(true, stateful[:min(len(stateful), 3)]...)
	}
	if e := r.Final("zone", "security"); e != nil && !e.Negated {
		if p.DefaultActionDeny = r.Doc.NoDefault("zone security").Bool(); r.classic(4) {
			p.DefaultActionDeny = r.DefaultBool(true, zonesDrop)
		}
	}
	r.dosProtection()
}

// inspects finds the line by which an interface judges sessions.
func (r *reader) inspects(e *stanza.Entry) *pb.Evidence {
	for _, s := range e.Under() {
		if s.Begins("ip", "inspect") && !s.Negated && (s.Word(3) == "in" || s.Word(3) == "out") {
			return r.At(s)
		}
	}
	return nil
}

// zonePair states the policy between two zones. What none of its classes names is dropped.
func (r *reader) zonePair(e *stanza.Entry) (*pb.PacketFilter, *pb.Evidence) {
	ev := r.Section(e)
	f := &pb.PacketFilter{Scope: "zone-pair " + e.Word(2), Active: r.Doc.Off(), AppliedTo: facts.Text(e.After("source")+" to "+e.After("destination"), ev), Stateful: r.Doc.Off()}
	for _, s := range e.Under() {
		if !s.Begins("service-policy", "type", "inspect") || s.Negated {
			continue
		}
		at := r.At(s)
		f.Active = facts.Bool(true, at)
		class, inspects := r.classDefault(s.Word(3))
		f.DefaultAction = class
		if inspects != nil {
			f.Stateful = facts.Bool(true, inspects)
			return f, inspects
		}
	}
	return f, nil
}

// classDefault says what a policy map does with what no class names, and whether one of its classes inspects.
func (r *reader) classDefault(policy string) (*pb.TextFact, *pb.Evidence) {
	var inspects *pb.Evidence
	action := r.Doc.NoDefault("class-default").Text()
	for e := range r.Find("policy-map", "type", "inspect", policy) {
		for _, class := range e.Under() {
			for _, s := range class.Under() {
				switch {
				case s.Words[0] == "inspect":
					inspects = r.At(s)
				case s.Words[0] == "drop" && class.Begins("class", "class-default"):
					action = facts.Text("drop", r.At(s))
				case s.Words[0] == "pass" && class.Begins("class", "class-default"):
					action = facts.Text("accept", r.At(s))
				}
			}
		}
	}
	return action, inspects
}

// dosProtection says whether the control plane is policed, or TCP connections are intercepted.
func (r *reader) dosProtection() {
	p := r.Facts.Protections
	p.DosProtection = r.Doc.Off()
	if e := r.Final("ip", "tcp", "intercept", "list"); e != nil && !e.Negated {
		p.DosProtection = facts.Bool(true, r.At(e))
	}
	for e := range r.Find("control-plane") {
		for _, s := range e.Under() {
			if s.Begins("service-policy", "input") && !s.Negated {
				p.DosProtection = facts.Bool(true, r.At(s))
			}
		}
	}
}

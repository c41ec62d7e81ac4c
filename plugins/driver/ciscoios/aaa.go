package ciscoios

import (
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// loginList gives the methods of the method list of that name.
func (r *reader) loginList(name string) *pb.TextsFact {
	if e := r.AAA.Login[name]; e != nil {
		return r.MethodsOf(e, 4)
	}
	switch {
	case !r.Whole():
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source).Texts()
	case name != "default":
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "aaa authentication login "+name).Texts()
	}
	return r.Doc.NoDefault("aaa authentication login default").Texts()
}

// accounting says whether each administrator's command is recorded: by a server, or by the configuration log.
func (r *reader) accounting() {
	p := r.Facts.Protections
	p.CommandAccounting = r.Doc.Off()
	if e := r.configLog(); e != nil {
		p.CommandAccounting = facts.Bool(true, r.At(e))
	}
	if r.AAA.At != nil && !r.AAA.On {
		return
	}
	for e := range r.Find("aaa", "accounting", "commands", "15") {
		if e.Negated || e.Word(5) == "none" || ciscolike.Below(e, "action-type", "none") || !r.AppliedOnLines("15", e.Word(4)) {
			continue
		}
		p.CommandAccounting = facts.Bool(true, r.At(e))
	}
}

// configLog finds "logging enable" below "archive / log config".
func (r *reader) configLog() *stanza.Entry {
	for e := range r.Find("archive") {
		for _, l := range e.Under() {
			if !l.Begins("log", "config") {
				continue
			}
			for _, s := range l.Under() {
				if s.Begins("logging", "enable") && !s.Negated {
					return s
				}
			}
		}
	}
	return nil
}

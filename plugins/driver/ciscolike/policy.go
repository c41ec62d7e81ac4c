package ciscolike

import (
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// FinishPolicy states what a password policy lacks.
func (b *Base) FinishPolicy(p *pb.PasswordPolicy) {
	if p.Enforced == nil {
		p.Enforced = b.Doc.Off()
	}
	for _, n := range []**pb.IntFact{&p.MinLength, &p.MaxLength, &p.MinClasses, &p.History} {
		if *n == nil {
			*n = b.Doc.Absence().Int()
		}
	}
	if p.RequiredClasses == nil {
		p.RequiredClasses = b.Doc.Absence().Texts()
	}
	if p.MaxAge == nil {
		p.MaxAge = b.Doc.Absence().Duration()
		if b.Whole() {
			p.MaxAge = facts.Forever(b.Doc.All())
		}
	}
	for _, f := range []**pb.BoolFact{&p.DictionaryCheck, &p.UserNameCheck, &p.FirstLoginChange} {
		if *f == nil {
			*f = b.Doc.Off()
		}
	}
}

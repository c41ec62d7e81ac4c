// Package checks judges facts. A check is a pure function of facts and parameters: it knows no vendor, no
// transport and no standard. Baselines give it the parameters and tie it to the clauses that ask for it.
//
// The package holds what all checks share: Check, Params, Result, the combinators (each.go, settle.go) and
// Judge. The checks themselves are in the folders below, a package a subject; checks/all lists them.
package checks

import (
	"fmt"
	"time"

	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Check is one question that facts can answer.
type Check struct {
	// ID is SUBJECT.NAME, e.g. "password.min_length". It never changes.
	ID string
	// Controls are what it is about, in the vocabulary of the catalogue, e.g. "PWD-01".
	Controls []string
	// Title says in a line what must hold; Rationale why; Remedy how to get there, on hosts and on devices.
	Title, Rationale, Remedy *pb.Text
	// Sees says what the check reads and, as important, what it cannot see.
	Sees *pb.Text
	// Params are its parameters; the first is the one that --set CHECK=VALUE sets. A check may have none.
	Params []Param
	// Run judges. It must not change the facts.
	Run func(*pb.Facts, Params) []Result
	// Conclude judges from what the baseline's other checks found instead of from facts; a check has Run or Conclude.
	Conclude func([]*pb.Finding, Params) []Result
}

// A Result is how one scope stands.
type Result struct {
	Scope   string
	Outcome pb.Outcome
	// Expected is what was wanted, Observed what is there, Reason why it could not be told.
	Expected, Observed, Reason *pb.Text
	ReasonCode                 pb.Reason
	Evidence                   []*pb.Evidence
	// SiteFacts are the statements of the site that decided the verdict, quoted.
	SiteFacts []string
}

// Env is what a check may know besides facts: who the target is for the site, and when it was read.
type Env struct {
	// Site holds what people stated about the site; nil if nothing was.
	Site *site.Site
	// Role and Zone of the target in the inventory, "" if it has none.
	Role, Zone string
	// Now is when the facts were read.
	Now time.Time
}

// Say is a text in both languages. The arguments go into both; a *pb.Text among them goes in in its language.
func Say(zh, en string, args ...any) *pb.Text {
	if len(args) == 0 {
		return &pb.Text{Zh: zh, En: en}
	}
	za, ea := make([]any, len(args)), make([]any, len(args))
	for i, a := range args {
		za[i], ea[i] = a, a
		if t, ok := a.(*pb.Text); ok {
			za[i], ea[i] = t.GetZh(), t.GetEn()
		}
	}
	return &pb.Text{Zh: fmt.Sprintf(zh, za...), En: fmt.Sprintf(en, ea...)}
}

// Verbatim is a text that is the same in both languages: a value, a path, a name.
func Verbatim(s string) *pb.Text { return &pb.Text{Zh: s, En: s} }

// Join puts texts together, with a separator for each language.
func Join(texts []*pb.Text, zhSep, enSep string) *pb.Text {
	out := &pb.Text{}
	for _, t := range texts {
		if t.GetZh() == "" && t.GetEn() == "" {
			continue
		}
		if out.Zh != "" || out.En != "" {
			out.Zh += zhSep
			out.En += enSep
		}
		out.Zh += t.GetZh()
		out.En += t.GetEn()
	}
	return out
}

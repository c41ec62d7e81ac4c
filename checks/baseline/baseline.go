// Package baseline holds the standards as data: each clause tied to checks with the clause's figures, attested by a
// person, or not observable with the reason. The files in data/ are the source of truth; Builtin gives them without
// reading anything at start-up, Load reads a user's own file, which may extend one of them.
//
// From a baseline come the rules for checks.Judge (Plan), what it covers on a platform (Coverage) and a weighted score of
// findings (Score). The package judges nothing itself and knows no check: those that exist are handed in.
package baseline

import (
	"slices"
	"strings"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

//go:generate env PLUMBLINE_UPDATE=1 go test -tags bootstrap -count=1 -run ^TestGenerated$ .

// A Baseline is a standard as data. Those of Builtin are shared: nobody may change them.
type Baseline struct {
	// ID is how people name it: "jrt0068-2012".
	ID            string
	Title, Source *pb.Text
	// Version is that of the file, not of the standard.
	Version string
	// Extends is "id@digest" of the baseline that a user's own file builds on, "" if none.
	Extends string
	// Digest is the SHA-256 of the content in hex: equal digests mean equal clauses, whatever the layout of the file.
	Digest  string
	Clauses []Clause
}

// A Clause is one requirement. Exactly one of Checks, Attested and NotObservable is set.
type Clause struct {
	ID string
	// Level is Basic or Enhanced.
	Level string
	// Subject is what the clause is about, one of Subjects.
	Subject string
	// Controls are what it is about in the vocabulary of Controls; the first is the main one.
	Controls []string
	// Text is the requirement in our words.
	Text *pb.Text
	// Note is what a reader has to know about the clause or about how it is judged; nil if nothing.
	Note *pb.Text
	// Checks decide the clause or a part of it.
	Checks []Tie
	// Attested is the evidence that a person who attests the clause is expected to show.
	Attested *pb.Text
	// NotObservable is the reason why neither a program nor a person can show it.
	NotObservable *pb.Text
}

// A Tie is a check that bears on a clause.
type Tie struct {
	Check string
	// With are the figures that the clause states, sorted by name.
	With []Param
	// Literal are the figures as the text has them where With is stricter on purpose: the text says SSL 3.0, TLS 1.2 is judged.
	Literal []Param
	// Default: the clause states no figure for the parameters that With lacks; the check's own hold.
	Default bool
	// Partial: the check decides only part of the clause.
	Partial bool
	// On says which kinds of target the check is run on for the clause.
	On Kind
}

// A Param is a parameter of a check with its value as it is written.
type Param struct{ Name, Value string }

// Kind is a set of kinds of target.
type Kind uint8

// The kinds of target.
const (
	Host Kind = 1 << iota
	Device
)

func (k Kind) String() string {
	var words []string
	if k&Host != 0 {
		words = append(words, "host")
	}
	if k&Device != 0 {
		words = append(words, "device")
	}
	return strings.Join(words, "+")
}

// KindOf reads "host" or "device".
func KindOf(word string) (Kind, bool) {
	switch word {
	case "host":
		return Host, true
	case "device":
		return Device, true
	}
	return 0, false
}

// The levels of a clause.
const (
	Basic    = "basic"
	Enhanced = "enhanced"
)

// Subjects are the words for what a clause is about.
func Subjects() []string {
	return []string{"host", "network-device", "application", "communication", "database", "data", "client", "auth-token",
		"business", "operations", "organization", "physical"} //nolint:misspell // the word of the standards' catalogue
}

// Builtin are the baselines that come with the program.
func Builtin() []*Baseline { return slices.Clone(builtin) }

// ByID finds a built-in baseline by its id or by the name under which its standard's catalogue is known; nil if there is none.
func ByID(id string) *Baseline {
	if id == "pboc-2010-trial" {
		id = "pboc-2010"
	}
	for _, b := range builtin {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// Clause finds a clause by its id; nil if there is none.
func (b *Baseline) Clause(id string) *Clause {
	for i := range b.Clauses {
		if b.Clauses[i].ID == id {
			return &b.Clauses[i]
		}
	}
	return nil
}

// On says on which kinds of target checks decide the clause or a part of it.
func (c *Clause) On() Kind {
	var k Kind
	for _, t := range c.Checks {
		k |= t.On
	}
	return k
}

// Evidence is what a person is expected to show for the clause or, where checks decide only part of it, for the rest; nil if nothing.
func (c *Clause) Evidence() *pb.Text {
	if c.Attested != nil || c.NotObservable != nil || slices.ContainsFunc(c.Checks, func(t Tie) bool { return !t.Partial }) {
		return c.Attested
	}
	return ControlByID(c.Controls[0]).Evidence
}

func (t *Tie) stated(name string) (string, bool)  { return find(t.With, name) }
func (t *Tie) literal(name string) (string, bool) { return find(t.Literal, name) }

func find(params []Param, name string) (string, bool) {
	for _, p := range params {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

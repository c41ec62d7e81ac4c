package vault

import (
	"errors"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// What a Fault is about, for errors.Is.
var (
	// ErrUnknownName: every source was asked and none knows the name.
	ErrUnknownName = errors.New("no source knows the credential")
	// ErrNoRule: the inventory names no credential for the target and no rule fits.
	ErrNoRule = errors.New("no rule gives the target a credential")
	// ErrSource: a source failed, so whether it knows the name is not known. Later sources are not asked.
	ErrSource = errors.New("a source of credentials failed")
	// ErrUnfit: the credential does not hold what it is wanted for.
	ErrUnfit = errors.New("the credential does not fit its use")
)

// A Fault is why a credential could not be had. It names source and credential and never anything that either holds.
type Fault struct {
	// Source is "sealed file", "HashiCorp Vault" and the like; empty where no single one is to blame.
	Source *pb.Text
	// Name is the credential that was asked for; empty while sources are opened.
	Name string
	// Text says what happened and what to do.
	Text *pb.Text
	kind error
}

// Error says it in English.
func (f *Fault) Error() string { return f.Say().GetEn() }

// Say says it in both languages.
func (f *Fault) Say() *pb.Text {
	text := f.Text
	if f.Source != nil {
		text = checks.Say("%s：%s", "%s: %s", f.Source, text)
	}
	if f.Name != "" {
		text = checks.Say("凭据“%s”：%s", "credential %q: %s", f.Name, text)
	}
	return text
}

// Unwrap gives what the fault is about.
func (f *Fault) Unwrap() error { return f.kind }

// failure is why a source gave no answer, told by the source; the vault adds source and name.
type failure struct{ what *pb.Text }

func (f *failure) Error() string { return f.what.GetEn() }

func failed(zh, en string, args ...any) error { return &failure{checks.Say(zh, en, args...)} }

package ssh

import (
	"errors"
	"fmt"
)

// How reaching a target can end. Each is a clear outcome of its own, found with errors.Is. No error quotes what a command brought: it could
// be a secret.
var (
	// ErrUnreachable: no connection, or it broke before a login was tried.
	ErrUnreachable = errors.New("unreachable")
	// ErrNotSSH: something answered that does not speak SSH.
	ErrNotSSH = errors.New("does not speak SSH")
	// ErrAlgorithms: no algorithm in common; an old device may need the Legacy profile.
	ErrAlgorithms = errors.New("no SSH algorithm in common")
	// ErrUnknownKey: the host key is not pinned. Nothing secret was sent.
	ErrUnknownKey = errors.New("host key not known")
	// ErrChangedKey: the host key is another than the pinned one. Nothing secret was sent.
	ErrChangedKey = errors.New("host key changed")
	// ErrCredential: the credential itself cannot be used (a key that does not open, an agent that is not there).
	ErrCredential = errors.New("credential not usable")
	// ErrNoMethod: the device offers no login method that the credential fits. No attempt was made.
	ErrNoMethod = errors.New("no login method fits the credential")
	// ErrRefused: the device refused the login. It counts as a failed attempt.
	ErrRefused = errors.New("login refused")
	// ErrMFA: the device asks for a second factor, which is never answered.
	ErrMFA = errors.New("second factor demanded")
	// ErrPasswordChange: the device lets nobody in before the password is changed, which is never done.
	ErrPasswordChange = errors.New("password change demanded")
	// ErrQuestion: the device asks something at login to which no safe answer is known.
	ErrQuestion = errors.New("unknown question at login")
	// ErrBusy: too few free sessions on the device; it was left to its operators.
	ErrBusy = errors.New("device has no session to spare")
	// ErrRaise: the device refused to raise the privilege. It counts as a failed attempt.
	ErrRaise = errors.New("raising the privilege refused")
	// ErrTimeout: the device did not answer in time.
	ErrTimeout = errors.New("timed out")
	// ErrNoPrompt: the session opened, but no prompt of the driver's was seen.
	ErrNoPrompt = errors.New("no prompt seen")
	// ErrOutOfSync: bytes came that belong to no question, so an earlier answer may have ended too soon. What was read in this
	// session must not be used.
	ErrOutOfSync = errors.New("answers out of step with questions")
	// ErrLost: the session ended before the answer did.
	ErrLost = errors.New("session lost")
	// ErrHostile: the device sent more, or other, than any device would.
	ErrHostile = errors.New("limit exceeded")
	// ErrDialect: the driver's description of the terminal cannot be used.
	ErrDialect = errors.New("dialect not usable")
)

// A DialError says what became of an attempt to reach a target.
type DialError struct {
	Target, Address string
	// Attempted says that a login was tried with the credential: the device may have counted a failure.
	Attempted bool
	// Fingerprint is that of the key the target showed; empty if it came to none.
	Fingerprint string
	Err         error
}

// Error tells target, address and cause.
func (e *DialError) Error() string {
	return fmt.Sprintf("%s (%s): %v", e.Target, e.Address, e.Err)
}

// Unwrap gives the cause.
func (e *DialError) Unwrap() error { return e.Err }

// A LoginError says why no terminal could be had, with what the login had revealed by then.
type LoginError struct {
	Revealed []string
	Err      error
}

// Error tells the cause.
func (e *LoginError) Error() string { return "terminal: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *LoginError) Unwrap() error { return e.Err }

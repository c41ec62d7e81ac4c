package sweep

import (
	"context"
	"sync"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Login is the showing of one credential to one device.
type Login struct {
	// Device is what counts as one device, e.g. its address and port; it has one visit at a time. Empty for a target: its id.
	Device string
	// Credential is the name of what is shown; "" for none.
	Credential string
	// Account is who logs in. After one refusal the same account is not tried on the same device again.
	Account string
	// Secret tells one secret from another without being it; a login with another secret is another login. It may be empty.
	Secret string
	// Central: the account is one on many devices, so every refusal anywhere counts against it.
	Central bool
	// Within says that it happens in a session that is open, so that it is no new one for the rate.
	Within bool
}

// Suspended says why a credential is not shown.
type Suspended struct{ why *pb.Text }

func (e *Suspended) Error() string { return e.why.GetEn() }

// Say says it in both languages.
func (e *Suspended) Say() *pb.Text { return e.why }

// A Door is how a visit logs in: the sweep counts what becomes of each login. It is for the visit's own goroutine.
type Door struct {
	s    *schedule
	pace *pace
	// own is the target's login, for which a place was taken when the visit began; held until it is used or given up.
	own  Login
	held bool
	// paid: the rate has been waited for, for a session that has not begun.
	paid   bool
	leaves []*Leave
}

// Show asks for leave to show a credential, once. It waits for its turn, and fails if the credential is not to be shown any more
// (*Suspended) or ctx ends. What became of the login must be told to the leave.
func (d *Door) Show(ctx context.Context, l Login) (*Leave, error) {
	if d.held && l == d.own {
		d.held = false
	} else {
		d.Yield() // waiting with a place in hand could wait for itself
		if err := d.s.show(ctx, l); err != nil {
			return nil, err
		}
	}
	if !l.Within && !d.paid && !d.pace.wait(ctx) {
		d.s.told(l, unheard)
		return nil, context.Cause(ctx)
	}
	d.paid = d.paid && l.Within
	leave := &Leave{s: d.s, login: l}
	d.leaves = append(d.leaves, leave)
	return leave, nil
}

// Yield gives up the place of the target's own login for now: a visit does so before it waits for another one.
func (d *Door) Yield() {
	if d.held {
		d.held = false
		d.s.told(d.own, unheard)
	}
}

// end tells of logins of which the visit did not: they may have counted as failures.
func (d *Door) end() {
	d.Yield()
	for _, l := range d.leaves {
		l.Refused()
	}
}

// A Leave is for one login. The first that it is told counts.
type Leave struct {
	s     *schedule
	login Login
	once  sync.Once
}

// Accepted tells that the device let us in.
func (l *Leave) Accepted() { l.tell(accepted) }

// Refused tells that it did not, or was not heard of any more after the credential was sent: it may have counted a failure.
func (l *Leave) Refused() { l.tell(refused) }

// Unheard tells that the credential was not sent at all.
func (l *Leave) Unheard() { l.tell(unheard) }

func (l *Leave) tell(became fate) { l.once.Do(func() { l.s.told(l.login, became) }) }

// A fate is what became of a login.
type fate int

const (
	unheard fate = iota
	accepted
	refused
)

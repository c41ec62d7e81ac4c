package ssh

import (
	"cmp"
	"time"
)

// Limits are the deadlines and caps of one target. Zero fields take the default.
type Limits struct {
	Connect   time.Duration // TCP, each hop: 10 s
	Handshake time.Duration // key exchange and login, each hop: 15 s
	Command   time.Duration // one command, whole: 60 s
	Config    time.Duration // the configuration, whole: 3 min
	Idle      time.Duration // silence within a command: 20 s
	Session   time.Duration // everything from the first packet on: 10 min
	Output    int           // bytes of one answer: 32 MiB
	Line      int           // bytes of one line: 2 MiB
	Pages     int           // pager keys in one answer: 20,000
}

// Caps that nobody needs to set.
const (
	maxBanner    = 64 << 10         // bytes of banners in the handshake
	maxMotd      = 1 << 20          // bytes before the first prompt
	maxDialogues = 8                // answers given at login
	emptyPages   = 40               // pages in a row that bring no line
	writeTime    = 10 * time.Second // for the peer to take what was typed
	partingTime  = 2 * time.Second  // for logout to be answered
)

func (l Limits) filled() Limits {
	return Limits{
		Connect:   cmp.Or(l.Connect, 10*time.Second),
		Handshake: cmp.Or(l.Handshake, 15*time.Second),
		Command:   cmp.Or(l.Command, time.Minute),
		Config:    cmp.Or(l.Config, 3*time.Minute),
		Idle:      cmp.Or(l.Idle, 20*time.Second),
		Session:   cmp.Or(l.Session, 10*time.Minute),
		Output:    cmp.Or(l.Output, 32<<20),
		Line:      cmp.Or(l.Line, 2<<20),
		Pages:     cmp.Or(l.Pages, 20000),
	}
}

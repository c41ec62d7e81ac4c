package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/plumbline/plumbline/collector/snmp/internal/ber"
)

// wire stands between the library and the socket. It sends no faster than it may, and hands up only what can be the answer to
// the request that is out: the socket is connected, so that other sources are refused by the kernel; the version, the id, the
// community and the engine must be those of the request; an unauthenticated report is remembered and not handed up.
//
// The last two matter: the library takes a request id of 0 for any, ends a request on the first packet it cannot read, and derives
// a key from an empty passphrase when an answer names another engine, so that such an answer could be forged.
type wire struct {
	net.Conn
	ctx   context.Context
	pace  *pacer
	sends int

	mu       sync.Mutex
	deadline time.Time
	stopped  bool

	// out is the request that waits.
	out header
	// said is what an unauthenticated report said; strange counts packets that were passed over, last is why the last one was.
	said    string
	strange int
	last    string
	// readErr is why reading ended.
	readErr error
}

// begin forgets what came of the request before.
func (w *wire) begin(ctx context.Context) {
	w.ctx, w.said, w.strange, w.last, w.readErr = ctx, "", 0, "", nil
	w.mu.Lock()
	w.stopped = false
	w.mu.Unlock()
}

// SetDeadline bounds the next read, unless the request was given up.
func (w *wire) SetDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		t = time.Unix(1, 0)
	}
	w.deadline = t
	return w.Conn.SetDeadline(t)
}

// stop ends a read under way.
func (w *wire) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	_ = w.Conn.SetDeadline(time.Unix(1, 0)) // a closed socket reads no more either
}

// Write sends a request when its time has come.
func (w *wire) Write(p []byte) (int, error) {
	h, err := peek(p)
	if err != nil {
		return 0, fmt.Errorf("encode: %w", err)
	}
	w.out = h
	waited, err := w.pace.wait(w.ctx)
	if err != nil {
		return 0, err
	}
	if waited > 0 {
		// The time of waiting to send is not the agent's time to answer.
		w.mu.Lock()
		deadline := w.deadline
		w.mu.Unlock()
		if err := w.SetDeadline(deadline.Add(waited)); err != nil {
			return 0, err
		}
	}
	w.sends++
	return w.Conn.Write(p)
}

// Read gives the next packet that can be the answer.
func (w *wire) Read(p []byte) (int, error) {
	for {
		n, err := w.Conn.Read(p)
		if err != nil {
			w.readErr = err
			return n, err
		}
		h, err := peek(p[:n])
		if err != nil {
			w.pass("malformed")
			continue
		}
		if why := w.foreign(h); why != "" {
			w.pass(why)
			continue
		}
		if h.version == 3 && h.flags&flagAuth == 0 && w.out.engine != "" {
			if h.pdu == ber.Report && reported(h.report) != nil {
				w.said = h.report
				w.readErr = errReported
				return 0, errReported
			}
			if w.out.flags&flagAuth != 0 {
				w.pass("not authenticated")
				continue
			}
		}
		if h.version == 3 && w.out.flags&flagPriv != 0 && !h.encrypted && h.pdu != ber.Report {
			w.pass("not encrypted")
			continue
		}
		return n, nil
	}
}

var errReported = errors.New("the agent reported an error")

func (w *wire) pass(why string) { w.strange, w.last = w.strange+1, why }

// foreign says why a packet does not belong to the request, "" if it may.
func (w *wire) foreign(h header) string {
	switch {
	case h.version != w.out.version:
		return "another version"
	case h.id != w.out.id:
		return "another request's id"
	case h.version != 3 && h.community != w.out.community:
		return "another community"
	case h.version != 3 && h.pdu != ber.GetResponse:
		return "not a response"
	case h.version == 3 && w.out.engine != "" && h.engine != w.out.engine:
		if h.pdu == ber.Report && h.report == reportUnknownEngine {
			w.said = h.report
		}
		return "another engine"
	case h.version == 3 && !h.encrypted && h.pdu != ber.GetResponse && h.pdu != ber.Report:
		return "not a response"
	}
	return ""
}

// fate says what became of a request that the library has given up.
func (w *wire) fate(err error) error {
	if w.said != "" {
		return reported(w.said)
	}
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	var note string
	if w.strange > 0 {
		note = fmt.Sprintf(" (%d packets passed over, the last: %s)", w.strange, w.last)
	}
	switch {
	case errors.Is(w.readErr, syscall.ECONNREFUSED), errors.Is(w.readErr, syscall.EHOSTUNREACH), errors.Is(w.readErr, syscall.ENETUNREACH),
		errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return ErrUnreachable
	case errors.Is(w.readErr, os.ErrDeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w%s", ErrNoAnswer, note)
	case w.readErr != nil:
		return w.readErr
	}
	// Its words may carry a stack or bytes of the packet, never a passphrase: it has none.
	words, _, _ := strings.Cut(err.Error(), "bytes:")
	words, _, _ = strings.Cut(words, "Stack:")
	return fmt.Errorf("%w: %.120s", ErrMalformed, words)
}

// pacer lets through so many packets in any second.
type pacer struct {
	perSecond int
	// times are the last so many moments of sending; once there are enough, the oldest is at next.
	times []time.Time
	next  int
}

func newPacer(perSecond int) *pacer { return &pacer{perSecond: max(1, perSecond)} }

// wait returns when one more packet may be sent, and how long that took.
func (p *pacer) wait(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if len(p.times) < p.perSecond {
		p.times = append(p.times, began)
		return 0, nil
	}
	if left := time.Second - began.Sub(p.times[p.next]); left > 0 {
		t := time.NewTimer(left)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-t.C:
		}
	}
	p.times[p.next] = time.Now()
	p.next = (p.next + 1) % len(p.times)
	return time.Since(began), nil
}

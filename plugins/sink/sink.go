// Package sink is what takes snapshots somewhere: the central server, a SIEM, a file. It holds the contract of a sink, its
// carrier to a process of its own (hashicorp/go-plugin over gRPC) and what the main of such a process calls.
//
// A sink promises one thing: what it says it accepted is durable where it belongs. It keeps no queue and tries nothing again;
// both are the spool's (see spool), which stands in front of every sink. Starting sink processes and ending them is package
// plugins'.
package sink

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Sink delivers snapshots. It is called by one goroutine at a time. The words of its errors are shown to operators and kept in
// logs: they say what could not be done and never a secret.
type Sink interface {
	// Configure hands over the operator's settings, once, before the first Send. Secrets come as names of files. A setting that
	// the sink does not know is an error.
	Configure(ctx context.Context, settings map[string]string) error
	// Send delivers in order and says how many are durable at the receiver, counted from the first, also when it fails. The rest
	// will come again, and what was accepted may: Sender, Epoch and Sequence of a delivery are its idempotency key. An error that
	// is a Refusal is about the first delivery not accepted; ErrResend asks for what was accepted before.
	Send(ctx context.Context, deliveries []*pluginpb.Delivery) (accepted int, err error)
}

// An OrderGiver is a sink whose receiver also gives orders: the process serves them to its host beside the sink. A sink that is none, or
// gives nil, brings no orders; the host sees codes.Unimplemented.
type OrderGiver interface {
	Sink
	// Orders passes calls on to the receiver, as the sink's identity. It is called by many goroutines, also before Configure; what ends
	// is called again by the host.
	Orders() pb.OrderServiceServer
}

// A Refusal is the error of a Send whose first delivery not accepted can never be taken, whatever is tried. It is put on record
// and passed over; what stands behind it goes on.
type Refusal struct {
	// Reason is for people.
	Reason string
}

func (r *Refusal) Error() string { return "refused for good: " + r.Reason }

// ErrResend is the error of a Send to a receiver that has lost what it had accepted, as after a restore from a backup: the sender
// sends again what it still has.
var ErrResend = errors.New("the receiver lost what it had accepted and wants it again")

// ErrGone is the error of a call to a sink whose process has ended or does not answer.
var ErrGone = errors.New("the sink's process is gone")

// maxError is the longest error text that crosses the carrier, in bytes.
const maxError = 1 << 10

// Clean makes words of a sink fit for a log and a terminal: one line of valid UTF-8 without control characters, of bounded length.
func Clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)
	if len(text) <= maxError {
		return text
	}
	cut := maxError
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

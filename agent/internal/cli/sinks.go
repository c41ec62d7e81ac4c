package cli

import (
	"context"
	"io"
	"runtime/debug"
	"time"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/all"
	"github.com/plumbline/plumbline/plugins/station/command"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Part plays a part of the program that is a process of its own, if the arguments ask for one.
func Part(args []string, stdin io.Reader, stderr io.Writer) (status int, asked bool) {
	return command.Part(args, stdin, stderr, builtins())
}

// builtins are the sinks that the program can be.
func builtins() []sink.Builtin {
	list := all.List()
	for i, b := range list {
		list[i].New = func() sink.Sink { return frugal{b.New()} }
	}
	return list
}

// frugal gives the host its memory back after every delivery: there is one a night, and it is large.
type frugal struct{ sink.Sink }

// Orders are those of the sink itself.
func (f frugal) Orders() pb.OrderServiceServer {
	if giver, ok := f.Sink.(sink.OrderGiver); ok {
		return giver.Orders()
	}
	return nil
}

func (f frugal) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	n, err := f.Sink.Send(ctx, deliveries)
	// When this call is over, the deliveries are nobody's.
	time.AfterFunc(time.Second, debug.FreeOSMemory)
	return n, err
}

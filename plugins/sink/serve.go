package sink

import (
	"os"

	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// Serve is the whole main of a sink that is a program of its own.
func Serve(s Sink) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: Handshake,
		Logger:          hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr}), // the library's own chatter is nobody's
		Plugins:         plugin.PluginSet{PluginName: &Plugin{Impl: s}},
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(o, grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxOrder))...)
		},
	})
}

// A Builtin is a sink that is part of the program.
type Builtin struct {
	Name string
	New  func() Sink
}

// command is the hidden sub-command by which a program is told to be one of its own sinks.
const command = "serve-sink"

// Args are the arguments, without the program's name, that make ServeIfAsked serve the built-in sink of that name.
func Args(name string) []string { return []string{command, name} }

// ServeIfAsked serves a built-in sink if the arguments of the program (os.Args) ask for one, and says whether they did. A program
// calls it before anything else, and ends if asked:
//
//	if asked, err := sink.ServeIfAsked(os.Args, all.List()); asked {
//		// print err, if any, and end
//	}
func ServeIfAsked(args []string, builtins []Builtin) (asked bool, err error) {
	if len(args) < 2 || args[1] != command {
		return false, nil
	}
	if len(args) != 3 {
		return true, fmt.Errorf("%s: want the name of one sink", command)
	}
	i := slices.IndexFunc(builtins, func(b Builtin) bool { return b.Name == args[2] })
	if i < 0 {
		var names []string
		for _, b := range builtins {
			names = append(names, b.Name)
		}
		return true, fmt.Errorf("no sink %q is built in; there are: %s", args[2], strings.Join(names, ", "))
	}
	Serve(builtins[i].New())
	return true, nil
}

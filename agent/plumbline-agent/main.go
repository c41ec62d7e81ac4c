// Command plumbline-agent judges the host it runs on against security baselines, once or as a service.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/plumbline/plumbline/agent/internal/cli"
	"github.com/plumbline/plumbline/plugins/program"
)

// version is set when a release is built.
var version = "dev"

// gcPercent makes the program collect garbage at half the usual growth: it shares the host with the host's own work, and
// memory is dearer there than the few milliseconds.
const gcPercent = 50

func main() {
	debug.SetGCPercent(gcPercent)
	if status, asked := cli.Part(os.Args, os.Stdin, os.Stderr); asked {
		os.Exit(status)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Run(ctx, os.Args[1:], program.System{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: version})
	stop()
	os.Exit(status)
}

// Command plumbline-collector judges network devices and agentless hosts against security baselines.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/plumbline/plumbline/collector/internal/cli"
	"github.com/plumbline/plumbline/plugins/program"
)

// version is set when a release is built.
var version = "dev"

func main() {
	if status, asked := cli.Part(os.Args, os.Stdin, os.Stderr); asked {
		os.Exit(status)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal ends the work with logouts everywhere; a second one ends the program
	status := cli.Run(ctx, os.Args[1:], program.System{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: version})
	stop()
	os.Exit(status)
}

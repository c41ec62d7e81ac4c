// Command plumbline-server keeps what agents and collectors find, and answers for it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/server/internal/cli"
)

// version is set when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Run(ctx, os.Args[1:], program.System{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: version, Now: now})
	stop()
	os.Exit(status)
}

// Package host questions a Linux host that has no agent, over an SSH connection that somebody else has opened: files and
// listings by the server's own SFTP, commands and what only the running system shows by plain command channels. An answer is
// what the agent on that host would have given, or it is unknown with its reason.
//
// It only reads. Its SFTP client knows no request that writes, every command line is one of [Commands], no terminal is opened
// and nothing is left on the host. It knows no platform (plugins/driver does), judges nothing, holds no credential and does
// not close the connection.
package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Options say how the host is reached. The zero value is right for most.
type Options struct {
	// Sudo reads files, and runs the commands that the driver calls privileged, as root by sudo -n. Which lines the account
	// must be allowed to run is what Commands gives.
	Sudo bool
	// FileTimeout is how long a file or a listing may take; 0: 30 seconds.
	FileTimeout time.Duration
	// CommandTimeout is how long an answer to a command may take; 0: 70 seconds. The host itself ends a command after 60.
	CommandTimeout time.Duration
}

const (
	fileTimeout    = 30 * time.Second
	commandTimeout = remoteTimeout + 10*time.Second
)

// Asker asks one host. Its Answer is for one caller at a time; what Ahead announces is fetched beside it.
type Asker struct {
	commands, privileged []string
	sudo                 bool
	fileTimeout          time.Duration
	shell                *shell
	tree                 *tree
	system               *system
	ahead                ahead
	stop                 context.CancelFunc
	work                 sync.WaitGroup
}

var _ driver.Asker = (*Asker)(nil)

// New gives an asker that runs the commands of d's description and no others. Close ends its use; the client stays open.
func New(client *ssh.Client, d *pluginpb.DescribeResponse, o Options) *Asker {
	if o.FileTimeout == 0 {
		o.FileTimeout = fileTimeout
	}
	if o.CommandTimeout == 0 {
		o.CommandTimeout = commandTimeout
	}
	life, stop := context.WithCancel(context.Background())
	a := &Asker{
		commands: d.GetCommands(), privileged: d.GetPrivileged(), sudo: o.Sudo, fileTimeout: o.FileTimeout, stop: stop,
		shell: newShell(client, o.CommandTimeout),
	}
	a.system = &system{shell: a.shell, sudo: o.Sudo}
	a.tree = newTree(a.system.source)
	a.system.tree = a.tree
	a.ahead.init(life, a)
	return a
}

// Close ends what is under way and gives the SFTP channel back.
func (a *Asker) Close() error {
	a.stop()
	a.work.Wait()
	a.tree.close()
	return nil
}

// UID is the number of the user that the host knows us as; an error says that the account runs no commands.
func (a *Asker) UID(ctx context.Context) (int, error) { return a.system.uid(ctx) }

// Answer answers one question. It fails only when ctx ends or the connection is lost.
func (a *Asker) Answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	if ans, ok := a.ahead.take(ctx, q); ok {
		return ans, nil
	}
	return a.answer(ctx, q)
}

func (a *Asker) answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	switch k := q.GetKind().(type) {
	case *pluginpb.Question_File:
		if absolute(k.File) {
			return a.look(ctx, q, func(ctx context.Context) ([]byte, error) { return a.tree.file(ctx, k.File) })
		}
	case *pluginpb.Question_Glob:
		if absolute(k.Glob) {
			return a.look(ctx, q, func(ctx context.Context) ([]byte, error) { return list(ctx, a.tree, k.Glob) })
		}
	case *pluginpb.Question_Probe:
		return a.probe(ctx, q, k.Probe)
	case *pluginpb.Question_Command:
		return a.command(ctx, q, k.Command)
	}
	return notAsked(q, "this asker cannot ask that"), nil
}

// look does work in the tree, for no longer than the file timeout.
func (a *Asker) look(ctx context.Context, q *pluginpb.Question, work func(context.Context) ([]byte, error)) (*pluginpb.Answer, error) {
	limited, cancel := context.WithTimeout(ctx, a.fileTimeout)
	defer cancel()
	body, err := work(limited)
	return answered(ctx, q, body, err)
}

// answered makes an answer of what was read, unless the whole interview is to end.
func answered(ctx context.Context, q *pluginpb.Question, body []byte, err error) (*pluginpb.Answer, error) {
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case isLost(err):
		return nil, err
	case err != nil:
		return failed(q, body, err), nil
	}
	return &pluginpb.Answer{Question: q, Body: body, Complete: true}, nil
}

// command runs a published command.
func (a *Asker) command(ctx context.Context, q *pluginpb.Question, command string) (*pluginpb.Answer, error) {
	if !slices.Contains(a.commands, command) {
		return notAsked(q, fmt.Sprintf("%q is not on the driver's published list", command)), nil
	}
	words, err := split(command)
	if err != nil {
		return failed(q, nil, err), nil
	}
	privileged := slices.Contains(a.privileged, command)
	as, err := a.system.rights(ctx, privileged)
	if err != nil {
		return answered(ctx, q, nil, err)
	}
	r, err := a.shell.run(ctx, as, maxOutput, words...)
	if err == nil || errors.Is(err, errNoProgram) {
		// In a part of the host that is shown as the whole, what is not there proves nothing.
		err = cmp.Or(a.system.rooted(ctx), err, r.failure())
	}
	ans, err := answered(ctx, q, r.body, err)
	if ans.GetReason() == pb.Reason_REASON_FAILED && privileged && (!a.system.isRoot(ctx) && as != asRoot || strings.HasPrefix(r.complaint, "sudo: ")) {
		ans.Reason = pb.Reason_REASON_NOT_PERMITTED
	}
	return ans, err
}

func notAsked(q *pluginpb.Question, why string) *pluginpb.Answer {
	return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_NOT_ASKED, Error: why}
}

// absolute says whether a path may be asked for: absolute, and without the byte that ends a path for the kernel.
func absolute(name string) bool {
	return strings.HasPrefix(name, "/") && !strings.ContainsRune(name, 0)
}

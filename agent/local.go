package agent

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Local asks the host that it runs on. It reads only, and runs only the commands that its driver publishes. It is not for
// use by several at a time.
type Local struct {
	commands, privileged []string
	root                 bool
	files                files
}

var _ driver.Asker = (*Local)(nil)

// NewLocal gives an asker that runs the commands of d's description and no others.
func NewLocal(d *pluginpb.DescribeResponse) *Local {
	return &Local{commands: d.GetCommands(), privileged: d.GetPrivileged(), root: os.Geteuid() == 0, files: files{tree: live{}}}
}

// Answer answers one question. It fails only when ctx ends.
func (l *Local) Answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	switch k := q.GetKind().(type) {
	case *pluginpb.Question_File:
		if absolute(k.File) {
			return l.files.file(ctx, q, k.File)
		}
	case *pluginpb.Question_Glob:
		if absolute(k.Glob) {
			return l.files.glob(ctx, q, k.Glob)
		}
	case *pluginpb.Question_Probe:
		return probe(ctx, q, k.Probe)
	case *pluginpb.Question_Command:
		return l.command(ctx, q, k.Command)
	}
	return notAsked(q, "this asker cannot ask that"), nil
}

func (l *Local) command(ctx context.Context, q *pluginpb.Question, command string) (*pluginpb.Answer, error) {
	if !slices.Contains(l.commands, command) {
		return notAsked(q, fmt.Sprintf("%q is not on the driver's published list", command)), nil
	}
	a, err := run(ctx, q, command)
	if err != nil {
		return nil, err
	}
	if a.GetReason() == pb.Reason_REASON_FAILED && !l.root && slices.Contains(l.privileged, command) {
		a.Reason = pb.Reason_REASON_NOT_PERMITTED
	}
	return a, nil
}

func notAsked(q *pluginpb.Question, why string) *pluginpb.Answer {
	return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_NOT_ASKED, Error: why}
}

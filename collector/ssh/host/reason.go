package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	errUnsafe    = errors.New("not a regular file")
	errLarge     = errors.New("larger than the limit")
	errOutput    = errors.New("prints more than the limit")
	errNoProgram = errors.New("not installed")
	// errHidden: /proc is mounted so that users see only their own processes.
	errHidden = errors.New("/proc hides the processes of other users (hidepid)")
	// errConfined: what is shown as / is not proved to be the host's.
	errConfined = errors.New("the account may be confined to a part of the host's files: /proc/self/mountinfo does not show / as a mount")
	// errLie: the server breaks the protocol, so nothing it says counts.
	errLie = errors.New("the server breaks the SFTP protocol")
	// errNotRun: the account's shell or a forced command did something else than what was sent.
	errNotRun = errors.New("the session did not run the command")
	// errUnended: the end of the output is not proved.
	errUnended = errors.New("the output has no proved end")
	errLost    = errors.New("the connection is lost")
)

func isLost(err error) bool { return errors.Is(err, errLost) }

// failed is the answer to a question that could not be answered, or not wholly.
func failed(q *pluginpb.Question, body []byte, err error) *pluginpb.Answer {
	a := &pluginpb.Answer{Question: q, Body: body, Reason: reasonOf(err), Error: err.Error()}
	a.Complete = a.Reason == pb.Reason_REASON_NOT_FOUND
	return a
}

func reasonOf(err error) pb.Reason {
	switch {
	case errors.Is(err, errUnsafe), errors.Is(err, syscall.ELOOP):
		return pb.Reason_REASON_UNSAFE_FILE
	case errors.Is(err, errLarge), errors.Is(err, errOutput):
		return pb.Reason_REASON_TOO_LARGE
	case errors.Is(err, fs.ErrPermission), errors.Is(err, errHidden), errors.Is(err, errConfined):
		return pb.Reason_REASON_NOT_PERMITTED
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, errNoProgram):
		return pb.Reason_REASON_NOT_FOUND
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return pb.Reason_REASON_TIMEOUT
	}
	return pb.Reason_REASON_FAILED
}

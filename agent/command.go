package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	// commandTimeout is how long a command may run: package managers need long on a busy host.
	commandTimeout = 60 * time.Second
	// maxOutput is how much it may print.
	maxOutput = 32 << 20
	// maxComplaint is how much of what it prints as errors is kept.
	maxComplaint = 4 << 10
	// leftBehind is how long the children of a command that has ended may keep its output open.
	leftBehind = time.Second
)

// programPath is where programs are looked for, and what they find in PATH: never what the caller's environment says.
const programPath = "/usr/sbin:/usr/bin:/sbin:/bin"

var (
	errOutput    = errors.New("prints more than the limit")
	errNoProgram = errors.New("not installed")
	errHeldOpen  = errors.New("it has ended, but what it started keeps its output open")
)

// run runs a command without a shell, with nothing of the caller's environment and nothing to read, and gives what it
// printed. A command that runs too long or prints too much is killed with all it started.
func run(ctx context.Context, q *pluginpb.Question, command string) (*pluginpb.Answer, error) {
	a := &pluginpb.Answer{Question: q}
	words, err := split(command)
	if err != nil {
		a.Reason, a.Error = pb.Reason_REASON_FAILED, err.Error()
		return a, nil
	}
	program, err := find(words[0])
	if err != nil {
		a.Error = fmt.Sprintf("%s: %v", words[0], err)
		a.Reason = pb.Reason_REASON_NOT_PERMITTED
		if errors.Is(err, errNoProgram) {
			a.Reason, a.Complete = pb.Reason_REASON_NOT_FOUND, true
		}
		return a, nil
	}
	limited, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	stop, flood := context.WithCancelCause(limited)
	defer flood(nil)
	out := &bounded{limit: maxOutput, full: func() { flood(errOutput) }}
	complaint := &bounded{limit: maxComplaint}
	cmd := exec.CommandContext(stop, program, words[1:]...)
	cmd.Args = words
	cmd.Env = []string{"PATH=" + programPath, "LC_ALL=C"}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = out, complaint
	cmd.WaitDelay = leftBehind
	alone(cmd)
	if err = cmd.Start(); err == nil {
		calm(cmd.Process.Pid)
		err = cmd.Wait()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		_ = endGroup(cmd.Process.Pid)
		err = errHeldOpen
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	a.Body = out.kept.Bytes()
	switch cause := context.Cause(stop); {
	case errors.Is(cause, errOutput):
		a.Reason, a.Error = pb.Reason_REASON_TOO_LARGE, errOutput.Error()
	case errors.Is(cause, context.DeadlineExceeded):
		a.Reason, a.Error = pb.Reason_REASON_TIMEOUT, fmt.Sprintf("still runs after %s", commandTimeout)
	case err != nil:
		a.Reason, a.Error = reasonOf(err), commandError(err, out.kept.Bytes(), complaint.kept.Bytes())
	default:
		a.Complete = true
	}
	return a, nil
}

// commandError says how a command failed, with its first complaint if it printed nothing else.
func commandError(err error, out, complaint []byte) string {
	text := err.Error()
	first, _, _ := strings.Cut(strings.TrimSpace(string(complaint)), "\n")
	if len(bytes.TrimSpace(out)) == 0 && first != "" {
		text += ": " + strings.ToValidUTF8(first, "\uFFFD")
	}
	return text
}

// split takes a command apart at blanks; what stands in double quotes stays together.
func split(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	started, quoted := false, false
	for _, c := range command {
		switch {
		case c == '"':
			quoted, started = !quoted, true
		case c == ' ' && !quoted:
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteRune(c)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	if quoted || len(words) == 0 || words[0] == "" || strings.ContainsRune(words[0], '/') || strings.ContainsRune(command, 0) {
		return nil, fmt.Errorf("%q is not a command", command)
	}
	return words, nil
}

// find finds a program by name.
func find(name string) (string, error) {
	err := errNoProgram
	for _, dir := range filepath.SplitList(programPath) {
		p := filepath.Join(dir, name)
		info, statErr := os.Stat(p)
		switch {
		case errors.Is(statErr, fs.ErrPermission):
			err = statErr
		case statErr != nil || !info.Mode().IsRegular():
		case info.Mode()&0o111 == 0:
			err = syscall.EACCES
		default:
			return p, nil
		}
	}
	return "", err
}

// bounded keeps the beginning of what is written to it. It never fails, so that the writer is not told to end by a broken
// pipe; full is called when there is more.
type bounded struct {
	kept  bytes.Buffer
	limit int
	full  func()
}

func (b *bounded) Write(p []byte) (int, error) {
	room := b.limit - b.kept.Len()
	b.kept.Write(p[:min(room, len(p))])
	if len(p) > room && b.full != nil {
		b.full()
	}
	return len(p), nil
}

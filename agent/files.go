package agent

import (
	"context"
	"os"
	"strings"
	"time"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// fileTimeout is how long a file system may take: one that a lost server provides may never answer.
const fileTimeout = 20 * time.Second

// files answers questions about files in a tree.
type files struct {
	tree tree
	// read is what was read so far, in bytes.
	read int64
}

// file reads a file.
func (f *files) file(ctx context.Context, q *pluginpb.Question, name string) (*pluginpb.Answer, error) {
	limit := max(0, min(maxFile, maxTotal-f.read))
	body, err := within(ctx, func() ([]byte, error) { return readFile(f.tree, name, limit) })
	f.read += int64(len(body))
	return answer(ctx, q, body, err)
}

// glob lists the files that match a pattern.
func (f *files) glob(ctx context.Context, q *pluginpb.Question, pattern string) (*pluginpb.Answer, error) {
	body, err := within(ctx, func() ([]byte, error) { return list(f.tree, pattern) })
	return answer(ctx, q, body, err)
}

// answer makes an answer of what was read, unless the whole scan is to end.
func answer(ctx context.Context, q *pluginpb.Question, body []byte, err error) (*pluginpb.Answer, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return failed(q, body, err), nil
	}
	return &pluginpb.Answer{Question: q, Body: body, Complete: true}, nil
}

// within does the work, but waits no longer than fileTimeout for it. Work that hangs is left behind: nothing can end a
// system call that waits for a lost file server.
func within(ctx context.Context, work func() ([]byte, error)) ([]byte, error) {
	type result struct {
		body []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		body, err := work()
		done <- result{body, err}
	}()
	late := time.NewTimer(fileTimeout)
	defer late.Stop()
	select {
	case r := <-done:
		return r.body, r.err
	case <-late.C:
		return nil, os.ErrDeadlineExceeded
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// absolute says whether a path may be asked for: absolute, and without the byte that ends a path for the kernel.
func absolute(name string) bool {
	return strings.HasPrefix(name, "/") && !strings.ContainsRune(name, 0)
}

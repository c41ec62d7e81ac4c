package vault

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// commandSource starts a program that prints one record. Nothing printed and exit state 0 means that it does not know the name.
type commandSource struct {
	config Command
	env    environ
}

func (*commandSource) name() *pb.Text { return checks.Say("凭据命令", "credential command") }

func (*commandSource) close() {}

func (s *commandSource) get(ctx context.Context, name string) (*Credential, error) {
	info, err := os.Stat(s.config.Path)
	if err != nil {
		return nil, fileFailure(s.config.Path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, failed("%s 不是普通文件", "%s is not a regular file", s.config.Path)
	}
	if err := trusted(s.config.Path, info, 0o022); err != nil {
		return nil, err
	}
	if err := trustedFolders(s.config.Path); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(s.config.Timeout, defaultTimeout))
	defer cancel()
	args := make([]string, len(s.config.Args))
	for i, a := range s.config.Args {
		args[i] = strings.ReplaceAll(a, "{name}", name)
	}
	cmd := exec.CommandContext(ctx, s.config.Path, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "PLUMBLINE_CREDENTIAL=" + name}
	for _, key := range s.config.Pass {
		if v, ok := s.env(key); ok {
			cmd.Env = append(cmd.Env, key+"="+v)
		}
	}
	out := &bounded{stop: cancel}
	cmd.Stdout = out // what it says on stderr may be a secret: nobody reads it
	cmd.WaitDelay = 2 * time.Second
	killWhole(cmd)
	err = cmd.Run()
	defer func() { clear(out.data.Bytes()) }()
	var exit *exec.ExitError
	switch {
	case out.over:
		return nil, failed("%s 输出超过 %d 字节", "%s prints more than %d bytes", s.config.Path, maxRecord)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &exit):
		return nil, failed("%s 以状态 %d 结束，请手工运行查看原因", "%s ended with state %d: run it by hand to see why", s.config.Path, exit.ExitCode())
	case err != nil:
		return nil, failed("无法运行 %s", "cannot run %s", s.config.Path)
	case blank(out.data.Bytes()):
		return nil, nil
	}
	return ParseRecord(s.config.Path, name, out.data.Bytes())
}

// bounded keeps what a command prints until it is too much, and stops it then.
type bounded struct {
	data bytes.Buffer
	over bool
	stop func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.over || b.data.Len()+len(p) > maxRecord {
		b.over = true
		b.stop()
		return 0, errors.New("too much")
	}
	return b.data.Write(p)
}

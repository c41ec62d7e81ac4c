package agent

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Root asks a folder that holds the file system of a target: an unpacked image, a mounted disk. What only the running
// system can show has no answer, and nothing outside the folder is touched, wherever its links point. It is not for use
// by several at a time.
type Root struct {
	root  *os.Root
	files files
}

var _ driver.Asker = (*Root)(nil)

// OpenRoot opens the folder. Close ends its use.
func OpenRoot(dir string) (*Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	return &Root{root: root, files: files{tree: inside{root}}}, nil
}

// Close gives the folder back.
func (r *Root) Close() error { return r.root.Close() }

// Answer answers one question. It fails only when ctx ends.
func (r *Root) Answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	switch k := q.GetKind().(type) {
	case *pluginpb.Question_File:
		if volatileConfig(k.File) {
			return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_NOT_FOUND, Complete: true}, nil
		}
		if absolute(k.File) {
			return r.files.file(ctx, q, k.File)
		}
	case *pluginpb.Question_Glob:
		if volatileConfig(k.Glob) {
			return &pluginpb.Answer{Question: q, Complete: true}, nil
		}
		if absolute(k.Glob) {
			return r.files.glob(ctx, q, k.Glob)
		}
	case *pluginpb.Question_Command, *pluginpb.Question_Probe:
		return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_OFFLINE}, nil
	}
	return notAsked(q, "this asker cannot ask that"), nil
}

// volatileConfig says whether a path is where a running system keeps configuration for as long as it runs: /run/systemd,
// /run/sysctl.d and their like. A folder is judged as it would start, and a system starts without any of it; what an image
// holds there is left over and counts for nothing.
func volatileConfig(name string) bool {
	rest, inRun := strings.CutPrefix(path.Clean(name), "/run/")
	if !inRun {
		return false
	}
	first, _, _ := strings.Cut(rest, "/")
	return first == "systemd" || first == "udev" || strings.HasSuffix(first, ".d")
}

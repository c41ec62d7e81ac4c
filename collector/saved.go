package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxSaved is the largest configuration that is read.
const maxSaved = 32 << 20

// A File is a saved configuration or transcript.
type File struct {
	// Path to read, and Name of its target: the path below the folder that was named, or the path itself.
	Path, Name string
}

// Files finds the files that paths mean: a file is itself, a folder all regular files in it but hidden ones and what version control
// and operating systems keep there. They come in the order of their names.
func Files(paths []string) ([]File, error) {
	var out []File
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			out = append(out, File{Path: p, Name: filepath.ToSlash(filepath.Clean(p))})
			continue
		}
		n := len(out)
		err = filepath.WalkDir(p, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case path != p && strings.HasPrefix(e.Name(), "."):
				if e.IsDir() {
					return fs.SkipDir
				}
				return nil
			case !e.Type().IsRegular():
				return nil
			}
			name, err := filepath.Rel(p, path)
			out = append(out, File{Path: path, Name: filepath.ToSlash(name)})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look into %s: %w", p, err)
		}
		if len(out) == n {
			return nil, fmt.Errorf("%s: no file in this folder", p)
		}
	}
	return out, nil
}

// Saved judges a saved configuration, or the transcript of a session (see [Record]), without touching the device. driverName is the
// driver's name, "" to recognise the platform. What only the running device shows is unknown. Zone and role are those of the target
// in the site. A file that cannot be read, or whose platform is not recognised, gives a snapshot that says so.
func (c *Config) Saved(ctx context.Context, file File, driverName, zone, role string) *pb.Snapshot {
	target := &pb.Target{Id: file.Name, Driver: driverName, Zone: zone, Role: role}
	s, err := c.savedFile(ctx, file, target)
	if err != nil {
		state, why := outcome(ctx, err)
		s = c.failure(target, nil, state, why).Snapshot
		s.Visit.Transport = overFile
	}
	return s
}

// overFile is the transport of what was saved.
const overFile = "file"

func (c *Config) savedFile(ctx context.Context, file File, target *pb.Target) (*pb.Snapshot, error) {
	text, err := readFile(file.Path)
	if err != nil {
		return nil, err
	}
	var a driver.Asker
	tr, err := ParseTranscript(text)
	switch {
	case err == nil:
		a = tr
		if target.GetDriver() == "" {
			target.Driver = tr.Driver
		}
	case !errors.Is(err, errNoTranscript):
		return nil, err
	case target.GetDriver() == "":
		r, err := c.recogniser()
		if err != nil {
			return nil, err
		}
		target.Driver = r.Config(readableText(text))
	}
	d := c.driver(target.GetDriver())
	switch {
	case d == nil && tr != nil:
		return nil, errNoDriver{target.GetDriver()}
	case d == nil:
		return nil, errUnknownFile
	case a == nil:
		a = savedConfig{command: d.Describe().GetConfigCommand(), text: text}
	}
	started := time.Now()
	iv, err := c.question(ctx, d, a, nil)
	if err != nil {
		return nil, err
	}
	r, err := c.recogniser()
	if err != nil {
		return nil, err
	}
	if err := samePlatform(r, d, iv.Answers); err != nil {
		return nil, err
	}
	return c.snapshot(target, nil, started, &pb.Visit{State: pb.VisitState_VISIT_STATE_QUESTIONED, Transport: overFile}, iv)
}

// readFile reads a regular file of bounded size.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSaved+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSaved {
		return nil, fmt.Errorf("%s: larger than %d MiB", name, maxSaved>>20)
	}
	return text, nil
}

// readableText gives text in UTF-8.
func readableText(text []byte) []byte {
	return decoded([]*pluginpb.Answer{{Body: text}})[0].GetBody()
}

// savedConfig answers the configuration command with a file, and nothing else.
type savedConfig struct {
	command string
	text    []byte
}

func (s savedConfig) Answer(_ context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	if k, ok := q.GetKind().(*pluginpb.Question_Command); ok && k.Command == s.command {
		return &pluginpb.Answer{Question: q, Body: bytes.TrimPrefix(s.text, []byte("\ufeff")), Complete: true}, nil
	}
	return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_OFFLINE, Error: "only the saved configuration was read"}, nil
}

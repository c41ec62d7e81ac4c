package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// lister appends a line for each delivery, with the targets' failed clauses, to a text file.
type lister struct{ path string }

// Configure checks every setting, and names the one that is wrong.
func (l *lister) Configure(_ context.Context, settings map[string]string) error {
	for name, value := range settings {
		if name != "path" {
			return fmt.Errorf("there is no setting %q", name)
		}
		l.path = value
	}
	if !filepath.IsAbs(l.path) {
		l.path = ""
		return errors.New(`setting "path": want an absolute path`)
	}
	return nil
}

// Send lists the deliveries in order. One counts as accepted only once it is on the disk.
func (l *lister) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (accepted int, err error) {
	if l.path == "" {
		return 0, errors.New("not configured")
	}
	if len(deliveries) == 0 {
		return 0, nil
	}
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	listed, end, err := read(f)
	if err != nil {
		return 0, err
	}
	var lines strings.Builder
	var refusal error
	for _, d := range deliveries {
		if err := ctx.Err(); err != nil {
			return 0, err // nothing was written yet
		}
		if d.GetSnapshot().GetTarget().GetId() == "" {
			// Whatever is tried, this one can never be listed. Those before it are.
			refusal = &sink.Refusal{Reason: "the snapshot does not name its target"}
			break
		}
		if !listed[key(d)] { // it may have come before
			lines.WriteString(line(d))
		}
		accepted++
	}
	if err := f.Truncate(end); err != nil { // half a line, left by a crash
		return 0, err
	}
	if _, err := f.WriteAt([]byte(lines.String()), end); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	return accepted, refusal
}

// key is the same whenever the same delivery comes.
func key(d *pluginpb.Delivery) string {
	return fmt.Sprintf("%q/%d/%d", d.GetSender(), d.GetEpoch(), d.GetSequence())
}

func line(d *pluginpb.Delivery) string {
	var failed []string
	for _, f := range d.GetSnapshot().GetFindings() {
		if f.GetOutcome() == pb.Outcome_OUTCOME_FAIL {
			failed = append(failed, f.GetClause())
		}
	}
	return fmt.Sprintf("%s\t%q\t%d failed: %q\n", key(d), d.GetSnapshot().GetTarget().GetId(), len(failed), failed)
}

// read gives the keys that are listed and where the last whole line ends.
func read(f *os.File) (listed map[string]bool, end int64, err error) {
	listed = map[string]bool{}
	r := bufio.NewReader(f)
	for {
		text, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) { // what is not a whole line does not count
			return listed, end, nil
		}
		if err != nil {
			return nil, 0, err
		}
		k, _, _ := strings.Cut(text, "\t")
		listed[k] = true
		end += int64(len(text))
	}
}

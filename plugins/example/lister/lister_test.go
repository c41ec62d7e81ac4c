package main

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/sinktest"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

func TestSink(t *testing.T) {
	sinktest.Run(t, func(t testing.TB) (sink.Sink, sinktest.Rig) {
		dir := filepath.Join(t.TempDir(), "lists")
		path := filepath.Join(dir, "list")
		set := func(down bool) {
			var err error
			if down {
				err = os.Rename(dir, dir+".gone")
			} else if _, statErr := os.Stat(dir); statErr != nil {
				err = os.Rename(dir+".gone", dir)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return &lister{}, sinktest.Rig{
			Settings: map[string]string{"path": path},
			Down:     set,
			Received: func() ([]*pluginpb.Delivery, error) { return received(path) },
		}
	})
}

// received gives the deliveries behind the lines: the list keeps only a part of each, so the rest is what the test sent.
func received(path string) ([]*pluginpb.Delivery, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []*pluginpb.Delivery
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		k, _, _ := strings.Cut(lines.Text(), "\t")
		seq, err := strconv.ParseUint(k[strings.LastIndex(k, "/")+1:], 10, 64)
		if err != nil {
			return nil, err
		}
		d := sinktest.Deliveries(seq, 1)[0]
		if line(d) != lines.Text()+"\n" {
			d = &pluginpb.Delivery{Sequence: seq}
		}
		all = append(all, d)
	}
	return all, lines.Err()
}

// What can never be listed is refused, and what stands before it is accepted.
func TestRefusal(t *testing.T) {
	l := &lister{path: filepath.Join(t.TempDir(), "list")}
	ds := sinktest.Deliveries(1, 3)
	ds[1].Snapshot.Target = nil
	n, err := l.Send(t.Context(), ds)
	if refusal := (*sink.Refusal)(nil); n != 1 || !errors.As(err, &refusal) {
		t.Errorf("accepted %d, %v", n, err)
	}
}

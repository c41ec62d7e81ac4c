package snmp_test

import (
	"compress/bzip2"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/collector/snmp/snmptest"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/snmpmib"
)

// Every recording of a real device, served by a fake agent, is walked by the real asker and read by the driver.
func TestRecordedDevices(t *testing.T) {
	root := os.Getenv("PLUMBLINE_DEVICES")
	if root == "" {
		t.Skip("PLUMBLINE_DEVICES does not name the folder of real device material")
	}
	files, err := filepath.Glob(filepath.Join(root, "snmprec", "*.snmprec*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recording: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			varbinds := recording(t, file)
			s := snmptest.Start(t, snmptest.Agent{Varbinds: varbinds, Communities: []string{"monitor"}})
			limits := fast()
			limits.Timeout, limits.Walk, limits.Whole = 2*time.Second, 30*time.Second, 2*time.Minute
			conn, err := dial(t, s, community("2c"), limits)
			if err != nil {
				t.Fatal(err)
			}
			d := snmpmib.Driver{}
			iv, err := driver.Conduct(t.Context(), d, conn.Asker(d.Describe()), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range iv.Answers {
				if !a.GetComplete() {
					t.Errorf("%s: %v %s", driver.Text(a.GetQuestion()), a.GetReason(), a.GetError())
				}
			}
			if len(iv.Unread) > 0 {
				t.Errorf("unread: %v", iv.Unread)
			}
			flat := facts.Flat(iv.Facts)
			if !strings.Contains(flat, "platform.os_name = ") {
				t.Error("the device does not say what it is")
			}
			if _, err := facts.Parse(flat); err != nil {
				t.Errorf("the facts cannot be read back: %v", err)
			}
			if out := os.Getenv("PLUMBLINE_FACTS_OUT"); out != "" {
				if err := os.WriteFile(filepath.Join(out, filepath.Base(file)+".facts"), []byte(flat), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d packets, %d walks", conn.Sent(), len(iv.Answers))
		})
	}
}

// recording loads a file and drops what an agent would not have twice.
func recording(t *testing.T, file string) []driver.Varbind {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(file, ".bz2") {
		in = bzip2.NewReader(f)
	}
	varbinds, skipped, err := snmptest.Snmprec(in)
	if err != nil || len(varbinds) == 0 {
		t.Fatalf("%d varbinds: %v", len(varbinds), err)
	}
	t.Logf("%d varbinds, %d lines skipped", len(varbinds), skipped)
	seen := map[string]bool{}
	out := varbinds[:0]
	for _, v := range varbinds {
		if name := v.OID.String(); !seen[name] {
			seen[name] = true
			out = append(out, v)
		}
	}
	return out
}

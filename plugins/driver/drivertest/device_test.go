package drivertest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/stoneos"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// heard counts what a helper complains of instead of failing the test.
type heard struct {
	testing.TB
	errors int
}

func (h *heard) Helper()               {}
func (h *heard) Error(...any)          { h.errors++ }
func (h *heard) Errorf(string, ...any) { h.errors++ }

// bad takes every answer for whole, repeats all of it as a line unread, and has a command that changes something.
type bad struct{ stoneos.Driver }

func (b bad) Describe() *pluginpb.DescribeResponse {
	d := b.Driver.Describe()
	d.Commands = append(d.Commands, "reset")
	return d
}

func (b bad) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	r, err := b.Driver.Read([]*pluginpb.Answer{{Question: answers[0].GetQuestion(), Body: []byte("Version 5.5R12\nhostname A\nadmin user \"x\"\n  password y\nexit\nEnd\n"), Complete: true}})
	if err != nil {
		return nil, err
	}
	r.Unread = append(r.Unread, &pb.Evidence{Excerpt: string(answers[0].GetBody())})
	return r, nil
}

// Each helper complains of a bad driver, and none of a good one.
func TestHelpersCanFail(t *testing.T) {
	const config = "Version 5.5R12\nhostname A\nadmin user \"x\"\n  password %s\nexit\nEnd\n"
	t.Chdir(t.TempDir())
	if err := os.Mkdir("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	written := "made up for this test\n-- show configuration --\n" + fmt.Sprintf(config, "y")
	if err := os.WriteFile("testdata/a.txtar", []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	good := stoneos.Driver{}
	f, _ := drivertest.Read(t, good, fmt.Sprintf(config, "y"))
	if !strings.Contains(facts.Flat(f), "hostname = A") {
		t.Fatalf("not read: %s", facts.Flat(f))
	}
	for name, c := range map[string]struct{ good, bad func(testing.TB) }{
		"Says":         {func(t testing.TB) { drivertest.Says(t, f, "platform.hostname = A") }, func(t testing.TB) { drivertest.Says(t, f, "platform.hostname = B") }},
		"Says nothing": {func(t testing.TB) { drivertest.Says(t, f, "accounts = complete") }, func(t testing.TB) { drivertest.Says(t, f, "accounts[z].privileged = true") }},
		"Cut":          {func(t testing.TB) { drivertest.Cut(t, good, "accounts") }, func(t testing.TB) { drivertest.Cut(t, bad{}, "accounts") }},
		"Prefixes":     {func(t testing.TB) { drivertest.Prefixes(t, good, fmt.Sprintf(config, "y"), "accounts") }, func(t testing.TB) { drivertest.Prefixes(t, bad{}, fmt.Sprintf(config, "y"), "accounts") }},
		"NoSecret":     {func(t testing.TB) { drivertest.NoSecret(t, good, config, 0) }, func(t testing.TB) { drivertest.NoSecret(t, bad{}, config, 0) }},
		"unread":       {func(t testing.TB) { drivertest.NoSecret(t, good, config, 0) }, func(t testing.TB) { drivertest.NoSecret(t, good, config, 9) }},
		"OnlyShows":    {func(t testing.TB) { drivertest.OnlyShows(t, good, "show ") }, func(t testing.TB) { drivertest.OnlyShows(t, bad{}, "show ") }},
	} {
		h := &heard{TB: t}
		c.good(h)
		if h.errors != 0 {
			t.Errorf("%s: %d complaints of a good driver", name, h.errors)
		}
		h = &heard{TB: t}
		c.bad(h)
		if h.errors == 0 {
			t.Errorf("%s: nothing is said of a bad one", name)
		}
	}
}

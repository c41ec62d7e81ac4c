package drivertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// This file is for drivers of devices: those whose Describe names a command that shows all of the configuration.

// configAnswer answers d's configuration command with config, whole.
func configAnswer(d driver.Driver, config string) []*pluginpb.Answer {
	return []*pluginpb.Answer{{Question: driver.Command(d.Describe().GetConfigCommand()), Body: []byte(config), Complete: true}}
}

// Read gives what d makes of config, and the lines that it did not understand.
func Read(t testing.TB, d driver.Driver, config string) (*pb.Facts, []*pb.Evidence) {
	t.Helper()
	r, err := d.Read(configAnswer(d, config))
	if err != nil {
		t.Fatal(err)
	}
	return r.GetFacts(), r.GetUnread()
}

// Says holds f to the fact want, written as facts.Flat prints it; what follows in the line, such as the evidence, may be left out.
func Says(t testing.TB, f *pb.Facts, want string) {
	t.Helper()
	name, _, _ := strings.Cut(want, " = ")
	said := false
	for flat := facts.Flat(f); flat != ""; {
		line, rest, _ := strings.Cut(flat, "\n")
		if strings.HasPrefix(line, name+" = ") {
			said = true
			if !strings.HasPrefix(flat, want) {
				t.Errorf("got %s\nwant %s", line, want)
			}
		}
		flat = rest
	}
	if !said {
		t.Errorf("nothing is said of %s", name)
	}
}

// Proofs are the lines of f that need all of a configuration: complete lists, absences and defaults.
func Proofs(f *pb.Facts) []string {
	var out []string
	for line := range strings.SplitSeq(facts.Flat(f), "\n") {
		value, _, _ := strings.Cut(line, "  # ")
		if strings.HasSuffix(value, " = complete") || strings.HasSuffix(value, " = absent") || strings.Contains(line, "# default: ") {
			out = append(out, line)
		}
	}
	return out
}

// Cut is Truncation for a device: what is missing from an answer that was cut short is not absent, no list is complete, and no default
// holds. Nothing is proved that the whole did not prove; and where the configuration itself was cut, nothing on the strength of all of it.
// So that this says something, each case has at least one item in the list of that name.
func Cut(t testing.TB, d driver.Driver, list string) {
	t.Helper()
	config := d.Describe().GetConfigCommand()
	truncate(t, d, func(asked string, whole, cut *pb.Facts) []string {
		before := Proofs(whole)
		var wrong []string
		for _, line := range Proofs(cut) {
			_, evidence, _ := strings.Cut(line, "  # ")
			all := asked == config && (evidence == config || strings.HasPrefix(evidence, "default: "))
			if all || !slices.Contains(before, line) {
				wrong = append(wrong, line)
			}
		}
		if !strings.Contains("\n"+facts.Flat(whole), "\n"+list+"[") {
			wrong = append(wrong, "the case has nothing in "+list)
		}
		return wrong
	})
}

// Prefixes holds d to prove nothing from any number of config's first lines, although the answer looks whole: its end was not seen. All of
// config proves that the list of that name is complete.
func Prefixes(t testing.TB, d driver.Driver, config, list string) {
	t.Helper()
	lines := slices.Collect(strings.Lines(config))
	for n := range lines {
		f, _ := Read(t, d, strings.Join(lines[:n], ""))
		for _, line := range Proofs(f) {
			t.Errorf("after %d lines: %s", n, line)
		}
	}
	f, _ := Read(t, d, config)
	Says(t, f, list+" = complete")
}

// secret stands for the %s of NoSecret.
const secret = "S3cretValue9"

// NoSecret has d read config with a secret in place of each %s: it is in no fact, evidence or unread line, even before they are masked. At
// least so many lines are unread. What was read is handed back: that something was is for the caller to see.
func NoSecret(t testing.TB, d driver.Driver, config string, unread int) (*pb.Facts, []*pb.Evidence) {
	t.Helper()
	if !strings.Contains(config, "%s") {
		t.Error("the configuration has no place for a secret")
	}
	f, left := Read(t, d, strings.ReplaceAll(config, "%s", secret))
	text := fmt.Sprint(f, left)
	if i := strings.Index(strings.ToLower(text), strings.ToLower(secret)); i >= 0 {
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	if len(left) < unread {
		t.Errorf("%d lines are unread, want at least %d: %v", len(left), unread, left)
	}
	return f, left
}

// OnlyShows holds all commands of d to those allowed: one that ends in a space allows all that begin with it, another is a command itself.
// The configuration is asked for by one of them.
func OnlyShows(t testing.TB, d driver.Driver, allowed ...string) {
	t.Helper()
	desc := d.Describe()
	if !slices.Contains(desc.GetCommands(), desc.GetConfigCommand()) {
		t.Errorf("%q is not among the commands", desc.GetConfigCommand())
	}
	for _, c := range desc.GetCommands() {
		shows := slices.ContainsFunc(allowed, func(a string) bool { return c == a || strings.HasSuffix(a, " ") && strings.HasPrefix(c, a) })
		if !shows || strings.Contains(c, "|") {
			t.Errorf("%q does more than show", c)
		}
	}
}

// BenchmarkRead measures how d reads config, which has 10,000 lines or more. The goal is under 20 ms for 10,000.
func BenchmarkRead(b *testing.B, d driver.Driver, config string) {
	if n := strings.Count(config, "\n"); n < 10000 {
		b.Fatalf("only %d lines", n)
	}
	answers := configAnswer(d, config)
	for b.Loop() {
		if _, err := d.Read(answers); err != nil {
			b.Fatal(err)
		}
	}
}

// Interfaces is the part of a switch's configuration that speaks of its 2,500 interfaces, in 10,000 lines.
func Interfaces() string {
	var b strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&b, "interface GigabitEthernet1/0/%d\n description port %d\n switchport mode access\n!\n", i, i)
	}
	return b.String()
}

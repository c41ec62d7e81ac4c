// Package linux reads Linux hosts, whoever reaches them: the agent that runs on them, the collector over SSH, a folder
// that holds an unpacked image. It states effective values, not lines: what the host would do, with the lines that make
// it so.
//
// A topic (topics.go) is one part of the host: what to ask and how to read the answers. The package opens nothing and
// judges nothing. README.md says which distributions and files it knows, and what it cannot see.
package linux

import (
	"slices"
	"unicode/utf8"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver reads Linux. Its zero value is ready.
type Driver struct{}

// Version of the driver; a change in what is read from the same answers raises it.
const Version = "1.0"

// Describe says what it is for.
func (Driver) Describe() *pluginpb.DescribeResponse {
	d := &pluginpb.DescribeResponse{
		Name: "linux", Version: Version,
		Platforms: []string{"Debian", "Ubuntu", "RHEL", "CentOS", "Rocky", "AlmaLinux", "openEuler", "Kylin", "UOS"},
	}
	for _, t := range topics {
		d.Commands = append(d.Commands, t.commands...)
		d.Privileged = append(d.Privileged, t.privileged...)
	}
	slices.Sort(d.Commands)
	d.Commands = slices.Compact(d.Commands)
	slices.Sort(d.Privileged)
	d.Privileged = slices.Compact(d.Privileged)
	return d
}

// Ask gives what every topic still wants to know.
func (Driver) Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error) {
	a := driver.Index(answers)
	var out []*pluginpb.Question
	asked := map[string]bool{}
	for _, t := range topics {
		for _, q := range t.ask(a) {
			if name := driver.Text(q); !asked[name] && !a.Asked(q) {
				asked[name] = true
				out = append(out, q)
			}
		}
	}
	return out, nil
}

// Read lets every topic state its facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	r := &reader{Answers: driver.Index(answers), facts: &pb.Facts{}}
	for _, t := range topics {
		t.read(r)
	}
	return &pluginpb.ReadResponse{Facts: r.facts, Unread: r.unread}, nil
}

// A topic is one part of a host.
type topic struct {
	name string
	// commands are all that ask may ever give, exactly.
	commands []string
	// privileged are the questions that take root, as driver.Text names them.
	privileged []string
	// ask gives all questions that make sense given the answers so far; those already asked are dropped.
	ask func(driver.Answers) []*pluginpb.Question
	// read states facts. Topics are read in the order of the list, so a later one may look at r.facts.
	read func(*reader)
}

// reader is the answers and what has been made of them.
type reader struct {
	driver.Answers
	facts  *pb.Facts
	unread []*pb.Evidence
}

// miss notes a line that the driver does not understand although it stands where it matters.
func (r *reader) miss(d driver.Document, n int, line string) {
	r.unread = append(r.unread, d.Line(n, line))
}

// files asks for files.
func files(paths ...string) []*pluginpb.Question {
	out := make([]*pluginpb.Question, len(paths))
	for i, p := range paths {
		out[i] = driver.File(p)
	}
	return out
}

// globs asks for listings.
func globs(patterns ...string) []*pluginpb.Question {
	out := make([]*pluginpb.Question, len(patterns))
	for i, p := range patterns {
		out[i] = driver.Glob(p)
	}
	return out
}

// commands asks for commands.
func commands(lines ...string) []*pluginpb.Question {
	out := make([]*pluginpb.Question, len(lines))
	for i, l := range lines {
		out[i] = driver.Command(l)
	}
	return out
}

// listed gives the paths of the regular files and links that a glob found, sorted; nil while it is not answered.
func listed(a driver.Answers, pattern string) []string {
	entries, err := a.Glob(pattern).Listing()
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if (e.Kind == "file" || e.Kind == "link") && utf8.ValidString(e.Path) {
			out = append(out, e.Path)
		}
	}
	slices.Sort(out)
	return out
}

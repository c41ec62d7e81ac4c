// Package driver is the contract between those who know a platform and those who can reach it. A Driver
// knows what to ask and how to read the answers; an Asker can ask. Neither knows the other's secrets: a
// driver never sees a credential or a socket, and an asker never reads a configuration.
//
// The package carries a Driver over hashicorp/go-plugin (grpc.go), so that one can be a program of its own.
// It reaches nothing itself and judges nothing.
package driver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Driver knows one platform. Its methods are pure: the same answers give the same facts.
type Driver interface {
	// Describe says what the driver is for and how its platform is spoken to. It never changes.
	Describe() *pluginpb.DescribeResponse
	// Ask gives the next questions, given all answers so far; none means done.
	Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error)
	// Read turns the answers into facts, and says which lines it did not understand. What it could not
	// see is an unknown fact, not an error; an error means that these answers are not its platform's.
	Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error)
}

// An Asker can put questions to one target: on the host it runs on, in a folder, by SSH, by SNMP, from a
// transcript. What could not be answered is an Answer with a Reason; Answer itself fails only when the
// target is lost and no further question makes sense.
type Asker interface {
	Answer(context.Context, *pluginpb.Question) (*pluginpb.Answer, error)
}

// MaxRounds bounds how often a driver may ask again, MaxQuestions how much it may ask in all.
const (
	MaxRounds    = 12
	MaxQuestions = 20000
)

var (
	errRounds    = errors.New("the driver keeps asking")
	errQuestions = errors.New("the driver asks too much")
)

// Interview is what came of questioning one target.
type Interview struct {
	Facts *pb.Facts
	// Unread are lines in the sections that matter which the driver did not understand.
	Unread []*pb.Evidence
	// Answers are what was read, unmasked: they stay with whoever asked.
	Answers []*pluginpb.Answer
}

// Conduct lets d question a and reads what was answered. Whatever leaves it in Facts and Unread has its
// secrets masked (facts.Mask, keyed by maskKey). A question is asked once, even if the driver repeats it.
func Conduct(ctx context.Context, d Driver, a Asker, maskKey []byte) (*Interview, error) {
	iv := &Interview{}
	asked := map[string]bool{}
	for range MaxRounds {
		questions, err := d.Ask(iv.Answers)
		if err != nil {
			return iv, fmt.Errorf("ask: %w", err)
		}
		fresh := 0
		for _, q := range questions {
			name := Text(q)
			if asked[name] {
				continue
			}
			asked[name] = true
			fresh++
			if len(asked) > MaxQuestions {
				return iv, errQuestions
			}
			ans, err := a.Answer(ctx, q)
			if err != nil {
				return iv, fmt.Errorf("%s: %w", name, err)
			}
			iv.Answers = append(iv.Answers, ans)
		}
		if fresh == 0 {
			return iv, iv.read(d, maskKey)
		}
	}
	return iv, errRounds
}

func (iv *Interview) read(d Driver, maskKey []byte) error {
	r, err := d.Read(iv.Answers)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	iv.Facts, iv.Unread = r.GetFacts(), r.GetUnread()
	facts.NewMasker(maskKey).Facts(iv.Facts, iv.Unread)
	return nil
}

// Digests says which bytes each answer had.
func (iv *Interview) Digests() []*pb.AnswerDigest {
	out := make([]*pb.AnswerDigest, 0, len(iv.Answers))
	for _, a := range iv.Answers {
		sum := sha256.Sum256(a.GetBody())
		out = append(out, &pb.AnswerDigest{Question: Text(a.GetQuestion()), Sha256: sum[:], Size: int64(len(a.GetBody())), Reason: a.GetReason()})
	}
	return out
}

// The prefixes that tell kinds of question apart in transcripts. A file is named by its path and a command
// by itself: no command begins with a slash.
const (
	walkPrefix  = "walk "
	globPrefix  = "glob "
	probePrefix = "probe "
)

// Text prints a question as transcripts, evidence and messages name it. ParseQuestion reads it.
func Text(q *pluginpb.Question) string {
	switch k := q.GetKind().(type) {
	case *pluginpb.Question_Command:
		return k.Command
	case *pluginpb.Question_File:
		return k.File
	case *pluginpb.Question_Walk:
		return walkPrefix + k.Walk
	case *pluginpb.Question_Glob:
		return globPrefix + k.Glob
	case *pluginpb.Question_Probe:
		return probePrefix + strings.ToLower(strings.TrimPrefix(k.Probe.String(), "PROBE_"))
	}
	return "nothing"
}

// ParseQuestion reads what Text prints.
func ParseQuestion(s string) *pluginpb.Question {
	if rest, ok := strings.CutPrefix(s, walkPrefix); ok {
		return Walk(rest)
	}
	if rest, ok := strings.CutPrefix(s, globPrefix); ok {
		return Glob(rest)
	}
	if rest, ok := strings.CutPrefix(s, probePrefix); ok {
		return Probe(pluginpb.Probe(pluginpb.Probe_value["PROBE_"+strings.ToUpper(rest)]))
	}
	if strings.HasPrefix(s, "/") {
		return File(s)
	}
	return Command(s)
}

// Command asks for what a command shows.
func Command(s string) *pluginpb.Question {
	return &pluginpb.Question{Kind: &pluginpb.Question_Command{Command: s}}
}

// File asks for the content of a file.
func File(path string) *pluginpb.Question {
	return &pluginpb.Question{Kind: &pluginpb.Question_File{File: path}}
}

// Walk asks for an SNMP subtree.
func Walk(oid string) *pluginpb.Question {
	return &pluginpb.Question{Kind: &pluginpb.Question_Walk{Walk: oid}}
}

// Glob asks what files match a pattern, with their modes and owners; a path without wildcards asks for that
// one. The answer's lines are read by ParseListing. The wildcards are those of path.Match; a last element
// of ** asks for everything below.
func Glob(pattern string) *pluginpb.Question {
	return &pluginpb.Question{Kind: &pluginpb.Question_Glob{Glob: pattern}}
}

// Probe asks the operating system's interfaces.
func Probe(p pluginpb.Probe) *pluginpb.Question {
	return &pluginpb.Question{Kind: &pluginpb.Question_Probe{Probe: p}}
}

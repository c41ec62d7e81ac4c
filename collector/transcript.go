package collector

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Transcript is what a target answered in one session, secrets masked, as a txtar archive: a comment that says what it is, and a
// section for each answer, named as driver.Text names the question. After the name may stand " ! REASON: error" for an answer that
// could not be had, " ~" for one whose end was not proved, and " base64" for one that is not text. The drivers' cases have the same form.
type Transcript struct {
	// Driver that asked.
	Driver string
	// Taken says when.
	Taken   time.Time
	Answers []*pluginpb.Answer
}

// The first line of a transcript's comment.
const transcriptMark = "plumbline transcript"

var errNoTranscript = errors.New("not a transcript")

const (
	cutMark     = " ~"
	failureMark = " ! "
	base64Mark  = " base64"
)

// NewTranscript masks what a target answered.
func NewTranscript(driverName string, taken time.Time, answers []*pluginpb.Answer, maskKey []byte) *Transcript {
	m := facts.NewMasker(maskKey)
	t := &Transcript{Driver: driverName, Taken: taken}
	for _, a := range decoded(answers) {
		body := []byte(m.String(string(a.GetBody())))
		t.Answers = append(t.Answers, &pluginpb.Answer{Question: a.GetQuestion(), Body: body, Reason: a.GetReason(), Error: m.String(a.GetError()), Complete: a.GetComplete()})
	}
	return t
}

// Format prints it.
func (t *Transcript) Format() []byte {
	ar := &txtar.Archive{Comment: fmt.Appendf(nil, "%s\ndriver %s\ntaken %s\n\n", transcriptMark, t.Driver, t.Taken.Format(time.RFC3339))}
	for _, a := range t.Answers {
		name, body := driver.Text(a.GetQuestion()), a.GetBody()
		if name != oneLine(name) || strings.Contains(name, failureMark) { // a file that its host named so that it cannot stand here
			continue
		}
		if !a.GetComplete() && a.GetReason() == pb.Reason_REASON_UNSPECIFIED {
			name += cutMark
		}
		if !utf8.Valid(body) || bytes.HasPrefix(body, []byte("-- ")) || bytes.Contains(body, []byte("\n-- ")) || len(body) > 0 && body[len(body)-1] != '\n' {
			name, body = name+base64Mark, append([]byte(base64.StdEncoding.EncodeToString(body)), '\n')
		}
		if a.GetReason() != pb.Reason_REASON_UNSPECIFIED {
			name += failureMark + strings.ToLower(facts.ReasonName(a.GetReason())) + ": " + oneLine(a.GetError())
		}
		ar.Files = append(ar.Files, txtar.File{Name: name, Data: body})
	}
	return txtar.Format(ar)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// ParseTranscript reads what Format prints.
func ParseTranscript(text []byte) (*Transcript, error) {
	if !bytes.HasPrefix(text, []byte(transcriptMark+"\n")) {
		return nil, errNoTranscript
	}
	ar := txtar.Parse(text)
	t := &Transcript{}
	for line := range strings.Lines(string(ar.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "driver":
			t.Driver = value
		case "taken":
			taken, err := time.Parse(time.RFC3339, value)
			if err != nil {
				return nil, fmt.Errorf("transcript: taken: %w", err)
			}
			t.Taken = taken
		}
	}
	if t.Driver == "" {
		return nil, errors.New("transcript: its head has no line \"driver NAME\"")
	}
	for _, f := range ar.Files {
		a, err := parseSection(f)
		if err != nil {
			return nil, fmt.Errorf("transcript: section %q: %w", f.Name, err)
		}
		t.Answers = append(t.Answers, a)
	}
	return t, nil
}

func parseSection(f txtar.File) (*pluginpb.Answer, error) {
	name, failure, failed := strings.Cut(f.Name, failureMark)
	a := &pluginpb.Answer{Body: f.Data, Complete: !failed}
	if failed {
		reason, detail, _ := strings.Cut(failure, ": ")
		n, ok := pb.Reason_value["REASON_"+strings.ToUpper(reason)]
		if !ok {
			return nil, fmt.Errorf("there is no reason %q", reason)
		}
		a.Reason, a.Error = pb.Reason(n), detail
	}
	if rest, ok := strings.CutSuffix(name, base64Mark); ok {
		body, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(f.Data)))
		if err != nil {
			return nil, err
		}
		name, a.Body = rest, body
	}
	if rest, ok := strings.CutSuffix(name, cutMark); ok {
		name, a.Complete = rest, false
	}
	a.Question = driver.ParseQuestion(name)
	return a, nil
}

// Answer gives what the target answered then.
func (t *Transcript) Answer(_ context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	for _, a := range t.Answers {
		if driver.Text(a.GetQuestion()) == driver.Text(q) {
			return a, nil
		}
	}
	return &pluginpb.Answer{Question: q, Reason: pb.Reason_REASON_NOT_ASKED, Error: "not in the transcript"}, nil
}

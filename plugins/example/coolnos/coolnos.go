package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// coolNOS knows Cool NOS, an operating system for switches that does not exist.
type coolNOS struct{}

const showConfig = "show configuration"

// manual is where the vendor states what holds when nothing is configured. A default counts only with such a citation.
const manual = "Cool NOS 3 command reference, "

// Describe says what the driver is for and how its platform is spoken to.
func (coolNOS) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "coolnos", Version: "1.0", Platforms: []string{"Cool NOS 3"},
		Commands: []string{showConfig}, ConfigCommand: showConfig,
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^\S+(?:>|#) ?$`, PagerPattern: `^ *-- more -- *$`, PagerKey: " ",
			ErrorPatterns: []string{`^% `}, Logout: "exit", EndMarks: []string{"end"},
		},
	}
}

// Ask gives everything it wants to know; what was asked before is dropped by the caller.
func (coolNOS) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig)}, nil
}

// Read turns the configuration into facts. Every line is read, knowingly passed over, or reported as unread.
func (coolNOS) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	doc := driver.Index(answers).Command(showConfig)
	r := reader{doc: doc, facts: &pb.Facts{
		Platform:         &pb.Platform{Kind: facts.Text("switch"), Os: facts.Text("coolnos")},
		PasswordPolicies: &pb.PasswordPolicyList{}, SessionPolicies: &pb.SessionPolicyList{}, TimeSources: &pb.TimeSourceList{},
	}}
	for n, line := range doc.Lines() {
		r.line(n, line)
	}
	r.finish()
	return &pluginpb.ReadResponse{Facts: r.facts, Unread: r.unread}, nil
}

type reader struct {
	doc     driver.Document
	facts   *pb.Facts
	unread  []*pb.Evidence
	session *pb.SessionPolicy // of the "line" section we are in
	policy  *pb.PasswordPolicy
	ended   bool
}

func (r *reader) line(n int, text string) {
	words := strings.Fields(text)
	ev := r.doc.Line(n, text)
	switch {
	case len(words) == 0 || words[0] == "!":
	case text == "end":
		r.ended = true
	case words[0] == "line" && len(words) > 1:
		r.session = &pb.SessionPolicy{Scope: strings.Join(words[1:], " ")}
		r.facts.SessionPolicies.Items = append(r.facts.SessionPolicies.Items, r.session)
	case words[0] == "idle" && r.session != nil:
		r.session.IdleTimeout = idle(words[1:], ev)
		if r.session.IdleTimeout.GetState() != pb.FactState_FACT_STATE_KNOWN {
			r.unread = append(r.unread, ev)
		}
	case words[0] == "password-length" && len(words) == 2:
		length, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			r.unread = append(r.unread, ev)
			r.policy = &pb.PasswordPolicy{Scope: "local users", MinLength: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Int()}
			return
		}
		r.policy = &pb.PasswordPolicy{Scope: "local users", Enforced: facts.Bool(true, ev), MinLength: facts.Int(length, ev)}
	case words[0] == "ntp-server" && len(words) == 2:
		r.facts.TimeSources.Items = append(r.facts.TimeSources.Items, &pb.TimeSource{Scope: words[1], Kind: facts.Text("server", ev)})
	case words[0] == "hostname" && len(words) == 2:
		r.facts.Platform.Hostname = facts.Text(words[1], ev)
	case words[0] == "interface" || words[0] == "vlan":
		r.session = nil // known, and no clause asks about it
	default:
		r.unread = append(r.unread, ev)
	}
}

func idle(words []string, ev *pb.Evidence) *pb.DurationFact {
	if len(words) == 1 && words[0] == "never" {
		return facts.Forever(ev)
	}
	if len(words) == 2 && words[1] == "minutes" {
		if m, err := strconv.ParseInt(words[0], 10, 32); err == nil && m > 0 {
			return facts.Duration(time.Duration(m)*time.Minute, ev)
		}
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Duration()
}

// finish says what is not there: only a configuration that was seen to its end proves an absence.
func (r *reader) finish() {
	f := r.facts
	state, reason := pb.FactState_FACT_STATE_KNOWN, r.doc.Reason()
	if !r.doc.Whole() || !r.ended {
		state = pb.FactState_FACT_STATE_UNKNOWN
		if reason == pb.Reason_REASON_UNSPECIFIED {
			reason = pb.Reason_REASON_TRUNCATED
		}
	}
	all := []*pb.Evidence{r.doc.All()}
	f.PasswordPolicies.State, f.PasswordPolicies.Reason, f.PasswordPolicies.Evidence = state, reason, all
	f.SessionPolicies.State, f.SessionPolicies.Reason, f.SessionPolicies.Evidence = state, reason, all
	f.TimeSources.State, f.TimeSources.Reason, f.TimeSources.Evidence = state, reason, all
	if state == pb.FactState_FACT_STATE_KNOWN {
		r.defaults()
	}
	if r.policy != nil {
		f.PasswordPolicies.Items = append(f.PasswordPolicies.Items, r.policy)
	}
}

// defaults states what holds where nothing is configured, with the manual's page.
func (r *reader) defaults() {
	if r.policy == nil {
		r.policy = &pb.PasswordPolicy{Scope: "local users", Enforced: facts.Bool(false, r.doc.All()), MinLength: facts.Absent(r.doc.All()).Int()}
	}
	for _, s := range r.facts.SessionPolicies.Items {
		if s.IdleTimeout == nil {
			s.IdleTimeout = facts.Duration(10*time.Minute, facts.Default(manual+"line, idle"))
		}
	}
}

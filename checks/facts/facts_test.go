package facts_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// What is printed can be read back, whatever stands in it.
func TestFlatAndParse(t *testing.T) {
	f := &pb.Facts{
		Platform: &pb.Platform{Os: facts.Text("linux", facts.Line("/etc/os-release", 3, "ID=x")), Version: facts.Text("absent"), Hostname: facts.Text(" a  # b\n")},
		Clock:    &pb.Clock{Offset: facts.Duration(-3 * time.Millisecond), Synchronised: facts.Unknown(pb.Reason_REASON_OFFLINE, "").Bool()},
		Accounts: &pb.AccountList{State: pb.FactState_FACT_STATE_KNOWN, Evidence: []*pb.Evidence{facts.Lines("/etc/passwd", 1, 30, "")}, Items: []*pb.Account{
			{Scope: `a"]b`, Uid: facts.Int(0), Roles: facts.Texts([]string{"x", "y, z", ""}), MaxAge: facts.Forever(), Expires: facts.Absent().Time()},
			{Scope: "bare"},
			{Scope: "old", LastLogin: facts.Time(time.Date(2025, 1, 2, 3, 4, 5, 6000, time.UTC)), MaxAge: facts.Duration(90*24*time.Hour, facts.Default("shadow(5), section"))},
			{Scope: "x", Privileged: facts.Unknown(pb.Reason_REASON_NOT_PERMITTED, "/etc/shadow: odd").Bool(), Shell: facts.NotApplicable().Text()},
		}},
		Services: &pb.ServiceList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_TRUNCATED, Detail: "no end"},
	}
	printed := facts.Flat(f)
	back, err := facts.Parse(printed)
	if err != nil {
		t.Fatalf("%v in\n%s", err, printed)
	}
	if again := facts.Flat(back); again != printed {
		t.Errorf("printed\n%s\nread and printed again\n%s", printed, again)
	}
	f.Platform.Os.Evidence[0].Excerpt = "" // excerpts are not printed
	if !proto.Equal(f, back) {
		t.Errorf("not the same facts:\n%v\n%v", f, back)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{
		"nothing.at = 1", "accounts.uid = 0", "accounts[x].nope = 1", "accounts[x.uid = 0", "platform[x].os = y",
		"accounts = 5", "accounts[x].uid = five", "clock.offset = soon", "accounts[x].uid = unknown: because", "accounts[x].roles = a, b",
	} {
		if _, err := facts.Parse("\n" + bad); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: got %v, want an error that names line 2", bad, err)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		90 * 24 * time.Hour: "90d", 15 * time.Minute: "15m", 90 * time.Minute: "1h30m", 0: "0s", 36 * time.Hour: "36h", 250 * time.Millisecond: "250ms", time.Hour + time.Second: "1h0m1s",
	} {
		if got := facts.Span(d); got != want {
			t.Errorf("Span(%d) = %s, want %s", d, got, want)
		}
		if back, err := facts.ParseSpan(want); err != nil || back != d {
			t.Errorf("ParseSpan(%s) = %v, %v", want, back, err)
		}
	}
	for _, bad := range []string{"", "90", "d", "1.5d", "99999999999999d", "soon"} {
		if d, err := facts.ParseSpan(bad); err == nil {
			t.Errorf("ParseSpan(%q) = %v, want an error", bad, d)
		}
	}
}

func TestExcerptIsShortAndValid(t *testing.T) {
	for _, in := range []string{strings.Repeat("长", 200), "\xff\xfe raw", "  plain \n"} {
		got := facts.Excerpt(in)
		if len(got) > facts.MaxExcerpt || !strings.HasPrefix(strings.ToValidUTF8(got, ""), strings.TrimSuffix(got, "…")[:1]) && got != "plain" {
			t.Errorf("Excerpt(%q) = %q", in, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("accounts[\"a]\"].uid = 0  # /etc/passwd:1\nplatform.os = \"x\"\n")
	f.Add("clock.offset = -3ms\nservices = unknown: truncated: x\n")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := facts.Parse(text)
		if err != nil {
			return
		}
		printed := facts.Flat(a)
		b, err := facts.Parse(printed)
		if err != nil {
			t.Fatalf("cannot read back: %v\n%s", err, printed)
		}
		if again := facts.Flat(b); again != printed {
			t.Errorf("%q\nprinted %q\nthen    %q", text, printed, again)
		}
	})
}

// Stating a second fact with more appended to the same evidence leaves that of the first as it was.
func TestEvidenceIsOnesOwn(t *testing.T) {
	line := func(n int) *pb.Evidence { return facts.Line("answer", n, "words") }
	for room := 2; room < 5; room++ {
		shared := append(make([]*pb.Evidence, 0, room), line(1))
		first := facts.Text("udp", append(shared, line(2))...)
		missing := facts.Absent(append(shared, line(3))...).Bool()
		facts.Bool(true, append(shared, line(4))...)
		if got := first.GetEvidence()[1].GetFirstLine(); got != 2 {
			t.Errorf("room for %d: the evidence of the first fact is now line %d", room, got)
		}
		if got := missing.GetEvidence()[1].GetFirstLine(); got != 3 {
			t.Errorf("room for %d: the evidence of the second fact is now line %d", room, got)
		}
	}
}

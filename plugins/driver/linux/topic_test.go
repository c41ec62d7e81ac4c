package linux

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// readTopics interviews a written host (a txtar archive as drivertest.Transcript reads it) with the whole driver and
// gives those flat facts that begin with one of the prefixes; all of them without a prefix.
func readTopics(t testing.TB, archive string, prefixes ...string) string {
	t.Helper()
	tr, err := drivertest.NewTranscript(txtar.Parse([]byte(archive)))
	if err != nil {
		t.Fatal(err)
	}
	iv, err := driver.Conduct(t.Context(), Driver{}, tr, nil)
	if err != nil {
		t.Fatal(err)
	}
	return withPrefixes(facts.Flat(iv.Facts), prefixes)
}

// readAnswers is readTopics for answers that are no text.
func readAnswers(t testing.TB, answers []*pluginpb.Answer, prefixes ...string) string {
	t.Helper()
	r, err := Driver{}.Read(answers)
	if err != nil {
		t.Fatal(err)
	}
	return withPrefixes(facts.Flat(r.GetFacts()), prefixes)
}

func withPrefixes(flat string, prefixes []string) string {
	if len(prefixes) == 0 {
		return flat
	}
	var b strings.Builder
	for line := range strings.Lines(flat) {
		for _, p := range prefixes {
			if strings.HasPrefix(line, p) {
				b.WriteString(line)
				break
			}
		}
	}
	return b.String()
}

// expect holds the flat facts under the prefixes to what is wanted; both are compared line by line, ends trimmed.
func expect(t testing.TB, archive, want string, prefixes ...string) {
	t.Helper()
	same(t, readTopics(t, archive, prefixes...), want)
}

func same(t testing.TB, got, want string) {
	t.Helper()
	if g, w := strings.TrimSpace(got), strings.TrimSpace(want); g != w {
		t.Errorf("got:\n%s\nwant:\n%s", g, w)
	}
}

// valuesOf gives the values of one subject's facts by field, without evidence.
func valuesOf(t testing.TB, archive, subject string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(readTopics(t, archive, subject+".")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		value, _, _ = strings.Cut(value, "  # ")
		out[strings.TrimPrefix(name, subject+".")] = value
	}
	if len(out) == 0 {
		t.Fatalf("nothing is said of %s", subject)
	}
	return out
}

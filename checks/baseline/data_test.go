package baseline

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// How many clauses each standard has.
var sizes = map[string]int{"jrt0068-2012": 1047, "qtcjh-0001-2023": 735, "pboc-2010": 401, "sac-online-securities": 198,
	"company-access-rules": 103, "shanghai-internet-finance": 66}

func TestBuiltin(t *testing.T) {
	all := Builtin()
	if len(all) != len(sizes) {
		t.Fatalf("%d baselines, wanted %d", len(all), len(sizes))
	}
	ids := map[string]string{}
	for _, b := range all {
		if len(b.Clauses) != sizes[b.ID] {
			t.Errorf("%s has %d clauses, wanted %d", b.ID, len(b.Clauses), sizes[b.ID])
		}
		if ByID(b.ID) != b {
			t.Errorf("%s is not found by its id", b.ID)
		}
		if b.Digest != b.digest() {
			t.Errorf("%s: the digest is not that of its content", b.ID)
		}
		bilingual(t, b.ID, b.Title, b.Source)
		for _, c := range b.Clauses {
			if ids[c.ID] != "" {
				t.Errorf("clause %s stands in %s and in %s", c.ID, ids[c.ID], b.ID)
			}
			ids[c.ID] = b.ID
			checkClause(t, &c)
		}
	}
	if ByID("pboc-2010-trial") != ByID("pboc-2010") || ByID("nothing") != nil {
		t.Error("an alias is not found, or something that is not there is")
	}
}

func checkClause(t *testing.T, c *Clause) {
	t.Helper()
	ways := 0
	for _, way := range []bool{len(c.Checks) > 0, c.Attested != nil, c.NotObservable != nil} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		t.Errorf("%s is classified %d times", c.ID, ways)
	}
	bilingual(t, c.ID, c.Text)
	for _, text := range []*pb.Text{c.Note, c.Attested, c.NotObservable} {
		if text != nil {
			bilingual(t, c.ID, text)
		}
	}
}

func bilingual(t *testing.T, what string, texts ...*pb.Text) {
	t.Helper()
	for _, text := range texts {
		han := strings.ContainsFunc(text.GetZh(), func(r rune) bool { return unicode.Is(unicode.Han, r) })
		if !han || text.GetEn() == "" {
			t.Errorf("%s is not said in both languages: %q, %q", what, text.GetZh(), text.GetEn())
		}
		if strings.ContainsFunc(text.GetEn(), func(r rune) bool { return unicode.Is(unicode.Han, r) }) && !strings.Contains(text.GetEn(), "(") {
			t.Errorf("%s: the English has Chinese in it: %q", what, text.GetEn())
		}
	}
}

func TestControls(t *testing.T) {
	if len(Controls()) < 300 {
		t.Fatalf("only %d controls", len(Controls()))
	}
	for _, c := range Controls() {
		bilingual(t, c.ID, c.Text, c.Evidence)
	}
	if ControlByID("PWD-01") == nil || ControlByID("PWD-00") != nil {
		t.Error("a control is not found, or one that is not there is")
	}
}

// Where the catalogue of the standards lies beside the project, every row of it is a clause, the rows that a program can decide
// on a host are tied to checks, and nothing else is claimed to be decided as a whole.
func TestCatalogue(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "catalogue")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the catalogue is not here")
	}
	row := regexp.MustCompile(`(?m)^- id: "?([^"\s]+)"?(?:.*)\n  level: (\S+)\n  subject: (\S+)\n(?:.*\n)*?  verify: (\S+)\n  control: \[(.*)\]`)
	for _, b := range Builtin() {
		name := b.ID
		if name == "pboc-2010" {
			name = "pboc-2010-trial"
		}
		rows := row.FindAllStringSubmatch(string(read(t, filepath.Join(dir, name+".yaml"))), -1)
		if len(rows) != sizes[b.ID] {
			t.Fatalf("%s: %d rows were read, wanted %d", name, len(rows), sizes[b.ID])
		}
		for i, r := range rows {
			id, level, subject, verify, controls := r[1], r[2], r[3], r[4], r[5]
			c := b.Clauses[i]
			if c.ID != id || c.Level != level || c.Subject != subject || strings.Join(c.Controls, ", ") != controls {
				t.Errorf("row %s %s %s [%s] is clause %s %s %s %v", id, level, subject, controls, c.ID, c.Level, c.Subject, c.Controls)
			}
			if verify == "auto" && subject == "host" && c.On()&Host == 0 {
				t.Errorf("%s can be decided on a host and is tied to no check", id)
			}
			for _, tie := range c.Checks {
				if verify != "auto" && !tie.Partial {
					t.Errorf("%s: %s claims to decide the whole of a clause of which it can decide a part", id, tie.Check)
				}
			}
		}
	}
}

// The figures in which the standards differ, as they were read from the texts.
func TestFigures(t *testing.T) {
	for _, want := range []struct{ baseline, clause, check, param, value string }{
		{"jrt0068-2012", "JRT0068-2012/6.1.4.3.a.3-1", "password.min_length", "length", "8"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.3.a.3-2", "password.complexity", "classes", "letter+digit+symbol"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.2.c.3.3", "password.complexity", "classes", "letter+digit"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.3.a.4-2", "password.max_age", "age", "90d"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.3.a.6.1", "lockout.attempts", "attempts", "6"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.3.a.6.2", "lockout.duration", "duration", "30m"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.3.f.2", "session.idle", "idle", "<15m"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.2.c.10.3", "session.idle", "idle", "15m"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.3.c.3-6", "logging.retention", "keep", "180d"},
		{"jrt0068-2012", "JRT0068-2012/6.1.4.3.c.2-4", "logging.audit_coverage", "events", "accounts"},
		{"jrt0068-2012", "JRT0068-2012/6.1.3.1.b-1", "tls.versions", "min", "TLSv1.2"},
		{"qtcjh-0001-2023", "QTCJH0001-2023/5.1.3.f.2", "session.idle", "idle", "<15m"},
		{"pboc-2010", "PBOC-2010/6.1.4.4.A.a.5-1", "password.min_length", "length", "6"},
		{"pboc-2010", "PBOC-2010/6.1.4.4.A.a.5-3", "password.max_age", "age", "180d"},
		{"pboc-2010", "PBOC-2010/6.1.4.1.d.1-4", "logging.retention", "keep", "90d"},
		{"pboc-2010", "PBOC-2010/6.1.3.1.c-2", "tls.certificate", "rsa", "1024"},
		{"company-access-rules", "CAR/3.8", "lockout.attempts", "attempts", "5"},
		{"company-access-rules", "CAR/3.9", "password.max_age", "age", "30d"},
		{"company-access-rules", "CAR/3.12", "password.history", "remember", "3"},
	} {
		c := ByID(want.baseline).Clause(want.clause)
		if c == nil {
			t.Errorf("there is no clause %s", want.clause)
			continue
		}
		got := ""
		for _, tie := range c.Checks {
			if tie.Check == want.check {
				got, _ = tie.stated(want.param)
			}
		}
		if got != want.value {
			t.Errorf("%s: %s %s is %q, wanted %q", want.clause, want.check, want.param, got, want.value)
		}
	}
}

// A check that no clause asks for would never run. The ones that only devices have are named here; access.session is asked by the
// collector of every target it reaches.
func TestEveryCheckServes(t *testing.T) {
	deviceOnly := []string{"filter.stateful", "filter.port_granular", "logging.accounting", "network.dos_protection", "config.saved", "config.backup"}
	on := map[string]Kind{}
	for _, b := range Builtin() {
		for _, c := range b.Clauses {
			for _, tie := range c.Checks {
				on[tie.Check] |= tie.On
			}
		}
	}
	seen := 0
	for _, c := range known() {
		seen++
		if c.ID == "access.session" {
			continue
		}
		if on[c.ID] == 0 || (on[c.ID]&Host == 0) != slices.Contains(deviceOnly, c.ID) {
			t.Errorf("%s bears on %q", c.ID, on[c.ID])
		}
	}
	if seen == 0 {
		t.Fatal("no check was seen")
	}
}

func TestEvidence(t *testing.T) {
	b := ByID("jrt0068-2012")
	for clause, want := range map[string]string{"6.1.1.1.a-1": "test report", "6.1.4.3.a.2-4": "ACC-02", "6.1.4.3.a.3-1": "", "6.1.2.1.f": ""} {
		if want == "ACC-02" {
			want = ControlByID(want).Evidence.GetEn()
		}
		got := b.Clause("JRT0068-2012/" + clause).Evidence().GetEn()
		if !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q, wanted %q", clause, got, want)
		}
	}
}

func TestShanghaiScoring(t *testing.T) {
	table := ShanghaiScoring()
	sum, guideline := 0, ByID(table.Baseline)
	if len(table.Indicators) != 16 || guideline == nil {
		t.Fatalf("%d indicators of %s", len(table.Indicators), table.Baseline)
	}
	for _, in := range table.Indicators {
		sum += in.Weight
		bilingual(t, in.ID, append([]*pb.Text{in.Group, in.Name, in.Text, in.Share}, in.Evidence...)...)
		if len(in.Evidence) == 0 || len(in.Clauses) == 0 {
			t.Errorf("%s rests on nothing", in.ID)
		}
		for _, id := range in.Clauses {
			if guideline.Clause(id) == nil {
				t.Errorf("%s rests on %s, which is no clause", in.ID, id)
			}
		}
		for _, id := range in.Controls {
			if ControlByID(id) == nil {
				t.Errorf("%s names control %s, which does not exist", in.ID, id)
			}
		}
	}
	if sum != 100 {
		t.Errorf("the weights come to %d", sum)
	}
}

func TestFile(t *testing.T) {
	for _, b := range Builtin() {
		data, err := File(b.ID)
		if err != nil || !strings.Contains(string(data), "id: "+b.ID+"\n") {
			t.Errorf("%s: %v", b.ID, err)
		}
	}
	if _, err := File("nothing"); err == nil {
		t.Error("a file was given for a baseline that does not exist")
	}
}

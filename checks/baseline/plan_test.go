package baseline

import (
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func plan(t testing.TB, id string, kind Kind, o Options) Plan {
	t.Helper()
	p, err := ByID(id).Plan(known(), kind, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rule(t testing.TB, p Plan, clause, check string) checks.Rule {
	t.Helper()
	for _, r := range p.Rules {
		if strings.HasSuffix(r.Clause, clause) && r.Check.ID == check {
			return r
		}
	}
	t.Fatalf("no rule for %s %s", clause, check)
	return checks.Rule{}
}

func note(p Plan, clause, check string) Note {
	for _, n := range p.Notes {
		if strings.HasSuffix(n.Clause, clause) && n.Check == check {
			return n
		}
	}
	return Note{}
}

func TestPlanKinds(t *testing.T) {
	host, device := plan(t, "jrt0068-2012", Host, Options{}), plan(t, "jrt0068-2012", Device, Options{})
	if len(host.Rules) < 100 || len(device.Rules) < 60 {
		t.Fatalf("%d rules for a host, %d for a device", len(host.Rules), len(device.Rules))
	}
	r := rule(t, host, "6.1.4.3.f.2", "session.idle")
	if r.Params["idle"] != "<15m" || r.Control != "SES-01" || r.Level != Basic || r.Partial || r.Baseline != "jrt0068-2012" {
		t.Errorf("%+v", r)
	}
	if r := rule(t, device, "6.1.4.2.c.10.3", "session.idle"); r.Params["idle"] != "15m" {
		t.Errorf("%+v", r)
	}
	for _, r := range host.Rules {
		if strings.Contains(r.Clause, "6.1.4.2.c.3.2") {
			t.Errorf("a device's clause is judged on a host: %+v", r)
		}
	}
	if r := rule(t, host, "6.1.4.3.d.3-2", "access.risky_protocols"); r.Control != "RMT-04" || !r.Partial {
		t.Errorf("the control is not the one that the check serves: %+v", r)
	}
	if r := rule(t, host, "6.1.4.3.d.3-2", "snmp.community"); r.Control != "PRT-02" {
		t.Errorf("a check that serves none of the clause's controls stands under the main one: %+v", r)
	}
}

// Every rule of every built-in baseline is one that Judge can run.
func TestPlanParams(t *testing.T) {
	rules := 0
	for _, b := range Builtin() {
		for _, profile := range Profiles() {
			p := plan(t, b.ID, Host|Device, Options{Profile: profile})
			for _, r := range p.Rules {
				rules++
				if _, err := r.Check.ReadParams(r.Params, checks.Env{}); err != nil {
					t.Errorf("%s %s %s: %v", profile, b.ID, r.Clause, err)
				}
			}
			for _, n := range p.Notes {
				bilingual(t, n.Clause, n.Text)
			}
		}
	}
	if rules == 0 {
		t.Fatal("no rule was seen")
	}
}

func TestProfiles(t *testing.T) {
	for _, want := range []struct {
		profile         Profile
		baseline        string
		kind            Kind
		clause, check   string
		param, used, by string
		says            string
	}{
		{AsWritten, "jrt0068-2012", Host, "6.1.4.3.a.4-2", "password.max_age", "age", "90d", "", ""},
		{AsWritten, "company-access-rules", Host, "CAR/3.9", "password.max_age", "age", "30d", "", ""},
		{AsWritten, "jrt0068-2012", Host, "6.1.3.1.b-1", "tls.versions", "min", "TLSv1.2", "stricter", "SSLv3"},
		{AsWritten, "jrt0068-2012", Host, "6.1.4.3.d.4", "patch.pending", "refresh", "30d", "default", "30d"},
		{AsWritten, "pboc-2010", Host, "6.1.3.1.c-2", "tls.certificate", "rsa", "1024", "", ""},
		{Strictest, "jrt0068-2012", Host, "6.1.4.3.a.4-2", "password.max_age", "age", "30d", "profile", "company-access-rules CAR/3.4"},
		{Strictest, "pboc-2010", Host, "6.1.4.4.A.a.5-1", "password.min_length", "length", "8", "profile", "jrt0068-2012"},
		{Strictest, "pboc-2010", Host, "6.1.4.4.A.a.5-2", "password.complexity", "classes", "digit+letter+symbol", "profile", "letter+digit"},
		{Strictest, "jrt0068-2012", Device, "6.1.4.2.c.10.3", "session.idle", "idle", "<15m", "profile", "15m"},
		{Strictest, "jrt0068-2012", Host, "6.1.4.3.a.6.1", "lockout.attempts", "attempts", "5", "profile", "6"},
		{Strictest, "jrt0068-2012", Host, "6.1.4.3.a.4-3", "password.history", "remember", "3", "profile", "CAR/3.12"},
		{Strictest, "jrt0068-2012", Host, "6.1.4.3.c.2-3", "logging.audit_coverage", "events", "commands", "", ""},
		{Strictest, "company-access-rules", Host, "CAR/7.13", "session.idle", "idle", "<15m", "profile", "no figure"},
		{Literal, "jrt0068-2012", Host, "6.1.3.1.b-1", "tls.versions", "min", "SSLv3", "literal", "no longer safe"},
		{Literal, "jrt0068-2012", Host, "6.1.4.3.a.4-2", "password.max_age", "age", "90d", "", ""},
		{Modern, "pboc-2010", Host, "6.1.3.1.c-2", "tls.certificate", "rsa", "2048", "profile", "1024"},
		{Modern, "pboc-2010", Host, "6.1.4.4.A.a.5-1", "password.min_length", "length", "6", "", ""},
		{Modern, "jrt0068-2012", Host, "6.1.3.1.b-1", "tls.versions", "min", "TLSv1.2", "stricter", "SSLv3"},
	} {
		p := plan(t, want.baseline, want.kind, Options{Profile: want.profile})
		if got := rule(t, p, want.clause, want.check).Params[want.param]; got != want.used {
			t.Errorf("%s %s %s: %q, wanted %q", want.profile, want.clause, want.check, got, want.used)
		}
		n := note(p, want.clause, want.check)
		if string(n.Origin) != want.by || !strings.Contains(n.Text.GetEn(), want.says) {
			t.Errorf("%s %s %s: note %q %q, wanted %q with %q", want.profile, want.clause, want.check, n.Origin, n.Text.GetEn(), want.by, want.says)
		}
	}
}

func TestSet(t *testing.T) {
	p := plan(t, "jrt0068-2012", Host, Options{Profile: Strictest, Set: map[string]map[string]string{"password.max_age": {"age": "60d"}}})
	r, n := rule(t, p, "6.1.4.3.a.4-2", "password.max_age"), note(p, "6.1.4.3.a.4-2", "password.max_age")
	if r.Params["age"] != "60d" || n.Origin != FromUser || n.Stated != "90d" || !strings.Contains(n.Text.GetZh(), "60d") {
		t.Errorf("%v, %+v", r.Params, n)
	}
}

func TestFilters(t *testing.T) {
	p := plan(t, "jrt0068-2012", Host, Options{Checks: []string{"password.history"}})
	if len(p.Rules) != 1 || p.Rules[0].Check.ID != "password.history" {
		t.Errorf("by check: %d rules", len(p.Rules))
	}
	p = plan(t, "jrt0068-2012", Host, Options{Controls: []string{"LOG-03"}})
	if len(p.Rules) != 5 {
		t.Errorf("by control: %d rules", len(p.Rules))
	}
	p = plan(t, "jrt0068-2012", Host, Options{Levels: []string{Enhanced}})
	if len(p.Rules) == 0 || slices.ContainsFunc(p.Rules, func(r checks.Rule) bool { return r.Level != Enhanced }) {
		t.Errorf("by level: %d rules", len(p.Rules))
	}
	p = plan(t, "jrt0068-2012", Host, Options{Clauses: []string{"JRT0068-2012/6.1.4.3.f.2"}})
	if len(p.Rules) != 1 {
		t.Errorf("by clause: %d rules", len(p.Rules))
	}
}

func TestPlanRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"profile":   {Profile: "lenient"},
		"check":     {Checks: []string{"password.length"}},
		"control":   {Controls: []string{"PWD-99"}},
		"level":     {Levels: []string{"middle"}},
		"set check": {Set: map[string]map[string]string{"password.length": {"length": "8"}}},
		"set param": {Set: map[string]map[string]string{"password.min_length": {"size": "8"}}},
		"set value": {Set: map[string]map[string]string{"password.min_length": {"length": "long"}}},
	} {
		if p, err := ByID("jrt0068-2012").Plan(known(), Host, o); err == nil {
			t.Errorf("%s: accepted with %d rules", name, len(p.Rules))
		}
	}
	if _, err := ByID("jrt0068-2012").Plan(known()[:3], Host, Options{}); err == nil {
		t.Error("clauses whose check does not exist were passed over")
	}
}

// Each parameter that a baseline sets and that profiles leave alone says what the clause is about.
func TestWays(t *testing.T) {
	aboutness := []string{"logging.audit_coverage events", "logging.fields fields", "access.risky_protocols protocols", "accounts.default_rights admin_login",
		"tls.certificate self_signed"}
	seen := 0
	for _, c := range known() {
		for _, d := range c.Params {
			seen++
			key := c.ID + " " + d.Name
			if (wayOf(c.ID, d.Name) == about) != slices.Contains(aboutness, key) {
				t.Errorf("%s: it must be said in which direction it gets stricter", key)
			}
		}
	}
	if seen == 0 {
		t.Fatal("no parameter was seen")
	}
}

func TestStricter(t *testing.T) {
	number, length := checks.Param{Kind: checks.Number}, checks.Param{Kind: checks.Span}
	version := checks.Param{Kind: checks.Word, Allowed: []string{"SSLv3", "TLSv1.2"}}
	for _, want := range []struct {
		d    checks.Param
		w    way
		a, b string
		is   bool
	}{
		{number, more, "8", "6", true}, {number, more, "6", "8", false}, {number, less, "5", "6", true}, {number, more, "8", "8", false},
		{length, less, "30d", "90d", true}, {length, less, "900s", "15m", false}, {length, less, "<15m", "15m", true}, {length, less, "15m", "<15m", false},
		{length, less, "<15m", "<900s", false}, {length, less, "14m", "<15m", true}, {version, more, "TLSv1.2", "SSLv3", true},
		{number, more, "many", "6", false}, {length, less, "soon", "15m", false}, {number, about, "8", "6", false},
	} {
		if got := stricter(want.d, want.w, want.a, want.b); got != want.is {
			t.Errorf("%s against %s: %t", want.a, want.b, got)
		}
	}
}

// A verdict on the whole baseline is not given on a part of it.
func TestConclusionNeedsTheWhole(t *testing.T) {
	const met = "config.baseline_met"
	has := func(o Options) bool {
		return slices.ContainsFunc(plan(t, "sac-online-securities", Host, o).Rules, func(r checks.Rule) bool { return r.Check.ID == met })
	}
	if !has(Options{}) {
		t.Error("the whole baseline is judged, and nothing says whether it is met")
	}
	if has(Options{Checks: []string{met, "password.empty"}}) || has(Options{Controls: []string{"CFG-51", "PWD-06"}}) {
		t.Error("it is said of a part")
	}
	alone := plan(t, "sac-online-securities", Host, Options{Checks: []string{met}})
	found, err := checks.Judge("a", alone.Rules, &pb.Facts{}, checks.Env{})
	if err != nil || len(found) != 1 || found[0].GetOutcome() != unknown {
		t.Errorf("alone it came to %v, %v", found, err)
	}
}

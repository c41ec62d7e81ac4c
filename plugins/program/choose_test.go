package program

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// An app with three checks; the second has two parameters, the third none.
func testApp() *App {
	age := checks.Param{Name: "age", Kind: checks.Span, Default: "90d"}
	return &App{
		System: System{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: func(string) string { return "" }, Version: "test"},
		Name:   "plumbline-test",
		Lang:   English,
		Checks: []*checks.Check{
			{ID: "password.max_age", Controls: []string{"PWD-03"}, Params: []checks.Param{age}},
			{ID: "password.complexity", Controls: []string{"PWD-02"}, Params: []checks.Param{{Name: "classes", Kind: checks.Words, Default: "letter+digit", Allowed: []string{"letter", "digit", "symbol"}}, age}},
			{ID: "lockout.covers_admins", Controls: []string{"LCK-01", "LCK-02"}},
		},
	}
}

func names(rules []checks.Rule) string {
	var out []string
	for _, r := range rules {
		out = append(out, r.Baseline+" "+r.Clause+" "+r.Control+" "+r.Check.ID)
	}
	return strings.Join(out, ", ")
}

func TestChoose(t *testing.T) {
	a := testApp()
	rules := []checks.Rule{
		{Baseline: "b", Clause: "1", Control: "PWD-03", Check: a.Checks[0]},
		{Baseline: "b", Clause: "2", Control: "LCK-01", Check: a.Checks[2]},
		{Baseline: "c", Clause: "7", Control: "PWD-03", Check: a.Checks[0]},
	}
	for _, c := range []struct{ checks, controls, want string }{
		{"", "", names(rules)},
		{"password.max_age", "", "b 1 PWD-03 password.max_age, c 7 PWD-03 password.max_age"},
		{"password.complexity", "", "ad-hoc - PWD-02 password.complexity"},
		{"", "LCK-01", "b 2 LCK-01 lockout.covers_admins"},
		{"", "LCK-02", "ad-hoc - LCK-02 lockout.covers_admins"},
		{"password.max_age", "LCK-01", names(rules)},
	} {
		split := func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) }
		got, err := a.choose(rules, split(c.checks), split(c.controls), nil)
		if err != nil {
			t.Error(err)
		}
		if names(got) != c.want {
			t.Errorf("--check %q --control %q: %s, want %s", c.checks, c.controls, names(got), c.want)
		}
	}
	for _, wrong := range [][2][]string{{{"password.maxage"}, nil}, {nil, {"PWD-3"}}, {nil, {"NET-99"}}} {
		if got, err := a.choose(rules, wrong[0], wrong[1], nil); err == nil {
			t.Errorf("%v: %s", wrong, names(got))
		}
	}
}

func TestSettings(t *testing.T) {
	a := testApp()
	got, err := a.settings([]string{"password.max_age=30d", "password.complexity=letter+symbol", "password.complexity.age=1800s"})
	if err != nil {
		t.Fatal(err)
	}
	set := bySetting(got)
	if set["password.max_age"]["age"] != "30d" || set["password.complexity"]["classes"] != "letter+symbol" || set["password.complexity"]["age"] != "1800s" || len(settingNotes(got)) != 3 {
		t.Errorf("%v", set)
	}
	if rules, err := a.choose(nil, []string{"password.max_age"}, nil, set); err != nil || len(rules) != 1 || rules[0].Params["age"] != "30d" {
		t.Errorf("%+v, %v", rules, err)
	}
	for wrong, says := range map[string]string{
		"password.max_age":             "want CHECK=VALUE",
		"password.max_age=":            "want CHECK=VALUE",
		"password.max_age=soon":        "not a length of time",
		"password.max_age=0d":          "not longer than nothing",
		"password.complexity=emoji":    "not one of letter, digit, symbol",
		"password.maxage=3d":           "did you mean: password.max_age",
		"lockout.covers_admins=1":      "has no parameters",
		"password.max_age.length=3":    `no parameter "length"`,
		"nothing.of.the.kind.at.all=3": "there is no check",
	} {
		if _, err := a.settings([]string{wrong}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", wrong, err, says)
		}
	}
}

func TestOutcomes(t *testing.T) {
	a := testApp()
	got, err := a.outcomes([]string{"pass", "fail"})
	if err != nil || !slices.Equal(got, []pb.Outcome{pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_PASS}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := a.outcomes(nil); err != nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := a.outcomes([]string{"all"}); err != nil || len(got) != 4 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := a.outcomes([]string{"failed"}); err == nil || !strings.Contains(err.Error(), "fail") {
		t.Errorf("%v", err)
	}
}

func TestFound(t *testing.T) {
	of := func(list ...pb.Outcome) []*pb.Finding {
		var out []*pb.Finding
		for _, o := range list {
			out = append(out, &pb.Finding{Outcome: o})
		}
		return out
	}
	pass, fail, unknown, na := pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN, pb.Outcome_OUTCOME_NOT_APPLICABLE
	for _, c := range []struct {
		findings []*pb.Finding
		failOn   string
		want     bool
	}{
		{of(pass, na), failOnUnknown, false},
		{of(pass, unknown), failOnFail, false},
		{of(pass, unknown), failOnUnknown, true},
		{of(pb.Outcome_OUTCOME_UNSPECIFIED), failOnUnknown, true},
		{of(pass, fail), failOnFail, true},
		{of(fail), failOnUnknown, true},
		{of(fail, unknown), failOnNone, false},
		{nil, failOnUnknown, false},
	} {
		if got := found(c.findings, c.failOn); got != c.want {
			t.Errorf("%v --fail-on %s: %v", c.findings, c.failOn, got)
		}
	}
}

func TestClosest(t *testing.T) {
	known := []string{"password.max_age", "password.min_length", "session.idle", "lockout.attempts"}
	for name, want := range map[string]string{
		"password.maxage":   "password.max_age",
		"Session.Idle":      "session.idle",
		"lockout.attempt":   "lockout.attempts",
		"idle":              "session.idle",
		"something else":    "",
		"":                  "",
		"密码":                "",
		"pasword.min_lenth": "password.min_length",
	} {
		got := closest(name, known)
		if len(got) == 0 && want != "" || len(got) > 0 && got[0] != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		args, env string
		want      Language
	}{
		{"", "", English},
		{"", "LANG=zh_CN.UTF-8", Chinese},
		{"", "LANG=C", English},
		{"", "LANG=zh_CN.UTF-8 LC_ALL=en_US.UTF-8", English},
		{"", "LANG=en_US.UTF-8 LC_MESSAGES=zh_TW", Chinese},
		{"", "PLUMBLINE_LANG=zh LC_ALL=C", Chinese},
		{"", "PLUMBLINE_LANG=en LANG=zh_CN.UTF-8", English},
		{"scan --lang zh", "LANG=C", Chinese},
		{"scan --lang=en", "LANG=zh_CN.UTF-8", English},
		{"scan -- --lang zh", "", English},
		{"scan --lang", "LANG=zh_CN", Chinese},
	} {
		getenv := func(name string) string {
			for _, pair := range strings.Fields(c.env) {
				if k, v, _ := strings.Cut(pair, "="); k == name {
					return v
				}
			}
			return ""
		}
		if got := languageOf(strings.Fields(c.args), getenv); got != c.want {
			t.Errorf("%q with %q: %s, want %s", c.args, c.env, got, c.want)
		}
	}
}

func TestCut(t *testing.T) {
	for line, want := range map[string]string{"short": "short", "0123456789": "01234567", "已读取很多项": "已读取很", "a\x1b[31m\n": "a?[31m?"} {
		if got := Cut(line, 8); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if got := Cut("x", -1); got != "" {
		t.Errorf("%q", got)
	}
}

package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/station"
)

var some = []sink.Builtin{{Name: "central"}, {Name: "file"}}

func TestSample(t *testing.T) {
	c, err := Parse("sample.yaml", []byte(Sample), some)
	if err != nil {
		t.Fatal(err)
	}
	if c.Schedule.Jitter != 45*time.Minute || len(c.Schedule.Freezes) != 1 || c.Sinks[0].Kind != "central" {
		t.Errorf("%+v", c)
	}
	// What is commented out can be used, too.
	var lines []string
	for line := range strings.Lines(Sample) {
		if trimmed := strings.TrimLeft(line, " "); strings.HasPrefix(trimmed, "#") && (!strings.HasPrefix(trimmed, "# ") || strings.HasPrefix(trimmed, "#  ")) {
			line = strings.Replace(line, "#", "", 1)
		}
		lines = append(lines, line)
	}
	c, err = Parse("sample.yaml", []byte(strings.Join(lines, "")), some)
	if err != nil || len(c.Sinks) != 3 || c.Target == "" || c.Role == "" || c.Zone == "" || c.Site == "" || len(c.Baselines) == 0 || len(c.Schedule.Freezes) != 2 {
		t.Errorf("%v, %+v", err, c)
	}
}

func TestRefusedConfig(t *testing.T) {
	const good = "schedule: {cron: 0 2 * * *}\nsinks: [{name: a, kind: file}]\n"
	if _, err := Parse("x", []byte(good), some); err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("0", 64)
	tests := []struct{ name, text, want string }{
		{"empty", "", "schedule lacks cron"},
		{"no sinks", "schedule: {cron: 0 2 * * *}", "at least one receiver"},
		{"unknown key", good + "colour: red\n", "line 3"},
		{"unknown key within", "schedule: {cron: 0 2 * * *, every: 5m}\nsinks: [{name: a, kind: file}]\n", "line 1"},
		{"a key twice", good + "role: a\nrole: b\n", "line 4"},
		{"two documents", good + "---\n" + good, "more than one"},
		{"an impossible date", strings.Replace(good, "0 2 * * *", "0 2 30 2 *", 1), "does not exist"},
		{"relative state_dir", good + "state_dir: x\n", "state_dir"},
		{"relative site", good + "site: x.yaml\n", "site must be"},
		{"relative baseline", good + "baselines: [./x.yaml]\n", "baselines"},
		{"quota of nothing", good + "spool_quota: 0MiB\n", "spool_quota"},
		{"quota of much", good + "spool_quota: 1TB\n", "spool_quota"},
		{"root", good + "run_as: root\n", "run_as"},
		{"name is a path", strings.Replace(good, "name: a", "name: ../a", 1), "will not do"},
		{"unknown kind", strings.Replace(good, "kind: file", "kind: kafka", 1), "central, file"},
		{"no kind", strings.Replace(good, ", kind: file", "", 1), "lacks a kind"},
		{"kind and path", strings.Replace(good, "kind: file", "kind: file, path: /x", 1), "either"},
		{"path without a sum", strings.Replace(good, "kind: file", "path: /x", 1), "sha256 is missing"},
		{"relative path", strings.Replace(good, "kind: file", "path: x, sha256: "+sum, 1), "absolute"},
		{"name twice", strings.Replace(good, "}]", "}, {name: a, kind: central}]", 1), "twice"},
		{"odd YAML", "!!int\n- a\n", ""},
	}
	for _, tt := range tests {
		_, err := Parse("agent.yaml", []byte(tt.text), some)
		var e *station.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "agent.yaml") || e.Say().GetZh() == e.Say().GetEn() {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

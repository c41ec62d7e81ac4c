package all_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline/plumbline/checks"
	checklist "github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/site"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/all"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var update = os.Getenv("PLUMBLINE_UPDATE") != ""

// TestProven holds proven.txt to what the drivers' cases prove: a check is on a driver's line only if judging the facts of its cases
// comes to pass, to fail and to unknown. PLUMBLINE_UPDATE=1 rewrites the file.
func TestProven(t *testing.T) {
	var b bytes.Buffer
	for _, d := range all.List() {
		if kind := d.Describe().GetName(); kind == "linux" || kind == "snmp" {
			continue // the agent's roots prove the host; what SNMP shows is an addition to a device's driver
		}
		proven, lacking := outcomes(t, d)
		fmt.Fprintf(&b, "%s: %s\n", d.Describe().GetName(), strings.Join(proven, " "))
		if len(proven) == 0 {
			t.Errorf("%s proves nothing", d.Describe().GetName())
		}
		for _, l := range lacking {
			t.Logf("%s: %s", d.Describe().GetName(), l)
		}
	}
	hold(t, "proven.txt", b.Bytes())
}

// TestCoverage holds the table of clauses and platforms to what is proven.
func TestCoverage(t *testing.T) {
	platforms := all.Platforms()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{"baseline", "clause", "controls"}
	for _, p := range platforms {
		head = append(head, p.Name)
	}
	rows := [][]string{head}
	for _, base := range baseline.Builtin() {
		first := len(rows)
		for i, p := range platforms {
			for j, r := range base.Coverage(p) {
				if i == 0 {
					rows = append(rows, []string{r.Baseline, r.Clause, strings.Join(r.Controls, " ")})
				}
				rows[first+j] = append(rows[first+j], string(r.Status))
			}
		}
	}
	if len(rows) < 1000 {
		t.Fatalf("%d rows", len(rows))
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	hold(t, "coverage.csv", b.Bytes())
	hold(t, "coverage.md", summary(platforms))
}

// summary counts the clauses of each baseline that bear on a platform, by how they stand.
func summary(platforms []baseline.Platform) []byte {
	var b bytes.Buffer
	b.WriteString("# Clauses by platform\n\nOf the clauses of each baseline that bear on such a target: judged whole / judged in part / not yet. Generated from the drivers' cases; the\nclauses one by one are in coverage.csv. What a person must attest or nobody can observe is the same everywhere and not counted here.\n\n| platform | checks proven |")
	for _, base := range baseline.Builtin() {
		fmt.Fprintf(&b, " %s |", base.ID)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(baseline.Builtin())) + "\n")
	for _, p := range platforms {
		proven := "all"
		if p.Checks != nil {
			proven = fmt.Sprint(len(p.Checks))
		}
		fmt.Fprintf(&b, "| %s | %s |", p.Name, proven)
		for _, base := range baseline.Builtin() {
			n := baseline.Count(base.Coverage(p))
			fmt.Fprintf(&b, " %d / %d / %d |", n[baseline.Judged], n[baseline.PartlyJudged], n[baseline.NotYet])
		}
		b.WriteString("\n")
	}
	return b.Bytes()
}

func hold(t *testing.T, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err == nil && bytes.Equal(got, want) {
		return
	}
	if !update {
		t.Errorf("%s is not what the cases prove; PLUMBLINE_UPDATE=1 rewrites it", name)
		return
	}
	if err := os.WriteFile(name, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// outcomes judges every case of a driver by every check, with a site that agrees with it and with one that does not.
func outcomes(t *testing.T, d driver.Driver) (proven, lacking []string) {
	folder := filepath.Base(reflect.TypeOf(d).PkgPath())
	cases, err := filepath.Glob(filepath.Join("..", folder, "testdata", "*.txtar"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("%s has no cases: %v", folder, err)
	}
	seen := map[string]map[pb.Outcome]bool{}
	for _, name := range cases {
		f := read(t, d, name)
		for _, s := range []*site.Site{nil, agreeing(f), crowded(f), foreign} {
			env := checks.Env{Site: s, Role: "device", Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
			for _, c := range checklist.List() {
				if c.Run == nil {
					continue
				}
				findings, err := checks.Judge("case", []checks.Rule{{Baseline: "b", Clause: "c", Check: c}}, f, env)
				if err != nil {
					t.Fatal(err)
				}
				if seen[c.ID] == nil {
					seen[c.ID] = map[pb.Outcome]bool{}
				}
				for _, finding := range findings {
					seen[c.ID][finding.GetOutcome()] = true
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		var missing []string
		for _, o := range []pb.Outcome{pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN} {
			if !seen[id][o] {
				missing = append(missing, strings.ToLower(strings.TrimPrefix(o.String(), "OUTCOME_")))
			}
		}
		if len(missing) == 0 {
			proven = append(proven, id)
		} else if len(missing) < 2 {
			lacking = append(lacking, id+" is never "+strings.Join(missing, " or "))
		}
	}
	return proven, lacking
}

func read(t *testing.T, d driver.Driver, name string) *pb.Facts {
	t.Helper()
	ar, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := drivertest.NewTranscript(ar)
	if err != nil {
		t.Fatal(err)
	}
	iv, err := driver.Conduct(t.Context(), d, tr, nil)
	if err != nil {
		t.Fatal(err)
	}
	return iv.Facts
}

// foreign is a site with which no case agrees.
var foreign = &site.Site{
	Name: "foreign", ManagementNetworks: []string{"198.18.7.0/24"}, LogServers: []string{"198.18.7.1"}, TimeServers: []string{"198.18.7.2"}, AuthServers: []string{"198.18.7.3"},
	Roles: map[string]site.Role{"device": {}}, BoundHosts: map[string]string{"198.18.7.9": "00:00:5e:00:53:01"},
}

// agreeing is a site that states what the facts say.
func agreeing(f *pb.Facts) *site.Site {
	redundant := true
	s := &site.Site{Name: "agreeing", ManagementNetworks: []string{"0.0.0.0/1", "128.0.0.0/1", "::/0"}, Accounts: map[string]site.Account{}, Roles: map[string]site.Role{"device": {Redundant: &redundant}}, BoundHosts: map[string]string{}}
	for _, x := range f.GetLogTargets().GetItems() {
		s.LogServers = append(s.LogServers, x.GetAddress().GetValue())
	}
	for _, x := range f.GetTimeSources().GetItems() {
		s.TimeServers = append(s.TimeServers, x.GetScope())
	}
	for _, x := range f.GetAuthServers().GetItems() {
		s.AuthServers = append(s.AuthServers, x.GetScope())
	}
	for i, x := range f.GetAccounts().GetItems() {
		s.Accounts[x.GetScope()] = site.Account{Owner: fmt.Sprint("person ", i), Duty: "system"}
	}
	for _, x := range f.GetAddressBindings().GetItems() {
		if facts.Known(x.GetMac()) {
			s.BoundHosts[x.GetScope()] = x.GetMac().GetValue()
		}
	}
	return s
}

// crowded is a site in which one person has every account, with duties that must be kept apart.
func crowded(f *pb.Facts) *site.Site {
	s := &site.Site{Name: "crowded", Accounts: map[string]site.Account{}, Roles: map[string]site.Role{"device": {}}}
	for i, x := range f.GetAccounts().GetItems() {
		s.Accounts[x.GetScope()] = site.Account{Owner: "one person", Duty: []string{"system", "audit", "security"}[i%3]}
	}
	return s
}

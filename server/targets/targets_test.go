package targets

import (
	"bytes"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
)

var (
	by      = store.Entry{Actor: "zhang", Action: "target.import"}
	drivers = []string{"huawei-vrp", "linux"}
)

func open(t *testing.T) *store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func read(t *testing.T, s *store.Store, prune bool, name, text string) *Plan {
	t.Helper()
	p, err := Read(t.Context(), s, Import{Files: []inventory.File{{Name: name, Data: []byte(text)}}, Drivers: drivers, Prune: prune})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const fleet = `
targets:
  - {id: core, name: 核心, address: 10.0.0.1, port: 2222, driver: huawei-vrp, transports: [ssh, snmp], zone: core, role: core-switch, owner: 网络组,
     reader: edge-1, credential: c, snmp_credential: s, user: scan, jump: bastion, algorithms: legacy, encoding: gbk, sudo: true,
     labels: {site: sh, x: "=1+1"}, groups: [network, dc east]}
  - {id: bastion, address: bastion.example.com, zone: mgmt}
  - 10.0.0.9
`

// A file is imported, exported in every form, and each of them imports as the same: nothing to do.
func TestRoundTrip(t *testing.T) {
	s := open(t)
	plan := read(t, s, false, "a.yaml", fleet)
	if !slices.Equal(plan.Added, []string{"core", "bastion", "10.0.0.9"}) || len(plan.Changed)+len(plan.Removed)+plan.Same != 0 {
		t.Fatalf("planned %+v", plan)
	}
	if kept, err := All(t.Context(), s); err != nil || len(kept) != 0 {
		t.Fatalf("a plan changed something: %v, %v", kept, err)
	}
	if err := plan.Apply(t.Context(), s, by); err != nil {
		t.Fatal(err)
	}
	core, err := s.Target(t.Context(), "core")
	if err != nil || core.Labels[groupsLabel] != "dc east,network" || core.Owner != "网络组" || core.Reader != "edge-1" || core.Account != "scan" || !core.Sudo {
		t.Errorf("kept as %+v, %v", core, err)
	}
	// One that a program put there, with nothing but its name.
	if err := s.PutTargets(t.Context(), by, []store.Target{{ID: "web1", Zone: "dmz"}}); err != nil {
		t.Fatal(err)
	}
	before, err := All(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range inventory.Forms() {
		var b bytes.Buffer
		if n, err := Export(t.Context(), s, form, &b); err != nil || n != 4 {
			t.Fatal(n, err)
		}
		name := "b.yaml"
		if form == inventory.FormCSV {
			name = "b.csv"
		}
		again := read(t, s, true, name, b.String())
		if !again.Nothing() || again.Same != 4 {
			t.Errorf("%s comes back as another: %+v\n%s", form, again, b.String())
		}
		// Into an empty store it gives the same.
		other := open(t)
		if err := read(t, other, true, name, b.String()).Apply(t.Context(), other, by); err != nil {
			t.Fatal(err)
		}
		after, err := All(t.Context(), other)
		if err != nil || len(after) != len(before) {
			t.Fatal(len(after), err)
		}
		for i := range after {
			if fields := differ(before[i], after[i]); len(fields) > 0 || !reflect.DeepEqual(before[i].Labels, after[i].Labels) && len(before[i].Labels) > 0 {
				t.Errorf("%s: %s differs in %v", form, after[i].ID, fields)
			}
		}
	}
}

func TestPlan(t *testing.T) {
	s := open(t)
	if err := read(t, s, false, "a.yaml", fleet).Apply(t.Context(), s, by); err != nil {
		t.Fatal(err)
	}
	part := "address,id,zone,jump,label:site\n10.0.0.9,,office,core,bj\n10.0.0.10,new,office,,\n"
	plan := read(t, s, false, "p.csv", part)
	if !slices.Equal(plan.Added, []string{"new"}) || len(plan.Changed) != 1 || !slices.Equal(plan.Changed[0].Fields, []string{"zone", "jump", "labels"}) || len(plan.Removed) != 0 {
		t.Errorf("a part: %+v", plan)
	}
	if err := plan.Apply(t.Context(), s, by); err != nil {
		t.Fatal(err)
	}
	pruned := read(t, s, true, "p.csv", strings.ReplaceAll(part, ",core,", ",,"))
	if !slices.Equal(pruned.Removed, []string{"bastion", "core"}) || pruned.Same != 1 {
		t.Errorf("pruned: %+v", pruned)
	}
	if err := pruned.Apply(t.Context(), s, by); err != nil {
		t.Fatal(err)
	}
	kept, err := All(t.Context(), s)
	if err != nil || len(kept) != 2 {
		t.Errorf("%d are left, %v", len(kept), err)
	}
}

// What is wrong is told with file, line and field, and nothing is changed.
func TestRefused(t *testing.T) {
	s := open(t)
	for text, want := range map[string]string{
		"address,driver\n10.0.0.1,huawei-vpr\n":     "f.csv:2:10: driver",
		"address,zone\n10.0.0.1,*\n":                "f.csv:2: zone",
		"address,password\n10.0.0.1,x\n":            "f.csv:1:9: password",
		"address,label:groups,groups\n10.0.0.1,a,b": "f.csv:2: labels",
		"address,jump\n10.0.0.1,nowhere\n":          "f.csv:2: jump",
		"address,groups\n10.0.0.1," + strings.Repeat("g1234567890;h1234567890;i1234567890;j1234567890;k123456789;l123456789;", 4) + strings.Repeat("x", 120) + ";" + strings.Repeat("y", 120) + "\n": "f.csv:2: groups",
	} {
		_, err := Read(t.Context(), s, Import{Files: []inventory.File{{Name: "f.csv", Data: []byte(text)}}, Drivers: drivers})
		if err == nil || len(strict.Problems(err)) == 0 || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

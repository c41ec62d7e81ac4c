package inventory_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

const fleet = `targets:
  - {id: core-1, address: 10.0.0.1, zone: core, driver: huawei-vrp, groups: [network], labels: {site: shanghai}}
  - {id: core-2, address: 10.0.0.2, zone: core, driver: huawei-vrp, groups: [network], labels: {site: beijing}}
  - {id: web-1, name: 网银前置, address: 10.1.0.1, zone: dmz, role: web, driver: linux, groups: [prod, web], labels: {site: shanghai, owner: app}}
  - {id: web-2, address: web-2.example.com, zone: dmz, role: web, driver: linux, groups: [web]}
  - {id: db-1, address: "2001:db8::1", zone: dmz, role: db, driver: linux}
`

func TestSelect(t *testing.T) {
	all := must(t, "f.yaml", fleet).Targets
	tests := []struct{ expr, want string }{
		{"", "core-1 core-2 web-1 web-2 db-1"},
		{"core-1", "core-1"},
		{"core-*", "core-1 core-2"},
		{"网银前置", "web-1"},
		{"10.0.0.2", "core-2"},
		{"10.0.0.0/15", "core-1 core-2 web-1"},
		{"2001:DB8:0::1", "db-1"},
		{"2001:db8::/32", "db-1"},
		{"web", "web-1 web-2"},
		{"zone=core", "core-1 core-2"},
		{"role=w*", "web-1 web-2"},
		{"driver=linux,zone=dmz,!role=db", "web-1 web-2"},
		{"label=site", "core-1 core-2 web-1"},
		{"label=site=shanghai", "core-1 web-1"},
		{"label=site=s*,zone=dmz", "web-1"},
		{"group=network", "core-1 core-2"},
		{"db-1 core-1", "core-1 db-1"},
		{"!zone=dmz", "core-1 core-2"},
		{"web !web-2", "web-1"},
		{"!zone=dmz,role=web", "core-1 core-2 db-1"},
		{"id=web-?", "web-1 web-2"},
		{"address=10.1.0.0/16", "web-1"},
	}
	for _, test := range tests {
		got, err := inventory.Select(all, strings.Fields(test.expr)...)
		var ids []string
		for _, x := range got {
			ids = append(ids, x.ID)
		}
		if err != nil || strings.Join(ids, " ") != test.want {
			t.Errorf("%q: %v %v, want %s", test.expr, ids, err, test.want)
		}
	}
}

func TestSelectErrors(t *testing.T) {
	all := must(t, "f.yaml", fleet).Targets
	tests := []struct{ expr, want string }{
		{"cor-1", `no target is "cor-1"; is core-1 meant?`},
		{"zone=cor", `is core meant?`},
		{"zone=q", `the inventory has core, dmz`},
		{"zoen=core", `there is no condition zoen=; is zone= meant?`},
		{"label=site=shangha", `is site=shanghai meant?`},
		{"zone=", "a condition is empty"},
		{"label=", "a condition is empty"},
		{"[", "is not a pattern"},
		{"zone=core,role=web", "no target fits all of it"},
		{"core-1,", "a condition is empty"},
		{"!zone=nowhere", "no target is"},
		{"10.9.0.0/16", "no target is"},
	}
	for _, test := range tests {
		got, err := inventory.Select(all, test.expr)
		if err == nil || !strings.Contains(err.Error(), test.want) || got != nil {
			t.Errorf("%q: %v, want %s", test.expr, err, test.want)
		}
	}
	_, err := inventory.Select(all, "cor-1", "zone=q", "web-1")
	if n := len(strict.Problems(err)); n != 2 {
		t.Errorf("%d problems: %v", n, err)
	}
	if !slices.ContainsFunc(strict.Problems(err), func(p *strict.Problem) bool { return strings.Contains(p.Say().GetZh(), "是否应为") }) {
		t.Error(err)
	}
}

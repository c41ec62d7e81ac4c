package inventory_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

// Whatever a file holds, reading it ends, and what comes out keeps its promises.
func FuzzParse(f *testing.F) {
	for _, text := range []string{iniInventory, yamlInventory, fleet, string(inventory.Sample), "address,zone,标签\na,b,c=d\n", "\xff\xfe", "a: &x [*x]", "[a:children]\na\n", "web[1:3][a:c]:22 x='"} {
		for form := range 4 {
			f.Add(form, []byte(text))
		}
	}
	names := []string{"f", "f.yaml", "f.csv", "f.ini"}
	f.Fuzz(func(t *testing.T, form int, data []byte) {
		if len(data) > 4096 {
			return
		}
		inv, err := inventory.Parse(drivers, inventory.File{Name: names[uint(form)%4], Data: data})
		if err != nil {
			if len(strict.Problems(err)) == 0 {
				t.Fatalf("an error without problems: %v", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, x := range inv.Targets {
			if x.ID == "" || x.Address == "" || seen[x.ID] || len(x.Transports) == 0 || x.Line == 0 {
				t.Fatalf("%+v", x)
			}
			seen[x.ID] = true
			if strings.ContainsAny(x.Address, " \t\n/@") {
				t.Fatalf("address %q", x.Address)
			}
			if _, _, err := net.SplitHostPort(net.JoinHostPort(x.Address, "22")); err != nil {
				t.Fatalf("address %q: %v", x.Address, err)
			}
		}
		if _, err := inventory.Select(inv.Targets, inv.Targets[0].ID); err != nil {
			t.Fatalf("id %q cannot be selected: %v", inv.Targets[0].ID, err)
		}
	})
}

func many(form string, n int) []byte {
	var b bytes.Buffer
	switch form {
	case "csv":
		b.WriteString("id,address,driver,zone,role,credential,标签:站点\n")
	case "yaml":
		b.WriteString("targets:\n")
	case "ini":
		b.WriteString("[all]\n")
	}
	for i := range n {
		address := fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)
		switch form {
		case "csv":
			fmt.Fprintf(&b, "dev-%d,%s,huawei-vrp,zone-%d,core,cred-%d,上海\n", i, address, i%9, i%5)
		case "yaml":
			fmt.Fprintf(&b, "  - id: dev-%d\n    address: %s\n    driver: huawei-vrp\n    zone: zone-%d\n    role: core\n    credential: cred-%d\n    labels: {site: 上海}\n", i, address, i%9, i%5)
		case "ini":
			fmt.Fprintf(&b, "dev-%d ansible_host=%s ansible_network_os=ce plumbline_zone=zone-%d plumbline_role=core plumbline_credential=cred-%d\n", i, address, i%9, i%5)
		}
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("10.0.0.0"), []byte("10.250.0.0"))
}

func BenchmarkParse10000(b *testing.B) {
	for _, form := range []string{"csv", "yaml", "ini"} {
		b.Run(form, func(b *testing.B) {
			data := many(form, 10_000)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				inv, err := inventory.Parse(drivers, inventory.File{Name: "f." + form, Data: data})
				if err != nil || len(inv.Targets) != 10_000 {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSelect10000(b *testing.B) {
	inv, err := inventory.Parse(drivers, inventory.File{Name: "f.csv", Data: many("csv", 10_000)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := inventory.Select(inv.Targets, "zone=zone-3,!zone=zone-4", "10.0.3.0/24", "dev-99*"); err != nil {
			b.Fatal(err)
		}
	}
}

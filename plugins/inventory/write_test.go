package inventory_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/inventory"
)

// What Write writes, Load reads back as the same, in every form.
func TestWriteAndReadBack(t *testing.T) {
	text := `
targets:
  - {id: core-sw-01, name: 核心交换机01, address: 10.10.0.1, port: 2222, driver: huawei-vrp, transports: [ssh, snmp], zone: core, role: core-switch,
     owner: "网络组, 张三", reader: edge-1, credential: core, snmp_credential: core-snmp, user: scan, jump: bastion, algorithms: legacy, encoding: gbk, sudo: true,
     labels: {site: 上海, "x.y-z": "=cmd|'/c calc'!A0", n: "010", yes: "no", q: "a\"b: {c} #d"}, groups: [network, "dc east", "010"]}
  - {id: bastion, address: bastion.example.com, labels: {f: "-1+1", g: "@x"}}
  - {id: "fe80::1:22", name: "a:22", address: "fe80::1"}
  - 10.0.0.9
`
	want, err := inventory.Parse(drivers, inventory.File{Name: "a.yaml", Data: []byte(text)})
	if err != nil || len(want.Targets) != 4 {
		t.Fatal(err)
	}
	names := map[string]string{inventory.FormYAML: "b.yaml", inventory.FormCSV: "b.csv", inventory.FormAnsible: "b.yaml"}
	for _, form := range inventory.Forms() {
		var b bytes.Buffer
		if err := inventory.Write(&b, form, want.Targets); err != nil {
			t.Fatal(err)
		}
		if form == inventory.FormCSV && (strings.Contains(b.String(), ",=") || strings.Contains(b.String(), ",-1") || strings.Contains(b.String(), ",@")) {
			t.Errorf("a formula: %s", b.String())
		}
		got, err := inventory.Parse(drivers, inventory.File{Name: names[form], Data: b.Bytes()})
		if err != nil {
			t.Errorf("%s: %v\n%s", form, err, b.String())
			continue
		}
		if len(got.Notices) > 0 || len(got.Targets) != len(want.Targets) {
			t.Errorf("%s: %d targets, notices %v", form, len(got.Targets), got.Notices)
			continue
		}
		for i, w := range want.Targets {
			g, w := *got.Targets[i], *w
			g.File, g.Line, w.File, w.Line = "", 0, "", 0
			if form == inventory.FormAnsible && w.Name == "" {
				w.Name = g.Name // a host has a name there
			}
			if !reflect.DeepEqual(g, w) {
				t.Errorf("%s:\n%+v\nwant\n%+v\n%s", form, g, w, b.String())
			}
		}
	}
}

// A part of an inventory may lead through targets of the rest.
func TestPart(t *testing.T) {
	file := inventory.File{Name: "a.csv", Data: []byte("address,jump\n10.0.0.1,bastion\n")}
	if _, err := inventory.Parse(drivers, file); err == nil || !strings.Contains(err.Error(), "a.csv:2: jump") {
		t.Errorf("without the rest: %v", err)
	}
	if got, err := inventory.ParsePart(drivers, []string{"bastion", "web"}, file); err != nil || got.Targets[0].Jump != "bastion" {
		t.Errorf("with the rest: %v", err)
	}
}

package inventory_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

var drivers = []string{"linux", "huawei-vrp", "cisco-ios"}

func parse(name, text string) (*inventory.Inventory, error) {
	return inventory.Parse(drivers, inventory.File{Name: name, Data: []byte(text)})
}

func must(t *testing.T, name, text string) *inventory.Inventory {
	t.Helper()
	inv, err := parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// line is what a target is, in one line.
func line(x *inventory.Target) string {
	out := fmt.Sprintf("%s %s:%d %s %s", x.ID, x.Address, x.Port, x.Driver, strings.Join(x.Transports, "+"))
	for _, w := range []string{x.Zone, x.Role, x.Credential, x.SNMPCredential, x.User, x.Jump, x.Algorithms, x.Encoding} {
		out += " " + w
	}
	if x.Sudo {
		out += " sudo"
	}
	return strings.Join(strings.Fields(out+" "+strings.Join(x.Groups, "+")), " ")
}

func lines(inv *inventory.Inventory) string {
	var out []string
	for _, x := range inv.Targets {
		out = append(out, line(x))
	}
	return strings.Join(out, "\n")
}

func TestSample(t *testing.T) {
	inv := must(t, "sample.yaml", string(inventory.Sample))
	want := `10.10.1.11 10.10.1.11:0 auto ssh office ops-readonly
core-sw-01 10.10.0.1:22 huawei-vrp ssh+snmp core core-switch core-switch core-snmp network
branch-fw-07 192.168.70.1:0 cisco-ios ssh office ops-readonly bastion-01 legacy gbk
bastion-01 bastion.example.com:0 linux ssh management ops-readonly sudo`
	if got := lines(inv); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	core := inv.Targets[1]
	if core.Labels["site"] != "shanghai" || core.Name != "核心交换机01" || core.Line == 0 || core.File != "sample.yaml" {
		t.Errorf("%+v", core)
	}
	p := core.Proto()
	if p.GetId() != "core-sw-01" || p.GetAddress() != "10.10.0.1" || p.GetLabels()["owner"] != "network" {
		t.Errorf("%v", p)
	}
	p.Labels["owner"] = "changed"
	if core.Labels["owner"] != "network" {
		t.Error("Proto shares its labels")
	}
}

func TestCSV(t *testing.T) {
	want := "核心一 10.1.0.1:2222 huawei-vrp ssh+snmp 核心区 核心交换 core-cred legacy gbk 生产+网络\nb 10.1.0.2:0 auto ssh"
	chinese := "名称,IP地址,端口,驱动,协议,区域,角色,凭据,算法,编码,分组,标签:站点,标签\r\n核心一,10.1.0.1,2222,huawei-vrp,SSH/SNMP,核心区,核心交换,core-cred,legacy,GBK,\"生产,网络\",上海,责任人=张三;级别=3\r\n,,,,,,,,,,,,\r\nb,10.1.0.2,,,,,,,,,,,\r\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	english := "\ufeff" + strings.NewReplacer("名称", "name", "IP地址", "address", "端口", "port", "驱动", "driver", "协议", "transports", "区域,", "zone,", "角色", "role", "凭据", "credential", "算法", "algorithms", "编码", "encoding", "分组", "groups", "标签:站点", "label:站点", "标签\r", "labels\r").Replace(chinese)
	for name, text := range map[string]string{"utf8": chinese, "bom": "\ufeff" + chinese, "gbk": gbk, "english": english, "semicolon": "name;address\nb;10.1.0.2\n", "tab.tsv": "name\taddress\nb\t10.1.0.2\n"} {
		t.Run(name, func(t *testing.T) {
			inv := must(t, name, text)
			got := lines(inv)
			if name == "semicolon" || name == "tab.tsv" {
				if got != "b 10.1.0.2:0 auto ssh" {
					t.Error(got)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if l := inv.Targets[0].Labels; l["站点"] != "上海" || l["责任人"] != "张三" || l["级别"] != "3" {
				t.Error(l)
			}
			if inv.Targets[0].Line != 2 || inv.Targets[1].Line != 4 {
				t.Error(inv.Targets[0].Line, inv.Targets[1].Line)
			}
		})
	}
}

const iniInventory = `# Production, as people write it.
localhost ansible_connection=local
bastion.example.com:2022 ansible_user=jump

[web]
web[01:03].example.com  plumbline_role=web  # three of them
"web-special" ansible_host=10.2.0.9

[switches]
sw-[a:b] ansible_network_os=community.network.ce
rt1 ansible_host=10.9.0.1 ansible_network_os=cisco.ios.ios ansible_password='hunter2 secret'
old ansible_host=10.9.0.2 ansible_network_os=acme.net.odd

[dc:children]
web
switches

[dc:vars]
ansible_user = ops
plumbline_zone = production
plumbline_label_site = shanghai
ansible_become_pass=TopSecret99
http_port=80

[switches:vars]
plumbline_zone=core
ansible_connection=ansible.netcommon.network_cli
ansible_become=yes
ansible_become_method=enable
ansible_ssh_common_args='-o ProxyJump=x'

[web:vars]
ansible_become=true
ansible_ssh_private_key_file=~/.ssh/id

[all:vars]
ansible_user=nobody
`

const yamlInventory = `all:
  vars: {ansible_user: nobody}
  hosts:
    localhost: {ansible_connection: local}
    bastion.example.com:2022: {ansible_user: jump}
  children:
    dc:
      vars:
        ansible_user: ops
        plumbline_zone: production
        plumbline_label_site: shanghai
        ansible_become_pass: TopSecret99
        http_port: 80
        other: {deep: [1, 2]}
      children:
        web:
          hosts:
            web[01:03].example.com: {plumbline_role: web}
            web-special: {ansible_host: 10.2.0.9}
          vars:
            ansible_become: true
            ansible_ssh_private_key_file: ~/.ssh/id
        switches:
          hosts:
            sw-[a:b]: {ansible_network_os: community.network.ce}
            rt1:
              ansible_host: 10.9.0.1
              ansible_network_os: cisco.ios.ios
              ansible_password: !vault |
                $ANSIBLE_VAULT;1.1;AES256
                6162
            old: {ansible_host: 10.9.0.2, ansible_network_os: acme.net.odd}
          vars:
            plumbline_zone: core
            ansible_connection: ansible.netcommon.network_cli
            ansible_become: yes
            ansible_become_method: enable
            ansible_ssh_common_args: '-o ProxyJump=x'
    empty:
`

func TestAnsible(t *testing.T) {
	want := `bastion.example.com bastion.example.com:2022 auto ssh jump
web01.example.com web01.example.com:0 auto ssh production web ops sudo dc+web
web02.example.com web02.example.com:0 auto ssh production web ops sudo dc+web
web03.example.com web03.example.com:0 auto ssh production web ops sudo dc+web
web-special 10.2.0.9:0 auto ssh production ops sudo dc+web
sw-a sw-a:0 huawei-vrp ssh core ops dc+switches
sw-b sw-b:0 huawei-vrp ssh core ops dc+switches
rt1 10.9.0.1:0 cisco-ios ssh core ops dc+switches
old 10.9.0.2:0 auto ssh core ops dc+switches`
	for name, text := range map[string]string{"hosts": iniInventory, "hosts.yml": yamlInventory} {
		inv := must(t, name, text)
		if got := lines(inv); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
		if inv.Targets[1].Labels["site"] != "shanghai" {
			t.Errorf("%s: %v", name, inv.Targets[1].Labels)
		}
		var said []string
		for _, n := range inv.Notices {
			said = append(said, n.Error())
			if n.Line == 0 {
				t.Errorf("%s: a notice without its line: %s", name, n)
			}
		}
		all := strings.Join(said, "\n")
		for _, w := range []string{"ansible_password: a secret in an inventory is not used", "ansible_become_pass: a secret", "ansible_ssh_private_key_file", "plumbline_jump", "localhost: the host is reached by local", `no driver is known for "acme.net.odd"`} {
			if strings.Count(all, w) != 1 {
				t.Errorf("%s: %q is said %d times in\n%s", name, w, strings.Count(all, w), all)
			}
		}
		for _, secret := range []string{"hunter2", "TopSecret99", "6162", "id_"} {
			if strings.Contains(all, secret) {
				t.Errorf("%s: %q is told", name, secret)
			}
		}
	}
}

// Every error is told with its place, its field and both languages; all of a file at once.
func TestErrors(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct{ name, file, text, want string }{
		{"missing address", "i.yaml", "targets:\n  - id: a\n", "i.yaml:2: address: is missing"},
		{"bad address", "i.yaml", "targets:\n  - address: 10.1.2.300\n", `i.yaml:2:14: address: "10.1.2.300" is neither`},
		{"network", "i.yaml", "targets:\n  - 10.1.2.0/24\n", `i.yaml:2:5: address: "10.1.2.0/24" is a network`},
		{"port in address", "i.yaml", "targets:\n  - address: 10.1.2.3:2222\n", `write address: 10.1.2.3 and port: 2222`},
		{"url", "i.yaml", "targets:\n  - address: ssh://h\n", `leave out protocol`},
		{"multicast", "i.yaml", "targets:\n  - address: 224.0.0.1\n", `not the address of one device`},
		{"bad port", "i.yaml", "targets:\n  - {address: a, port: 70000}\n", `i.yaml:2:24: port: "70000" is not a port`},
		{"port word", "i.csv", "address,port\na,ssh\n", `i.csv:2:3: port: "ssh" is not a port`},
		{"driver", "i.yaml", "targets:\n  - address: a\n    driver: huawei-vrq\n", `i.yaml:3:13: driver: there is no driver "huawei-vrq"; is huawei-vrp meant?`},
		{"driver far", "i.yaml", "targets:\n  - address: a\n    driver: q\n", `there are auto, linux, huawei-vrp, cisco-ios`},
		{"unknown key", "i.yaml", "targets:\n  - address: a\n    zoen: x\n", `i.yaml:3:5: zoen: there is no such key; is zone meant?`},
		{"unknown top", "i.yaml", "target:\n  - address: a\n", `i.yaml:1:1: target: there is no such key; is targets meant?`},
		{"password key", "i.yaml", "targets:\n  - address: a\n    password: hunter2\n", `i.yaml:3:5: password: an inventory holds no secrets`},
		{"password label", "i.yaml", "targets:\n  - address: a\n    labels: {enable_password: hunter2}\n", `labels: an inventory holds no secrets`},
		{"password column", "i.csv", "address,密码\na,hunter2\n", `i.csv:1:9: 密码: an inventory holds no secrets`},
		{"unknown column", "i.csv", "address,zon\na,b\n", `i.csv:1:9: zon: there is no such column; is zone meant?`},
		{"no address column", "i.csv", "name,zone\na,b\n", `i.csv:1: address: the column is missing`},
		{"column twice", "i.csv", "address,ip\na,b\n", `i.csv:1:9: ip: the column stands twice`},
		{"ragged", "i.csv", "address,zone\na\n", `i.csv:2: the row has 1 values, the header 2`},
		{"quotes", "i.csv", "address,zone\na,x\"y\n", `i.csv:2:4: quotes do not match`},
		{"label form", "i.csv", "address,labels\na,x\n", `labels: must be name=value`},
		{"duplicate id", "i.yaml", "targets:\n  - {id: a, address: a}\n  - {id: a, address: b}\n", `i.yaml:3: id: "a" stands in i.yaml:2 already`},
		{"duplicate address", "i.yaml", "targets:\n  - {id: a, address: h}\n  - {id: b, address: H, port: 22}\n", `i.yaml:3: address: h is the address, port and zone of "a" in i.yaml:2 already`},
		{"duplicate key", "i.yaml", "targets:\n  - address: a\n    address: b\n", `i.yaml:3:5: address: the key stands twice, first in line 2`},
		{"unknown jump", "i.yaml", "targets:\n  - {id: gate, address: g}\n  - {address: a, jump: gote}\n", `i.yaml:3: jump: there is no target "gote"; is gate meant?`},
		{"circle", "i.yaml", "targets:\n  - {id: a, address: a, jump: b}\n  - {id: b, address: b, jump: a}\n", `jump: the jumps lead in a circle: a → b → a`},
		{"own jump", "i.yaml", "targets:\n  - {id: a, address: a, jump: a}\n", `the jumps lead in a circle: a → a`},
		{"jump form", "i.yaml", "targets:\n  - {id: a, address: a, jump: 'u@h:x'}\n", `jump: must be the id of another target, or user@host:port`},
		{"ambiguous jump", "i.yaml", "targets:\n  - {id: a, name: n, address: a}\n  - {id: b, name: n, address: b}\n  - {id: c, address: c, jump: n}\n", `several targets are called "n"`},
		{"transport", "i.yaml", "targets:\n  - {address: a, transports: [telnet]}\n", `"telnet" is not a transport`},
		{"algorithms", "i.yaml", "targets:\n  - {address: a, algorithms: old}\n", `"old" is not one of modern, legacy`},
		{"sudo", "i.yaml", "targets:\n  - {address: a, sudo: maybe}\n", `sudo: "maybe" is not one of true, false`},
		{"long", "i.yaml", "targets:\n  - {address: a, zone: " + long + "}\n", `zone: longer than 64 characters`},
		{"control", "i.yaml", "targets:\n  - {address: a, zone: \"x\\x1b[2J\"}\n", `zone: holds a control character`},
		{"control csv", "i.csv", "address,zone\na,x\x07y\n", `zone: holds a control character`},
		{"id form", "i.yaml", "targets:\n  - {address: a, id: 'a,b'}\n", `id: may not hold`},
		{"credential form", "i.yaml", "targets:\n  - {address: a, credential: 'Pa$$w0rd!'}\n", `credential: must be the name of a credential`},
		{"default id", "i.yaml", "defaults: {id: a}\ntargets: [a]\n", `i.yaml:1:12: id: the key belongs to one target`},
		{"empty value", "i.yaml", "targets:\n  - address: a\n    zone:\n", `zone: must be a single value, this is empty`},
		{"list", "i.yaml", "targets: a\n", `targets: must be a list`},
		{"documents", "i.yaml", "targets: [a]\n---\ntargets: [b]\n", `one YAML document only`},
		{"syntax", "i.yaml", "targets:\n  - address: \"a\n", `broken YAML`},
		{"tabs", "i.yaml", "targets:\n\t- a\n", `broken YAML`},
		{"empty file", "i.yaml", "", `the inventory holds no target`},
		{"empty csv", "i.csv", "", `the first row names the columns`},
		{"zero byte", "i.yaml", "targets:\n  - a\x00\n", `i.yaml:2: holds a zero byte`},
		{"binary", "i.yaml", "\xff\xfea\x00", `neither UTF-8 nor GBK`},
		{"ini quote", "h.ini", "a ansible_user='x\n", `h.ini:1: a quote is not closed`},
		{"ini words", "h.ini", "a hunter2\n", `h.ini:1: what follows the host must be name=value`},
		{"ini section", "h.ini", "[web:wars]\n", `web: a section ends in :vars or :children`},
		{"ini undefined", "h.ini", "a\n[web:vars]\nansible_user=x\n", `h.ini:2: web: the inventory has no such group`},
		{"ini undefined child", "h.ini", "a\n[dc:children]\nweb\n", `h.ini:3: web: the inventory has no such group`},
		{"ini circle", "h.ini", "[a:children]\nb\n[b:children]\na\n", `children: groups hold one another: a, b`},
		{"ini range", "h.ini", "web[5:\n", `h.ini:1: not a range of hosts`},
		{"ini huge range", "h.ini", "web[1:999999999]\n", `more than 200000 targets`},
		{"ini port", "h.ini", "a ansible_port=x\n", `h.ini:1: port: "x" is not a port`},
		{"ini template", "h.ini", "a ansible_host={{x}}\n", `h.ini:1: ansible_host: templates`},
		{"ini key", "h.ini", "a plumbline_zoen=x\n", `plumbline_zoen: there is no such variable; is plumbline_zone meant?`},
		{"yaml part", "h.yml", "all:\n  hosts: {a: }\n  host: {b: }\n", `h.yml:3:3: host: there is no such key; is hosts meant?`},
		{"yaml vault", "h.yml", "all:\n  hosts:\n    a:\n      ansible_host: !vault x\n", `ansible_host: templates, lists and encrypted values`},
		{"yaml circle", "h.yml", "a: {children: {b: }}\nb: {children: {a: }}\n", `groups hold one another: a, b`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inv, err := parse(test.file, test.text)
			if err == nil {
				t.Fatalf("accepted: %s", lines(inv))
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want %q", err, test.want)
			}
			found := strict.Problems(err)
			if len(found) == 0 {
				t.Fatal("no problems")
			}
			for _, p := range found {
				say := p.Say()
				if !strings.ContainsFunc(say.GetZh(), func(r rune) bool { return r >= '一' && r <= '鿿' }) || strings.Contains(say.GetZh()+say.GetEn(), "%!") {
					t.Errorf("%q / %q", say.GetZh(), say.GetEn())
				}
				if strings.Contains(say.GetZh()+say.GetEn(), "hunter2") {
					t.Errorf("a secret is told: %s", say.GetEn())
				}
			}
		})
	}
}

func TestAllErrorsAtOnce(t *testing.T) {
	_, err := inventory.Parse(drivers,
		inventory.File{Name: "a.csv", Data: []byte("address,port,driver\n10.0.0.1,x,y\n10.0.0.300,1,linux\n10.0.0.1,2,linux\n")},
		inventory.File{Name: "b.yaml", Data: []byte("targets:\n  - {address: 10.0.0.1, port: 2}\n  - {adress: b, zone: [x]}\n")})
	var got []string
	for _, p := range strict.Problems(err) {
		got = append(got, fmt.Sprintf("%s:%d %s", p.File, p.Line, p.Field))
	}
	want := []string{"a.csv:2 port", "a.csv:2 driver", "a.csv:3 address", "b.yaml:2 id", "b.yaml:3 address", "b.yaml:3 adress", "b.yaml:3 zone"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hosts")
	if err := os.WriteFile(file, []byte("[web]\nw1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "group_vars"), 0o700); err != nil {
		t.Fatal(err)
	}
	inv, err := inventory.Load(drivers, file)
	if err != nil || len(inv.Targets) != 1 || len(inv.Notices) != 1 {
		t.Fatalf("%v %+v", err, inv)
	}
	_, err = inventory.Load(drivers, file, filepath.Join(dir, "missing"), dir)
	if n := len(strict.Problems(err)); n != 2 {
		t.Errorf("%d problems: %v", n, err)
	}
}

// Ids do not depend on the order of files, nor on what else stands in them.
func TestStableIDs(t *testing.T) {
	a := inventory.File{Name: "a.csv", Data: []byte("id,name,address\nx,n,10.0.0.1\n,n2,10.0.0.2\n,,10.0.0.3\n,,Host.Example.COM.\n,,::ffff:10.0.0.9\n")}
	b := inventory.File{Name: "b.yaml", Data: []byte("targets: ['2001:DB8::1']\n")}
	ids := func(files ...inventory.File) []string {
		inv, err := inventory.Parse(drivers, files...)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, x := range inv.Targets {
			out = append(out, x.ID)
		}
		slices.Sort(out)
		return out
	}
	want := []string{"10.0.0.3", "10.0.0.9", "2001:db8::1", "host.example.com", "n2", "x"}
	if got := ids(a, b); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := ids(b, a); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTooMany(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("address\n")
	for i := range 200_001 {
		fmt.Fprintf(&b, "h%d\n", i)
	}
	_, err := parse("many.csv", b.String())
	if err == nil || !strings.Contains(err.Error(), "many.csv:200002: more than 200000 targets") {
		t.Error(err)
	}
}

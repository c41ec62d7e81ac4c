package vault

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

const sample = `sources:
  - type: sealed
    file: /etc/plumbline/credentials.age
    identity: /etc/plumbline/identity.txt
  - {type: sealed, file: /a, passphrase: {fd: 3}}
  - type: environment
  - {type: systemd, prefix: cred.}
  - type: command
    run: [/usr/local/bin/get-credential, --name, "{name}"]
    pass: [HOME]
    timeout: 5s
  - type: hashicorp
    address: https://vault.example.com:8200
    namespace: bank/ops
    mount: kv
    path: plumbline/{name}
    ca_file: /etc/plumbline/ca.pem
    approle: {role_id: r, secret_id: {systemd: secret-id}}
  - {type: hashicorp, address: "http://127.0.0.1:8200", token: {env: VAULT_TOKEN}}
rules:
  - {credential: core, drivers: [huawei-vrp], zones: [core, "dmz-*"], labels: {site: shanghai}}
  - {snmp_credential: mon, roles: switch, targets: ["sw-*"]}
`

func TestConfig(t *testing.T) {
	got, err := ParseConfig("vault.yaml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Sources: []Source{
			{Sealed: &Sealed{File: "/etc/plumbline/credentials.age", Identity: "/etc/plumbline/identity.txt"}},
			{Sealed: &Sealed{File: "/a", Passphrase: Ref{FD: 3}}},
			{Environment: &Environment{Prefix: "PLUMBLINE_CRED_"}},
			{Systemd: &Systemd{Prefix: "cred."}},
			{Command: &Command{Path: "/usr/local/bin/get-credential", Args: []string{"--name", "{name}"}, Pass: []string{"HOME"}, Timeout: 5 * time.Second}},
			{HashiCorp: &HashiCorp{Address: "https://vault.example.com:8200", Namespace: "bank/ops", Mount: "kv", Path: "plumbline/{name}", CAFile: "/etc/plumbline/ca.pem",
				AppRoleMount: "approle", RoleID: "r", SecretID: Ref{Systemd: "secret-id"}, Timeout: defaultTimeout}},
			{HashiCorp: &HashiCorp{Address: "http://127.0.0.1:8200", Mount: "secret", Path: "plumbline/{name}", Token: Ref{Env: "VAULT_TOKEN"}, Timeout: defaultTimeout}},
		},
		Rules: []Rule{
			{Credential: "core", Drivers: []string{"huawei-vrp"}, Zones: []string{"core", "dmz-*"}, Labels: map[string]string{"site": "shanghai"}},
			{SNMPCredential: "mon", Roles: []string{"switch"}, Targets: []string{"sw-*"}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		for i := range got.Sources {
			t.Errorf("%+v", got.Sources[i])
		}
		t.Errorf("%+v", got.Rules)
	}
}

func TestConfigErrors(t *testing.T) {
	source := func(text string) string { return "sources:\n  - {" + text + "}\n" }
	vault := func(text string) string {
		return source("type: hashicorp, address: 'https://v', token: {env: T}" + text)
	}
	tests := []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"no sources", "rules: []\n", "v.yaml:1:1: sources: is missing"},
		{"empty sources", "sources: []\n", "sources: the list is empty"},
		{"unknown key", "sources: [{type: environment}]\nrule: []\n", "v.yaml:2:1: rule: there is no such key; is rules meant?"},
		{"no type", source("file: /a"), "v.yaml:2:5: type: the kind of source is missing"},
		{"bad type", source("type: keepass"), "type: there is no such source"},
		{"unknown source key", source("type: environment, prefx: A_"), "prefx: there is no such key; is prefix meant?"},
		{"sealed without key", source("type: sealed, file: /a"), "write either identity or passphrase"},
		{"sealed with both", source("type: sealed, file: /a, identity: /b, passphrase: {fd: 3}"), "write either identity or passphrase"},
		{"relative", source("type: sealed, file: a, identity: /b"), "file: must be an absolute path"},
		{"no file", source("type: sealed, identity: /b"), "file: the path of the file is missing"},
		{"passphrase in clear", source("type: sealed, file: /a, passphrase: " + canary), "passphrase: no secret may stand here"},
		{"two refs", source("type: sealed, file: /a, passphrase: {fd: 3, env: A}"), "write exactly one"},
		{"stdout", source("type: sealed, file: /a, passphrase: {fd: 1}"), "must be a file descriptor"},
		{"prefix", source("type: environment, prefix: '" + canary + "!'"), "prefix: not of the form"},
		{"command relative", source("type: command, run: [get]"), "run: the program must be an absolute path"},
		{"command missing", source("type: command"), "run: the program to run is missing"},
		{"command pass", source("type: command, run: [/a], pass: ['A=" + canary + "']"), "pass: write names of variables"},
		{"timeout", source("type: command, run: [/a], timeout: 10m"), "timeout: must be a time of at most 2m0s"},
		{"http", source("type: hashicorp, address: 'http://10.0.0.1', token: {env: T}"), "address: must be https"},
		{"user in address", source("type: hashicorp, address: 'https://u:" + canary + "@v', token: {env: T}"), "address: must be an address without path and user"},
		{"no address", source("type: hashicorp, token: {env: T}"), "address: is missing"},
		{"token in clear", source("type: hashicorp, address: 'https://v', token: hvs." + canary), "token: no secret may stand here"},
		{"no token", source("type: hashicorp, address: 'https://v'"), "write either token or approle"},
		{"approle", vault(", approle: {role_id: x}"), "approle.secret_id: is missing"},
		{"path", vault(", path: '../{name}'"), "path: not of the form"},
		{"path without name", vault(", path: a/b"), "path: not of the form"},
		{"namespace", vault(", namespace: \"a\\nb\""), "namespace: not of the form"},
		{"rule without credential", "sources: [{type: environment}]\nrules: [{zones: [a]}]\n", "the rule gives no credential"},
		{"rule credential", "sources: [{type: environment}]\nrules: [{credential: 'a b'}]\n", "must be the name of a credential"},
		{"rule pattern", "sources: [{type: environment}]\nrules: [{credential: a, zones: ['[']}]\n", "zones: not a pattern"},
		{"rule empty list", "sources: [{type: environment}]\nrules: [{credential: a, zones: []}]\n", "an empty list fits no target"},
		{"twice", "sources: [{type: environment}]\nsources: []\n", "stands twice"},
		{"anchor", "sources: &a [{type: environment}]\n", "an anchor"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseConfig("v.yaml", []byte(test.text))
			if err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
			for _, p := range strict.Problems(err) {
				if zh := p.Say().GetZh(); !strings.ContainsFunc(zh, func(r rune) bool { return r >= '一' && r <= '鿿' }) || strings.Contains(zh+p.Error(), "%!") {
					t.Errorf("%q / %q", zh, p)
				}
			}
			nowhere(t, "the error", err)
		})
	}
	_, err := ParseConfig("v.yaml", []byte("sources:\n  - {type: sealed}\n  - {type: command, run: [x]}\nrules: [{}]\n"))
	if n := len(strict.Problems(err)); n != 4 {
		t.Errorf("%d problems: %v", n, err)
	}
}

// The sample is what the documentation says, and every key is in it.
func TestSample(t *testing.T) {
	c, err := ParseConfig("sample.yaml", Sample)
	if err != nil || len(c.Sources) != 5 || len(c.Rules) != 3 {
		t.Fatal(err)
	}
	for kind, keys := range sourceKeys {
		for _, key := range append([]string{"type: " + kind}, keys...) {
			if !strings.Contains(string(Sample), key) {
				t.Errorf("%s of %s is not in the sample", key, kind)
			}
		}
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range Keys() {
		if !strings.Contains(string(readme), "`"+key+"`") {
			t.Errorf("%s is not in README.md", key)
		}
	}
}

func TestLoadConfig(t *testing.T) {
	if c, err := LoadConfig(file(t, sample, 0o644)); err != nil || len(c.Sources) != 7 {
		t.Error(err)
	}
	for want, name := range map[string]string{"chmod 0644": file(t, sample, 0o666), "does not exist": "/nonexistent/v.yaml"} {
		if _, err := LoadConfig(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("sources: [{type: sealed, file: *a}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		c, err := ParseConfig("f", data)
		if err != nil {
			if len(strict.Problems(err)) == 0 {
				t.Fatal(err)
			}
			return
		}
		for _, s := range c.Sources {
			if h := s.HashiCorp; h != nil && vaultAddress(h.Address) != nil {
				t.Fatalf("address %q", h.Address)
			}
			if cmd := s.Command; cmd != nil && !strings.HasPrefix(cmd.Path, "/") {
				t.Fatalf("command %q", cmd.Path)
			}
		}
	})
}

// Whatever a record holds, it is for its own name or refused, and what it holds is not told.
func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("name: a\nuser: ops\npassword: " + canary))
	f.Add([]byte(`{"name":"a","user":"ops","password":"` + canary + `"}`))
	f.Add([]byte("name: a\nsnmp_version: 3\nsnmp_user: u\nsnmp_auth: sha\nsnmp_auth_password: '" + canary + "12'\n"))
	f.Add([]byte("name: a\n" + canary + ": [*x, !y {z: |\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		c, err := ParseRecord("f", "a", data)
		told := fmt.Sprintf("%v %+v", c, err)
		for _, p := range strict.Problems(err) {
			told += p.Say().GetZh()
		}
		if strings.Contains(told, canary) && !(c != nil && strings.Contains(c.User+c.AgentSocket+c.Certificate+c.SNMP.User+c.SNMP.Context, canary)) {
			t.Fatalf("told: %s", told)
		}
		if err != nil {
			return
		}
		if c.Name != "a" {
			t.Fatal(c.Name)
		}
		again, err := ParseRecords("f", PrintRecords([]*Credential{c}))
		if err != nil || !reflect.DeepEqual(again[0], c) {
			t.Fatalf("%q does not come back: %v", data, err)
		}
	})
}

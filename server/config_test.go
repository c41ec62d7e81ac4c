package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSample(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sample.yaml")
	if err := os.WriteFile(name, Sample, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ReadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	want.Agents.Names = got.Agents.Names // the sample has an example's
	if got.StateDir != want.StateDir || got.HTTP != want.HTTP || got.Agents.Listen != want.Agents.Listen || got.Agents.CertificateLife != want.Agents.CertificateLife || got.LogLevel != want.LogLevel {
		t.Errorf("the sample does not show the defaults: %+v, %+v", got, want)
	}
}

func TestBadConfig(t *testing.T) {
	for text, want := range map[string]string{
		"state_dir: here":                               `state_dir: "here" is not an absolute path`,
		"databse: x":                                    "unknown field",
		"database: mysql://x/y":                         "want postgres://",
		"database: postgres://u:s3cr3t-w0rd@h/d":        "database_password_file",
		"database: 'postgres://u:s3cr3t-w0rd@h:port/d'": "not a URL",
		"http: {listen: '0.0.0.0:80'}":                  "in the clear",
		"http: {cert_file: a}":                          "belong together",
		"agents: {listen: x}":                           "agents.listen",
		"agents: {certificate_life: 1m}":                "certificate_life",
		"secrets: {key_file: key}":                      "not an absolute path",
		"state_dir: /a\nsecrets: {key_file: /a/b/key}":  "lies in state_dir",
		"retention: [{name: short, keep_days: 30}]":     "at least 183",
		"retention: [{keep_days: 200}]":                 "a name of its own",
		"log_level: loud":                               "log_level",
		"state_dir: /a\nstate_dir: /b":                  "already defined",
	} {
		name := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadConfig(name)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

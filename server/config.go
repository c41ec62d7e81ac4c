// Package server is the central server: it takes snapshots from agents and collectors, keeps them, and answers for them. Run is the whole
// of it; its parts are packages of their own (store, enrol, ingest).
//
// Nothing that matters lives in its memory: several servers may share one PostgreSQL. It scans nothing, and dials
// nobody but the outlets of its configuration.
package server

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/plumbline/plumbline/server/store"

	"github.com/plumbline/plumbline/server/outlet"
)

// Sample is a configuration with a comment on every key.
//
//go:embed sample.yaml
var Sample []byte

// Config is how a server runs. ReadConfig fills in what is left out.
type Config struct {
	// StateDir holds the authority's key and, unless Database names another, the database.
	StateDir string `yaml:"state_dir"`
	// Database is a postgres:// URL without a password; empty: SQLite in StateDir.
	Database string `yaml:"database"`
	// DatabasePasswordFile holds the password of Database.
	DatabasePasswordFile string `yaml:"database_password_file"`
	// Agents is the port that agents and collectors dial.
	Agents AgentsConfig `yaml:"agents"`
	// HTTP is the port for the API, health and metrics.
	HTTP HTTPConfig `yaml:"http"`
	// Secrets is where credentials are kept; without a key file there are none.
	Secrets SecretsConfig `yaml:"secrets"`
	// Evidence is how evidence leaves the server.
	Evidence EvidenceConfig `yaml:"evidence"`
	// Outlets are told what becomes of findings.
	Outlets []outlet.Config `yaml:"outlets"`
	// Retention are the rules by which bodies of old snapshots go, once a day; without one all are kept.
	Retention []RetentionRule `yaml:"retention"`
	// Reports is how reports are made.
	Reports ReportsConfig `yaml:"reports"`
	// LogLevel is debug, info, warn or error.
	LogLevel string `yaml:"log_level"`
}

// AgentsConfig is the port of agents and collectors: TLS 1.3, a client certificate from everybody who is enrolled.
type AgentsConfig struct {
	Listen string `yaml:"listen"`
	// Names are the names and addresses under which agents reach the server; they stand in its certificate.
	Names []string `yaml:"names"`
	// CertificateLife is how long a client certificate is good for.
	CertificateLife time.Duration `yaml:"certificate_life"`
}

// EvidenceConfig is how evidence leaves the server.
type EvidenceConfig struct {
	// Checkpoints is the file that takes the signed checkpoints of the evidence log, to be carried off this host; empty: in StateDir.
	Checkpoints string `yaml:"checkpoints"`
}

// HTTPConfig is the port of people and programs.
type HTTPConfig struct {
	Listen string `yaml:"listen"`
	// CertFile and KeyFile are for TLS; without them only a loopback address may listen.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// SecretsConfig is how credentials are sealed.
type SecretsConfig struct {
	// KeyFile holds the key that wraps them; outside the state folder, so that no backup has both.
	KeyFile string `yaml:"key_file"`
}

// ReportsConfig is how reports are made.
type ReportsConfig struct {
	// Font is a TrueType file with Chinese for PDF; empty: one of the usual places.
	Font string `yaml:"font"`
}

// maxConfig is the largest configuration that is read.
const maxConfig = 1 << 20

// Defaults of what a configuration leaves out.
const (
	DefaultStateDir        = "/var/lib/plumbline-server"
	DefaultAgentsListen    = ":8443"
	DefaultHTTPListen      = "127.0.0.1:8080"
	DefaultCertificateLife = 24 * time.Hour
)

// ReadConfig reads a configuration file; an empty name gives the defaults. Unknown and double keys are refused with their line.
func ReadConfig(name string) (*Config, error) {
	c := &Config{}
	if name != "" {
		text, err := readSmall(name)
		if err != nil {
			return nil, err
		}
		if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(c); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, false))
		}
	}
	c.fill()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", orDefault(name), err)
	}
	return c, nil
}

func orDefault(name string) string {
	if name == "" {
		return "defaults"
	}
	return name
}

func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("%s: larger than %d bytes", name, maxConfig)
	}
	return text, err
}

func (c *Config) fill() {
	set := func(s *string, d string) {
		if *s == "" {
			*s = d
		}
	}
	set(&c.StateDir, DefaultStateDir)
	set(&c.Agents.Listen, DefaultAgentsListen)
	set(&c.HTTP.Listen, DefaultHTTPListen)
	set(&c.LogLevel, "info")
	if len(c.Agents.Names) == 0 {
		if name, err := os.Hostname(); err == nil {
			c.Agents.Names = []string{name, "localhost"}
		}
	}
	if c.Agents.CertificateLife == 0 {
		c.Agents.CertificateLife = DefaultCertificateLife
	}
}

// check says all that is wrong.
func (c *Config) check() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if !filepath.IsAbs(c.StateDir) {
		say("state_dir: %q is not an absolute path", c.StateDir)
	}
	if c.Evidence.Checkpoints != "" && !filepath.IsAbs(c.Evidence.Checkpoints) {
		say("evidence.checkpoints: %q is not an absolute path", c.Evidence.Checkpoints)
	}
	if c.Database != "" {
		u, err := url.Parse(c.Database)
		switch {
		case err != nil:
			say("database: not a URL (want postgres://user@host/name)") // the text may hold a password
		case u.Scheme != "postgres" && u.Scheme != "postgresql":
			say("database: want postgres://user@host/name, or nothing for the embedded database")
		default:
			if _, has := u.User.Password(); has {
				say("database: a password does not belong into the URL; put it into a file and name it in database_password_file")
			}
		}
	}
	for _, l := range []struct{ key, address string }{{"agents.listen", c.Agents.Listen}, {"http.listen", c.HTTP.Listen}} {
		if _, _, err := net.SplitHostPort(l.address); err != nil {
			say("%s: %q is not ADDRESS:PORT", l.key, l.address)
		}
	}
	if (c.HTTP.CertFile == "") != (c.HTTP.KeyFile == "") {
		say("http: cert_file and key_file belong together")
	}
	if host, _, err := net.SplitHostPort(c.HTTP.Listen); err == nil && c.HTTP.CertFile == "" && !loopback(host) {
		say("http.listen: %s is not a loopback address, and there is no cert_file: tokens would cross the network in the clear", c.HTTP.Listen)
	}
	if c.Agents.CertificateLife < time.Hour || c.Agents.CertificateLife > 90*24*time.Hour {
		say("agents.certificate_life: %v is not between 1h and 2160h", c.Agents.CertificateLife)
	}
	if k := c.Secrets.KeyFile; k != "" {
		inside, err := filepath.Rel(c.StateDir, k)
		switch {
		case !filepath.IsAbs(k):
			say("secrets.key_file: %q is not an absolute path", k)
		case err == nil && inside != ".." && !strings.HasPrefix(inside, ".."+string(filepath.Separator)):
			say("secrets.key_file: %s lies in state_dir, and a backup of it would have the credentials and their key; put it elsewhere, like /etc/plumbline/secrets.key", k)
		}
	}
	if err := outlet.Check(c.Outlets); err != nil {
		wrong = append(wrong, err)
	}
	names := map[string]bool{}
	for i, r := range c.Retention {
		switch {
		case r.Name == "" || names[r.Name]:
			say("retention: rule %d needs a name of its own", i+1)
		case days(r.KeepDays) < store.MinRetention || r.KeepDays > 36500:
			say("retention: %s: keep_days is %d; want at least 183 (half a year, as the standards demand) and at most 36500", r.Name, r.KeepDays)
		}
		names[r.Name] = true
	}
	if !strings.Contains(" debug info warn error ", " "+c.LogLevel+" ") {
		say("log_level: want debug, info, warn or error, not %q", c.LogLevel)
	}
	return errors.Join(wrong...)
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

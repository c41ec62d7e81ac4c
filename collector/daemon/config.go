package daemon

import (
	_ "embed"
	"path/filepath"
	"time"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station"
	"github.com/plumbline/plumbline/plugins/sweep"
)

// Where things are, if the configuration does not say otherwise. A collector and an agent on one host have a state folder each.
const (
	DefaultConfig   = "/etc/plumbline/collector.yaml"
	DefaultStateDir = "/var/lib/plumbline-collector"
	defaultOrders   = 2
)

// Sample is a configuration with everything explained.
//
//go:embed sample.yaml
var Sample string

// Config is the collector's configuration file.
type Config struct {
	// Name is who it is to the server; the host's name if empty.
	Name string `yaml:"name"`
	// Inventory files have the targets of its own schedule; Targets chooses among them.
	Inventory []string `yaml:"inventory"`
	Targets   []string `yaml:"targets"`
	// Credentials says where credentials come from; if empty, only those that the server lends are had.
	Credentials string `yaml:"credentials"`
	// HostKeys is the file of pinned host keys, KnownHosts are OpenSSH's.
	HostKeys   string   `yaml:"host_keys"`
	KnownHosts []string `yaml:"known_hosts"`
	// Drivers is a file that names external drivers.
	Drivers        string `yaml:"drivers"`
	Limits         Limits `yaml:"limits"`
	station.Config `yaml:",inline"`
}

// Limits bound all that it does at the same time. An order may have stricter ones.
type Limits struct {
	Concurrency   int           `yaml:"concurrency"`
	PerZone       int           `yaml:"per_zone"`
	PerCredential int           `yaml:"per_credential"`
	Rate          float64       `yaml:"rate"`
	Timeout       time.Duration `yaml:"timeout"`
	// Orders is how many orders are worked on at once.
	Orders int `yaml:"orders"`
}

// Default is the configuration without a file.
func Default() *Config {
	return &Config{
		Config: station.Defaults(DefaultStateDir),
		Limits: Limits{Concurrency: sweep.DefaultConcurrency, Rate: sweep.DefaultRate, Timeout: sweep.DefaultTimeout, Orders: defaultOrders},
	}
}

// Load reads a configuration file and holds it to what is built into the program. It opens nothing that the file names.
func Load(name string, builtins []sink.Builtin) (*Config, error) {
	text, err := station.Read(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, text, builtins)
}

// Parse is Load for a file that was read.
func Parse(name string, text []byte, builtins []sink.Builtin) (*Config, error) {
	c := Default()
	if err := station.Parse(name, text, c, func(bad *station.Error) { c.check(bad, builtins) }); err != nil {
		return nil, err
	}
	if c.HostKeys == "" {
		c.HostKeys = filepath.Join(c.StateDir, "host_keys")
	}
	return c, nil
}

func (c *Config) check(bad *station.Error, builtins []sink.Builtin) {
	c.Check(bad, builtins, len(c.Inventory) > 0)
	if c.Name != "" {
		if err := identity.CheckName(c.Name); err != nil {
			bad.Add("name 无效：1 至 128 个字母、数字、点、短横线或下划线", "name: %s", err.Error())
		}
	}
	if len(c.Inventory) == 0 && c.Schedule.Cron != "" {
		bad.Add("有 schedule 而没有 inventory：按计划检查哪些目标", "there is a schedule and no inventory: which targets are due?")
	}
	if len(c.Inventory) == 0 && len(c.Targets) > 0 {
		bad.Add("targets 只用于 inventory 中的目标", "targets chooses among those of an inventory, and there is none")
	}
	for key, files := range map[string][]string{
		"inventory": c.Inventory, "known_hosts": c.KnownHosts, "credentials": {c.Credentials}, "host_keys": {c.HostKeys}, "drivers": {c.Drivers},
	} {
		for _, f := range files {
			bad.Absolute(key, f)
		}
	}
	l := c.Limits
	for key, n := range map[string]int{"concurrency": l.Concurrency - 1, "orders": l.Orders - 1, "per_zone": l.PerZone, "per_credential": l.PerCredential} {
		if n < 0 || n > 10_000 {
			bad.Add("limits：%s 超出范围", "limits: %s is out of range", key)
		}
	}
	if !(l.Rate > 0 || l.Rate == -1) {
		bad.Add("limits：rate 应为每秒会话数，-1 为不限", "limits: rate is sessions a second, or -1 for no bound")
	}
	if l.Timeout < time.Second || l.Timeout > 24*time.Hour {
		bad.Add("limits：timeout 应在 1s 与 24h 之间", "limits: timeout is 1s to 24h")
	}
}

func (l Limits) sweep() sweep.Limits {
	return sweep.Limits{Concurrency: l.Concurrency, PerZone: l.PerZone, PerCredential: l.PerCredential, Rate: l.Rate, Timeout: l.Timeout}
}

// stricter gives the smaller of two bounds, where 0 is none.
func stricter(ours int, theirs uint32) int {
	if theirs == 0 || ours != 0 && ours <= int(theirs) {
		return ours
	}
	return int(theirs)
}

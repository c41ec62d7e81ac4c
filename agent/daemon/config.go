package daemon

import (
	_ "embed"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/station"
)

// DefaultConfig is where the configuration is, if nothing else is said.
const DefaultConfig = "/etc/plumbline/agent.yaml"

// Sample is a configuration with everything explained.
//
//go:embed sample.yaml
var Sample string

// Config is the agent's configuration file.
type Config struct {
	// Target is the host's name in findings, Role and Zone its place in the site.
	Target         string `yaml:"target"`
	Role           string `yaml:"role"`
	Zone           string `yaml:"zone"`
	station.Config `yaml:",inline"`
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
	c := &Config{Config: station.Defaults(station.DefaultStateDir)}
	err := station.Parse(name, text, c, func(bad *station.Error) { c.Check(bad, builtins, true) })
	if err != nil {
		return nil, err
	}
	return c, nil
}

package plugins

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-yaml"
)

// maxConfig is the largest configuration that is read.
const maxConfig = 1 << 20

// ReadConfig reads which external drivers there are:
//
//	drivers:
//	  - name: cool-nos
//	    path: /usr/local/lib/plumbline/coolnos
//	    sha256: 3b0c…
//	    commands: [show running-config, show version]
func ReadConfig(name string) ([]Config, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxConfig {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxConfig)
	}
	var file struct {
		Drivers []struct {
			Name     string   `yaml:"name"`
			Path     string   `yaml:"path"`
			SHA256   string   `yaml:"sha256"`
			Commands []string `yaml:"commands"`
		} `yaml:"drivers"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, false))
	}
	if len(file.Drivers) == 0 {
		return nil, fmt.Errorf("%s: it names no driver (want a list under \"drivers:\")", name)
	}
	var out []Config
	for _, d := range file.Drivers {
		out = append(out, Config(d))
	}
	return out, nil
}

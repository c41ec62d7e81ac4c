package all

import (
	_ "embed"
	"strings"

	"github.com/plumbline/plumbline/checks/baseline"
)

// proven says for each driver of devices which checks its cases prove able to pass, to fail and to be unknown. It is generated from
// the cases (proven_test.go).
//
//go:embed proven.txt
var proven string

// Platforms are those that coverage is stated for: the Linux host, and each driver with the checks that its cases prove.
func Platforms() []baseline.Platform {
	out := []baseline.Platform{{Name: "linux", Kind: baseline.Host}}
	for line := range strings.Lines(proven) {
		name, checks, _ := strings.Cut(line, ":")
		out = append(out, baseline.Platform{Name: name, Kind: baseline.Device, Checks: append([]string{}, strings.Fields(checks)...)})
	}
	return out
}

package linux

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// loginSubjects are what loginTopics state.
var loginSubjects = []string{
	"platform.family", "accounts", "password_policies", "lockout_policies", "privilege_rules", "access_paths[login]", "access_paths[su]", "access_paths[sudo]",
	"session_policies[shell", "session_policies[logind]",
}

// Whatever is cut off, what is still stated on who gets in and how is what the whole says; the rest is unknown.
func TestTruncatedLoginFiles(t *testing.T) {
	drivertest.Truncation(t, Driver{}, func(whole, cut *pb.Facts) []string {
		want, got := statements(whole), statements(cut)
		var wrong []string
		for name, value := range got {
			if strings.HasPrefix(value, "unknown") {
				continue
			}
			switch expected, ok := want[name]; {
			case ok && value != expected:
				wrong = append(wrong, fmt.Sprintf("%s = %s, and %s of the whole", name, value, expected))
			case !ok && !strings.HasPrefix(name, "password_policies[local users via"):
				wrong = append(wrong, fmt.Sprintf("%s = %s, of which the whole says nothing", name, value))
			}
		}
		for list, value := range got { // a complete list has every item
			if value != "complete" {
				continue
			}
			for name := range want {
				if _, ok := got[name]; !ok && strings.HasPrefix(name, list+"[") {
					wrong = append(wrong, list+" is complete without "+name)
				}
			}
		}
		return wrong
	})
}

func statements(f *pb.Facts) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(withPrefixes(facts.Flat(f), loginSubjects)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		value, _, _ = strings.Cut(value, "  # ")
		out[name] = value
	}
	return out
}

package linux

import (
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Whatever is cut off an answer, or cannot be read, nothing is said that the whole answer does not say: it becomes unknown, or the list it
// stands in is no longer complete.
func TestCutAnswers(t *testing.T) {
	prefixes := []string{"audit_", "log_", "clock", "time_sources", "patches", "removable", "kernel", "integrity", "anti_", "resource_limits", "exposed", "address_", "files"}
	for name, host := range map[string]string{"audited": auditedHost, "audited image": asImage(auditedHost, ruleFiles), "logging": loggingHost, "chrony": chronyHost,
		"aide": aideHost, "apt": aptHost, "dnf": dnfHost, "clamav": clamHost, "limits": limitsHost, "usb": usbHost, "kernel": kernelHost, "secrets": secretsHost, "modes": modesHost,
		"timesyncd": timesyncdHost, "ntpd": ntpHost, "syslog-ng": syslogNGHost} {
		t.Run(name, func(t *testing.T) {
			ar := txtar.Parse([]byte(host))
			whole := flatFacts(readTopics(t, host, prefixes...))
			cuts := 0
			for i, f := range ar.Files {
				lines := strings.SplitAfter(strings.TrimSuffix(string(f.Data), "\n"), "\n")
				if strings.Contains(f.Name, " ! ") || len(f.Data) == 0 {
					continue
				}
				for n := range lines {
					body := strings.TrimSuffix(strings.Join(lines[:n], ""), "\n")
					broken := map[string]string{f.Name + " ~": body}
					if n == 0 {
						broken[f.Name+" ! not_permitted"] = ""
					}
					for section, body := range broken {
						cuts++
						cut := txtar.Archive{Comment: ar.Comment, Files: slices.Clone(ar.Files)}
						cut.Files[i] = txtar.File{Name: section, Data: []byte(body)}
						invented(t, section, whole, flatFacts(readTopics(t, string(txtar.Format(&cut)), prefixes...)))
					}
				}
			}
			if cuts == 0 {
				t.Error("nothing was cut")
			}
		})
	}
}

// invented reports what is said that the whole does not say.
func invented(t *testing.T, section string, whole, cut map[string]string) {
	t.Helper()
	for fact, value := range cut {
		if strings.HasSuffix(fact, ".owner") || strings.HasSuffix(fact, ".group") {
			continue // a number where the name is not known
		}
		if was, ok := whole[fact]; value != was && !strings.HasPrefix(value, "unknown") && (ok || !strings.Contains(fact, "[")) {
			t.Errorf("%s: %s = %s, the whole says %s", section, fact, value, was)
		}
	}
}

// flatFacts gives the values of printed facts, without their evidence.
func flatFacts(flat string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(flat) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		out[name], _, _ = strings.Cut(value, "  # ")
	}
	return out
}

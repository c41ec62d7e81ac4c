package all_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
)

// agreed are the names that baselines and people's settings use. A name never changes; a new one is added here.
const agreed = `
	password.min_length password.complexity password.max_age password.history password.first_login_change password.storage
	password.empty password.default_credentials password.dictionary password.max_length password.exposed
	lockout.attempts lockout.duration lockout.covers_admins
	session.idle session.limits
	accounts.unique accounts.authenticated accounts.superuser accounts.shared accounts.stale accounts.default_names
	accounts.default_rights accounts.separation accounts.least_privilege accounts.multi_factor
	access.encrypted access.sources access.dial_in access.risky_protocols access.session
	ports.listening services.unneeded filter.port_granular filter.stateful filter.default_deny
	logging.enabled logging.audit_coverage logging.audit_users logging.retention logging.fields logging.remote logging.access
	logging.integrity logging.protected logging.accounting
	time.source time.synchronised
	snmp.community snmp.v3
	files.permissions files.integrity
	patch.pending version.recorded
	malware.present malware.current malware.managed
	limits.per_user residual.data
	tls.versions tls.strength tls.certificate
	removable.storage dedicated.server
	network.bindings network.redundancy network.dos_protection
	config.saved config.backup config.monitored config.baseline_met
	monitoring.host software.sources`

func TestAgreedNames(t *testing.T) {
	want := strings.Fields(agreed)
	for _, id := range want {
		if c := all.ByID(id); c == nil || c.ID != id {
			t.Errorf("%s is not in the list", id)
		}
	}
	for _, c := range all.List() {
		if !slices.Contains(want, c.ID) {
			t.Errorf("%s is in the list, but was not agreed", c.ID)
		}
	}
	if c := all.ByID("password.none"); c != nil {
		t.Errorf("ByID of a name that is none gave %s", c.ID)
	}
}

func TestUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range all.List() {
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
	}
}

// Each check judges facts or concludes from findings, and can be run without settings.
func TestRunnable(t *testing.T) {
	for _, c := range all.List() {
		if (c.Run == nil) == (c.Conclude == nil) {
			t.Errorf("%s: want Run or Conclude, and not both", c.ID)
		}
		if _, err := c.ReadParams(nil, checks.Env{}); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}

// folder is where the checks of a subject are.
func folder(subject string) string {
	if subject == "time" { // the standard library has that name
		return "timesync"
	}
	return subject
}

var declaredID = regexp.MustCompile(`(?m)^\tID:\s+"([a-z0-9_]+\.[a-z0-9_]+)",`)

// Each check has a file of its own in the folder of its subject, and cases; each folder is in the list.
func TestFiles(t *testing.T) {
	sources, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]string{}
	for _, file := range sources {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		ids := declaredID.FindAllSubmatch(text, -1)
		if len(ids) > 1 {
			t.Errorf("%s declares %d checks, want one a file", file, len(ids))
		}
		for _, id := range ids {
			declared[string(id[1])] = file
		}
	}
	if len(declared) == 0 {
		t.Fatal("no file declares a check")
	}
	for id := range declared {
		if all.ByID(id) == nil {
			t.Errorf("%s declares %s, which is not in the list", declared[id], id)
		}
	}
	for _, c := range all.List() {
		subject, _, _ := strings.Cut(c.ID, ".")
		file, ok := declared[c.ID]
		if !ok {
			t.Errorf("no file declares %s", c.ID)
			continue
		}
		if dir := filepath.Base(filepath.Dir(file)); dir != folder(subject) {
			t.Errorf("%s is declared in %s, want the folder %s", c.ID, file, folder(subject))
		}
		cases := filepath.Join("..", folder(subject), "testdata", c.ID+".txtar")
		if _, err := os.Stat(cases); c.Run != nil && err != nil {
			t.Errorf("%s has no cases: %v", c.ID, err)
		}
	}
}

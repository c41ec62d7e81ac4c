package files_test

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/files"
)

func TestChecks(t *testing.T) { checktest.All(t, files.All) }

func TestSound(t *testing.T) { checktest.Sound(t, files.All) }

// What is asked of each path can be read where the check is explained.
func TestTableIsShown(t *testing.T) {
	for _, text := range []string{files.Permissions.Sees.GetZh(), files.Permissions.Sees.GetEn()} {
		for _, want := range []string{"/etc/shadow", "g=r-- o=---  /etc/sudoers", "/etc/ssh/ssh_host_*_key", "ssh_keys", "/var/spool/cron/crontabs", "g=rwx o=rwx  /tmp"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not shown", want)
			}
		}
	}
}

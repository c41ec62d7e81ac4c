// Package all lists the checks. It is a list and nothing else: a new subject is one line here.
package all

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/access"
	"github.com/plumbline/plumbline/checks/accounts"
	"github.com/plumbline/plumbline/checks/config"
	"github.com/plumbline/plumbline/checks/dedicated"
	"github.com/plumbline/plumbline/checks/files"
	"github.com/plumbline/plumbline/checks/filter"
	"github.com/plumbline/plumbline/checks/limits"
	"github.com/plumbline/plumbline/checks/lockout"
	"github.com/plumbline/plumbline/checks/logging"
	"github.com/plumbline/plumbline/checks/malware"
	"github.com/plumbline/plumbline/checks/monitoring"
	"github.com/plumbline/plumbline/checks/network"
	"github.com/plumbline/plumbline/checks/password"
	"github.com/plumbline/plumbline/checks/patch"
	"github.com/plumbline/plumbline/checks/ports"
	"github.com/plumbline/plumbline/checks/removable"
	"github.com/plumbline/plumbline/checks/residual"
	"github.com/plumbline/plumbline/checks/services"
	"github.com/plumbline/plumbline/checks/session"
	"github.com/plumbline/plumbline/checks/snmp"
	"github.com/plumbline/plumbline/checks/software"
	"github.com/plumbline/plumbline/checks/timesync"
	"github.com/plumbline/plumbline/checks/tls"
	"github.com/plumbline/plumbline/checks/version"
)

// List gives every check, subject by subject, in the order in which people read them.
func List() []*checks.Check {
	return slices.Concat(
		password.All, lockout.All, session.All, accounts.All,
		access.All, ports.All, services.All, filter.All, network.All, snmp.All, tls.All,
		logging.All, timesync.All,
		files.All, limits.All, residual.All, removable.All, dedicated.All, software.All,
		patch.All, version.All, malware.All, monitoring.All, config.All,
	)
}

// ByID gives the check of that name, nil if there is none.
func ByID(id string) *checks.Check {
	for _, c := range List() {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// Package config judges how a target's configuration is kept and watched: saved, copied, held against its baseline. It
// does not judge what the configuration says.
package config

import "github.com/plumbline/plumbline/checks"

// All are the checks of this subject.
var All = []*checks.Check{Saved, Backup, Monitored, BaselineMet}

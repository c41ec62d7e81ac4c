// Package session holds the checks on sessions: when an idle one ends, and how many there may be at once.
//
// Keep-alives that find dead connections end no idle session and are not read as if they did.
package session

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{Idle, Limits}

// The scopes of a host that belong together: shells, what carries them, and how often one user is logged in.
const scopeShell, scopeSSH, scopeLogind, scopeLogins = "shell", "ssh", "logind", "logins"

// isShell says whether a kind of session is a shell: "shell", or one by name, "shell /bin/csh".
func isShell(s *pb.SessionPolicy) bool {
	return s.GetScope() == scopeShell || strings.HasPrefix(s.GetScope(), scopeShell+" ")
}

func unsaid(f facts.Fact) bool { return f.GetState() == pb.FactState_FACT_STATE_UNSPECIFIED }

func yes(f *pb.BoolFact) bool { return facts.Known(f) && f.GetValue() }

func no(f *pb.BoolFact) bool { return facts.Known(f) && !f.GetValue() }

package session_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/session"
)

func TestChecks(t *testing.T) { checktest.All(t, session.All) }

package password_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/password"
)

func TestChecks(t *testing.T) { checktest.All(t, password.All) }

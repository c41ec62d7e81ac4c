package version_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/version"
)

func TestChecks(t *testing.T) { checktest.All(t, version.All) }

func TestSound(t *testing.T) { checktest.Sound(t, version.All) }

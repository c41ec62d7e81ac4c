package command

import (
	"os/exec"

	"github.com/plumbline/plumbline/plugins"
)

// Windows starts nothing as another user here (see plugins.SinkConfig), so there is nobody to run as or to give to.
func runAs(*exec.Cmd, *plugins.Identity) {}

func give(string, *plugins.Identity) error { return nil }

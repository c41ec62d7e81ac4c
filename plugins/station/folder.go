package station

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"

	"github.com/plumbline/plumbline/plugins"
)

// identity is who sinks run as; nil: who we are.
func (c *Config) identity(log *slog.Logger) (*plugins.Identity, error) {
	as, name, err := c.RunsAs()
	if err == nil && as != nil && name != c.RunAs {
		log.Warn("there is no user of our own for sinks", "instead", name)
	}
	return as, err
}

// The users that sinks run as if none is configured.
var unprivileged = []string{"plumbline", "nobody"}

// RunsAs finds the user that sinks run as; nil if the program is not root and they run as it does.
func (c *Config) RunsAs() (*plugins.Identity, string, error) {
	if os.Geteuid() != 0 {
		return nil, "", nil
	}
	names := unprivileged
	if c.RunAs != "" && c.RunAs != names[0] {
		names = []string{c.RunAs}
	}
	var err error
	for _, name := range names {
		var as *plugins.Identity
		if as, err = plugins.LookupIdentity(name); err == nil {
			return as, name, nil
		}
		if unknown := user.UnknownUserError(""); !errors.As(err, &unknown) {
			break
		}
	}
	return nil, "", fmt.Errorf("run_as: %w", err)
}

// Prepare makes the state folder. The user that sinks run as must be able to pass through it to the identity, which is his.
func Prepare(dir string, as *plugins.Identity) error {
	confined := as != nil
	mode := fs.FileMode(0o700)
	if confined {
		mode = 0o711
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if confined && !reachable(info) {
		return fmt.Errorf("the user that sinks run as cannot pass through %s (%v): chmod 711 %s", dir, info.Mode().Perm(), dir)
	}
	return nil
}

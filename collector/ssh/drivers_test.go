package ssh

import (
	"testing"

	"github.com/plumbline/plumbline/collector/ssh/internal/wire"
	"github.com/plumbline/plumbline/collector/ssh/sshtest"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscoios"
	"github.com/plumbline/plumbline/plugins/driver/huaweivrp"
)

// The drivers' own descriptions fit their platforms' terminals, and all they ask can be typed.
func TestDriversOverTheWire(t *testing.T) {
	ios := "Building configuration...\n\nCurrent configuration : 300 bytes\n!\nversion 15.2\nhostname sw01\n!\nenable secret 9 $9$x\n!\nline vty 0 4\n exec-timeout 10 0\n!\nend\n"
	vrp := "!Software Version V200R019C10SPC500\n#\nsysname HUAWEI\n#\naaa\n local-user admin privilege level 15\n#\nuser-interface vty 0 4\n idle-timeout 10 0\n#\nreturn\n"
	for _, c := range []struct {
		driver driver.Driver
		kinds  []sshtest.Personality
		config string
	}{
		{huaweivrp.Driver{}, []sshtest.Personality{sshtest.VRP(), sshtest.VRPSystem(), sshtest.USG()}, vrp},
		{ciscoios.Driver{}, []sshtest.Personality{sshtest.IOS()}, ios},
	} {
		d := c.driver.Describe()
		for _, command := range d.GetCommands() {
			if !wire.Typable(command) {
				t.Errorf("%s: %q cannot be typed", d.GetName(), command)
			}
		}
		for _, p := range c.kinds {
			for _, paged := range []int{-1, 5} {
				if paged > 0 {
					p.PagerOff = nil
				}
				s := sshtest.Start(t, sshtest.Device{Personality: p, Page: paged, Config: d.GetConfigCommand(), Answers: map[string]string{d.GetConfigCommand(): c.config},
					Motd: "\nInfo: The max number of VTY users is 10, and the number\n      of current VTY users on line is 1.\n"})
				term := open(t, configFor(s), d)
				iv, err := driver.Conduct(t.Context(), c.driver, term, []byte("key"))
				if err != nil {
					t.Fatalf("%s on %s: %v", d.GetName(), p.Name, err)
				}
				if err := term.Close(); err != nil {
					t.Errorf("%s on %s: %v", d.GetName(), p.Name, err)
				}
				if a := driver.Index(iv.Answers).Command(d.GetConfigCommand()); !a.Whole() || string(a.Answer.GetBody()) != c.config {
					t.Errorf("%s on %s: %v", d.GetName(), p.Name, a.Answer)
				}
				if len(iv.Facts.GetSessionPolicies().GetItems()) == 0 {
					t.Errorf("%s on %s: no session policy was read", d.GetName(), p.Name)
				}
				if raised, err := term.Raised(); !raised {
					t.Errorf("%s on %s: not raised: %v", d.GetName(), p.Name, err)
				}
				if s.PeakSessions() != 1 || s.Accepted() != 1 {
					t.Errorf("%d sessions, %d connections", s.PeakSessions(), s.Accepted())
				}
			}
		}
	}
}

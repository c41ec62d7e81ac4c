package linux

import "testing"

// Shells other than bash, logind and maxlogins.
func TestOtherSessions(t *testing.T) {
	account := func(shell string) string {
		return debianProfile + "-- /etc/passwd --\nann:x:1000:1000::/home/ann:" + shell + "\nbob:x:1001:1001::/home/bob:" + shell + "\n-- /etc/shadow --\nann:!:19700::::::\nbob:$y$a$b:19700::::::\n"
	}
	dash := "-- glob /bin/sh --\n0777 0 0 link 4 2026-01-02T03:04:05Z \"/bin/sh\" \"dash\"\n"
	bash := "-- glob /bin/sh --\n0777 0 0 link 4 2026-01-02T03:04:05Z \"/bin/sh\" \"bash\"\n"
	for name, c := range map[string]struct{ archive, prefix, want string }{
		"bash":                        {account("/bin/bash"), "session_policies[shell ", ""},
		"nobody's":                    {debianProfile + "-- /etc/passwd --\nann:x:1000:1000::/home/ann:/bin/zsh\n-- /etc/shadow --\nann:!:19700::::::\n", "session_policies[shell ", ""},
		"sh is dash":                  {account("/bin/sh") + dash, "session_policies[shell ", "session_policies[shell /bin/sh].idle_timeout = absent  # /etc/passwd:2; glob /bin/sh"},
		"sh is bash":                  {account("/bin/sh") + bash, "session_policies[shell ", ""},
		"zsh":                         {account("/usr/bin/zsh"), "session_policies[shell ", "session_policies[shell /usr/bin/zsh].idle_timeout = unknown: not_understood: /usr/bin/zsh  # /etc/passwd:2"},
		"csh":                         {account("/bin/tcsh") + "-- /etc/csh.login --\n# set autologout=60\nset -r autologout=10\n", "session_policies[shell ", "session_policies[shell /bin/tcsh].idle_timeout = 10m  # /etc/csh.login:2"},
		"csh never":                   {account("/bin/csh") + "-- /etc/csh.cshrc --\nset autologout = 0\n", "session_policies[shell ", "session_policies[shell /bin/csh].idle_timeout = forever  # /etc/csh.cshrc:1"},
		"csh, not said":               {account("/bin/csh"), "session_policies[shell ", "session_policies[shell /bin/csh].idle_timeout = absent  # /etc/passwd:2"},
		"who can log in is not known": {debianProfile + "-- /etc/passwd --\nann:x:1000:1000::/home/ann:/bin/csh\n-- /etc/shadow ! not_permitted --\n", "session_policies[shell ", "session_policies[shell /bin/csh].idle_timeout = unknown: not_permitted: /etc/shadow"},
		"logind":                      {debianProfile + "-- /etc/systemd/logind.conf --\n[Login]\n#StopIdleSessionSec=infinity\nStopIdleSessionSec=15min\n", "session_policies[logind]", "session_policies[logind].idle_timeout = 15m  # /etc/systemd/logind.conf:3\nsession_policies[logind].user_can_change = false  # /etc/systemd/logind.conf:3"},
		"logind never":                {debianProfile + "-- /etc/systemd/logind.conf --\n[Login]\nStopIdleSessionSec=infinity\n", "session_policies[logind]", ""},
		"logind, drop-in":             {debianProfile + "-- /etc/systemd/logind.conf --\n[Login]\nStopIdleSessionSec=1h\n-- /etc/systemd/logind.conf.d/a.conf --\n[Login]\nStopIdleSessionSec=1min 30s\n", "session_policies[logind].idle", "session_policies[logind].idle_timeout = 1m30s  # /etc/systemd/logind.conf.d/a.conf:2"},
		"logind, nonsense":            {debianProfile + "-- /etc/systemd/logind.conf --\n[Login]\nStopIdleSessionSec=soon\n", "session_policies[logind].idle", "session_policies[logind].idle_timeout = unknown: not_understood: soon  # /etc/systemd/logind.conf:2"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, c.archive, c.want, c.prefix) })
	}
}

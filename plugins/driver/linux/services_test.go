package linux

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const unitsCommand = "-- " + listUnits + " --\n"

func TestServices(t *testing.T) {
	for _, c := range []struct {
		name, host string
		want       []string
	}{
		{"started at boot and running", "-- /usr/lib/systemd/system/cups.service --\n-- /etc/systemd/system/multi-user.target.wants/cups.service --\n" + unitsCommand + "cups.service loaded active running CUPS Scheduler\n", []string{
			"services = complete", "services[cups.service].enabled = true  # glob /etc/systemd/system/*.wants/*:1", "services[cups.service].running = true  # " + listUnits + ":1",
		}},
		{"not started", "-- /usr/lib/systemd/system/cups.service --\n-- /usr/lib/systemd/system/multi-user.target.wants/other.service --\n" + unitsCommand, []string{
			"services[cups.service].enabled = false", "services[cups.service].running = false",
		}},
		{"masked", "-- /usr/lib/systemd/system/cups.service --\n-- /etc/systemd/system/multi-user.target.wants/cups.service --\n-- glob /etc/systemd/system/* --\n0777 0 0 link 9 2026-01-02T03:04:05Z \"/etc/systemd/system/cups.service\" \"/dev/null\"\n" + unitsCommand + "cups.service masked inactive dead cups.service\n", []string{
			"services[cups.service].enabled = false  # glob /etc/systemd/system/*:1", "services[cups.service].running = false",
		}},
		{"an alias switches it on", "-- /usr/lib/systemd/system/gdm.service --\n-- glob /etc/systemd/system/* --\n0777 0 0 link 9 2026-01-02T03:04:05Z \"/etc/systemd/system/display-manager.service\" \"/usr/lib/systemd/system/gdm.service\"\n", []string{
			"services[gdm.service].enabled = true", "no services[display-manager.service].enabled",
		}},
		{"an instance of a template", "-- /usr/lib/systemd/system/getty@.service --\n-- /etc/systemd/system/getty.target.wants/getty@tty1.service --\n", []string{
			"services[getty@tty1.service].enabled = true", "no services[getty@.service].enabled",
		}},
		{"a link that leads nowhere", "-- /usr/lib/systemd/system/x.service --\n-- /etc/systemd/system/multi-user.target.wants/gone.service --\n", []string{"services[gone.service].enabled = false"}},
		{"only when the system is repaired", "-- /usr/lib/systemd/system/x.service --\n-- /usr/lib/systemd/system/rescue.target.wants/x.service --\n", []string{"services[x.service].enabled = false"}},
		{"an init script", "-- /etc/rc3.d/S20telnetd --\n-- /etc/rc3.d/K01cups --\n", []string{"services[telnetd.service].enabled = true  # glob /etc/rc[2345].d/S*:1"}},
		{"failed units have a mark", unitsCommand + "● cups.service loaded failed failed CUPS\n  dbus.service loaded active running D-Bus\nold.service not-found inactive dead old\n", []string{
			"services[cups.service].running = false", "services[dbus.service].running = true", "services[dbus.service].enabled = not applicable", "no services[old.service].running",
		}},
		{"no service manager", "-- /usr/lib/systemd/system/cups.service --\n-- " + listUnits + " ! failed: exit status 1 --\n", []string{
			"services = complete", "services[cups.service].enabled = false", "services[cups.service].running = unknown: failed: " + listUnits + ": exit status 1",
		}},
		{"folders not seen", "-- /usr/lib/systemd/system/cups.service --\n-- glob /etc/systemd/system/*.wants/* ! not_permitted --\n", []string{
			"services = unknown: not_permitted: glob /etc/systemd/system/*.wants/*", "services[cups.service].enabled = unknown: not_permitted: glob /etc/systemd/system/*.wants/*",
		}},
		{"the list is cut short", "-- /usr/lib/systemd/system/cups.service --\n-- " + listUnits + " ~ --\nssh.service loaded active running x\n", []string{
			"services[ssh.service].running = true", "services[cups.service].running = unknown: truncated: " + listUnits,
		}},
		{"nothing of the kind", "", []string{"services = unknown: not_found: systemd units"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, c.host, c.want...) })
	}
}

func TestServicesProtected(t *testing.T) {
	const unit = "-- /usr/lib/systemd/system/auditd.service --\n[Unit]\nRefuseManualStop=yes\n[Service]\nRestart=on-failure\n"
	for _, c := range []struct {
		name, host string
		want       []string
	}{
		{"as delivered", unit, []string{"services[auditd.service].manual_stop_refused = true  # /usr/lib/systemd/system/auditd.service:2", "services[auditd.service].restart = on-failure"}},
		{"taken back by a drop-in", unit + "-- /etc/systemd/system/auditd.service.d/own.conf --\n[Unit]\nRefuseManualStop=no\n[Service]\nRestart=always\n", []string{
			"services[auditd.service].manual_stop_refused = false  # /etc/systemd/system/auditd.service.d/own.conf:2", "services[auditd.service].restart = always",
		}},
		{"replaced as a whole", unit + "-- /etc/systemd/system/auditd.service --\n[Service]\nExecStart=/sbin/auditd\n", []string{"services[auditd.service].manual_stop_refused = false", "services[auditd.service].restart = no"}},
		{"not readable", "-- /usr/lib/systemd/system/auditd.service ! not_permitted --\n", []string{"services[auditd.service].restart = unknown: not_permitted: /usr/lib/systemd/system/auditd.service"}},
		{"drop-ins not seen", unit + "-- glob /etc/systemd/system/*.service.d/*.conf ! not_permitted --\n", []string{"services[auditd.service].restart = unknown: not_permitted: glob /etc/systemd/system/*.service.d/*.conf"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, c.host, c.want...) })
	}
}

func TestInetd(t *testing.T) {
	const daemon = "-- /usr/lib/systemd/system/xinetd.service --\n-- /etc/systemd/system/multi-user.target.wants/xinetd.service --\n"
	const classic = "-- /usr/lib/systemd/system/inetd.service --\n-- /etc/systemd/system/multi-user.target.wants/inetd.service --\n"
	for _, c := range []struct {
		name, host, want string
	}{
		{"on", daemon + "-- /etc/xinetd.d/telnet --\nservice telnet\n{\n\tdisable = no\n}\n", "services[inetd telnet].enabled = true"},
		{"off", daemon + "-- /etc/xinetd.d/telnet --\nservice telnet\n{\n\tdisable\t= yes\n}\n", "services[inetd telnet].enabled = false"},
		{"nothing said: on", daemon + "-- /etc/xinetd.d/telnet --\nservice telnet {\n\tserver = /usr/sbin/in.telnetd\n}\n", "services[inetd telnet].enabled = true"},
		{"switched off for all", daemon + "-- /etc/xinetd.conf --\ndefaults\n{\n\tdisabled = telnet\n}\nincludedir /etc/xinetd.d\n-- /etc/xinetd.d/telnet --\nservice telnet\n{\n}\n", "services[inetd telnet].enabled = false"},
		{"only others are on", daemon + "-- /etc/xinetd.conf --\ndefaults\n{\n\tenabled = time\n}\n-- /etc/xinetd.d/telnet --\nservice telnet\n{\n}\n", "services[inetd telnet].enabled = false"},
		{"the daemon is not started", "-- /usr/lib/systemd/system/xinetd.service --\n" + imageOnly + "-- /etc/xinetd.d/telnet --\nservice telnet\n{\n}\n", "services[inetd telnet].enabled = false"},
		{"inetd.conf", classic + "-- /etc/inetd.conf --\n#ftp stream tcp nowait root /usr/sbin/tcpd in.ftpd\ntelnet stream tcp nowait root /usr/sbin/tcpd in.telnetd\n", "services[inetd telnet].enabled = true  # /etc/inetd.conf:2; glob /etc/systemd/system/*.wants/*:1"},
		{"commented out", classic + "-- /etc/inetd.conf --\n#telnet stream tcp nowait root /usr/sbin/tcpd in.telnetd\n", "no services[inetd telnet].enabled"},
		{"not readable", daemon + "-- /etc/xinetd.d/telnet ! not_permitted --\n", "services = unknown: not_permitted: /etc/xinetd.d/telnet"},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, c.host, c.want) })
	}
}

func TestListeners(t *testing.T) {
	const probe = "-- /etc/passwd --\nroot:x:0:0::/root:/bin/sh\nmysql:x:27:27::/:/bin/false\n-- probe listeners --\n"
	for _, c := range []struct {
		name, host string
		want       []string
	}{
		{"with everything", probe + "tcp 0.0.0.0:3306 pid=9 process=mysqld uid=27 unit=mysqld.service\n", []string{
			"listeners = complete  # probe listeners", "listeners[tcp 0.0.0.0:3306].process = mysqld", "listeners[tcp 0.0.0.0:3306].user = mysql",
			"listeners[tcp 0.0.0.0:3306].unit = mysqld.service", "listeners[tcp 0.0.0.0:3306].port = 3306", "listeners[tcp 0.0.0.0:3306].local_only = false",
		}},
		{"without rights", probe + "tcp [::]:5432 pid=? why=\"permission denied\"\n", []string{
			"listeners = complete", `listeners["tcp [::]:5432"].process = unknown: not_permitted: permission denied`, `listeners["tcp [::]:5432"].address = ::`,
		}},
		{"loopback", probe + "udp 127.0.0.53%lo:53 pid=1 process=systemd-resolve uid=101\ntcp [::1]:631 pid=2 process=cupsd uid=0\n", []string{
			"listeners[udp 127.0.0.53%lo:53].local_only = true", `listeners["tcp [::1]:631"].local_only = true`, "listeners[udp 127.0.0.53%lo:53].user = 101", "listeners[udp 127.0.0.53%lo:53].unit = absent",
		}},
		{"workers share a socket", probe + "tcp 0.0.0.0:80 pid=1 process=nginx uid=0\ntcp 0.0.0.0:80 pid=2 process=nginx uid=33\ntcp 0.0.0.0:80 pid=3 process=other uid=0\n", []string{
			"listeners[tcp 0.0.0.0:80].process = nginx", "listeners[tcp 0.0.0.0:80 other].process = other",
		}},
		{"cut short", strings.Replace(probe, "listeners --", "listeners ~ --", 1) + "tcp 0.0.0.0:80 pid=1 process=nginx uid=0\n", []string{"listeners = unknown: truncated: probe listeners", "listeners[tcp 0.0.0.0:80].process = nginx"}},
		{"a line that is none", probe + "tcp nowhere pid=1\n", []string{"listeners = unknown: not_understood: probe listeners"}},
		{"an image", imageOnly, []string{"listeners = unknown: offline: probe listeners", "processes.names = unknown: offline: probe processes"}},
		{"processes", "-- probe processes --\n2 name=sshd uid=0\n1 name=\"my app\" uid=0\n3 name=sshd uid=0\n", []string{"processes.names = [my app, sshd]"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, c.host, c.want...) })
	}
}

func TestPackages(t *testing.T) {
	const dpkg = "-- /var/lib/dpkg/status --\nPackage: bash\nStatus: install ok installed\nMaintainer: Somebody <a@b>\nArchitecture: amd64\nVersion: 5.2-1\nDescription: x\n Package: not-this\n\n"
	const rpm = "-- /var/lib/rpm/rpmdb.sqlite --\n-- " + rpmQuery + " --\n"
	for _, c := range []struct {
		name, host string
		want       []string
	}{
		{"dpkg", dpkg + "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: held\nStatus: hold ok installed\nVersion: 2\n", []string{
			"packages = complete  # /var/lib/dpkg/status", "packages[bash].version = 5.2-1  # /var/lib/dpkg/status:5", "packages[bash].origin = Somebody <a@b>",
			"no packages[gone].version", "no packages[not-this].version", "packages[held].version = 2",
		}},
		{"two architectures", dpkg + "Package: bash\nStatus: install ok installed\nArchitecture: i386\nVersion: 5.2-1\n", []string{"packages[bash:i386].version = 5.2-1"}},
		{"one file a package", "-- /var/lib/dpkg/status.d/base --\nPackage: base-files\nVersion: 12\n-- /var/lib/dpkg/status.d/base.md5sums --\nPackage: x\nVersion: 1\n", []string{"packages = complete", "packages[base-files].version = 12", "no packages[x].version"}},
		{"cut short", strings.Replace(dpkg, "status --", "status ~ --", 1), []string{"packages = unknown: truncated: /var/lib/dpkg/status", "packages[bash].version = 5.2-1"}},
		{"rpm", rpm + "bash 5.1.8-6.el9 x86_64 1700000000 Red Hat, Inc.\ngpg-pubkey 1-2 (none) 1700000000 (none)\nown 1-1 noarch 1700000000 (none)\n", []string{
			"packages = complete", "packages[bash].version = 5.1.8-6.el9", "packages[bash].origin = Red Hat, Inc.", "packages[own].origin = absent", "no packages[gpg-pubkey].version",
		}},
		{"rpm's database in an image", "-- /var/lib/rpm/Packages --\n-- " + rpmQuery + " ! offline --\n", []string{"packages = unknown: offline: /var/lib/rpm/Packages: " + rpmQuery}},
		{"neither", "", []string{"packages = unknown: not_found: dpkg, rpm"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, c.host, c.want...) })
	}
}

func BenchmarkPackages(b *testing.B) {
	record := "Package: package-name\nStatus: install ok installed\nPriority: optional\nMaintainer: Somebody <a@b>\nArchitecture: amd64\nVersion: 5.2-1\nDepends: a, b, c\nDescription: x\n" + strings.Repeat(" more text that nobody reads\n", 20) + "\n"
	answers := []*pluginpb.Answer{answer(driver.File(dpkgStatus), strings.Repeat(record, 1000))}
	b.SetBytes(int64(len(record) * 1000))
	for b.Loop() {
		r := &reader{Answers: driver.Index(answers), facts: &pb.Facts{}}
		readPackages(r)
	}
}

func FuzzListUnits(f *testing.F) {
	readsAnything(f, driver.Command(listUnits), readableHost(), "ssh.service loaded active running x\n● a.service loaded failed failed\n", "x\n")
}

func FuzzXinetd(f *testing.F) {
	readsAnything(f, driver.File("/etc/xinetd.d/telnet"), readableHost(), "service telnet\n{\n disable = no\n only_from += 10.0.0.0\n}\n", "defaults {\nenabled=a\n}\nservice\n}")
}

func FuzzListeners(f *testing.F) {
	readsAnything(f, driver.Probe(pluginpb.Probe_PROBE_LISTENERS), readableHost(), "tcp 0.0.0.0:22 pid=1 process=sshd uid=0\n", "udp [::1%lo]:9 why=\"x\"\n", "tcp :\n")
}

func FuzzDpkg(f *testing.F) {
	readsAnything(f, driver.File(dpkgStatus), readableHost(), "Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: a\nVersion: 2\n", "Version: 1")
}

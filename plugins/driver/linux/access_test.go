package linux

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
)

func TestAccess(t *testing.T) {
	const none = "-- " + saveIPv4 + " ! not_found --\n-- " + saveIPv6 + " ! not_found --\n-- " + nftRuleset + " ! not_found --\n-- probe processes --\n1 name=systemd uid=0\n" + unitsCommand + "dbus.service loaded active running D-Bus\n"
	const quiet = none + "-- probe listeners --\n"
	const image = imageOnly + "-- /usr/lib/systemd/system/dbus.service --\n"
	for _, c := range []struct {
		name, host string
		want       []string
	}{
		{"nothing", quiet, []string{"access_paths = complete", "no access_paths[telnet].enabled", "no access_paths[ftp].enabled"}},
		{"nothing in an image", image, []string{"access_paths = complete", "no access_paths[telnet].enabled"}},
		{"a socket is enabled", image + "-- /usr/lib/systemd/system/telnet.socket --\n-- /etc/systemd/system/sockets.target.wants/telnet.socket --\n", []string{
			"access_paths[telnet].enabled = true", "access_paths[telnet].encrypted = false  # default: RFC 854", "access_paths[telnet].remote = true", "access_paths[telnet].port = 23", "access_paths[telnet].sources = absent",
		}},
		{"a socket is there and off", image + "-- /usr/lib/systemd/system/telnet.socket --\n-- /usr/lib/systemd/system/telnet@.service --\n", []string{"access_paths = complete", "access_paths[telnet].enabled = false"}},
		{"by xinetd", image + "-- /usr/lib/systemd/system/xinetd.service --\n-- /etc/systemd/system/multi-user.target.wants/xinetd.service --\n-- /etc/xinetd.d/tftp --\nservice tftp\n{\n only_from = 10.0.0.0/24\n disable = no\n}\n", []string{
			"access_paths[tftp].enabled = true", "access_paths[tftp].authenticated = false", "access_paths[tftp].methods = [none]", "access_paths[tftp].sources = [10.0.0.0/24]", "access_paths[tftp].port = 69",
		}},
		{"by xinetd, off", image + "-- /usr/lib/systemd/system/xinetd.service --\n-- /etc/systemd/system/multi-user.target.wants/xinetd.service --\n-- /etc/xinetd.d/rsh --\nservice shell\n{\n disable = yes\n}\n", []string{"access_paths[rsh].enabled = false"}},
		{"it listens, whoever started it", none + "-- probe listeners --\ntcp 0.0.0.0:2323 pid=5 process=in.telnetd uid=0\n", []string{"access_paths[telnet].enabled = true", "access_paths[telnet].port = 2323"}},
		{"only to itself", none + "-- probe listeners --\ntcp 127.0.0.1:5900 pid=5 process=Xvnc uid=1000\n", []string{"no access_paths[vnc].enabled", "access_paths = complete"}},
		{"the port, and nobody may say whose", none + "-- probe listeners --\ntcp 0.0.0.0:21 pid=? why=\"permission denied\"\n", []string{"access_paths[ftp].enabled = unknown: not_permitted: permission denied"}},
		{"the port, held for others", none + "-- probe listeners --\ntcp 0.0.0.0:23 pid=1 process=systemd uid=0\n", []string{"access_paths[telnet].enabled = true"}},
		{"inetd by its program", image + "-- /usr/lib/systemd/system/inetd.service --\n-- /etc/systemd/system/multi-user.target.wants/inetd.service --\n-- /etc/inetd.conf --\n2323 stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.telnetd\n", []string{"access_paths[telnet].enabled = true"}},
		{"a second sshd", debianSSH + none + "-- /etc/ssh/sshd_config --\nPort 22\n-- probe listeners --\ntcp 0.0.0.0:22 pid=1 process=sshd uid=0\ntcp 0.0.0.0:2022 pid=2 process=sshd uid=0\ntcp 127.0.0.1:6010 pid=3 process=sshd uid=0\n", []string{
			"access_paths[ssh port 2022].admin_login = unknown: not_understood: sshd tcp 0.0.0.0:2022", "no access_paths[ssh port 6010].enabled", "no access_paths[ssh port 22].enabled",
		}},
		{"another ssh server", none + "-- probe listeners --\ntcp 0.0.0.0:22 pid=2 process=dropbear uid=0\n", []string{"access_paths[ssh dropbear].enabled = true", "access_paths[ssh].enabled = false"}},
		{"the port, but another program's", none + "-- probe listeners --\ntcp 0.0.0.0:23 pid=9 process=nginx uid=0\n", []string{"no access_paths[telnet].enabled"}},
		{"a desktop", none + "-- probe listeners --\ntcp 0.0.0.0:5901 pid=5 process=Xtigervnc uid=1000\n", []string{"access_paths[vnc].enabled = true", "access_paths[vnc].port = 5901", "no access_paths[vnc].encrypted"}},
		{"vsftpd as delivered", none + "-- probe listeners --\ntcp 0.0.0.0:21 pid=5 process=vsftpd uid=0\n-- /etc/vsftpd.conf --\nanonymous_enable=NO\n#ssl_enable=YES\n", []string{"access_paths[ftp].encrypted = false", "access_paths[ftp].authenticated = true"}},
		{"vsftpd with TLS", none + "-- probe listeners --\ntcp 0.0.0.0:21 pid=5 process=vsftpd uid=0\n-- /etc/vsftpd/vsftpd.conf --\nssl_enable=YES\n", []string{"access_paths[ftp].encrypted = true", "access_paths[ftp].authenticated = false"}},
		{"vsftpd, TLS not demanded", none + "-- probe listeners --\ntcp 0.0.0.0:21 pid=5 process=vsftpd uid=0\n-- /etc/vsftpd.conf --\nssl_enable=YES\nforce_local_logins_ssl=NO\n", []string{"access_paths[ftp].encrypted = false"}},
		{"vsftpd, not readable", none + "-- probe listeners --\ntcp 0.0.0.0:21 pid=5 process=vsftpd uid=0\n-- /etc/vsftpd.conf ! not_permitted --\n", []string{"access_paths[ftp].encrypted = unknown: not_permitted: /etc/vsftpd.conf"}},
		{"telnet asks PAM", none + "-- probe listeners --\ntcp 0.0.0.0:23 pid=5 process=telnetd uid=0\n-- /etc/pam.d/login --\nauth required pam_unix.so\n", []string{"access_paths[telnet].methods = [password]", "access_paths[telnet].factors = 1", "access_paths[telnet].authenticated = true"}},
		{"another ftp server", none + "-- probe listeners --\ntcp 0.0.0.0:21 pid=5 process=proftpd uid=0\n", []string{"access_paths[ftp].encrypted = unknown: not_asked: FTP server other than vsftpd"}},
		{"cockpit", image + "-- /usr/lib/systemd/system/cockpit.socket --\n-- /etc/systemd/system/sockets.target.wants/cockpit.socket --\n", []string{"access_paths[https].enabled = true", "access_paths[https].encrypted = true", "access_paths[https].port = 9090"}},
		{"cockpit in the clear", image + "-- /usr/lib/systemd/system/cockpit.socket --\n-- /etc/systemd/system/sockets.target.wants/cockpit.socket --\n-- /etc/cockpit/cockpit.conf --\n[WebService]\nAllowUnencrypted = true\n", []string{"access_paths[http].encrypted = false"}},
		{"xrdp", image + "-- /usr/lib/systemd/system/xrdp.service --\n-- /etc/systemd/system/multi-user.target.wants/xrdp.service --\n-- /etc/xrdp/xrdp.ini --\n[Globals]\nsecurity_layer=tls\n", []string{"access_paths[rdp].encrypted = true", "access_paths[rdp].port = 3389"}},
		{"xrdp, negotiated", image + "-- /usr/lib/systemd/system/xrdp.service --\n-- /etc/systemd/system/multi-user.target.wants/xrdp.service --\n-- /etc/xrdp/xrdp.ini --\n[Globals]\nsecurity_layer=negotiate\n", []string{"access_paths[rdp].encrypted = unknown: not_understood: security_layer"}},
		{"webmin", none + "-- probe listeners --\ntcp 0.0.0.0:10000 pid=5 process=miniserv.pl uid=0\n-- /etc/webmin/miniserv.conf --\nport=10001\nssl=0\n", []string{"access_paths[http].encrypted = false", "access_paths[http].port = 10001"}},
		{"listeners not seen", none + "-- probe listeners ! not_permitted --\n", []string{"access_paths = unknown: not_permitted: probe listeners"}},
		{"units not seen", image + "-- glob /etc/systemd/system/*.wants/* ! not_permitted --\n", []string{"access_paths = unknown: not_permitted: glob /etc/systemd/system/*.wants/*"}},
		{"inetd not seen", quiet + "-- /etc/inetd.conf ! not_permitted --\n", []string{"access_paths = unknown: not_permitted: /etc/inetd.conf"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, c.host, c.want...) })
	}
}

func FuzzSettingsOfWays(f *testing.F) {
	readsAnything(f, driver.File("/etc/vsftpd.conf"), append(readableHost(), listing("/etc/systemd/system/*.requires/*", "/etc/systemd/system/a.requires/vsftpd.service")), "anonymous_enable=NO\nssl_enable=yes\nlisten_port=x\n", "=\n")
}

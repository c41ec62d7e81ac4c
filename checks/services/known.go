package services

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Known is a service that a hardened system is known not to need, or to need only for some roles.
type Known struct {
	// Name is how access paths, parameters and people call it.
	Name string
	// Never: it may not run on any role.
	Never bool
	// Risky: what it sends is clear text or it asks nobody who he is, so that its port alone is a finding.
	Risky bool
	// Ports are its well-known ones.
	Ports []string
	// units are the bare names of its services (see Bare). inetd are those that mean it only as a super-server's entry,
	// features those that mean it only as a device's feature, which has no unit file.
	units, inetd, features []string
	// packages bring it.
	packages []string
	// shared are programs that may hold its port for another purpose.
	shared []string
}

var known = []Known{
	{Name: "telnet", Never: true, Risky: true, Ports: []string{"tcp/23"}, units: []string{"telnet", "telnetd", "in.telnetd", "inetutils-telnetd", "utelnetd"},
		packages: []string{"telnet-server", "telnetd", "telnetd-ssl", "inetutils-telnetd", "utelnetd", "krb5-telnet-server"}},
	{Name: "rsh", Never: true, Risky: true, Ports: []string{"tcp/514"}, units: []string{"rsh", "rshd", "in.rshd", "rcmd"}, inetd: []string{"shell", "kshell"},
		packages: []string{"rsh-server", "rsh-redone-server", "krb5-rsh-server"}, shared: syslogs},
	{Name: "rlogin", Never: true, Risky: true, Ports: []string{"tcp/513"}, units: []string{"rlogin", "rlogind", "in.rlogind"}, inetd: []string{"login", "klogin", "eklogin"}},
	{Name: "rexec", Never: true, Risky: true, Ports: []string{"tcp/512"}, units: []string{"rexec", "rexecd", "in.rexecd"}, inetd: []string{"exec"}},
	{Name: "tftp", Never: true, Risky: true, Ports: []string{"udp/69"}, units: []string{"tftp", "tftpd", "in.tftpd", "tftpd-hpa", "atftpd"},
		packages: []string{"tftp-server", "tftpd", "tftpd-hpa", "atftpd", "atftp-server"}},
	{Name: "finger", Never: true, Risky: true, Ports: []string{"tcp/79"}, units: []string{"finger", "fingerd", "in.fingerd", "efingerd", "cfingerd"},
		packages: []string{"finger-server", "fingerd", "efingerd", "cfingerd"}},
	{Name: "nis", Never: true, units: []string{"ypserv", "ypbind", "yppasswdd", "ypxfrd"}, packages: []string{"ypserv", "ypbind", "nis"}},
	{Name: "talk", Never: true, Risky: true, Ports: []string{"udp/517", "udp/518"}, units: []string{"talk", "talkd", "ntalk", "ntalkd", "in.talkd", "in.ntalkd"},
		packages: []string{"talk-server", "talkd", "inetutils-talkd"}},
	{Name: "rwho", Never: true, Risky: true, Ports: []string{"udp/513"}, units: []string{"rwhod"}, packages: []string{"rwhod", "rwho-server"}},
	{Name: "rusers", Never: true, units: []string{"rusersd", "rstatd", "sprayd", "walld", "rexd", "rpc.rusersd", "rpc.rstatd", "rpc.sprayd", "rpc.walld", "rpc.rexd"},
		packages: []string{"rusers-server", "rusersd", "rstatd"}},
	{Name: "echo", Never: true, Risky: true, Ports: []string{"tcp/7", "udp/7"}, inetd: []string{"echo"}},
	{Name: "discard", Never: true, Risky: true, Ports: []string{"tcp/9", "udp/9"}, inetd: []string{"discard"}},
	{Name: "daytime", Never: true, Risky: true, Ports: []string{"tcp/13", "udp/13"}, inetd: []string{"daytime"}},
	{Name: "chargen", Never: true, Risky: true, Ports: []string{"tcp/19", "udp/19"}, inetd: []string{"chargen"}},
	{Name: "time", Never: true, Risky: true, Ports: []string{"tcp/37", "udp/37"}, inetd: []string{"time"}},
	{Name: "uucp", Never: true, Risky: true, Ports: []string{"tcp/540"}, units: []string{"uucpd"}, packages: []string{"uucpd"}},
	{Name: "small-servers", Never: true, features: []string{"small-servers", "tcp-small-servers", "udp-small-servers"}},
	{Name: "smart-install", Never: true, Risky: true, Ports: []string{"tcp/4786"}, features: []string{"smart-install", "vstack"}},
	{Name: "pad", Never: true, features: []string{"pad"}},
	{Name: "bootp", Never: true, features: []string{"bootp"}},
	{Name: "mop", Never: true, features: []string{"mop"}},
	{Name: "identd", Never: true, units: []string{"identd", "oidentd"}, inetd: []string{"ident", "auth"}},
	{Name: "http", Never: true, features: []string{"http"}},

	{Name: "ftp", Risky: true, Ports: []string{"tcp/21"}, units: []string{"ftp", "ftpd", "in.ftpd", "vsftpd", "proftpd", "pure-ftpd", "wu-ftpd", "gssftp"}},
	{Name: "vnc", Risky: true, Ports: []string{"tcp/5900-5999"}, units: []string{"vnc", "vncserver", "tigervncserver", "tightvncserver", "x11vnc", "vino-server", "x0vncserver"}},
	{Name: "x11", Risky: true, Ports: []string{"tcp/6000-6063"}},
	{Name: "graphical login", units: []string{"gdm", "gdm3", "lightdm", "sddm", "xdm", "kdm", "display-manager"},
		packages: []string{"xorg-x11-server-Xorg", "xserver-xorg-core"}},
	{Name: "rdp", Ports: []string{"tcp/3389"}, units: []string{"xrdp", "xrdp-sesman", "gnome-remote-desktop"}},
	{Name: "zeroconf", Ports: []string{"udp/5353"}, units: []string{"avahi-daemon"}},
	{Name: "printing", Ports: []string{"tcp/631"}, units: []string{"cups", "cups-browsed", "cupsd", "lpd"}},
	{Name: "rpcbind", Ports: []string{"tcp/111", "udp/111"}, units: []string{"rpcbind", "portmap"}},
	{Name: "nfs", Ports: []string{"tcp/2049", "udp/2049"}, units: []string{"nfs", "nfs-server", "nfs-kernel-server", "nfsd"}},
	{Name: "smb", Ports: []string{"tcp/445", "tcp/139"}, units: []string{"smb", "smbd", "nmb", "nmbd", "samba", "samba-ad-dc"}},
	{Name: "rsync", Ports: []string{"tcp/873"}, units: []string{"rsync", "rsyncd"}},
	{Name: "dhcp", Ports: []string{"udp/67", "udp/547"}, units: []string{"dhcpd", "dhcpd6", "isc-dhcp-server", "isc-dhcp-server6", "kea-dhcp4", "kea-dhcp6", "kea-dhcp4-server", "kea-dhcp6-server"}},
	{Name: "dns", Ports: []string{"udp/53", "tcp/53"}, units: []string{"named", "named-chroot", "bind9", "dnsmasq", "unbound", "pdns", "pdns-recursor"}},
	{Name: "web", Ports: []string{"tcp/80", "tcp/443"}, units: []string{"httpd", "apache2", "nginx", "lighttpd", "caddy"}},
	{Name: "mail access", Ports: []string{"tcp/110", "tcp/143", "tcp/993", "tcp/995"}, units: []string{"dovecot", "cyrus-imapd", "courier-imap", "courier-pop"}},
	{Name: "proxy", Ports: []string{"tcp/3128"}, units: []string{"squid"}},
	{Name: "ldap", Ports: []string{"tcp/389", "tcp/636"}, units: []string{"slapd"}},
	{Name: "super-server", units: []string{"xinetd", "inetd", "openbsd-inetd", "inetutils-inetd"}, packages: []string{"xinetd", "openbsd-inetd", "inetutils-inetd"}},
	{Name: "bluetooth", units: []string{"bluetooth", "bluetoothd"}},
	{Name: "modem", units: []string{"modemmanager"}},
	{Name: "web console", Ports: []string{"tcp/9090", "tcp/10000"}, units: []string{"cockpit", "webmin"}},
	{Name: "compilers", packages: []string{"gcc", "gdb"}},
}

// Programs that take logs in over the port that was rsh's.
var syslogs = []string{"rsyslogd", "syslog-ng", "syslogd", "systemd-journal-remote", "systemd-journal", "fluentd", "fluent-bit", "td-agent", "vector", "logstash", "promtail"}

// OfService finds what is known of a service by the scope of a Service fact.
func OfService(scope string) (Known, bool) {
	name, inetd := split(scope)
	return find(func(k Known) bool {
		return slices.Contains(k.units, name) || inetd && slices.Contains(k.inetd, name) || !strings.Contains(scope, ".") && slices.Contains(k.features, name)
	})
}

// OfPackage finds what is known of an installed package.
func OfPackage(name string) (Known, bool) {
	name, _, _ = strings.Cut(name, ":")
	return find(func(k Known) bool { return slices.Contains(k.packages, name) })
}

func find(is func(Known) bool) (Known, bool) {
	i := slices.IndexFunc(known, is)
	if i < 0 {
		return Known{}, false
	}
	return known[i], true
}

// RiskyAt finds the risky service that a listener stands for by its well-known port. It is On unless the program is
// known to use the port for something else, Unclear where that is common and the program is not known.
func RiskyAt(l *pb.Listener) (Known, State) {
	for _, k := range known {
		if !k.Risky || !slices.ContainsFunc(k.Ports, func(p string) bool { return Holds(p, l) }) {
			continue
		}
		process := strings.ToLower(l.GetProcess().GetValue())
		switch {
		case l.GetProcess().GetState() != pb.FactState_FACT_STATE_KNOWN || process == "":
			if len(k.shared) > 0 {
				return k, Unclear
			}
		case slices.Contains(k.shared, process), slices.Contains(sshServers, process):
			return k, Off
		case len(k.shared) > 0 && !slices.Contains(superServers, process) && !slices.Contains(k.units, process):
			return k, Unclear
		}
		return k, On
	}
	return Known{}, Off
}

// Encrypted and authenticated whatever port they are moved to.
var sshServers = []string{"sshd", "dropbear"}

// Programs that hold a port for the service behind it.
var superServers = []string{"systemd", "init", "xinetd", "inetd"}

// Numbered says whether a listener's protocol and port are known; of others nothing can be said by their port.
func Numbered(l *pb.Listener) bool {
	return l.GetPort().GetState() == pb.FactState_FACT_STATE_KNOWN && l.GetProtocol().GetState() == pb.FactState_FACT_STATE_KNOWN
}

// Holds says whether a listener is on one of the ports that a site file writes "tcp/8000-8010".
func Holds(ports string, l *pb.Listener) bool {
	p, err := site.ParsePorts(ports)
	return err == nil && Numbered(l) && p.Has(strings.ToLower(l.GetProtocol().GetValue()), l.GetPort().GetValue())
}

// Bare gives a service's bare name: "telnet" for "telnet.socket", "inetd telnet", "telnet@1.service" and "ip telnet server".
func Bare(scope string) string {
	name, _ := split(scope)
	return name
}

// split gives the bare name and whether a super-server starts it.
func split(scope string) (name string, inetd bool) {
	words := strings.Fields(strings.ToLower(scope))
	words = slices.DeleteFunc(words, func(w string) bool {
		super := w == "inetd" || w == "xinetd"
		inetd = inetd || super && len(words) > 1
		return len(words) > 1 && (super || w == "ip" || w == "service" || w == "server")
	})
	name = strings.Join(words, " ")
	for _, suffix := range []string{".service", ".socket", ".target", ".path", ".timer"} {
		name = strings.TrimSuffix(name, suffix)
	}
	name, _, _ = strings.Cut(name, "@")
	if inetd {
		name, _, _ = strings.Cut(name, "/")
		for _, suffix := range []string{"-dgram", "-stream", "-udp", "-tcp", "-server"} {
			name = strings.TrimSuffix(name, suffix)
		}
	}
	return name, inetd
}

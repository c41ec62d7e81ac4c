package services_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestChecks(t *testing.T) {
	checktest.All(t, services.All)
	checktest.Sound(t, services.All)
}

func TestNames(t *testing.T) {
	for scope, want := range map[string]string{
		"telnet.socket": "telnet", "inetd telnet": "telnet", "xinetd telnet": "telnet", "telnet@1.service": "telnet", "inetd shell": "rsh",
		"xinetd echo-dgram": "echo", "xinetd time-stream": "time", "inetd shell/tcp": "rsh", "vsftpd.service": "ftp", "cups.path": "printing",
		"ip http server": "http", "service pad": "pad", "tcp-small-servers": "small-servers", "vstack": "smart-install", "ip bootp server": "bootp",
		"ModemManager.service": "modem", "rpcbind.socket": "rpcbind", "nfs-server.service": "nfs", "smb.service": "smb",
		// Not what they sound like.
		"systemd-timesyncd.service": "", "time.service": "", "echo.service": "", "systemd-logind.service": "", "login": "", "exec.service": "", "time-sync.target": "",
		"sshd.service": "", "snmpd.service": "", "postfix.service": "", "http secure-server": "", "http.service": "", "bootp.service": "", "mop.socket": "", "xinetd": "super-server", "": "",
	} {
		k, ok := services.OfService(scope)
		if k.Name != want || ok != (want != "") {
			t.Errorf("OfService(%q) = %q, %v; want %q", scope, k.Name, ok, want)
		}
	}
	for name, want := range map[string]string{"telnet-server": "telnet", "telnetd:amd64": "telnet", "nis": "nis", "telnet": "", "gcc": "compilers", "gcc-12-base": "", "libtalloc2": ""} {
		if k, ok := services.OfPackage(name); k.Name != want || ok != (want != "") {
			t.Errorf("OfPackage(%q) = %q", name, k.Name)
		}
	}
}

func TestRiskyAt(t *testing.T) {
	for _, c := range []struct {
		proto   string
		port    int64
		process string
		name    string
		want    services.State
	}{
		{"tcp", 23, "", "telnet", services.On}, {"tcp", 23, "xinetd", "telnet", services.On}, {"tcp", 23, "java", "telnet", services.On},
		{"tcp", 23, "sshd", "telnet", services.Off}, {"udp", 23, "", "", services.Off}, {"tcp", 514, "", "rsh", services.Unclear},
		{"tcp", 514, "rsyslogd", "rsh", services.Off}, {"tcp", 514, "xinetd", "rsh", services.On}, {"tcp", 514, "in.rshd", "rsh", services.On},
		{"tcp", 514, "java", "rsh", services.Unclear}, {"udp", 514, "rsyslogd", "", services.Off}, {"udp", 69, "dnsmasq", "tftp", services.On},
		{"tcp", 22, "sshd", "", services.Off}, {"tcp", 5901, "Xvnc", "vnc", services.On}, {"tcp", 443, "nginx", "", services.Off},
	} {
		l := &pb.Listener{Protocol: facts.Text(c.proto), Port: facts.Int(c.port)}
		if c.process != "" {
			l.Process = facts.Text(c.process)
		}
		if k, got := services.RiskyAt(l); k.Name != c.name || got != c.want {
			t.Errorf("%s/%d %s: %q, %d", c.proto, c.port, c.process, k.Name, got)
		}
	}
}

func TestTold(t *testing.T) {
	for _, c := range []struct {
		s    *pb.Service
		want string
	}{
		{&pb.Service{Enabled: facts.Bool(true), Running: facts.Bool(true)}, "enabled, running"},
		{&pb.Service{Enabled: facts.Bool(true), Running: facts.Bool(false)}, "enabled"},
		{&pb.Service{Enabled: facts.Bool(false), Running: facts.Bool(true)}, "running"},
		{&pb.Service{Enabled: facts.Bool(false)}, "state not known"},
	} {
		if got := services.Told(c.s).GetEn(); got != c.want {
			t.Errorf("%v: %s, want %s", c.s, got, c.want)
		}
	}
}

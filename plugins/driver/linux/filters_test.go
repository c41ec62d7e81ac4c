package linux

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	noIPv6   = "-- /proc/net/if_inet6 --\n00000000000000000000000000000001 01 80 10 80       lo\n"
	withIPv6 = "-- /proc/net/if_inet6 --\nfe800000000000005054000000000001 02 40 20 80     eth0\n"
	noNft    = "-- nft list ruleset ! not_found --\n"
	noOld    = "-- iptables-save ! not_found --\n-- ip6tables-save ! not_found --\n"
	noServer = "-- probe processes --\n1 name=systemd uid=0\n-- probe listeners --\n" + unitsCommand + "dbus.service loaded active running D-Bus\n"
)

// sourcesOf gives who reaches a port through the filters of a written host.
func sourcesOf(t *testing.T, host, proto string, port int) string {
	t.Helper()
	var out string
	probe := topic{name: "probe", ask: filtersTopic.ask, read: func(r *reader) {
		f := readFilters(r).sources(r, proto, port)
		switch {
		case f.GetState().Number() == 2:
			out = "anybody"
		case f.GetState().Number() == 1:
			out = fmt.Sprint(f.GetValue())
		default:
			out = strings.ToLower(strings.TrimPrefix(f.GetReason().String(), "REASON_"))
		}
	}}
	saved := topics
	defer func() { topics = saved }()
	topics = append(append([]topic(nil), listenersTopic, servicesTopic), probe)
	readTopics(t, "a written host\nall files are here\n"+host)
	return out
}

func TestNftables(t *testing.T) {
	chain := func(rules string) string {
		return sections(noServer, noIPv6, noOld, "-- nft list ruleset --\ntable inet filter {\n\tset trusted {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = { 10.0.0.0/8,\n\t\t\t     192.168.1.0/24 }\n\t}\n\tset later {\n\t\ttype ipv4_addr\n\t\tflags dynamic\n\t}\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n", rules, "\t}\n\tchain side {\n\t\ttcp dport 443 accept\n\t\tip saddr 10.7.0.0/16 tcp dport 22 accept\n\t}\n}\n")
	}
	for _, c := range []struct{ name, rules, want string }{
		{"nothing is let in", "", "[]"},
		{"everything is", "accept\n", "anybody"},
		{"one network", "ip saddr 10.1.0.0/16 tcp dport 22 accept\n", "[10.1.0.0/16]"},
		{"another port", "tcp dport 443 accept\n", "[]"},
		{"the other protocol", "udp dport 22 accept\n", "[]"},
		{"a range of ports", "tcp dport { 20-25, 80 } accept\n", "anybody"},
		{"all but one port", "tcp dport != 80 accept\n", "not_understood"},
		{"ports below", "tcp dport < 1024 accept\n", "not_understood"},
		{"all ports", "ip protocol tcp accept\n", "anybody"},
		{"by a map of states", "ct state vmap { invalid : drop, established : accept, related : accept }\nip saddr 10.1.1.1 tcp dport 22 accept\n", "[10.1.1.1]"},
		{"new ones are let in", "ct state new accept\n", "anybody"},
		{"only answers", "ct state established,related accept\n", "[]"},
		{"not only answers", "ct state != invalid accept\n", "anybody"},
		{"from the host itself", "iif \"lo\" accept\niifname lo accept\n", "[]"},
		{"by an interface", "iifname \"eth1\" tcp dport 22 accept\n", "not_understood"},
		{"a set", "ip saddr @trusted tcp dport ssh ct state new limit rate 5/minute burst 10 packets accept comment \"adm { x }\"\n", "[10.0.0.0/8 192.168.1.0/24]"},
		{"a set that fills", "ip saddr @later tcp dport 22 accept\n", "[@later]"},
		{"some are refused", "ip saddr @later tcp dport 22 reject with icmp port-unreachable\ntcp dport 22 accept\n", "anybody"},
		{"all others are refused", "ip saddr != 10.0.0.0/8 tcp dport 22 drop\ntcp dport 22 accept\n", "[10.0.0.0/8]"},
		{"a set of others is refused", "ip saddr != @trusted tcp dport 22 counter packets 1 bytes 2 drop\naccept\n", "[10.0.0.0/8 192.168.1.0/24]"},
		{"limited by rate", "tcp dport 22 limit rate 3/minute accept\n", "anybody"},
		{"refused by rate", "tcp dport 22 limit rate over 3/minute drop\ntcp dport 22 accept\n", "anybody"},
		{"flags", "tcp flags syn / fin,syn,rst,ack tcp dport 22 log prefix \"new \" level info counter packets 0 bytes 0 accept\n", "anybody"},
		{"odd flags", "tcp flags & (fin|syn) == (fin|syn) drop\ntcp dport 22 accept\n", "anybody"},
		{"ping", "icmp type echo-request accept\nmeta l4proto { icmp, ipv6-icmp } accept\n", "[]"},
		{"a map of ports", "tcp dport vmap { 80 : accept, 22 : accept }\n", "anybody"},
		{"a map that leads on", "tcp dport vmap { 443 : jump side }\n", "[]"},
		{"a map that leads there", "tcp dport vmap { 22 : jump side }\n", "[10.7.0.0/16]"},
		{"address and port together", "ip saddr . tcp dport { 10.1.1.1 . 22, 10.1.1.2 . 8443, 10.1.1.3 . 20-30 } accept\n", "[10.1.1.1 10.1.1.3]"},
		{"a map of both", "ip saddr . tcp dport vmap { 10.1.1.1 . 22 : accept, 10.1.1.2 . 22 : drop }\n", "[10.1.1.1]"},
		{"interface and port", "iifname . tcp dport { \"eth1\" . 22 } accept\n", "not_understood"},
		{"interface and another port", "iifname . tcp dport { \"eth1\" . 443 } accept\n", "[]"},
		{"protocol and port", "meta l4proto . th dport { tcp . 443, tcp . 22 } accept\n", "anybody"},
		{"a map by name", "tcp dport vmap @ports\n", "not_understood"},
		{"a set of both by name", "ip saddr . tcp dport @both accept\n", "not_understood"},
		{"an element too few", "ip saddr . tcp dport { 10.1.1.1 } accept\n", "not_understood"},
		{"another chain", "jump side\ndrop\n", "[10.7.0.0/16]"},
		{"another chain for some", "ip saddr 10.0.0.0/8 jump side\n", "[10.7.0.0/16]"},
		{"a chain that is missing", "jump nowhere\n", "not_understood"},
		{"a circle", "jump input\n", "not_understood"},
		{"sent to a queue", "tcp dport 22 queue num 0\n", "not_understood"},
		{"broadcasts", "fib daddr type broadcast accept\n", "[]"},
		{"to the host", "fib daddr type local tcp dport 22 accept\n", "anybody"},
		{"to one of its addresses", "ip daddr 10.0.0.1 tcp dport 22 accept\n", "not_understood"},
		{"some words of tomorrow", "frobnicate 5 tcp dport 22 accept\n", "not_understood"},
		{"from a port of its sender's choice", "tcp sport 1024-65535 tcp dport 22 accept\n", "anybody"},
		{"by its time to live", "ip ttl < 5 drop\nip6 hoplimit 1 drop\ntcp dport 22 accept\n", "anybody"},
		{"only IPv6", "ip6 saddr fd00::/8 tcp dport 22 accept\n", "[]"},
		{"only logged", "tcp dport 22 log\nlimit rate 3/second log prefix \"drop \"\n", "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sourcesOf(t, chain(c.rules), "tcp", 22); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestFiltersTogether(t *testing.T) {
	nft := func(s string) string { return "-- nft list ruleset --\n" + s }
	limited := "*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n"
	open := "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"
	for _, c := range []struct{ name, host, want string }{
		{"no filter", sections(noIPv6, noNft, noOld), "anybody"},
		{"empty ones", sections(noIPv6, nft(""), "-- iptables-save --\n"+open+"-- ip6tables-save --\n"+open), "anybody"},
		{"IPv4 limited, IPv6 not in use", sections(noIPv6, noNft, "-- iptables-save --\n"+limited+"-- ip6tables-save --\n"+open), "[10.1.0.0/16]"},
		{"IPv4 limited, IPv6 open", sections(withIPv6, noNft, "-- iptables-save --\n"+limited+"-- ip6tables-save --\n"+open), "anybody"},
		{"IPv4 limited, IPv6 not known", sections("-- /proc/net/if_inet6 ! not_permitted --\n", noNft, "-- iptables-save --\n"+limited+"-- ip6tables-save --\n"+open), "not_permitted"},
		{"both limited", sections(withIPv6, noNft, "-- iptables-save --\n"+limited+"-- ip6tables-save --\n"+strings.ReplaceAll(limited, "10.1.0.0/16", "fd00::/64")), "[10.1.0.0/16 fd00::/64]"},
		{"both programs, one limits", sections(noIPv6, nft("table inet f {\n chain i {\n type filter hook input priority 0; policy accept;\n }\n}\n"), "-- iptables-save --\n"+limited+"-- ip6tables-save --\n"), "[10.1.0.0/16]"},
		{"without rights", sections(noIPv6, "-- nft list ruleset ! not_permitted --\n", noOld), "not_permitted"},
		{"cut short", sections(noIPv6, noNft, "-- iptables-save ~ --\n"+limited+"-- ip6tables-save --\n"), "truncated"},
		{"in an image, never loaded", sections(imageOnly, "-- /etc/nftables.conf --\ntable inet f {\n chain i { type filter hook input priority 0; policy drop; }\n}\n-- /usr/lib/systemd/system/nftables.service --\n"), "anybody"},
		{"in an image, loaded at boot", sections(imageOnly, "-- /etc/nftables.conf --\n#!/usr/sbin/nft -f\nflush ruleset\ntable inet f {\n chain i { type filter hook input priority 0; policy drop; ip saddr 10.2.0.0/16 tcp dport 22 accept; }\n}\n-- /usr/lib/systemd/system/nftables.service --\n-- /etc/systemd/system/sysinit.target.wants/nftables.service --\n"), "[10.2.0.0/16]"},
		{"in an image, with an include", sections(imageOnly, "-- /etc/nftables.conf --\ninclude \"/etc/nftables/*.nft\"\n-- /usr/lib/systemd/system/nftables.service --\n-- /etc/systemd/system/sysinit.target.wants/nftables.service --\n"), "not_understood"},
		{"in an image, old files", sections(imageOnly, "-- /etc/sysconfig/iptables --\n"+limited+"-- /usr/lib/systemd/system/iptables.service --\n-- /etc/systemd/system/basic.target.wants/iptables.service --\n"), "offline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := c.host
			if !strings.Contains(host, "offline") {
				host = noServer + host
			}
			if got := sourcesOf(t, host, "tcp", 22); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// What iptables-save 1.8.9 prints of rules as administrators write them.
func TestIptables(t *testing.T) {
	for _, c := range []struct{ name, rules, want string }{
		{"a network", "-A INPUT -s 10.1.0.0/16 -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\n", "[10.1.0.0/16]"},
		{"anybody", "-A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j ACCEPT\n", "anybody"},
		{"all addresses", "-A INPUT -s 0.0.0.0/0 -p tcp -m tcp --dport 22 -j ACCEPT\n", "anybody"},
		{"answers, ping, loopback", "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p icmp -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited\n", "[]"},
		{"a list of ports", "-A INPUT -p tcp -m multiport --dports 80,20:25 -j ACCEPT\n", "anybody"},
		{"a range of addresses", "-A INPUT -m iprange --src-range 1.1.1.1-1.1.1.9 -p tcp --dport 22 -j ACCEPT\n", "[1.1.1.1-1.1.1.9]"},
		{"all others refused", "-A INPUT ! -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT\n", "[10.0.0.0/8]"},
		{"negated the old way", "-A INPUT -s ! 10.0.0.0/8 -p tcp -m tcp --dport 22 -j DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT\n", "[10.0.0.0/8]"},
		{"a set is refused", "-A INPUT -p tcp -m set --match-set f2b src -j REJECT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n", "not_understood"},
		{"an interface", "-A INPUT -i eth1 -p tcp --dport 22 -j ACCEPT\n", "not_understood"},
		{"too often", "-A INPUT -p tcp --dport 22 -m recent --update --seconds 60 --hitcount 4 --name SSH --mask 255.255.255.255 --rsource -j DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT\n", "anybody"},
		{"too many", "-A INPUT -p tcp --dport 22 -m connlimit --connlimit-above 20 --connlimit-mask 32 --connlimit-saddr -j REJECT --reject-with icmp-port-unreachable\n-A INPUT -s 10.1.1.1 -j ACCEPT\n", "[10.1.1.1]"},
		{"a chain", "-A INPUT -j MINE\n-A MINE -s 10.3.0.0/16 -p tcp --dport 22 -j ACCEPT\n-A MINE -j RETURN\n", "[10.3.0.0/16]"},
		{"a chain that sends some back", "-A INPUT -p tcp --dport 22 -j MINE\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A MINE -s 10.3.0.0/16 -j RETURN\n-A MINE -j DROP\n", "[10.3.0.0/16]"},
		{"another for good", "-A INPUT -g MINE\n-A INPUT -j ACCEPT\n-A MINE -s 10.4.0.0/16 -j ACCEPT\n", "[10.4.0.0/16]"},
		{"only logged", "-A INPUT -m limit --limit 3/min -j LOG --log-prefix \"drop: \"\n", "[]"},
		{"a target of others", "-A INPUT -p tcp --dport 22 -j TARPIT\n", "not_understood"},
		{"not to the host", "-A INPUT -m addrtype --dst-type BROADCAST -j ACCEPT\n-A INPUT -m addrtype ! --dst-type LOCAL -j ACCEPT\n", "[]"},
		{"odd packets", "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN FIN -j DROP\n-A INPUT -m comment --comment \"a \\\"b\\\" -s 1.1.1.1\" -p tcp --dport 22 -j ACCEPT\n", "anybody"},
		{"from a port of its sender's choice", "-A INPUT -p tcp -m rt --rt-type 0 -j DROP\n-A INPUT -p tcp --sport 1024:65535 --dport 22 -j ACCEPT\n", "anybody"},
		{"counters", "[5:300] -A INPUT -s 10.1.0.0/16 -j ACCEPT\n", "[10.1.0.0/16]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := sections(noServer, noIPv6, noNft, "-- ip6tables-save --\n-- iptables-save --\n# Generated by iptables-save v1.8.4\n*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:MINE - [0:0]\n", c.rules, "COMMIT\n")
			if got := sourcesOf(t, host, "tcp", 22); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestFirewalld(t *testing.T) {
	const installed = noServer + "firewalld.service             loaded active running firewalld\n-- /etc/firewalld/firewalld.conf --\nDefaultZone=public\n-- firewall-cmd --get-default-zone --\npublic\n" +
		noIPv6 + noOld + "-- nft list ruleset --\ntable inet firewalld {\n\tchain filter_INPUT {\n\t\ttype filter hook input priority filter + 10; policy accept;\n\t\tct state { established, related } accept\n\t\treject with icmpx admin-prohibited\n\t}\n}\n-- firewall-cmd --list-all-zones --\n"
	const others = "\nwork\n  target: default\n  interfaces: \n  sources: \n  services: ssh\n  ports: \n  rich rules: \n"
	zone := func(services, ports, rules string) string {
		return "public (active)\n  target: default\n  icmp-block-inversion: no\n  interfaces: eth0\n  sources: \n  services: " + services + "\n  ports: " + ports + "\n  protocols: \n  forward: no\n  masquerade: no\n  rich rules: \n" + rules + others
	}
	for _, c := range []struct{ name, zones, want string }{
		{"the service", zone("dhcpv6-client ssh", "", ""), "anybody"},
		{"the port", zone("", "22/tcp 80-90/tcp", ""), "anybody"},
		{"neither", zone("dhcpv6-client", "8080/tcp", ""), "[]"},
		{"a rich rule", zone("", "", "\trule family=\"ipv4\" source address=\"10.0.0.0/8\" service name=\"ssh\" accept\n"), "[10.0.0.0/8]"},
		{"a rich rule and the service", zone("ssh", "", "\trule family=\"ipv4\" source address=\"10.0.0.0/8\" service name=\"ssh\" accept\n"), "anybody"},
		{"others refused", zone("ssh", "", "\trule family=\"ipv4\" source NOT address=\"10.0.0.0/8\" port port=\"22\" protocol=\"tcp\" drop\n"), "[10.0.0.0/8]"},
		{"all refused", zone("ssh", "", "\trule service name=\"ssh\" reject\n"), "[]"},
		{"some let in before", zone("", "", "\trule priority=\"-5\" family=\"ipv4\" source address=\"10.0.0.0/8\" service name=\"ssh\" accept\n\trule service name=\"ssh\" drop\n"), "[10.0.0.0/8]"},
		{"by a set", zone("", "", "\trule source ipset=\"adm\" service name=\"ssh\" accept\n"), "not_understood"},
		{"limited", zone("", "", "\trule service name=\"ssh\" log prefix=\"x\" level=\"info\" limit value=\"1/m\" accept limit value=\"3/m\"\n"), "anybody"},
		{"something else", zone("", "", "\trule family=\"ipv4\" masquerade\n\trule family=\"ipv4\" forward-port port=\"22\" protocol=\"tcp\" to-port=\"2222\" accept\n"), "[]"},
		{"a service that is not known", zone("own", "", ""), "not_understood"},
		{"a service of its own", zone("own", "", "") + "-- /etc/firewalld/services/own.xml --\n<service><port protocol=\"tcp\" port=\"9000\"/></service>\n", "[]"},
		{"ssh on another port", zone("ssh", "", "") + "-- /etc/firewalld/services/ssh.xml --\n<service><port protocol=\"tcp\" port=\"2222\"/></service>\n", "[]"},
		{"a zone for some", zone("", "", "") + "\nadmin (active)\n  target: default\n  interfaces: \n  sources: 10.9.0.0/16\n  services: ssh\n  ports: \n  rich rules: \n", "[10.9.0.0/16]"},
		{"everything is let in", strings.Replace(zone("", "", ""), "target: default", "target: ACCEPT", 1), "anybody"},
		{"containers", zone("", "", "") + "\ndocker (active)\n  target: ACCEPT\n  interfaces: docker0\n  sources: \n  services: \n  ports: \n  rich rules: \n", "[]"},
		{"newer notation", strings.Replace(zone("ssh", "", ""), "(active)", "(default, active)", 1), "anybody"},
		{"policies", zone("", "", "") + "-- /etc/firewalld/policies/own.xml --\n<policy/>\n", "not_understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sourcesOf(t, installed+c.zones, "tcp", 22); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("as facts", func(t *testing.T) {
		claims(t, installed+zone("ssh", "", ""), "packet_filters = complete", "packet_filters[firewalld zone public].active = true", "packet_filters[firewalld zone public].default_action = reject",
			"packet_filters[firewalld zone public].stateful = true", "no packet_filters[firewalld zone work].active", "filter_rules[firewalld zone public rule 1].services = [tcp/22]",
			"filter_rules[firewalld zone public rule 1].port_granular = true", "no packet_filters[nftables inet firewalld filter_INPUT].active")
	})
	t.Run("without a service manager", func(t *testing.T) {
		host := strings.Replace(strings.Replace(installed, unitsCommand, "-- "+listUnits+" ! failed: exit status 1 --\n", 1), "firewalld.service             loaded active running firewalld\n", "", 1) + zone("ssh", "", "") + "-- /usr/lib/systemd/system/firewalld.service --\n"
		claims(t, host, "packet_filters[firewalld].active = false")
		claims(t, strings.Replace(host, "1 name=systemd uid=0\n", "1 name=init uid=0\n9 name=firewalld uid=0\n", 1), "packet_filters[firewalld zone public].active = true")
	})
	t.Run("stopped", func(t *testing.T) {
		claims(t, strings.Replace(installed, "active running firewalld", "inactive dead firewalld", 1)+zone("ssh", "", ""), "packet_filters[firewalld].active = false")
	})
	t.Run("not allowed", func(t *testing.T) {
		claims(t, strings.Replace(installed, "-- firewall-cmd --list-all-zones --\n", "-- firewall-cmd --list-all-zones ! failed: exit status 253 --\n", 1),
			"packet_filters = unknown: failed: firewall-cmd --list-all-zones: exit status 253")
	})
}

func TestFirewalldFiles(t *testing.T) {
	const image = imageOnly + "-- /etc/firewalld/firewalld.conf --\n# comment\nDefaultZone=drop\n-- /usr/lib/systemd/system/firewalld.service --\n-- /etc/systemd/system/multi-user.target.wants/firewalld.service --\n" +
		"-- /usr/lib/firewalld/zones/drop.xml --\n<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<zone target=\"DROP\">\n  <short>Drop</short>\n</zone>\n-- /usr/lib/firewalld/zones/public.xml --\n<zone><service name=\"ssh\"/></zone>\n"
	for _, c := range []struct {
		name, files string
		want        []string
	}{
		{"the default zone", "", []string{"packet_filters = complete", "packet_filters[firewalld zone drop].default_action = drop", "packet_filters[firewalld zone drop].active = true", "no packet_filters[firewalld zone public].active", "packet_filters[firewalld zone drop].stateful = unknown: offline: firewalld.service"}},
		{"changed by the administrator", "-- /etc/firewalld/zones/drop.xml --\n<zone target=\"%%REJECT%%\">\n<port port=\"80\" protocol=\"tcp\"/>\n<rule family=\"ipv4\"><source address=\"10.0.0.0/8\"/><service name=\"ssh\"/><accept/></rule></zone>\n", []string{
			"packet_filters[firewalld zone drop].default_action = reject", "filter_rules[firewalld zone drop rule 1].services = [tcp/80]  # /etc/firewalld/zones/drop.xml:2", "filter_rules[firewalld zone drop rule 2].sources = [10.0.0.0/8]",
		}},
		{"a zone with an interface", "-- /etc/firewalld/zones/public.xml --\n<zone><interface name=\"eth0\"/><service name=\"ssh\"/></zone>\n", []string{"packet_filters[firewalld zone public].active = true"}},
		{"not XML", "-- /etc/firewalld/zones/public.xml --\n<zone><interf\n", []string{"packet_filters = unknown: not_understood: /etc/firewalld/zones/public.xml"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, image+c.files, c.want...) })
	}
	t.Run("not started", func(t *testing.T) {
		claims(t, strings.Replace(image, "-- /etc/systemd/system/multi-user.target.wants/firewalld.service --\n", "", 1), "packet_filters = complete", "packet_filters[firewalld].active = false")
	})
}

func TestUfw(t *testing.T) {
	const image = imageOnly + "-- /usr/lib/systemd/system/ufw.service --\n-- /etc/systemd/system/multi-user.target.wants/ufw.service --\n-- /etc/default/ufw --\nIPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\n" +
		"-- /etc/ufw/before.rules --\n*filter\n:ufw-before-input - [0:0]\n:ufw-not-local - [0:0]\n-A ufw-before-input -i lo -j ACCEPT\n-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT\n-A ufw-before-input -j ufw-not-local\n-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN\n-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny\n-A ufw-not-local -j DROP\nCOMMIT\n" +
		"-- /etc/ufw/user6.rules --\n*filter\n:ufw6-user-input - [0:0]\nCOMMIT\n"
	user := func(rules string) string {
		return "-- /etc/ufw/user.rules --\n*filter\n:ufw-user-input - [0:0]\n### RULES ###\n" + rules + "### END RULES ###\nCOMMIT\n"
	}
	const on = "-- /etc/ufw/ufw.conf --\nENABLED=yes\nLOGLEVEL=low\n"
	for _, c := range []struct{ name, files, want string }{
		{"nothing let in", on + user(""), "[]"},
		{"a network", on + user("### tuple ### allow tcp 22 0.0.0.0/0 any 10.0.0.0/8 in\n-A ufw-user-input -p tcp --dport 22 -s 10.0.0.0/8 -j ACCEPT\n"), "[10.0.0.0/8]"},
		{"anybody", on + user("-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n"), "anybody"},
		{"switched off", "-- /etc/ufw/ufw.conf --\nENABLED=no\n" + user(""), "anybody"},
		{"not readable", on + "-- /etc/ufw/user.rules ! not_permitted --\n", "not_permitted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sourcesOf(t, image+c.files, "tcp", 22); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("on a running host the kernel tells", func(t *testing.T) {
		host := noServer + on + noNft + "-- /etc/default/ufw --\nDEFAULT_INPUT_POLICY=\"DROP\"\n-- ip6tables-save --\n-- iptables-save --\n*filter\n:INPUT DROP [0:0]\n:ufw-user-input - [0:0]\nCOMMIT\n"
		claims(t, host, "packet_filters = complete", "packet_filters[ufw].active = true  # iptables-save:3")
		claims(t, strings.Replace(host, ":ufw-user-input", ":other", 1), "packet_filters[ufw].active = false")
	})
	t.Run("as facts", func(t *testing.T) {
		claims(t, image+on+user("-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n"), "packet_filters = complete", "packet_filters[ufw].active = true", "packet_filters[ufw].default_action = drop", "packet_filters[ufw].stateful = true", "packet_filters[ufw].rules = 1")
	})
}

func TestPacketFilterFacts(t *testing.T) {
	host := sections(noServer, noIPv6, "-- ip6tables-save --\n-- nft list ruleset --\n# Warning: table ip filter is managed by iptables-nft, do not touch!\ntable ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n\t\txt match connlimit accept\n\t}\n}\n",
		"-- iptables-save --\n# Generated by iptables-save v1.8.9 (nf_tables) on Sun Nov 22 05:37:46 2026\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p icmp -j ACCEPT\n-A INPUT -p tcp --dport 22 -j LOG\n-A INPUT -p tcp -j ACCEPT\n-A INPUT -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n")
	claims(t, host, "packet_filters = complete", "packet_filters[iptables filter INPUT].active = true", "packet_filters[iptables filter INPUT].default_action = accept", "packet_filters[iptables filter INPUT].stateful = true",
		"packet_filters[iptables filter INPUT].rules = 5", "no packet_filters[nftables ip filter INPUT].active",
		"filter_rules[iptables filter INPUT rule 1].port_granular = not applicable", "filter_rules[iptables filter INPUT rule 2].port_granular = not applicable",
		"filter_rules[iptables filter INPUT rule 3].port_granular = false", "filter_rules[iptables filter INPUT rule 3].any_any = false", "filter_rules[iptables filter INPUT rule 4].any_any = true",
		"filter_rules[iptables filter INPUT rule 5].action = deny")
	claims(t, sections(noServer, noIPv6, noNft, noOld), "packet_filters = complete", "filter_rules = complete")
	claims(t, sections(noServer, noIPv6, "-- nft list ruleset --\ntable ip mine {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t}\n", noOld), "packet_filters[nftables ip mine in].stateful = false", "packet_filters[nftables ip mine in].default_action = accept")
}

func TestFiltersHostileInput(t *testing.T) {
	start := time.Now()
	for _, body := range []string{
		"{ table x", strings.Repeat("{", 1<<20), strings.Repeat("a,", 5<<20), "table inet f {\n chain i {\n type filter hook input priority 0;\n" + strings.Repeat("jump i\njump j\n", 5000) + "}\n chain j {\n" + strings.Repeat("jump i\njump j\n", 5000) + "}\n}\n",
		"*filter\n:INPUT DROP [0:0]\n-A INPUT -m comment --comment " + strings.Repeat("x", 10<<20) + "\n", "\xb7\xc0\xbb\xf0\xc7\xbd",
	} {
		for _, q := range []string{nftRuleset, saveIPv4} {
			answers := append([]*pluginpb.Answer{answer(driver.Command(q), body)}, readableHost()...)
			r := &reader{Answers: driver.Index(answers), facts: &pb.Facts{}}
			for _, topic := range netTopics {
				topic.read(r)
			}
			if s := r.facts.GetPacketFilters().GetState(); s == pb.FactState_FACT_STATE_KNOWN && len(r.facts.GetPacketFilters().GetItems()) == 0 && q == nftRuleset {
				t.Errorf("%.20q passes for an empty ruleset", body)
			}
		}
	}
	if d := time.Since(start); d > 60*time.Second {
		t.Errorf("took %v", d)
	}
}

func FuzzNft(f *testing.F) {
	readsAnything(f, driver.Command(nftRuleset), readableHost(), "table inet a {\n set s { type ipv4_addr; elements = { 1.1.1.1, 2.2.2.2 timeout 5s } }\n chain i {\n type filter hook input priority 0; policy drop;\n ip saddr @s tcp dport { 22, 80-90 } accept\n ct state vmap { new : jump i, established : accept }\n ip saddr . tcp dport vmap { 1.1.1.1 . 22 : drop }\n }\n}\n", "table a { chain b { jump b } }", "{ } } ; table { chain x {{{")
}

func FuzzIptables(f *testing.F) {
	readsAnything(f, driver.Command(saveIPv4), readableHost(), "*filter\n:INPUT DROP [0:0]\n:A - [0:0]\n-A INPUT ! -s 1.1.1.1 -p tcp -m multiport --dports 1,2:3 -j A\n-A A -j INPUT\nCOMMIT\n", "-A x\n*a\n-A INPUT !\n:\n")
}

func FuzzZones(f *testing.F) {
	others := append(readableHost(), answer(driver.Command(listUnits), "firewalld.service loaded active running x\n"))
	readsAnything(f, driver.Command(firewallZones), others, "public (active)\n  target: default\n  interfaces: eth0\n  services: ssh x\n  ports: 1/tcp\n  rich rules:\n\trule family=\"ipv4\" source NOT address=\"1.1.1.1\" service name=\"ssh\" log limit value=\"1/m\" accept\n", "a\n rule\n x:\n")
}

func FuzzZoneFile(f *testing.F) {
	readsAnything(f, driver.File("/etc/firewalld/zones/public.xml"), append(readableHost(), listing(firewalldMine+"/zones/*.xml", "/etc/firewalld/zones/public.xml")),
		"<zone target=\"DROP\"><service name=\"ssh\"/><rule><source address=\"1.1.1.1\" invert=\"True\"/><port port=\"x\" protocol=\"tcp\"/><drop/></rule></zone>", "<zone")
}

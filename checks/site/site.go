// Package site loads what people state about a site and no scanner can see: which networks may manage, which servers
// keep logs and time, which ports each role may open, which accounts are whose. Stated once, it is quoted in every
// verdict that it decides; what is missing becomes a question.
//
// The package does not judge, and does not know the inventory.
package site

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"github.com/goccy/go-yaml"
)

// Site is what was stated. A nil list was not stated; an empty one was stated to be empty.
type Site struct {
	// Name of the site, for reports.
	Name string `yaml:"name"`
	// ManagementNetworks are those from which administrators may reach targets (bastions among them), as CIDR.
	ManagementNetworks []string `yaml:"management_networks"`
	// LogServers keep the logs of others: addresses or names.
	LogServers []string `yaml:"log_servers"`
	// TimeServers are the ones to follow: addresses or names.
	TimeServers []string `yaml:"time_servers"`
	// AuthServers decide logins centrally: addresses or names.
	AuthServers []string `yaml:"auth_servers"`
	// Roles says for each role what it may open and run.
	Roles map[string]Role `yaml:"roles"`
	// Accounts says whose the accounts are, by account name.
	Accounts map[string]Account `yaml:"accounts"`
	// AntiMalware are the products the site uses.
	AntiMalware []string `yaml:"anti_malware"`
	// LogReaders are users and groups that may read logs.
	LogReaders []string `yaml:"log_readers"`
	// BoundHosts are the important hosts whose addresses must be bound to hardware addresses: IP to MAC.
	BoundHosts map[string]string `yaml:"bound_hosts"`
	// Software are package name patterns that may be installed on servers although they are on the deny list.
	Software []string `yaml:"software"`
}

// Role is what targets of one role may do.
type Role struct {
	// Ports that may listen: "tcp/22", "udp/161", "tcp/8000-8010".
	Ports []string `yaml:"ports"`
	// Services that may run, as unit or feature names.
	Services []string `yaml:"services"`
}

// Account is whose an account is.
type Account struct {
	// Owner is the person.
	Owner string `yaml:"owner"`
	// Duty is system, security, audit, operator or application.
	Duty string `yaml:"duty"`
}

// Parse reads a site file. It refuses keys it does not know, networks and ports it cannot read, naming file and line.
func Parse(name string, data []byte) (*Site, error) {
	var s Site
	if len(bytes.TrimSpace(data)) == 0 {
		return &s, nil
	}
	if err := yaml.UnmarshalWithOptions(data, &s, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, true))
	}
	for _, n := range s.ManagementNetworks {
		if _, err := ParseNetwork(n); err != nil {
			return nil, fmt.Errorf("%s: management_networks: %w", name, err)
		}
	}
	for role, r := range s.Roles {
		for _, p := range r.Ports {
			if _, err := ParsePorts(p); err != nil {
				return nil, fmt.Errorf("%s: roles: %s: ports: %w", name, role, err)
			}
		}
	}
	return &s, nil
}

// ParseNetwork reads an address or a CIDR.
func ParseNetwork(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network (example: 10.1.2.0/24)", s)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// Ports is a protocol with a range of ports.
type Ports struct {
	Protocol    string
	First, Last uint16
}

// ParsePorts reads "tcp/22" or "tcp/8000-8010".
func ParsePorts(s string) (Ports, error) {
	var p Ports
	proto, span, ok := strings.Cut(s, "/")
	if !ok || proto != "tcp" && proto != "udp" {
		return p, fmt.Errorf("%q is not a port (examples: tcp/22, udp/161, tcp/8000-8010)", s)
	}
	p.Protocol = proto
	first, last, ranged := strings.Cut(span, "-")
	if !ranged {
		last = first
	}
	if _, err := fmt.Sscanf(first+" "+last, "%d %d", &p.First, &p.Last); err != nil || p.First == 0 || p.Last < p.First {
		return p, fmt.Errorf("%q is not a port (examples: tcp/22, udp/161, tcp/8000-8010)", s)
	}
	return p, nil
}

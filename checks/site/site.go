// Package site loads what people state about a site and no scanner can see: which networks may manage, which servers
// keep logs and time, which ports each role may open, which accounts are whose. Stated once, it is quoted in every
// verdict that it decides; what is missing becomes a question. README.md describes the file.
//
// The package does not judge, and does not know the inventory.
package site

// Site is what was stated. A nil list was not stated; an empty one was stated to be empty.
type Site struct {
	// SHA256 of the file, hex, so that a verdict says by which it was judged.
	SHA256 string `yaml:"-"`
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
	// MonitoringAgents are the programs that watch this site's hosts, besides those known to everybody.
	MonitoringAgents []string `yaml:"monitoring_agents"`
	// LogReaders are users and groups that may read logs.
	LogReaders []string `yaml:"log_readers"`
	// BoundHosts are the important hosts whose addresses must be bound to hardware addresses: IP to MAC.
	BoundHosts map[string]string `yaml:"bound_hosts"`
	// Software are package name patterns that may be installed on servers although they are on the deny list.
	Software []string `yaml:"software"`
	// Repositories are those from which software may come: hosts, or beginnings of URLs.
	Repositories []string `yaml:"repositories"`
}

// Role is what targets of one role may do.
type Role struct {
	// Ports that may listen: "tcp/22", "udp/161", "tcp/8000-8010".
	Ports []string `yaml:"ports"`
	// Services that may run, as unit or feature names.
	Services []string `yaml:"services"`
	// Redundant says whether a standby must take over when a target of the role fails; nil was not stated.
	Redundant *bool `yaml:"redundant"`
}

// Account is whose an account is.
type Account struct {
	// Owner is the person.
	Owner string `yaml:"owner"`
	// Duty is system, security, audit, operator or application.
	Duty string `yaml:"duty"`
}

// Role gives what is stated of a role. It may be asked of a nil site.
func (s *Site) Role(name string) (Role, bool) {
	if s == nil || name == "" {
		return Role{}, false
	}
	r, ok := s.Roles[name]
	return r, ok
}

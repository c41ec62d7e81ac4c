// Package inventory loads targets, for a collector or the server, from files that people and tools write: YAML of our own, CSV as
// exported from asset systems (Chinese or English columns, UTF-8 or GBK), and Ansible inventories (INI and YAML). A file in
// which anything is wrong is refused, and everything that is wrong is told with file, line, field and remedy.
//
// It holds no secret: an inventory names credentials, collector/vault has them. It reaches no target.
package inventory

import (
	_ "embed"
	"maps"
	"net"
	"strconv"

	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Sample is an inventory with a comment on every key, for people to begin with.
//
//go:embed sample.yaml
var Sample []byte

// A Target is a host or device to look at.
type Target struct {
	// ID ties findings to the target for ever: as given, else the name, else the address.
	ID   string
	Name string
	// Address is a host name or an IP address without a port.
	Address string
	// Port is the SSH port, 0 for the usual one.
	Port int
	// Driver is the driver's name or Auto.
	Driver string
	// Transports are "ssh" and "snmp", in the order stated; never empty.
	Transports []string
	Zone, Role string
	// Owner is who answers for it. Reader is the agent or collector that reads it; empty: the zone decides. Both are the server's
	// business.
	Owner, Reader string
	// Credential and SNMPCredential are names in the vault; empty: the vault's rules decide.
	Credential     string
	SNMPCredential string
	// User is the account the inventory names, if it does. The credential must be that account's or name none.
	User   string
	Labels map[string]string
	// Groups are the groups it stands in, those that hold its groups among them, sorted.
	Groups []string
	// Jump is the way to it: the id or name of another target, or user@host:port. Empty: directly.
	Jump string
	// Algorithms is "" for modern ones or Legacy, which allows those of old devices and is reported.
	Algorithms string
	// Encoding is what its terminal speaks: "" (UTF-8, else GBK), "utf-8" or "gbk".
	Encoding string
	// Sudo says that privileged questions are asked through sudo.
	Sudo bool
	// File and Line are where it came from.
	File string
	Line int
}

const (
	// Auto leaves the choice of driver to detection.
	Auto = "auto"
	// Legacy allows old algorithms.
	Legacy = "legacy"
)

// Proto gives what is kept of the target with its findings.
func (t *Target) Proto() *pb.Target {
	address := t.Address
	if t.Port != 0 && t.Port != 22 {
		address = net.JoinHostPort(t.Address, strconv.Itoa(t.Port))
	}
	return &pb.Target{Id: t.ID, Address: address, Driver: t.Driver, Zone: t.Zone, Role: t.Role, Labels: maps.Clone(t.Labels)}
}

// An Inventory is what the files hold.
type Inventory struct {
	// Targets in the order of the files.
	Targets []*Target
	// Notices are what was left out or not used, each with its place, passwords in Ansible inventories above all. They are for
	// people; the targets are good without them.
	Notices []*strict.Problem
}

// Package hostfacts asks the operating system what files and commands do not say well: who listens, what runs, how the
// clock stands, what machine this is. It reads only, and needs no right: what it may not see is said to be unseen.
//
// It is the only package that knows gopsutil. On Linux it asks the kernel itself where that is much cheaper, and turns
// to gopsutil where the kernel does not answer; other systems are gopsutil's alone. It judges and prints nothing.
package hostfacts

import (
	"net/netip"
	"time"
)

// Listener is a socket that others can reach: TCP in state LISTEN, UDP bound and not connected.
type Listener struct {
	// Protocol is tcp or udp; the address says which IP.
	Protocol string
	Address  netip.AddrPort
	// Holder is the program that has the socket open; nil if it could not be told, and Why says why.
	Holder *Holder
	Why    string
	// UID owns the socket; it counts where there is no Holder.
	UID uint32
}

// Holder is a program that has a socket open.
type Holder struct {
	PID  int
	Name string
	UID  uint32
	// Unit is its service unit, "" if it belongs to none.
	Unit string
}

// Process is a running program. Threads of the kernel are not programs.
type Process struct {
	PID  int
	Name string
	UID  uint32
	// Exe is the file it runs, "" if that may not be seen.
	Exe string
}

// Clock is the kernel's clock.
type Clock struct {
	UTC time.Time
	// Zone is the time zone's name, "" if it could not be told.
	Zone string
	// Kernel says that the fields below were had.
	Kernel       bool
	Synchronised bool
	Offset       time.Duration
	MaxError     time.Duration
}

// Host is the machine and its kernel. An empty field could not be told.
type Host struct {
	Hostname, Kernel, Arch string
	Booted                 time.Time
	// Virtualization is none, container, or the hypervisor's name.
	Virtualization string
}

package hostfacts

import (
	"context"
	"os"
	"strings"
	"time"

	pshost "github.com/shirou/gopsutil/v3/host"
	"golang.org/x/sys/unix"
)

// ReadHost says what machine this is.
func ReadHost(ctx context.Context) (Host, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return Host{}, os.NewSyscallError("uname", err)
	}
	h := Host{
		Hostname: unix.ByteSliceToString(u.Nodename[:]),
		Kernel:   unix.ByteSliceToString(u.Release[:]),
		Arch:     unix.ByteSliceToString(u.Machine[:]),
	}
	var up unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err == nil {
		h.Booted = time.Now().Add(-time.Duration(up.Nano())).UTC().Truncate(time.Second)
	}
	h.Virtualization = virtualization(ctx)
	return h, nil
}

// virtualization: a container says so by its marks, a virtual machine by its firmware's names or the processor's flag.
// gopsutil, which reads many files for it, is asked about the rest.
func virtualization(ctx context.Context) string {
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv", "/run/systemd/container"} {
		if _, err := os.Lstat(mark); err == nil {
			return "container"
		}
	}
	if groups, err := os.ReadFile("/proc/1/cgroup"); err == nil && inContainer(string(groups)) {
		return "container"
	}
	var names strings.Builder
	for _, file := range []string{"/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name", "/sys/hypervisor/type"} {
		text, _ := os.ReadFile(file)
		names.Write(text)
	}
	if v := hypervisor(names.String()); v != "" {
		return v
	}
	if system, role, err := pshost.VirtualizationWithContext(ctx); err == nil && role == "guest" {
		if system == "" {
			return "virtual"
		}
		return system
	}
	if cpu, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if strings.Contains(string(cpu), " hypervisor") {
			return "virtual"
		}
		return "none"
	}
	return ""
}

func inContainer(groups string) bool {
	for _, word := range []string{"/docker", "/kubepods", "/lxc", "/libpod", "containerd"} {
		if strings.Contains(groups, word) {
			return true
		}
	}
	return false
}

// hypervisor knows the names that firmware gives virtual machines.
func hypervisor(names string) string {
	for _, known := range []struct{ word, name string }{
		{"VMware", "vmware"}, {"VirtualBox", "virtualbox"}, {"Microsoft Corporation\nVirtual Machine", "hyperv"}, {"KVM", "kvm"},
		{"QEMU", "kvm"}, {"OpenStack", "kvm"}, {"Google Compute Engine", "kvm"}, {"xen", "xen"}, {"Xen", "xen"},
		{"Parallels", "parallels"}, {"Bochs", "bochs"},
	} {
		if strings.Contains(names, known.word) {
			return known.name
		}
	}
	return ""
}

package host

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
)

// farthest is the last second of the year 9999.
const farthest = 253402300799

// clockRecords says what the host's clock and zone are.
func (y *system) clockRecords(ctx context.Context) ([]driver.Record, error) {
	text, err := y.word(ctx, askTime)
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds > farthest {
		return nil, errUnended
	}
	pairs := map[string]string{"utc": time.Unix(seconds, 0).UTC().Format(time.RFC3339)}
	zone, err := y.zone(ctx)
	if zone != "" {
		pairs["zone"] = zone
	}
	return []driver.Record{{Pairs: pairs}}, passed(err)
}

// zone reads the zone's name from where /etc/localtime points. Without that file the C library takes UTC; a copied file does
// not say its name, but Debian keeps it beside.
func (y *system) zone(ctx context.Context) (string, error) {
	target, err := y.tree.readlink(ctx, "/etc/localtime")
	if err == nil {
		_, name, _ := strings.Cut(target, "zoneinfo/")
		return name, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "UTC", nil
	}
	if passed(err) != nil {
		return "", err
	}
	name, err := y.tree.file(ctx, "/etc/timezone")
	return strings.TrimSpace(string(name)), err
}

// hostRecords says what machine this is. What could not be told is left out.
func (y *system) hostRecords(ctx context.Context) ([]driver.Record, error) {
	files := []string{"/proc/sys/kernel/hostname", "/proc/sys/kernel/osrelease", "/proc/stat"}
	texts := make([]string, len(files))
	var machine, virtual string
	err := each(len(files)+2, func(i int) (err error) {
		switch i {
		case len(files):
			machine, err = y.word(ctx, askMachine)
		case len(files) + 1:
			virtual, err = y.virtualization(ctx)
		default:
			var text []byte
			text, err = y.tree.file(ctx, files[i])
			texts[i] = string(text)
		}
		return passed(err)
	})
	if err != nil {
		return nil, err
	}
	pairs := map[string]string{}
	for key, value := range map[string]string{
		"hostname": strings.TrimSpace(texts[0]), "kernel": strings.TrimSpace(texts[1]), "arch": machine,
		"virtualization": virtual, "booted": booted(texts[2]),
	} {
		if value != "" {
			pairs[key] = value
		}
	}
	if len(pairs) == 0 {
		return nil, errUnended
	}
	return []driver.Record{{Pairs: pairs}}, nil
}

// booted reads when the kernel began from /proc/stat.
func booted(stat string) string {
	for l := range strings.Lines(stat) {
		if text, ok := strings.CutPrefix(l, "btime "); ok {
			seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
			if err == nil && seconds > 0 && seconds < farthest {
				return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
			}
		}
	}
	return ""
}

// The marks of a container, where the firmware names a virtual machine, and what else is looked at.
var (
	containerMarks = []string{"/.dockerenv", "/run/.containerenv", "/run/systemd/container"}
	firmware       = []string{"/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name", "/sys/hypervisor/type"}
)

// virtualization: a container says so by its marks, a virtual machine by its firmware's names or the processor's flag. "": it
// could not be told.
func (y *system) virtualization(ctx context.Context) (string, error) {
	marked := make([]bool, len(containerMarks))
	texts := make([]string, len(firmware)+2)
	err := each(len(marked)+len(texts), func(i int) error {
		if i < len(marked) {
			_, err := y.tree.lstat(ctx, containerMarks[i])
			marked[i] = err == nil
			return passed(err)
		}
		i -= len(marked)
		name := append(firmware[:len(firmware):len(firmware)], "/proc/1/cgroup", "/proc/cpuinfo")[i]
		text, err := y.tree.file(ctx, name)
		texts[i] = string(text)
		return passed(err)
	})
	if err != nil {
		return "", err
	}
	groups, cpu := texts[len(firmware)], texts[len(firmware)+1]
	for _, m := range marked {
		if m {
			return "container", nil
		}
	}
	if inContainer(groups) {
		return "container", nil
	}
	if v := hypervisor(strings.Join(texts[:len(firmware)], "")); v != "" {
		return v, nil
	}
	switch {
	case strings.Contains(cpu, " hypervisor"):
		return "virtual", nil
	case cpu != "":
		return "none", nil
	}
	return "", nil
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

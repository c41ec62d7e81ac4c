//go:build linux

package hostfacts

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestProcesses(t *testing.T) {
	list, err := Processes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.Name == "kthreadd" {
			t.Error("a thread of the kernel is listed")
		}
		if p.PID != os.Getpid() {
			continue
		}
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if p.Exe != exe || p.Name != filepath.Base(exe) || int(p.UID) != os.Geteuid() {
			t.Errorf("this process is %+v, want %s of %d", p, exe, os.Geteuid())
		}
		return
	}
	t.Errorf("this process is not among %d", len(list))
}

func TestReadStat(t *testing.T) {
	for _, c := range []struct {
		stat, comm string
		flags      uint64
		ok         bool
	}{
		{"1 (systemd) S 0 1 1 0 -1 4194560 1 2 3", "systemd", 4194560, true},
		{"7 (a) b) (c) S 0 1 1 0 -1 64 1", "a) b) (c", 64, true},
		{"2 (kthreadd) S 0 0 0 0 -1 2129984 0", "kthreadd", kernelThread | 32832, true},
		{"7 (cut) S 0 1", "", 0, false},
		{"nonsense", "", 0, false},
		{")(", "", 0, false},
	} {
		comm, flags, ok := readStat(c.stat)
		if ok != c.ok || ok && (comm != c.comm || flags != c.flags) {
			t.Errorf("%q: %q %d %v", c.stat, comm, flags, ok)
		}
	}
}

func TestHidesPids(t *testing.T) {
	for mounts, want := range map[string]bool{
		"proc /proc proc rw,nosuid 0 0\n":                false,
		"proc /proc proc rw,hidepid=2,gid=4 0 0\n":       true,
		"proc /proc proc rw,hidepid=invisible 0 0\n":     true,
		"proc /proc proc rw,hidepid=0 0 0\n":             false,
		"proc /srv/proc proc rw,hidepid=2 0 0\n":         false,
		"tmpfs /proc tmpfs hidepid=2 0 0\nshort\nline\n": false,
	} {
		if got := hidesPids(mounts); got != want {
			t.Errorf("%q: %v", mounts, got)
		}
	}
}

func TestClock(t *testing.T) {
	c, err := ReadClock()
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(c.UTC); d < -time.Second || d > time.Minute || !c.Kernel {
		t.Errorf("%+v", c)
	}
}

func TestHost(t *testing.T) {
	h, err := ReadHost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if h.Hostname != name || h.Kernel == "" || h.Arch == "" || h.Virtualization == "" || h.Booted.IsZero() || h.Booted.After(time.Now()) {
		t.Errorf("%+v", h)
	}
	t.Logf("%+v", h)
}

func TestHypervisor(t *testing.T) {
	for names, want := range map[string]string{
		"VMware, Inc.\nVMware Virtual Platform\n":     "vmware",
		"Microsoft Corporation\nVirtual Machine\n":    "hyperv",
		"Microsoft Corporation\nSurface Pro\n":        "",
		"QEMU\nStandard PC (Q35 + ICH9, 2009)\n":      "kvm",
		"innotek GmbH\nVirtualBox\n":                  "virtualbox",
		"Dell Inc.\nPowerEdge R740\n":                 "",
		"Xen\nHVM domU\nxen\n":                        "xen",
		"":                                            "",
		"OpenStack Foundation\nOpenStack Nova\n":      "kvm",
		"Google\nGoogle Compute Engine\n":             "kvm",
		"Parallels Software International\nParallels": "parallels",
	} {
		if got := hypervisor(names); got != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}

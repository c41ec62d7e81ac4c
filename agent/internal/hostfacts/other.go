//go:build !linux

package hostfacts

import (
	"context"
	"errors"
	"runtime"
	"time"

	pshost "github.com/shirou/gopsutil/v3/host"
	psprocess "github.com/shirou/gopsutil/v3/process"
)

// ErrHidden says that the processes of other users are hidden. Here they never are.
var ErrHidden = errors.New("the processes of other users are hidden")

// Listeners lists the listeners with their holders.
func Listeners(ctx context.Context) ([]Listener, error) { return portable(ctx) }

// Processes lists running programs.
func Processes(ctx context.Context) ([]Process, error) {
	list, err := psprocess.ProcessesWithContext(ctx)
	if err != nil {
		return nil, err
	}
	var out []Process
	for _, p := range list {
		name, err := p.NameWithContext(ctx)
		if err != nil {
			continue // it has ended
		}
		found := Process{PID: int(p.Pid), Name: name}
		if uids, err := p.UidsWithContext(ctx); err == nil && len(uids) > 1 {
			found.UID = uint32(uids[1])
		}
		if exe, err := p.ExeWithContext(ctx); err == nil {
			found.Exe = exe
		}
		out = append(out, found)
	}
	return out, nil
}

// ReadClock reads the time; the kernel's synchronisation is not known here.
func ReadClock() (Clock, error) { return Clock{UTC: time.Now().UTC()}, nil }

// ReadHost says what machine this is.
func ReadHost(ctx context.Context) (Host, error) {
	info, err := pshost.InfoWithContext(ctx)
	if err != nil {
		return Host{}, err
	}
	h := Host{Hostname: info.Hostname, Kernel: info.KernelVersion, Arch: info.KernelArch, Virtualization: info.VirtualizationSystem}
	if h.Arch == "" {
		h.Arch = runtime.GOARCH
	}
	if info.BootTime != 0 {
		h.Booted = time.Unix(int64(info.BootTime), 0).UTC()
	}
	return h, nil
}

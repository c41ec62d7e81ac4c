package hostfacts

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// kernelThread is the flag of a process that runs no file (PF_KTHREAD).
const kernelThread = 0x00200000

// ErrHidden says that /proc is mounted so that users see only their own processes.
var ErrHidden = errors.New("/proc hides the processes of other users (hidepid)")

// Processes lists running programs. With ErrHidden it gives those that are to be seen.
func Processes(ctx context.Context) ([]Process, error) {
	pids, err := processes()
	if err != nil {
		return nil, err
	}
	out := make([]Process, 0, len(pids))
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if p, ok := program(pid); ok {
			out = append(out, p)
		}
	}
	if os.Geteuid() != 0 && hidden() {
		return out, ErrHidden
	}
	return out, nil
}

// program describes a process, unless it has ended or is a thread of the kernel.
func program(pid int) (Process, bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return Process{}, false
	}
	comm, flags, ok := readStat(string(stat))
	if !ok || flags&kernelThread != 0 {
		return Process{}, false
	}
	uid, err := owner(dir)
	if err != nil {
		return Process{}, false
	}
	p := Process{PID: pid, Name: fullName(dir, comm), UID: uid}
	if exe, err := os.Readlink(dir + "/exe"); err == nil {
		p.Exe = exe
	}
	return p, true
}

// readStat reads the name, which may hold brackets and blanks, and the flags of /proc/PID/stat.
func readStat(s string) (comm string, flags uint64, ok bool) {
	open, end := strings.IndexByte(s, '('), strings.LastIndexByte(s, ')')
	if open < 0 || end < open {
		return "", 0, false
	}
	rest := strings.Fields(s[end+1:])
	const flagsAt = 6
	if len(rest) <= flagsAt {
		return "", 0, false
	}
	flags, err := strconv.ParseUint(rest[flagsAt], 10, 64)
	return s[open+1 : end], flags, err == nil
}

// hidden says whether /proc is mounted with hidepid, or whether that cannot be told.
func hidden() bool {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if errors.Is(err, fs.ErrNotExist) || err != nil {
		return true
	}
	return hidesPids(string(mounts))
}

func hidesPids(mounts string) bool {
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line)
		if len(f) < 4 || f[1] != "/proc" || f[2] != "proc" {
			continue
		}
		for o := range strings.SplitSeq(f[3], ",") {
			if v, ok := strings.CutPrefix(o, "hidepid="); ok && v != "0" && v != "off" {
				return true
			}
		}
	}
	return false
}

package hostfacts

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	whyDenied = "permission denied"
	// whyNobody: sockets of the kernel itself (NFS) and of other PID namespaces.
	whyNobody = "no process here has it open"
)

// Listeners lists the listeners of this network namespace with their holders.
func Listeners(ctx context.Context) ([]Listener, error) {
	sockets, err := boundSockets()
	if err != nil {
		return portable(ctx) // an old kernel, or one without sock_diag
	}
	held := map[uint32]int{}
	for _, s := range sockets {
		if s.inode != 0 {
			held[s.inode] = 0
		}
	}
	why, err := findHolders(ctx, held)
	if err != nil {
		return nil, err
	}
	out := make([]Listener, len(sockets))
	holders := map[int]*Holder{}
	for i, s := range sockets {
		out[i] = Listener{Protocol: s.protocol, Address: s.address, UID: s.uid, Why: why}
		pid := held[s.inode]
		if pid == 0 {
			continue
		}
		h, ok := holders[pid]
		if !ok {
			h = holder(pid)
			holders[pid] = h
		}
		if h == nil {
			out[i].Why = whyNobody // it has ended meanwhile
			continue
		}
		out[i].Holder, out[i].Why = h, ""
	}
	return sorted(out), nil
}

// findHolders sets for each inode in held the first process, by number, that has the socket open. Process 1 counts only
// if nobody else has it: it holds the sockets of services that it starts on demand. why says what it means if an inode is
// left without one.
func findHolders(ctx context.Context, held map[uint32]int) (why string, err error) {
	why = whyNobody
	if os.Geteuid() != 0 {
		why = whyDenied
	}
	pids, err := processes()
	if err != nil {
		return why, err
	}
	if len(pids) > 0 && pids[0] == 1 {
		pids = append(pids[1:], 1)
	}
	left := len(held)
	for _, pid := range pids {
		if left == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return why, err
		}
		n, err := claim(pid, held)
		left -= n
		if errors.Is(err, fs.ErrPermission) {
			why = whyDenied
		}
	}
	return why, nil
}

// claim gives pid the sockets it has open and nobody before it had.
func claim(pid int, held map[uint32]int) (n int, err error) {
	dir, err := os.Open("/proc/" + strconv.Itoa(pid) + "/fd")
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return 0, err
	}
	fd := int(dir.Fd())
	var buf [64]byte
	for _, name := range names {
		size, err := unix.Readlinkat(fd, name, buf[:])
		if err != nil {
			continue
		}
		inode, ok := socketInode(buf[:size])
		if !ok {
			continue
		}
		if owner, wanted := held[inode]; wanted && owner == 0 {
			held[inode] = pid
			n++
		}
	}
	return n, nil
}

// socketInode reads "socket:[12345]".
func socketInode(link []byte) (uint32, bool) {
	const prefix = "socket:["
	if len(link) < len(prefix)+2 || string(link[:len(prefix)]) != prefix {
		return 0, false
	}
	var n uint32
	for _, c := range link[len(prefix) : len(link)-1] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint32(c-'0')
	}
	return n, true
}

// processes lists process numbers, lowest first.
func processes() ([]int, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, nil
}

// holder describes a process; nil if it has ended.
func holder(pid int) *Holder {
	dir := "/proc/" + strconv.Itoa(pid)
	comm, err := os.ReadFile(dir + "/comm")
	if err != nil {
		return nil
	}
	uid, err := owner(dir)
	if err != nil {
		return nil
	}
	h := &Holder{PID: pid, Name: fullName(dir, strings.TrimSuffix(string(comm), "\n")), UID: uid}
	if groups, err := os.ReadFile(dir + "/cgroup"); err == nil {
		h.Unit = unit(string(groups))
	}
	return h
}

// owner is the effective user of a process: the kernel shows it as the owner of its directory, even where it hides the
// files in it.
func owner(dir string) (uint32, error) {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return 0, err
	}
	return st.Uid, nil
}

// commLen is where the kernel cuts names.
const commLen = 15

// fullName completes a name that the kernel may have cut, from the command line.
func fullName(dir, comm string) string {
	if len(comm) < commLen {
		return comm
	}
	line, err := os.ReadFile(dir + "/cmdline")
	if err != nil {
		return comm
	}
	first, _, _ := strings.Cut(string(line), "\x00")
	if base := first[strings.LastIndexByte(first, '/')+1:]; strings.HasPrefix(base, comm) {
		return base
	}
	return comm
}

// unit finds the service unit in /proc/PID/cgroup: the innermost part of the path that is a unit, in the one hierarchy or
// in systemd's own.
func unit(groups string) string {
	for line := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[0] != "0" && parts[1] != "name=systemd" {
			continue
		}
		elements := strings.Split(parts[2], "/")
		for _, e := range slices.Backward(elements) {
			if strings.HasSuffix(e, ".service") || strings.HasSuffix(e, ".scope") {
				return e
			}
		}
	}
	return ""
}

package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What the running system is asked, beside the driver's commands. Each line means what it says to GNU's tools; where another
// find or grep does not know an option, it fails and the answer is unknown.
var (
	askUID     = []string{"id", "-u"}
	askMachine = []string{"uname", "-m"}
	askTime    = []string{"date", "-u", "+%s"}
	askMounts  = toolRead("/proc/self/mountinfo")
	// askSockets prints the listening TCP and the unconnected UDP sockets, and the heading of each table as proof that it was read.
	askSockets = append([]string{"grep", "-asHE", `^ *(sl|[0-9]+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:[0-9A-F]+ 0[A7]) `}, socketTables...)
	// askPrograms prints /proc/PID/stat of all processes, each ended by a zero byte.
	askPrograms = []string{"find", "/proc", "-mindepth", "2", "-maxdepth", "2", "-regex", "/proc/[0-9]+/stat", "-exec", "grep", "-sazH", "", "{}", "+"}
	// askOpen prints the owner and the program file of all processes, and which sockets they have open.
	askOpen = []string{
		"find", "/proc", "-mindepth", "1", "-maxdepth", "3", "-regex", "/proc/[0-9]+", "-printf", `%p %U\0`, "-o", "-regex", "/proc/[0-9]+/fd",
		"-o", "-regex", "/proc/[0-9]+/exe", "-printf", `%p %l\0`,
		"-o", "-regex", "/proc/[0-9]+/fd/[0-9]+", "-lname", "socket:*", "-printf", `%p %l\0`, "-o", "-prune",
	}
	socketTables = []string{"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"}
)

// maxSmall bounds what short questions may print.
const maxSmall = 64 << 10

// system is what runs on the host. What was asked once is not asked again.
type system struct {
	shell *shell
	tree  *tree
	sudo  bool

	words    memo[string]
	programs memo[table]
	handles  memo[open]
}

// word asks for one short line.
func (y *system) word(ctx context.Context, words []string) (string, error) {
	return y.words.get(ctx, words[0], func() (string, error) {
		r, err := y.shell.tool(ctx, asUser, maxSmall, words...)
		if err == nil {
			err = r.failure()
		}
		return strings.TrimSpace(string(r.body)), err
	})
}

// uid is who the connection's commands run as. An error says that it runs none.
func (y *system) uid(ctx context.Context) (int, error) {
	text, err := y.word(ctx, askUID)
	if err != nil {
		return 0, err
	}
	uid, err := strconv.Atoi(text)
	if err != nil || uid < 0 {
		return 0, fmt.Errorf("%w: id says %.20q", errNotRun, text)
	}
	return uid, nil
}

// rooted says by its error that commands are not proved to see the host's own root.
func (y *system) rooted(ctx context.Context) error {
	_, err := y.words.get(ctx, "mounts", func() (string, error) {
		r, err := y.shell.tool(ctx, asUser, maxMounts, askMounts...)
		if err == nil && (r.status != 0 || !showsRoot(string(r.body))) {
			err = errConfined
		}
		return "", err
	})
	return err
}

func (y *system) isRoot(ctx context.Context) bool {
	uid, err := y.uid(ctx)
	return err == nil && uid == 0
}

// rights says as whom to run what may take privilege.
func (y *system) rights(ctx context.Context, privileged bool) (rights, error) {
	if !y.sudo || !privileged {
		return asUser, nil
	}
	uid, err := y.uid(ctx)
	if err == nil && uid != 0 {
		return asRoot, nil
	}
	if isLost(err) || ctx.Err() != nil {
		return asUser, err
	}
	return asUser, nil
}

// process is one line of /proc/PID/stat.
type process struct {
	pid, parent int
	name        string
	kernel      bool
}

// table is the processes by number, and which of them made it.
type table struct {
	list  map[int]process
	frame int
}

// kernelThread is the flag of a process that runs no file (PF_KTHREAD).
const kernelThread = 0x00200000

// readStat reads the text of a /proc/PID/stat. The name may hold brackets, blanks and newlines.
func readStat(s string) (process, bool) {
	begin, end := strings.IndexByte(s, '('), strings.LastIndexByte(s, ')')
	if begin < 2 || end < begin {
		return process{}, false
	}
	rest := strings.Fields(s[end+1:])
	const parentAt, flagsAt = 1, 6
	if len(rest) <= flagsAt {
		return process{}, false
	}
	pid, err1 := strconv.Atoi(s[:begin-1])
	parent, err2 := strconv.Atoi(rest[parentAt])
	flags, err3 := strconv.ParseUint(rest[flagsAt], 10, 64)
	if errors.Join(err1, err2, err3) != nil || pid <= 0 {
		return process{}, false
	}
	return process{pid: pid, parent: parent, name: s[begin+1 : end], kernel: flags&kernelThread != 0}, true
}

// readPrograms reads what askPrograms prints.
func readPrograms(out string) (map[int]process, error) {
	list := map[int]process{}
	if !strings.HasSuffix(out, "\x00") {
		return nil, fmt.Errorf("%w: no process is shown", errUnended)
	}
	for record := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		file, stat, _ := strings.Cut(record, ":")
		p, ok := readStat(stat)
		if !ok || file != "/proc/"+strconv.Itoa(p.pid)+"/stat" {
			return nil, fmt.Errorf("%w: a process is not understood", errUnended)
		}
		list[p.pid] = p
	}
	return list, nil
}

// withoutOurs drops the processes of our own questions: all that descends from the connection's own process, and from the frame
// where that process is not to be seen.
func (t table) withoutOurs() {
	ours := t.frame
	for at, steps := t.frame, 0; steps < maxAncestors; steps++ {
		p, ok := t.list[at]
		if !ok {
			break
		}
		if strings.HasPrefix(p.name, "sshd") || p.name == "dropbear" {
			ours = at
			break
		}
		at = p.parent
	}
	var drop []int
	for pid := range t.list {
		if pid == t.frame || t.below(pid, ours) {
			drop = append(drop, pid)
		}
	}
	for _, pid := range drop {
		delete(t.list, pid)
	}
}

// maxAncestors is how far up a process is followed.
const maxAncestors = 64

func (t table) below(pid, ancestor int) bool {
	for range maxAncestors {
		p, ok := t.list[pid]
		if !ok {
			return false
		}
		if pid = p.parent; pid == ancestor {
			return true
		}
	}
	return false
}

// running gives the processes.
func (y *system) running(ctx context.Context) (table, error) {
	return y.programs.get(ctx, "", func() (table, error) {
		r, err := y.shell.tool(ctx, asUser, maxOutput, askPrograms...)
		if err != nil {
			return table{}, err
		}
		if r.status > 1 { // 1: a process ended while it was asked for
			return table{}, r.failure()
		}
		list, err := readPrograms(string(r.body))
		if err != nil {
			return table{}, err
		}
		if _, ok := list[r.frame]; !ok {
			return table{}, fmt.Errorf("%w: the list lacks the process that made it", errUnended)
		}
		return table{list, r.frame}, nil
	})
}

// open is what processes have open.
type open struct {
	owner  map[int]uint32
	exe    map[int]string
	socket map[uint64]int // the process that holds a socket, by its inode
	denied bool
}

// opened gives what processes have open, as far as it may be seen.
func (y *system) opened(ctx context.Context) (open, error) {
	return y.handles.get(ctx, "", func() (open, error) {
		as, err := y.rights(ctx, true)
		if err != nil {
			return open{}, err
		}
		r, err := y.shell.tool(ctx, as, maxOutput, askOpen...)
		if as == asRoot && err == nil && (r.status > 1 || len(r.body) == 0) {
			as = asUser // sudo refused
			r, err = y.shell.tool(ctx, as, maxOutput, askOpen...)
		}
		if err != nil {
			return open{}, err
		}
		if r.status > 1 {
			return open{}, r.failure()
		}
		o, err := readOpen(string(r.body))
		o.denied = as == asUser && !y.isRoot(ctx) || strings.Contains(r.complaint, "Permission denied")
		return o, err
	})
}

// readOpen reads what askOpen prints. Process 1 holds a socket only if nobody else does: it holds those of services that it
// starts on demand. Of others, the lowest number counts.
func readOpen(out string) (open, error) {
	o := open{owner: map[int]uint32{}, exe: map[int]string{}, socket: map[uint64]int{}}
	after := func(pid int) int {
		if pid == 1 {
			return int(^uint(0) >> 1)
		}
		return pid
	}
	if !strings.HasSuffix(out, "\x00") {
		return o, fmt.Errorf("%w: no process is shown", errUnended)
	}
	for record := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		file, text, _ := strings.Cut(record, " ")
		number, what, _ := strings.Cut(strings.TrimPrefix(file, "/proc/"), "/")
		pid, err := strconv.Atoi(number)
		if err != nil || pid <= 0 {
			return o, fmt.Errorf("%w: an open file is not understood", errUnended)
		}
		switch {
		case what == "":
			uid, err := strconv.ParseUint(text, 10, 32)
			if err != nil {
				return o, fmt.Errorf("%w: the owner of a process is not understood", errUnended)
			}
			o.owner[pid] = uint32(uid)
		case what == "exe":
			o.exe[pid] = text
		case strings.HasPrefix(what, "fd/"):
			inode, ok := strings.CutPrefix(strings.TrimSuffix(text, "]"), "socket:[")
			n, err := strconv.ParseUint(inode, 10, 64)
			if !ok || err != nil {
				continue
			}
			if held, known := o.socket[n]; !known || after(pid) < after(held) {
				o.socket[n] = pid
			}
		}
	}
	if len(o.owner) == 0 {
		return o, fmt.Errorf("%w: no process is shown", errUnended)
	}
	return o, nil
}

// pids gives the numbers of a table, lowest first.
func (t table) pids() []int { return slices.Sorted(maps.Keys(t.list)) }

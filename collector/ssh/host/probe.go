package host

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// noKernelClock is why an answer about the clock lacks the kernel's synchronisation: only a system call shows it, and starting
// a service that would make it (timedated) is more than reading.
const noKernelClock = "the kernel's state of synchronisation cannot be asked for over SSH"

// probe asks what the running system is and does, and prints it as the agent does, a record a line.
func (a *Asker) probe(ctx context.Context, q *pluginpb.Question, p pluginpb.Probe) (*pluginpb.Answer, error) {
	limited, cancel := context.WithTimeout(ctx, a.shell.timeout)
	defer cancel()
	var records []driver.Record
	var err error
	switch p {
	case pluginpb.Probe_PROBE_LISTENERS:
		records, err = a.system.listenerRecords(limited)
	case pluginpb.Probe_PROBE_PROCESSES:
		records, err = a.system.processRecords(limited)
	case pluginpb.Probe_PROBE_CLOCK:
		records, err = a.system.clockRecords(limited)
	case pluginpb.Probe_PROBE_HOST:
		records, err = a.system.hostRecords(limited)
	default:
		return notAsked(q, "there is no such probe"), nil
	}
	var b strings.Builder
	for _, r := range records {
		b.WriteString(driver.FormatRecord(r))
		b.WriteByte('\n')
	}
	ans, err := answered(ctx, q, []byte(b.String()), err)
	if p == pluginpb.Probe_PROBE_CLOCK && ans.GetComplete() {
		ans.Error = noKernelClock
	}
	return ans, err
}

// asks is how many small questions are asked side by side.
const asks = 16

// each does work for 0 to n-1, several at a time, and gives the first error.
func each(n int, work func(int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	slots := make(chan struct{}, asks)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			errs[i] = work(i)
			<-slots
		})
	}
	wg.Wait()
	return cmp.Or(errs...)
}

const (
	whyDenied = "permission denied"
	// whyNobody: sockets of the kernel itself (NFS) and of other PID namespaces.
	whyNobody = "no process here has it open"
)

func (y *system) listenerRecords(ctx context.Context) ([]driver.Record, error) {
	sockets, err := y.sockets(ctx)
	if err != nil {
		return nil, err
	}
	o, err := y.opened(ctx)
	if err != nil {
		return nil, err
	}
	users := y.userNames(ctx)
	var pids []int
	for _, s := range sockets {
		if pid := o.socket[s.inode]; pid != 0 {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	pids = slices.Compact(pids)
	holders := make(map[int]map[string]string, len(pids))
	found := make([]map[string]string, len(pids))
	if err := each(len(pids), func(i int) (err error) {
		found[i], err = y.holder(ctx, pids[i])
		return err
	}); err != nil {
		return nil, err
	}
	for i, pid := range pids {
		holders[pid] = found[i]
	}
	type listener struct {
		protocol string
		address  netip.AddrPort
		pid      int
	}
	records := map[listener]driver.Record{}
	for _, s := range sockets {
		pid := o.socket[s.inode]
		l, uid, pairs := listener{s.protocol, s.address, pid}, s.uid, map[string]string{}
		if h := holders[pid]; h != nil {
			uid = o.owner[pid]
			for k, v := range h {
				pairs[k] = v
			}
		} else {
			l.pid, pairs["pid"], pairs["why"] = 0, "?", whyNobody
			if pid == 0 && o.denied {
				pairs["why"] = whyDenied
			}
		}
		pairs["uid"] = strconv.FormatUint(uint64(uid), 10)
		if name, ok := users[uid]; ok {
			pairs["user"] = name
		}
		if _, double := records[l]; !double { // one process may have several sockets on one port
			records[l] = driver.Record{Words: []string{s.protocol, s.address.String()}, Pairs: pairs}
		}
	}
	order := make([]listener, 0, len(records))
	for l := range records {
		order = append(order, l)
	}
	slices.SortFunc(order, func(a, b listener) int {
		return cmp.Or(cmp.Compare(a.protocol, b.protocol), a.address.Compare(b.address), cmp.Compare(a.pid, b.pid))
	})
	out := make([]driver.Record, len(order))
	for i, l := range order {
		out[i] = records[l]
	}
	return out, nil
}

// holder describes a process that has a socket open; nil if it has ended, or cannot be told.
func (y *system) holder(ctx context.Context, pid int) (map[string]string, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	comm, err := y.tree.file(ctx, dir+"/comm")
	if err != nil {
		return nil, passed(err)
	}
	name, err := y.fullName(ctx, pid, strings.TrimSuffix(string(comm), "\n"))
	if err != nil {
		return nil, err
	}
	h := map[string]string{"pid": strconv.Itoa(pid), "process": name}
	groups, err := y.tree.file(ctx, dir+"/cgroup")
	if err == nil {
		if u := unit(string(groups)); u != "" {
			h["unit"] = u
		}
	}
	return h, passed(err)
}

// ended says that what was asked about a process failed because there is none.
func ended(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) }

// passed keeps only those errors that say nothing of what was asked for.
func passed(err error) error {
	if passing(err) || isLost(err) {
		return err
	}
	return nil
}

// commLen is where the kernel cuts names.
const commLen = 15

// fullName completes a name that the kernel may have cut, from the command line.
func (y *system) fullName(ctx context.Context, pid int, comm string) (string, error) {
	if len(comm) < commLen {
		return comm, nil
	}
	line, err := y.tree.file(ctx, "/proc/"+strconv.Itoa(pid)+"/cmdline")
	if err != nil {
		return comm, passed(err)
	}
	first, _, _ := strings.Cut(string(line), "\x00")
	if base := first[strings.LastIndexByte(first, '/')+1:]; strings.HasPrefix(base, comm) {
		return base, nil
	}
	return comm, nil
}

// unit finds the service unit in /proc/PID/cgroup: the innermost part of the path that is a unit, in the one hierarchy or in
// systemd's own.
func unit(groups string) string {
	for l := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(l), ":", 3)
		if len(parts) != 3 || parts[0] != "0" && parts[1] != "name=systemd" {
			continue
		}
		for _, e := range slices.Backward(strings.Split(parts[2], "/")) {
			if strings.HasSuffix(e, ".service") || strings.HasSuffix(e, ".scope") {
				return e
			}
		}
	}
	return ""
}

// userNames reads the names of local users; of two names for one number the first counts, as it does for the C library.
func (y *system) userNames(ctx context.Context) map[uint32]string {
	names := map[uint32]string{}
	text, _ := y.tree.file(ctx, "/etc/passwd")
	for l := range strings.Lines(string(text)) {
		f := strings.Split(l, ":")
		if len(f) < 3 {
			continue
		}
		uid, err := strconv.ParseUint(f[2], 10, 32)
		if _, ok := names[uint32(uid)]; err == nil && !ok {
			names[uint32(uid)] = f[0]
		}
	}
	return names
}

// maxLate is how many processes may have begun between the two looks at them and be looked at one by one.
const maxLate = 500

func (y *system) processRecords(ctx context.Context) ([]driver.Record, error) {
	t, err := y.running(ctx)
	if err != nil {
		return nil, err
	}
	o, err := y.opened(ctx)
	if err != nil {
		return nil, err
	}
	if t, err = y.late(ctx, t, o); err != nil {
		return nil, err
	}
	pids := slices.DeleteFunc(t.pids(), func(pid int) bool {
		_, there := o.owner[pid]
		return t.list[pid].kernel || !there
	})
	records := make([]driver.Record, len(pids))
	err = each(len(pids), func(i int) error {
		pid := pids[i]
		name, err := y.fullName(ctx, pid, t.list[pid].name)
		pairs := map[string]string{"name": name, "uid": strconv.FormatUint(uint64(o.owner[pid]), 10)}
		if exe := o.exe[pid]; exe != "" {
			pairs["exe"] = exe
		}
		records[i] = driver.Record{Words: []string{strconv.Itoa(pid)}, Pairs: pairs}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !y.isRoot(ctx) && y.hidden(ctx) {
		return records, errHidden
	}
	return records, nil
}

// late adds the processes that the first look did not show and the second did, and drops those that are our own questions.
func (y *system) late(ctx context.Context, t table, o open) (table, error) {
	var pids []int
	for pid := range o.owner {
		if _, ok := t.list[pid]; !ok {
			pids = append(pids, pid)
		}
	}
	if len(pids) > maxLate {
		return t, errUnended
	}
	found := make([]process, len(pids))
	err := each(len(pids), func(i int) error {
		stat, err := y.tree.file(ctx, "/proc/"+strconv.Itoa(pids[i])+"/stat")
		if ended(err) {
			return nil
		}
		var ok bool
		if found[i], ok = readStat(string(stat)); err == nil && !ok {
			err = errUnended
		}
		return err
	})
	if err != nil {
		return t, err
	}
	all := table{list: make(map[int]process, len(t.list)+len(found)), frame: t.frame}
	for pid, p := range t.list {
		all.list[pid] = p
	}
	for _, p := range found {
		if p.pid != 0 {
			all.list[p.pid] = p
		}
	}
	all.withoutOurs()
	return all, nil
}

// hidden says whether /proc is mounted with hidepid, or whether that cannot be told.
func (y *system) hidden(ctx context.Context) bool {
	mounts, err := y.tree.file(ctx, "/proc/self/mounts")
	return err != nil || hidesPids(string(mounts))
}

func hidesPids(mounts string) bool {
	for l := range strings.Lines(mounts) {
		f := strings.Fields(l)
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

package linux

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var listenersTopic = topic{
	name: "listeners",
	// Without root the sockets are seen, but not the processes of others.
	privileged: []string{driver.Text(driver.Probe(pluginpb.Probe_PROBE_LISTENERS))},
	ask: func(driver.Answers) []*question {
		return append(files("/etc/passwd"), driver.Probe(pluginpb.Probe_PROBE_LISTENERS), driver.Probe(pluginpb.Probe_PROBE_PROCESSES))
	},
	read: func(r *reader) {
		r.facts.Listeners = r.readListeners()
		r.facts.Processes = &pb.ProcessTable{Names: r.readProcesses()}
	},
}

func (r *reader) readListeners() *pb.ListenerList {
	d := r.Probe(pluginpb.Probe_PROBE_LISTENERS)
	list := &pb.ListenerList{}
	var gap *facts.Missing
	if !d.Whole() {
		gap = ptr(d.Unknown())
	}
	names := userNames(r.File("/etc/passwd"))
	seen := map[string]bool{}
	for _, l := range linesOf(d) {
		if strings.TrimSpace(l.text) == "" {
			continue
		}
		item, ok := listenerOf(l, names)
		if !ok {
			r.miss(d, l.n, l.text)
			gap = firstGap(gap, ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, d.Source, l.ev())))
			continue
		}
		if key := item.Scope + " " + item.GetProcess().GetValue(); !seen[key] {
			seen[key] = true
			if seen[item.Scope] {
				item.Scope = key // two programs share the socket's address
			}
			seen[item.Scope] = true
			list.Items = append(list.Items, item)
		}
	}
	settle(list, gap, d.All())
	return list
}

// listenerOf reads one line of the probe.
func listenerOf(l confLine, users map[string]string) (*pb.Listener, bool) {
	rec, err := driver.ParseRecord(l.text)
	if err != nil || len(rec.Words) < 2 {
		return nil, false
	}
	proto, at := rec.Words[0], rec.Words[1]
	i := strings.LastIndexByte(at, ':')
	if i < 0 {
		return nil, false
	}
	host := strings.Trim(at[:i], "[]")
	port, err := strconv.ParseUint(at[i+1:], 10, 16)
	if err != nil || proto != "tcp" && proto != "udp" {
		return nil, false
	}
	ev := l.ev()
	bare, _, _ := strings.Cut(host, "%")
	addr, err := netip.ParseAddr(bare)
	if err != nil {
		return nil, false
	}
	hidden := facts.Unknown(pb.Reason_REASON_NOT_PERMITTED, rec.Get("why"), ev)
	item := &pb.Listener{
		Scope: proto + " " + at, Protocol: facts.Text(proto, ev), Address: facts.Text(host, ev), Port: facts.Int(int64(port), ev),
		LocalOnly: facts.Bool(addr.Unmap().IsLoopback(), ev), Process: hidden.Text(), User: hidden.Text(), Unit: hidden.Text(),
	}
	if rec.Get("why") != "" {
		item.Process.Reason = reasonOf(rec.Get("why"))
		item.User.Reason, item.Unit.Reason = item.Process.Reason, item.Process.Reason
	}
	if v := rec.Get("process"); v != "" {
		item.Process, item.Unit = facts.Text(v, ev), facts.Absent(ev).Text()
	}
	if v := rec.Get("uid"); v != "" {
		if name := users[v]; name != "" {
			v = name
		}
		item.User = facts.Text(v, ev)
	}
	if v := rec.Get("unit"); v != "" {
		item.Unit = facts.Text(v, ev)
	}
	return item, true
}

// reasonOf turns the probe's word for why a process is not known into a code.
func reasonOf(why string) pb.Reason {
	if strings.Contains(why, "permi") {
		return pb.Reason_REASON_NOT_PERMITTED
	}
	return pb.Reason_REASON_FAILED
}

func userNames(passwd driver.Document) map[string]string {
	out := map[string]string{}
	for _, l := range linesOf(passwd) {
		if f := strings.Split(l.text, ":"); len(f) >= 3 && out[f[2]] == "" {
			out[f[2]] = f[0]
		}
	}
	return out
}

func (r *reader) readProcesses() *pb.TextsFact {
	d := r.Probe(pluginpb.Probe_PROBE_PROCESSES)
	if !d.Whole() {
		return d.Unknown().Texts()
	}
	var names []string
	for _, l := range linesOf(d) {
		if strings.TrimSpace(l.text) == "" {
			continue
		}
		rec, err := driver.ParseRecord(l.text)
		if err != nil {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, d.Source, l.ev()).Texts()
		}
		if n := rec.Get("name"); n != "" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return facts.Texts(slices.Compact(names), d.All())
}

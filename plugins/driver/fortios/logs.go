package fortios

import (
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// logStores are the device's own memory and disk.
func (r *reader) logStores() *pb.LogStoreList {
	s := r.doc.List()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, name := range []string{"memory", "disk"} {
		st := &pb.LogStore{Scope: name, Persistent: facts.Bool(name == "disk"), Active: r.doc.NoDefault("log " + name + " setting status").Bool(), Level: r.doc.NoDefault("log " + name + " filter severity").Text()}
		for t := range r.everywhere() {
			if n := t.setting("status", "log", name, "setting"); n != nil && (!facts.Known(st.Active) || !st.Active.GetValue()) {
				st.Active = r.switched(n, nil)
			}
			if n := t.setting("severity", "log", name, "filter"); n != nil {
				st.Level = facts.Text(n.word(1), r.at(n))
			}
			if n := t.setting("diskfull", "log", name, "setting"); n != nil {
				st.OnFull = facts.Text(map[string]string{"overwrite": "overwrite", "nolog": "stop"}[n.word(1)], r.at(n))
			}
			if n := t.setting("maximum-log-age", "log", name, "setting"); n != nil {
				r.retention(st, n)
			}
		}
		out.Items = append(out.Items, st)
	}
	return out
}

// retention reads after how many days a store drops its records; what may not grow old may still be dropped for want of room.
func (r *reader) retention(st *pb.LogStore, n *node) {
	days, ok := stanza.Number(n.word(1))
	switch {
	case !ok:
		st.Retention = r.odd(n).Duration()
	case days > 0:
		st.Retention, st.RetentionBasis = facts.Duration(time.Duration(days)*day, r.at(n)), facts.Text("time", r.at(n))
	}
}

// logTargets are syslog servers and FortiAnalyzers, of the device and of virtual domains that have their own.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for t := range r.everywhere() {
		for _, kind := range []string{"syslogd", "syslogd2", "syslogd3", "syslogd4", "fortianalyzer", "fortianalyzer2", "fortianalyzer3"} {
			for _, table := range []string{"setting", "override-setting"} {
				path := []string{"log", kind, table}
				server, status := t.setting("server", path...), t.setting("status", path...)
				if server == nil || server.word(1) == "" || status.word(1) == "disable" {
					continue
				}
				if status.word(1) != "enable" { // off unless switched on, as all of them are; a line that names a server says nothing of it
					continue
				}
				out.Items = append(out.Items, r.target(t, kind, table, server))
			}
		}
	}
	return out
}

func (r *reader) target(t *node, kind, table string, server *node) *pb.LogTarget {
	ev := r.at(server)
	path := []string{"log", kind, table}
	out := &pb.LogTarget{Scope: server.word(1), Address: facts.Text(server.word(1), ev), Queued: r.doc.NoDefault("queue").Bool(), Port: r.number(t.setting("port", path...), r.doc.NoDefault("port").Int())}
	if hole(server) {
		out.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Text()
	}
	enc, mode, reliable := t.setting("enc-algorithm", path...), t.setting("mode", path...), t.setting("reliable", path...)
	out.Protocol, out.Encrypted = r.doc.NoDefault("mode").Text(), r.doc.NoDefault("enc-algorithm").Bool()
	if enc != nil {
		out.Encrypted = facts.Bool(enc.word(1) != "disable", r.at(enc))
	}
	switch {
	case enc != nil && enc.word(1) != "disable" && strings.HasPrefix(kind, "syslogd"):
		out.Protocol = facts.Text("tls", r.at(enc))
	case mode.word(1) == "udp":
		out.Protocol, out.Encrypted = facts.Text("udp", r.at(mode)), facts.Bool(false, r.at(mode))
	case mode.word(1) == "reliable" || mode.word(1) == "legacy-reliable":
		out.Protocol = facts.Text("tcp", r.at(mode))
	case reliable.word(1) == "enable":
		out.Protocol = facts.Text("tcp", r.at(reliable))
	case reliable.word(1) == "disable" && strings.HasPrefix(kind, "syslogd"):
		out.Protocol, out.Encrypted = facts.Text("udp", r.at(reliable)), facts.Bool(false, r.at(reliable))
	}
	filter := []string{"log", kind, strings.Replace(table, "setting", "filter", 1)}
	out.Selector, out.Everything = r.doc.NoDefault("filter severity").Text(), r.doc.NoDefault("filter severity").Bool()
	if n := t.setting("severity", filter...); n != nil {
		out.Selector = facts.Text(n.word(1), r.at(n))
		out.Everything = facts.Bool(n.word(1) == "information" || n.word(1) == "debug", r.at(n))
	}
	for f := range t.tables(filter...) {
		for _, n := range f.children {
			if n.kind == "set" && n.word(1) == "disable" && n.word(0) != "filter-type" {
				out.Everything = facts.Bool(false, r.at(n))
			}
		}
		for e := range f.entries("free-style") {
			out.Everything = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "free-style", r.at(e)).Bool()
		}
	}
	return out
}

// timeSources: the clock follows Fortinet's own servers or those that are named, if it follows any.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	get := func(key string) *node { return r.global.setting(key, "system", "ntp") }
	sync, kind := get("ntpsync"), get("type")
	m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "diagnose sys ntp status")
	switch {
	case sync.word(1) != "enable":
		switch doc := r.defaults.Evidence("ntp"); {
		case !r.doc.Whole():
		case sync != nil:
			out.Evidence = []*pb.Evidence{r.at(sync)}
		case doc != nil:
			out.Evidence = []*pb.Evidence{r.doc.All(), doc}
		}
		return out
	case kind.word(1) == "fortiguard", kind == nil && r.defaults.Cite("ntp") != "":
		ev := r.at(kind)
		if kind == nil {
			ev = r.defaults.Evidence("ntp")
		}
		out.Items = append(out.Items, &pb.TimeSource{Scope: "FortiGuard", Kind: facts.Text("pool", ev), Authenticated: r.doc.NoDefault("fortiguard").Bool(), Reachable: m.Bool(), Selected: m.Bool()})
		return out
	}
	for e := range r.ntpServers() {
		n := e.set("server")
		if n == nil {
			continue
		}
		key := e.set("authentication")
		src := &pb.TimeSource{Scope: n.word(1), Kind: facts.Text("server", r.at(n)), Authenticated: r.switched(key, nil), Reachable: m.Bool(), Selected: m.Bool()}
		if key == nil {
			src.Authenticated = facts.Bool(false, r.at(e))
			if !e.closed {
				src.Authenticated = r.doc.Unknown().Bool()
			}
		}
		if stanza.Hole(n.word(1)) {
			src.Kind = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.at(n)).Text()
		}
		out.Items = append(out.Items, src)
	}
	if kind == nil && len(out.Items) == 0 && r.doc.Whole() {
		out.State, out.Reason, out.Detail, out.Evidence = pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "ntp type", []*pb.Evidence{r.at(sync)}
	}
	return out
}

func (r *reader) ntpServers() func(func(*node) bool) {
	return func(yield func(*node) bool) {
		for t := range r.global.tables("system", "ntp") {
			for e := range t.entries("ntpserver") {
				if !yield(e) {
					return
				}
			}
		}
	}
}

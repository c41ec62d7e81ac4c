package routeros

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The actions that RouterOS is delivered with, in order.
var actions = []string{"memory", "disk", "echo", "remote"}

// action is where records may go.
type action struct {
	name, target, remote, port string
	at                         *item
}

// actions reads them; the delivered ones are there without a command.
func (r *reader) actions() []*action {
	var out []*action
	for _, name := range actions {
		out = append(out, &action{name: name, target: name})
	}
	for _, i := range r.byPath["system logging action"] {
		var a *action
		if i.verb == "set" {
			for n, name := range actions {
				if slices.Contains(i.targets, string(rune('0'+n))) || slices.Contains(i.targets, name) || slices.Contains(i.targets, "name="+name) {
					a = out[n]
				}
			}
		}
		if a == nil {
			a = &action{name: i.values["name"]}
			out = append(out, a)
		}
		a.at = i
		for key, to := range map[string]*string{"name": &a.name, "target": &a.target, "remote": &a.remote, "remote-port": &a.port} {
			if v, ok := i.value(key); ok {
				*to = v
			}
		}
	}
	return out
}

// rulesFor gives the logging rules that use an action.
func (r *reader) rulesFor(name string) []*item {
	var out []*item
	for _, i := range r.byPath["system logging"] {
		if i.values["action"] == name && !i.disabled() {
			out = append(out, i)
		}
	}
	return out
}

func (r *reader) logStores() *pb.LogStoreList {
	s := r.doc.List()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, name := range []string{"memory", "disk"} {
		st := &pb.LogStore{Scope: name, Persistent: facts.Bool(name == "disk"), Active: r.doc.NoDefault("system logging").Bool(), Level: r.doc.NoDefault("system logging").Text()}
		if rules := r.rulesFor(name); len(rules) > 0 {
			st.Active = facts.Bool(true, r.at(rules[0], "action", "topics"))
			st.Level = facts.Text(topics(rules), r.at(rules[0], "action", "topics"))
		} else if r.delivered() {
			st.Active = facts.Bool(false, r.doc.All())
		}
		out.Items = append(out.Items, st)
	}
	return out
}

// delivered says that the export writes out the four rules that RouterOS is delivered with: then there are no others than it names.
func (r *reader) delivered() bool {
	if !r.doc.Whole() {
		return false
	}
	for _, n := range []string{"0", "1", "2", "3"} {
		if !slices.ContainsFunc(r.byPath["system logging"], func(i *item) bool {
			_, ok := i.value("action")
			return ok && i.verb == "set" && slices.Contains(i.targets, n)
		}) {
			return false
		}
	}
	return true
}

func topics(rules []*item) string {
	var out []string
	for _, i := range rules {
		out = append(out, i.values["topics"])
	}
	return strings.Join(out, " ")
}

// logTargets are the actions that send records away and that a rule uses.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, a := range r.actions() {
		rules := r.rulesFor(a.name)
		if a.target != "remote" || a.remote == "" || a.remote == "0.0.0.0" || len(rules) == 0 {
			continue
		}
		ev := r.at(a.at, "remote", "remote-port", "target")
		t := &pb.LogTarget{Scope: a.remote, Address: facts.Text(a.remote, ev), Port: facts.Int(514), Protocol: facts.Text("udp", ev), Encrypted: facts.Bool(false, ev), Queued: facts.Bool(false, ev)}
		if stanza.Hole(a.remote) {
			t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Text()
		}
		if n, ok := stanza.Number(a.port); ok {
			t.Port = facts.Int(n, ev)
		}
		if v := a.at.values["remote-protocol"]; v != "" {
			t.Protocol = facts.Text(v, r.at(a.at, "remote-protocol"))
		}
		var cited []*pb.Evidence
		sent := map[string]bool{}
		unsaid := false
		for _, i := range rules {
			cited = append(cited, r.at(i, "topics", "action"))
			v, ok := i.value("topics")
			unsaid = unsaid || !ok
			sent[v] = true
		}
		all := sent[""] && !unsaid || sent["!debug"] || sent["info"] && sent["warning"] && sent["error"] && sent["critical"]
		t.Selector, t.Everything = facts.Text(topics(rules), cited...), facts.Bool(all, cited...)
		if unsaid && !all {
			t.Selector, t.Everything = r.doc.NoDefault("topics").Text(), r.doc.NoDefault("topics").Bool()
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// timeSources are the servers that are named: on the client's own command in version 6, in a menu of theirs in version 7.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	on := r.switched(r.doc.NoDefault("system ntp client enabled").Bool(), "system ntp client", "enabled")
	add := func(host string, keyed bool, ev *pb.Evidence) {
		if host == "" || host == "0.0.0.0" || host == "::" {
			return
		}
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "system ntp client print")
		t := &pb.TimeSource{Scope: host, Kind: facts.Text("server", ev), Authenticated: facts.Bool(keyed, ev), Reachable: m.Bool(), Selected: m.Bool()}
		if facts.Known(on) && !on.GetValue() {
			t.Reachable, t.Selected = facts.Bool(false, on.GetEvidence()...), facts.Bool(false, on.GetEvidence()...)
		}
		out.Items = append(out.Items, t)
	}
	for _, key := range []string{"primary-ntp", "secondary-ntp", "server-dns-names", "servers"} {
		v, at := r.setting("system ntp client", key)
		if at == nil {
			continue
		}
		for host := range strings.SplitSeq(v, ",") {
			add(host, false, r.at(at, key))
		}
	}
	for i := range r.items("system ntp client servers", "add") {
		if !i.disabled() {
			key := i.values["auth-key"]
			add(i.values["address"], key != "" && key != "none", r.at(i, "address"))
		}
	}
	return out
}

package panos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// logTargets are the log servers of all profiles; one to which nothing is sent takes nothing.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.list()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, list := range r.common("log-settings", "syslog") {
		for _, profile := range list.All() {
			for _, n := range profile.All("server") {
				out.Items = append(out.Items, r.logTarget(profile, n))
			}
		}
	}
	return out
}

func (r *reader) logTarget(profile, n *tree.Node) *pb.LogTarget {
	at := n.Value("server")
	if at == nil {
		at = n
	}
	t := &pb.LogTarget{Address: facts.Text(at.Word, r.At(at)), Port: r.Doc.NoDefault("port").Int(), Protocol: r.Doc.NoDefault("transport").Text(), Encrypted: r.Doc.NoDefault("transport").Bool()}
	if tree.Hole(at.Word) {
		r.Unread = append(r.Unread, r.At(at))
	}
	t.Scope = at.Word
	if v := n.Value("port"); v != nil {
		if p, ok := number(v); ok {
			t.Port = facts.Int(p, r.At(v))
			t.Scope += ":" + strconv.FormatInt(p, 10)
		} else {
			t.Port = r.Odd(v).Int()
		}
	}
	if v := n.Value("transport"); v != nil {
		word := strings.Replace(strings.ToLower(v.Word), "ssl", "tls", 1)
		t.Protocol, t.Encrypted = facts.Text(word, r.At(v)), facts.Bool(word == "tls", r.At(v))
	}
	r.selects(t, profile)
	return t
}

// selects says which records go to a profile: the device's own kinds, named where they are sent as a whole.
func (r *reader) selects(t *pb.LogTarget, profile *tree.Node) {
	ev := []*pb.Evidence{}
	all := []string{}
	for _, kind := range []string{"system", "config", "userid", "hipmatch", "globalprotect", "iptag", "correlation"} {
		for _, n := range r.common("log-settings", kind) {
			for _, m := range n.All("match-list") {
				if !m.Has("send-syslog", profile.Word) {
					continue
				}
				ev = append(ev, r.At(m))
				if f := m.Value("filter").Text(); f == "" || f == "All Logs" {
					all = append(all, kind)
				}
			}
			for _, m := range n.All() { // PAN-OS 7 and before: by severity, or "any"
				if m.Get("send-syslog").Value("using-syslog-setting").Text() == profile.Word {
					ev = append(ev, r.At(m))
					if m.Word == "any" || m.Word == "informational" {
						all = append(all, kind)
					}
				}
			}
		}
	}
	switch {
	case len(ev) > 0:
		t.Selector = facts.Text(strings.Join(all, ", "), ev...)
		t.Everything = facts.Bool(slices.Contains(all, "system") && slices.Contains(all, "config"), ev...)
	case r.references[profile.Word]:
		t.Selector, t.Everything = facts.Text("by rules", r.At(profile)), facts.Bool(false, r.At(profile))
	case r.Whole():
		t.Selector, t.Everything = facts.Text("none", r.Doc.All()), facts.Bool(false, r.Doc.All())
	default:
		t.Selector, t.Everything = r.Doc.Unknown().Text(), r.Doc.Unknown().Bool()
	}
}

func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.list()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	shown := r.shownNTP()
	add := func(at, n *tree.Node) {
		t := &pb.TimeSource{Scope: at.Word, Kind: facts.Text("server", r.At(at)), Authenticated: r.Doc.Off()}
		for _, a := range n.All("authentication-type") {
			t.Authenticated = facts.Bool(a.Word != "none", r.At(a))
		}
		if tree.Hole(at.Word) {
			r.Unread = append(r.Unread, r.At(at))
		}
		if p, ok := shown[at.Word]; ok {
			t.Reachable, t.Selected = p.reachable, p.selected
		}
		out.Items = append(out.Items, t)
	}
	for _, w := range []string{"primary-ntp-server", "secondary-ntp-server"} {
		n := r.device("deviceconfig", "system", "ntp-servers", w)
		if a := n.Value("ntp-server-address"); a != nil {
			add(a, n)
		}
	}
	for _, w := range []string{"ntp-server-1", "ntp-server-2"} { // PAN-OS 5 and before
		if a := r.device("deviceconfig", "system", w).Value(); a != nil {
			add(a, nil)
		}
	}
	return out
}

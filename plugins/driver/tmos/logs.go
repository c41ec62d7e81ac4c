package tmos

import (
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// logStores are the files that the system writes; what goes into them is not all said here.
func (r *reader) logStores() *pb.LogStoreList {
	m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "list sys log-rotate")
	return &pb.LogStoreList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_ASKED, Detail: m.Text().GetDetail()}
}

// logTargets reads to whom records are sent. Text that is handed to the log daemon as it is may send more.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	n := r.find("sys", "syslog")
	if include, at := n.value("include"); include != "" && include != "none" {
		out.State, out.Reason, out.Detail, out.Evidence = pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_NOT_UNDERSTOOD, "sys syslog include", []*pb.Evidence{r.at(at)}
	}
	list := n.get("remote-servers")
	if list == nil {
		return out
	}
	for _, srv := range list.children {
		host, at := srv.value("host")
		if host == "" {
			r.odd(srv)
			continue
		}
		ev := r.at(at)
		unset := r.doc.NoDefault("remote-servers")
		t := &pb.LogTarget{Scope: host, Address: facts.Text(host, ev), Port: r.number(facts.Int(514), srv, "remote-port"), Protocol: facts.Text("udp", ev), Encrypted: facts.Bool(false, ev), Selector: unset.Text(), Everything: unset.Bool(), Queued: unset.Bool()}
		if stanza.Hole(host) {
			t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Text()
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// timeSources reads the time servers; keys can stand only in text that is handed to the time daemon as it is.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	n := r.find("sys", "ntp")
	list := n.get("servers")
	for _, host := range list.members() {
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show sys ntp")
		t := &pb.TimeSource{Scope: host, Kind: facts.Text("server", r.at(list)), Authenticated: facts.Bool(false, r.at(list)), Reachable: m.Bool(), Selected: m.Bool()}
		if include, at := n.value("include"); include != "" && include != "none" {
			t.Authenticated = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "sys ntp include", r.at(at)).Bool()
		} else if !r.doc.Whole() {
			t.Authenticated = r.doc.Unknown().Bool()
		}
		out.Items = append(out.Items, t)
	}
	return out
}

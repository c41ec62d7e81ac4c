package ciscoios

import (
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// interfaces reads the interfaces, and what takes over when the device fails.
func (r *reader) interfaces() {
	r.Interfaces(r.Enabled)
	r.Facts.RedundancyGroups.Items = append(r.Facts.RedundancyGroups.Items, r.chassis()...)
	r.Standbys(showStandby)
}

// chassis finds a stack of several members and redundant supervisors.
func (r *reader) chassis() []*pb.RedundancyGroup {
	var out []*pb.RedundancyGroup
	members := 0
	var last *stanza.Entry
	for e := range r.Find("switch") {
		if e.Word(2) == "provision" && !e.Negated {
			members++
			last = e
		}
	}
	if members > 1 {
		out = append(out, &pb.RedundancyGroup{Scope: "stack", Kind: facts.Text("stack", r.At(last))})
	}
	for e := range r.Find("redundancy") {
		for _, s := range e.Under() {
			if s.Words[0] == "mode" && (s.Word(1) == "sso" || s.Word(1) == "rpr-plus" || s.Word(1) == "rpr") {
				out = append(out, &pb.RedundancyGroup{Scope: "supervisor", Kind: facts.Text("ha", r.At(s))})
			}
		}
	}
	return out
}

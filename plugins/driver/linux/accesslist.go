package linux

import (
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// addAccess adds a way in. The list is not complete until the topic of all other ways has said so.
func (r *reader) addAccess(p *pb.AccessPath) {
	if r.facts.AccessPaths == nil {
		r.facts.AccessPaths = &pb.AccessPathList{}
	}
	r.facts.AccessPaths.Items = append(r.facts.AccessPaths.Items, p)
}

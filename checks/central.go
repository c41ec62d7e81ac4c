package checks

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// NoneHere is what a rule comes to when a complete list shows that the target itself has nothing of the kind: a
// failure, or unknown where a central server decides logins and so may have it.
func NoneHere(f *pb.Facts, expected, observed *pb.Text) Result {
	for _, s := range f.GetAuthServers().GetItems() {
		if !facts.Known(s.GetUses()) || slices.Contains(s.GetUses().GetValue(), "authentication") {
			r := Unknown(expected, pb.Reason_REASON_ELSEWHERE, s.GetScope(), s.GetProtocol().GetEvidence()...)
			r.Observed = observed
			return r
		}
	}
	return Failed(expected, observed)
}

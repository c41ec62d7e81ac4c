package linux

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// settle gives a list of facts its own state: complete, with the evidence that it is, or unknown because of the gap.
func settle(list proto.Message, gap *facts.Missing, ev ...*pb.Evidence) {
	whole := facts.Bool(true, ev...)
	if gap != nil {
		whole = gap.Bool()
	}
	from, to := whole.ProtoReflect(), list.ProtoReflect()
	for _, name := range []protoreflect.Name{"state", "reason", "detail", "evidence"} {
		fd := from.Descriptor().Fields().ByName(name)
		if own := to.Descriptor().Fields().ByName(name); from.Has(fd) {
			to.Set(own, from.Get(fd))
		} else {
			to.Clear(own)
		}
	}
}

func ptr[T any](v T) *T { return &v }

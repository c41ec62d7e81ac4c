package baseline

import (
	"slices"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Control is a word of the vocabulary that baselines and checks share for what a clause is about.
type Control struct {
	ID   string
	Text *pb.Text
	// Evidence is what a person who attests a clause of this control is expected to show.
	Evidence *pb.Text
}

// Controls is the vocabulary.
func Controls() []Control { return slices.Clone(controls) }

// ControlByID finds a control; nil if there is none.
func ControlByID(id string) *Control {
	for i := range controls {
		if controls[i].ID == id {
			return &controls[i]
		}
	}
	return nil
}

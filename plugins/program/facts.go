package program

import (
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"

	"io"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/plumbline/plumbline/checks/facts"
)

// FactFormats are the formats of facts; the first is the default.
var FactFormats = []string{"flat", "json"}

// WriteFacts prints facts in a format.
func WriteFacts(w io.Writer, format string, f *pb.Facts) error {
	if format == "json" {
		text, err := protojson.MarshalOptions{Multiline: true, UseProtoNames: true}.Marshal(f)
		if err != nil {
			return err
		}
		_, err = w.Write(append(text, '\n'))
		return err
	}
	_, err := io.WriteString(w, facts.Flat(f))
	return err
}

package baseline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// digest is the SHA-256 of what the baseline says. Every field is quoted, so that no two contents come to the same bytes.
func (b *Baseline) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q\n", b.ID, b.Version, b.Extends)
	writeText(h, b.Title, b.Source)
	for i := range b.Clauses {
		c := &b.Clauses[i]
		fmt.Fprintf(h, "%q %q %q %q\n", c.ID, c.Level, c.Subject, c.Controls)
		writeText(h, c.Text, c.Note, c.Attested, c.NotObservable)
		for _, t := range c.Checks {
			fmt.Fprintf(h, "%q %q %q %t %t %d\n", t.Check, t.With, t.Literal, t.Default, t.Partial, t.On)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeText(w io.Writer, texts ...*pb.Text) {
	for _, t := range texts {
		fmt.Fprintf(w, "%q %q\n", t.GetZh(), t.GetEn())
	}
}

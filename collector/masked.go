package collector

import (
	"bytes"
	"regexp"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// hidden is what stands where a secret stood: our own masks, asterisks that devices print, and the words of tools that keep backups.
var hidden = regexp.MustCompile(`(?i)\*{3}|<(?:secret|password|configuration|redacted|removed|stripped|hidden|masked)[^<>\n]*>`)

// maxEvidence is how many lines of one piece of evidence are looked at.
const maxEvidence = 100

// doubtMasked makes unknown what was concluded from a secret that was not there to be seen: that a password or a community is not the
// one it was delivered with.
func doubtMasked(f *pb.Facts, answers []*pluginpb.Answer) {
	lines := map[string][][]byte{}
	line := func(source string, n uint32) []byte {
		if lines[source] == nil {
			for _, a := range answers {
				if driver.Text(a.GetQuestion()) == source {
					lines[source] = bytes.Split(a.GetBody(), []byte("\n"))
				}
			}
		}
		if n == 0 || int(n) > len(lines[source]) {
			return nil
		}
		return lines[source][n-1]
	}
	rests := func(b *pb.BoolFact) bool {
		if !facts.Known(b) || b.GetValue() {
			return false
		}
		for _, e := range b.GetEvidence() {
			for n := e.GetFirstLine(); n <= max(e.GetFirstLine(), min(e.GetLastLine(), e.GetFirstLine()+maxEvidence)); n++ {
				if hidden.Match(line(e.GetSource(), n)) {
					return true
				}
			}
		}
		return false
	}
	unknown := func(b *pb.BoolFact) *pb.BoolFact {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "masked", b.GetEvidence()...).Bool()
	}
	for _, a := range f.GetAccounts().GetItems() {
		if rests(a.GetDefaultPassword()) {
			a.DefaultPassword = unknown(a.GetDefaultPassword())
		}
	}
	for _, c := range f.GetSnmpCommunities().GetItems() {
		if rests(c.GetDefaultName()) {
			c.DefaultName = unknown(c.GetDefaultName())
		}
	}
}

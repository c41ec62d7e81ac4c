package ciscolike

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// TimeServer finds the server's address among the words, and where its options begin.
func TimeServer(e *stanza.Entry) (string, int) {
	for i := 2; i < len(e.Words); i++ {
		switch e.Words[i] {
		case "vrf":
			i++
		case "ip", "ipv6", "oob":
		default:
			return e.Words[i], i + 1
		}
	}
	return "", 0
}

// Authenticated says whether the server has a key that is defined and trusted, and authentication is on. The key's number follows "key".
func (b *Base) Authenticated(e *stanza.Entry, from int) *pb.BoolFact {
	key := ""
	if i := slices.Index(e.Words[from:], "key"); i >= 0 {
		key = e.Word(from + i + 1)
	}
	if key == "" {
		return facts.Bool(false, b.At(e))
	}
	on := b.Final("ntp", "authenticate")
	defined := b.Final("ntp", "authentication-key", key)
	trusted := b.trustedKey(key)
	switch {
	case on != nil && !on.Negated && defined != nil && !defined.Negated && trusted != nil:
		return facts.Bool(true, b.At(on), b.At(trusted), b.At(defined))
	case !b.Whole():
		return facts.Unknown(b.Doc.Reason(), b.Doc.Source).Bool()
	}
	return facts.Bool(false, b.At(e), b.Doc.All())
}

// trustedKey finds the line that trusts a key: "ntp trusted-key 1", "1 - 3" or "1-3,7".
func (b *Base) trustedKey(key string) *stanza.Entry {
	want, ok := stanza.Number(key)
	if !ok {
		return nil
	}
	for e := range b.Find("ntp", "trusted-key") {
		if e.Negated {
			continue
		}
		for _, part := range strings.Split(strings.Join(e.Words[2:], ""), ",") {
			low, high, isRange := strings.Cut(part, "-")
			from, ok1 := stanza.Number(low)
			to, ok2 := stanza.Number(high)
			if ok1 && (from == want || isRange && ok2 && from <= want && want <= to) {
				return e
			}
		}
	}
	return nil
}

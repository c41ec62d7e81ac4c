package ciscolike

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// NewAccount begins an account; names are those that the platform is delivered or documented with.
func (b *Base) NewAccount(e *stanza.Entry, name string, names []string) *pb.Account {
	ev := b.At(e)
	usual := facts.Bool(slices.Contains(names, strings.ToLower(name)), ev)
	if stanza.Hole(name) {
		usual = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Bool()
	}
	return &pb.Account{
		Scope: name, Uid: facts.NotApplicable(ev).Int(), Services: facts.NotApplicable(ev).Texts(), Shell: facts.NotApplicable(ev).Text(), Home: facts.NotApplicable(ev).Text(),
		DefaultName: usual,
	}
}

// crypts are the beginnings by which a password that is kept tells how.
var crypts = []struct{ prefix, scheme string }{
	{"$1$", "md5crypt"}, {"$5$", "sha256crypt"}, {"$6$", "sha512crypt"}, {"$8$", "pbkdf2"}, {"$9$", "scrypt"}, {"$14$", "scrypt"},
	{"$nx-pbkdf2$", "pbkdf2"}, {"$nx-scrypt$", "scrypt"},
}

// Crypt says how a password is kept by its beginning, "" if that does not tell.
func Crypt(value string) string {
	for _, c := range crypts {
		if strings.HasPrefix(value, c.prefix) {
			return c.scheme
		}
	}
	return ""
}

// Scheme says how what begins at words[i] is kept: a number tells, or it stands there as it is. The number of a secret is
// not that of a password.
func (b *Base) Scheme(e *stanza.Entry, i int, secret bool) *pb.TextFact {
	ev := b.At(e)
	kind, value := e.Word(i), e.Word(i+1)
	if value == "" {
		switch {
		case kind == "":
			return b.Odd(e).Text()
		case stanza.Hole(kind):
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
		}
		return facts.Text("plaintext", ev)
	}
	switch {
	case kind == "0" && stanza.Hole(value):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	case kind == "0":
		return facts.Text("plaintext", ev)
	case kind == "4" && secret:
		return facts.Text("irreversible", ev)
	case kind == "5" && secret:
		return facts.Text("md5crypt", ev)
	case kind == "8" && secret:
		return facts.Text("pbkdf2", ev)
	case kind == "9" && secret:
		return facts.Text("scrypt", ev)
	case kind == "6" || kind == "7":
		return facts.Text("reversible", ev)
	case stanza.Hole(kind):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	}
	return b.Odd(e).Text()
}

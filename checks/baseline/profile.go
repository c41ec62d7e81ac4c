package baseline

import (
	"fmt"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Profile chooses among figures: the baselines state different ones for the same thing, and some are no longer safe.
type Profile string

// The profiles.
const (
	// AsWritten judges each clause by its own figure, except where the literal one is no longer safe.
	AsWritten Profile = "as-written"
	// Strictest judges every clause by the strictest figure that any built-in baseline states for the check.
	Strictest Profile = "strictest"
	// Literal judges by the words of the text even where they are no longer safe.
	Literal Profile = "literal"
	// Modern is AsWritten with today's cryptography: no TLS figure laxer than the check's own.
	Modern Profile = "modern"
)

// Profiles are all of them, the default first.
func Profiles() []Profile { return []Profile{AsWritten, Strictest, Literal, Modern} }

// ParseProfile reads a profile's name; "" is AsWritten.
func ParseProfile(name string) (Profile, error) {
	if name == "" {
		return AsWritten, nil
	}
	var names []string
	for _, p := range Profiles() {
		if string(p) == name {
			return p, nil
		}
		names = append(names, string(p))
	}
	return "", fmt.Errorf("there is no profile %q; there are: %s", name, strings.Join(names, ", "))
}

// About says what a profile does, for people.
func (p Profile) About() *pb.Text {
	switch p {
	case Strictest:
		return checks.Say("最严：每项检查取各基线中最严的数值（如口令 30 天、5 次锁定、空闲短于 15 分钟）",
			"strictest: each check takes the strictest figure that any baseline states (e.g. passwords 30 days, lockout at 5, idle under 15 minutes)")
	case Literal:
		return checks.Say("字面：按条款原文数值判断，包括如今已不安全的数值（如 SSL 3.0），结论仅供对照条款文字",
			"literal: by the wording of the clauses, figures that are no longer safe included (e.g. SSL 3.0); verdicts only compare with the wording")
	case Modern:
		return checks.Say("现代：同“按原文”，但密码学数值不低于当前水平（如 RSA 2048 位、ECC 256 位）",
			"modern: as written, but no cryptographic figure below today's (e.g. RSA 2048 bits, ECC 256 bits)")
	}
	return checks.Say("按原文：各基线用各自的数值；条款数值如今已不安全的，按更严的判断并注明（如 SSL 3.0 按 TLS 1.2）",
		"as written: each baseline by its own figures; where a clause's figure is no longer safe a stricter one is judged and said so (e.g. TLS 1.2 for SSL 3.0)")
}

// figures is a profile made ready for use.
type figures struct {
	profile   Profile
	strictest map[string]extreme
	set       map[string]map[string]string
}

// An extreme is the strictest value of a parameter, and who states it.
type extreme struct {
	value            string
	baseline, clause string
}

func (p Profile) figures(byID map[string]*checks.Check) (*figures, error) {
	name, err := ParseProfile(string(p))
	if err != nil {
		return nil, err
	}
	f := &figures{profile: name}
	if name == Strictest {
		f.strictest = strictest(byID)
	}
	return f, nil
}

// strictest goes through all built-in baselines for the strictest stated value of each parameter.
func strictest(byID map[string]*checks.Check) map[string]extreme {
	out := map[string]extreme{}
	for _, b := range builtin {
		for i := range b.Clauses {
			c := &b.Clauses[i]
			for j := range c.Checks {
				t := &c.Checks[j]
				for _, d := range paramsOf(byID[t.Check]) {
					way := wayOf(t.Check, d.Name)
					v, stated := t.stated(d.Name)
					if !stated || way == about {
						continue
					}
					key := t.Check + " " + d.Name
					best, seen := out[key]
					if way == union && seen {
						v = join(best.value, v)
					}
					if !seen || stricter(d, way, v, best.value) {
						out[key] = extreme{v, b.ID, c.ID}
					}
				}
			}
		}
	}
	return out
}

func paramsOf(c *checks.Check) []checks.Param {
	if c == nil {
		return nil
	}
	return c.Params
}

// chosen is the figure that the profile wants in place of own, with the reason if it is another one.
func (f *figures) chosen(t *Tie, check *checks.Check, d checks.Param, own string) (string, *pb.Text) {
	way := wayOf(check.ID, d.Name)
	switch f.profile {
	case Literal:
		if said, ok := t.literal(d.Name); ok {
			return said, nil
		}
	case Modern:
		if strings.HasPrefix(check.ID, "tls.") && stricter(d, way, d.Default, own) {
			return d.Default, checks.Say("条款数值低于当前密码学水平", "the clause's figure is below today's cryptography")
		}
	case Strictest:
		best, ok := f.strictest[check.ID+" "+d.Name]
		if ok && way == union {
			best.value = join(own, best.value)
		}
		if ok && stricter(d, way, best.value, own) {
			return best.value, checks.Say("取最严数值，出自 %s %s", "the strictest figure is taken, from %s %s", best.baseline, best.clause)
		}
	}
	return own, nil
}

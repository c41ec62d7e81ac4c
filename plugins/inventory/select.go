package inventory

import (
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Select gives the targets that one of the expressions names, in the order of the inventory; all without an expression. An
// expression is made of terms divided by commas, which must all fit:
//
//	core-sw-1  core-*           an id or name, or a pattern of them
//	10.1.2.3  10.1.0.0/16       an address or a network
//	dmz                         a group
//	zone=dmz  role=web  driver=linux  group=web  label=site  label=site=shanghai
//	!zone=dmz                   not that; an expression beginning so takes away what fits the rest of it
//
// A word that names nothing is an error: a target that was meant and is not looked at is worse than a stop.
func Select(targets []*Target, expressions ...string) ([]*Target, error) {
	var wrong strict.Collector
	var take, leave [][]term
	for _, e := range expressions {
		var all []term
		for word := range strings.SplitSeq(e, ",") {
			t, what := parseTerm(strings.TrimSpace(word))
			if what == nil && !t.known(targets) {
				what = t.unknown(targets)
			}
			if what != nil {
				wrong.Add(&strict.Problem{Field: strict.Show(e), Text: what})
				continue
			}
			all = append(all, t)
		}
		if len(all) > 0 && all[0].not {
			all[0].not = false
			leave = append(leave, all)
		} else {
			take = append(take, all)
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	var out []*Target
	for _, t := range targets {
		if (len(take) == 0 || anyFits(take, t)) && !anyFits(leave, t) {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return nil, &strict.Problem{Field: strict.Show(strings.Join(expressions, " ")), Text: checks.Say("没有目标同时满足这些条件", "no target fits all of it")}
	}
	return out, nil
}

func anyFits(expressions [][]term, t *Target) bool {
	return slices.ContainsFunc(expressions, func(all []term) bool {
		return !slices.ContainsFunc(all, func(x term) bool { return x.fits(t) == x.not })
	})
}

// A term is one condition.
type term struct {
	not bool
	// key is zone, role and so on; "" for a plain word.
	key string
	// value is a pattern; label is the name of the label, bare says that any value will do.
	value string
	label string
	bare  bool
	net   netip.Prefix
}

var keys = []string{"id", "name", "zone", "role", "driver", "group", "label", "credential", "address"}

func parseTerm(word string) (term, *pb.Text) {
	var t term
	word, t.not = strings.CutPrefix(word, "!")
	key, value, keyed := strings.Cut(word, "=")
	t.value = word
	if keyed {
		t.key, t.value = strings.ToLower(key), value
		if !slices.Contains(keys, t.key) {
			what := checks.Say("没有条件“%s=”，可用：%s", "there is no condition %s=; there are %s", strict.Show(key), strings.Join(keys, "=, ")+"=")
			if near := strict.Closest(key, keys); near != "" {
				what = checks.Say("没有条件“%s=”，是否应为“%s=”", "there is no condition %s=; is %s= meant?", strict.Show(key), near)
			}
			return t, what
		}
	}
	if t.key == "label" {
		var valued bool
		t.label, t.value, valued = strings.Cut(t.value, "=")
		t.bare = !valued
	}
	if t.value == "" && !t.bare || t.key == "label" && t.label == "" {
		return t, checks.Say("条件为空（示例：zone=dmz）", "a condition is empty (example: zone=dmz)")
	}
	if _, err := path.Match(t.value, ""); err != nil {
		return t, checks.Say("“%s”不是有效的通配模式（示例：core-*）", "%q is not a pattern (example: core-*)", strict.Show(t.value))
	}
	if t.key == "" || t.key == "address" {
		if n, err := netip.ParsePrefix(t.value); err == nil {
			t.net = n.Masked()
		} else if a, err := netip.ParseAddr(t.value); err == nil {
			t.value = a.Unmap().String()
		}
	}
	return t, nil
}

// fits says whether a target meets the condition, apart from not.
func (t term) fits(x *Target) bool {
	switch t.key {
	case "":
		return t.is(x.ID) || t.is(x.Name) || t.at(x.Address) || slices.ContainsFunc(x.Groups, t.is)
	case "id":
		return t.is(x.ID)
	case "name":
		return t.is(x.Name)
	case "address":
		return t.at(x.Address)
	case "zone":
		return t.is(x.Zone)
	case "role":
		return t.is(x.Role)
	case "driver":
		return t.is(x.Driver)
	case "credential":
		return t.is(x.Credential)
	case "group":
		return slices.ContainsFunc(x.Groups, t.is)
	}
	value, ok := x.Labels[t.label]
	return ok && (t.bare || t.is(value))
}

func (t term) is(word string) bool {
	if word == t.value {
		return true
	}
	ok, _ := path.Match(t.value, word)
	return ok && word != ""
}

func (t term) at(address string) bool {
	if !t.net.IsValid() {
		return t.is(address)
	}
	a, err := netip.ParseAddr(address)
	return err == nil && t.net.Contains(a)
}

func (t term) known(targets []*Target) bool { return slices.ContainsFunc(targets, t.fits) }

// unknown says that nothing is called so, and what may be meant.
func (t term) unknown(targets []*Target) *pb.Text {
	words := map[string]bool{}
	for _, x := range targets {
		for _, w := range t.words(x) {
			words[w] = true
		}
	}
	shown := strict.Show(t.value)
	if t.key == "label" {
		shown = strict.Show(t.label + "=" + t.value)
	}
	list := slices.Sorted(maps.Keys(words))
	if near := strict.Closest(shown, list); near != "" {
		return checks.Say("没有目标符合“%s”，是否应为“%s”", "no target is %q; is %s meant?", shown, near)
	}
	if len(list) > 0 && len(list) <= 12 && t.key != "" {
		return checks.Say("没有目标符合“%s”，清单中有：%s", "no target is %q; the inventory has %s", shown, strings.Join(list, ", "))
	}
	return checks.Say("没有目标符合“%s”", "no target is %q", shown)
}

// words are what the condition could have named of a target.
func (t term) words(x *Target) []string {
	switch t.key {
	case "":
		return append([]string{x.ID, x.Name, x.Address}, x.Groups...)
	case "id":
		return []string{x.ID}
	case "name":
		return []string{x.Name}
	case "address":
		return []string{x.Address}
	case "zone":
		return []string{x.Zone}
	case "role":
		return []string{x.Role}
	case "driver":
		return []string{x.Driver}
	case "credential":
		return []string{x.Credential}
	case "group":
		return x.Groups
	}
	var out []string
	for key, value := range x.Labels {
		out = append(out, key+"="+value)
	}
	return out
}

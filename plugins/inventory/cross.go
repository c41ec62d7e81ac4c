package inventory

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxJumps is how many hops a way may have.
const maxJumps = 8

// cross holds the targets to one another: ids and addresses stand once, jumps lead somewhere and not in a circle.
func (l *loader) cross() {
	byID := make(map[string]*Target, len(l.targets))
	byPlace := make(map[string]*Target, len(l.targets))
	for _, t := range l.targets {
		if first := byID[t.ID]; first != nil {
			l.about(t, "id", checks.Say("“%s”与 %s 重复，请为每个目标指定不同的 id", "%q stands in %s already: give each target an id of its own", t.ID, where(first)))
			continue
		}
		byID[t.ID] = t
		// The same private address may stand behind different jump hosts or in different zones.
		place := strings.Join([]string{net.JoinHostPort(t.Address, strconv.Itoa(usual(t.Port))), t.Zone, t.Jump}, "\x00")
		if first := byPlace[place]; first != nil {
			l.about(t, "address", checks.Say("%s 与 %s 中的“%s”是同一地址、端口与区域，请只保留一个目标", "%[1]s is the address, port and zone of %[3]q in %[2]s already: keep one of them", t.Address, where(first), first.ID))
			continue
		}
		byPlace[place] = t
	}
	l.jumps(byID)
}

func usual(port int) int {
	if port == 0 {
		return 22
	}
	return port
}

func where(t *Target) string { return fmt.Sprintf("%s:%d", t.File, t.Line) }

func (l *loader) about(t *Target, field string, what *pb.Text) {
	l.Add(&strict.Problem{File: t.File, Line: t.Line, Field: field, Text: what})
}

// jumps finds for each jump the target it names, by id or else by name.
func (l *loader) jumps(byID map[string]*Target) {
	byName := map[string][]*Target{}
	for _, t := range l.targets {
		if t.Name != "" {
			byName[t.Name] = append(byName[t.Name], t)
		}
	}
	next := map[*Target]*Target{}
	for _, t := range l.targets {
		if t.Jump == "" || strings.Contains(t.Jump, "@") {
			continue
		}
		to := byID[t.Jump]
		if named := byName[t.Jump]; to == nil && len(named) == 1 {
			to = named[0]
		} else if to == nil && len(named) > 1 {
			l.about(t, "jump", checks.Say("有多个目标名为“%s”，请写其 id", "several targets are called %q: write an id", t.Jump))
			continue
		}
		if _, elsewhere := slices.BinarySearch(l.known, t.Jump); to == nil && elsewhere {
			continue
		}
		if to == nil {
			what := checks.Say("没有目标“%s”，请写其他目标的 id，或 用户@主机:端口", "there is no target %q: write the id of another target, or user@host:port", strict.Show(t.Jump))
			if near := l.nearID(t.Jump); near != "" {
				what = checks.Say("没有目标“%s”，是否应为“%s”", "there is no target %q; is %s meant?", strict.Show(t.Jump), near)
			}
			l.about(t, "jump", what)
			continue
		}
		t.Jump = to.ID
		next[t] = to
	}
	l.circles(next)
}

func (l *loader) nearID(word string) string {
	ids := make([]string, 0, min(len(l.targets), 5000))
	for _, t := range l.targets[:min(len(l.targets), 5000)] {
		ids = append(ids, t.ID)
	}
	return strict.Closest(word, ids)
}

// circles tells each circle once, at its first target, and ways that are too long.
func (l *loader) circles(next map[*Target]*Target) {
	told := map[*Target]bool{}
	for _, t := range l.targets {
		way := []*Target{t}
		for n := next[t]; n != nil; n = next[n] {
			if i := slices.Index(way, n); i >= 0 {
				if circle := way[i:]; !slices.ContainsFunc(circle, func(x *Target) bool { return told[x] }) {
					ids := make([]string, 0, len(circle)+1)
					for _, x := range append(slices.Clone(circle), n) {
						told[x] = true
						ids = append(ids, x.ID)
					}
					l.about(n, "jump", checks.Say("跳板形成循环：%s", "the jumps lead in a circle: %s", strings.Join(ids, " → ")))
				}
				break
			}
			if way = append(way, n); len(way) > maxJumps+1 {
				l.about(t, "jump", checks.Say("跳板超过 %d 级", "more than %d jumps", maxJumps))
				break
			}
		}
	}
}

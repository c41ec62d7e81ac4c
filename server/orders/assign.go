package orders

import (
	"context"
	"hash/fnv"
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// choose fixes the targets of a plan with their readers, as inventory and enrolments are now.
func choose(ctx context.Context, s Store, p *Plan) ([]store.Start, error) {
	readers, err := s.Readers(ctx)
	if err != nil {
		return nil, err
	}
	by := newReaders(readers)
	wanted := map[string]bool{}
	for _, id := range p.Targets.IDs {
		wanted[id] = true
	}
	var chosen []store.Target
	err = each(func(page store.Page) ([]store.Target, string, error) {
		return s.Targets(ctx, store.TargetFilter{}, page)
	}, func(t store.Target) error {
		by.note(&t)
		switch {
		case wanted[t.ID]:
			delete(wanted, t.ID)
			chosen = append(chosen, t)
		case len(p.Targets.IDs) == 0 && p.Targets.picks(&t):
			chosen = append(chosen, t)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []store.Start
	for i := range chosen {
		reader, why := by.of(&chosen[i])
		out = append(out, store.Start{Target: chosen[i].ID, Reader: reader, Unread: why})
	}
	for _, id := range p.Targets.IDs {
		if wanted[id] {
			out = append(out, store.Start{Target: id, Unread: unlisted})
		}
	}
	return out, nil
}

var unlisted = checks.Say("已不在资产清单中", "it is not in the inventory any more")

// readers are those that may be handed something.
type readers struct {
	kinds      map[string]string
	collectors []string
	// zones has the collectors that the inventory names for targets of a zone.
	zones map[string][]string
}

func newReaders(list []store.Reader) *readers {
	r := &readers{kinds: map[string]string{}, zones: map[string][]string{}}
	for _, one := range list {
		r.kinds[one.Name] = one.Kind
		if one.Kind == string(identity.Collector) {
			r.collectors = append(r.collectors, one.Name)
		}
	}
	return r
}

// note learns of zones from a target of the inventory.
func (r *readers) note(t *store.Target) {
	if r.kinds[t.Reader] == string(identity.Collector) && !slices.Contains(r.zones[t.Zone], t.Reader) {
		r.zones[t.Zone] = append(r.zones[t.Zone], t.Reader)
		slices.Sort(r.zones[t.Zone])
	}
}

// of names who reads a target, or says why nobody does.
func (r *readers) of(t *store.Target) (string, *pb.Text) {
	if t.Reader != "" {
		switch kind := r.kinds[t.Reader]; {
		case kind == "":
			return "", checks.Say("指定的读取者 %s 未注册或已被停用", "its reader %s is not enrolled, or is barred", t.Reader)
		case kind == string(identity.Agent) && t.Reader != t.ID:
			return "", checks.Say("代理 %s 只读取自身所在的主机", "the agent %s reads its own host only", t.Reader)
		}
		return t.Reader, nil
	}
	if r.kinds[t.ID] == string(identity.Agent) {
		return t.ID, nil
	}
	if zone := r.zones[t.Zone]; len(zone) > 0 {
		h := fnv.New32a()
		_, _ = h.Write([]byte(t.ID)) // never fails
		return zone[h.Sum32()%uint32(len(zone))], nil
	}
	if len(r.collectors) == 1 {
		return r.collectors[0], nil
	}
	return "", checks.Say("未指定由谁读取：请在资产清单中为该目标或区域 %q 指定采集器", "nobody is to read it: name a collector for it, or for another target of its zone %q, in the inventory", t.Zone)
}

// mayRead says whether a caller is still one that the inventory lets read the target.
func mayRead(c Caller, t *store.Target) bool {
	if c.Agent {
		return t.ID == c.Name && (t.Reader == "" || t.Reader == c.Name)
	}
	return t.Reader == "" || t.Reader == c.Name
}

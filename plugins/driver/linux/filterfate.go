package linux

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A packet is the first one of a new connection, or a datagram, from anywhere to a port of this host.
type packet struct {
	family, proto string
	port          int
}

// A fate is who gets through: anybody, those of a list, or it cannot be told.
type fate struct {
	open  bool
	from  []string
	doubt *facts.Missing
	ev    []*pb.Evidence
}

const (
	maxFilterDepth = 20
	maxFilterSteps = 20000
)

type chainEnd int

const (
	fellThrough chainEnd = iota
	accepted
	refused
)

// A filterWalk follows a packet that may come from anywhere through a table.
type filterWalk struct {
	t     *filterTable
	p     packet
	steps int
	// from are those that some rule lets through, only those to whom rules already narrowed the rest.
	from, only []string
	narrowed   bool
	// anybody says that some rule lets anybody through, under a limit of rate.
	anybody bool
	doubt   *facts.Missing
	ev      []*pb.Evidence
}

// fate says what becomes of the packet in a chain where packets come in.
func (t *filterTable) fate(c *filterChain, p packet) fate {
	w := &filterWalk{t: t, p: p}
	end := w.chain(c, 0)
	if end == fellThrough {
		end = accepted
		if c.policy == verdictDrop || c.policy == verdictReject {
			end = refused
		}
		if c.at.doc.Source != "" {
			w.ev = append(w.ev, c.at.ev())
		}
	}
	switch {
	case w.anybody && !w.narrowed:
		return fate{open: true, ev: w.ev}
	case w.doubt != nil:
		return fate{doubt: w.doubt, ev: w.ev}
	case end == accepted && !w.narrowed:
		return fate{open: true, ev: w.ev}
	case end == accepted || w.anybody:
		return fate{from: append(w.from, w.only...), ev: w.ev}
	}
	return fate{from: w.from, ev: w.ev}
}

func (w *filterWalk) unsure(r filterRule) {
	if w.doubt == nil {
		w.doubt = ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, facts.Excerpt(r.at.text), r.at.ev()))
	}
}

func (w *filterWalk) chain(c *filterChain, depth int) chainEnd {
	// Those who came back early: what follows is not for them.
	var returned []string
	for _, r := range c.rules {
		if w.steps++; w.steps > maxFilterSteps || depth > maxFilterDepth {
			w.unsure(r)
			return refused
		}
		if !r.concerns(w.p) {
			continue
		}
		// Somebody is told apart: by address, or by something that is not evaluated.
		byFrom, unsure := len(r.from) > 0, len(r.other) > 0 || len(r.to) > 0
		switch r.verdict {
		case verdictAccept:
			switch {
			case byFrom && !r.notFrom:
				w.from, w.ev = append(w.from, r.from...), append(w.ev, r.at.ev())
			case unsure:
				w.unsure(r)
			case byFrom || r.rated:
				w.anybody, w.ev = true, append(w.ev, r.at.ev())
			default:
				w.ev = append(w.ev, r.at.ev())
				return accepted
			}
		case verdictDrop, verdictReject:
			switch {
			case r.rated && len(r.other) == 0:
			case byFrom && !r.notFrom:
			case unsure:
				w.unsure(r)
			case byFrom:
				w.narrow(r.from, r)
			default:
				w.ev = append(w.ev, r.at.ev())
				if len(returned) > 0 {
					w.narrow(returned, r)
					return fellThrough
				}
				return refused
			}
		case verdictReturn:
			switch {
			case unsure:
				w.unsure(r)
			case byFrom && !r.notFrom:
				returned = append(returned, r.from...)
			case byFrom || r.rated:
				w.unsure(r)
			default:
				return fellThrough
			}
		case verdictJump, verdictGoto:
			if end, stop := w.jump(r, depth); stop {
				return end
			}
		case verdictElse:
			w.unsure(r)
		}
	}
	return fellThrough
}

// narrow notes that from here on only these are left.
func (w *filterWalk) narrow(from []string, r filterRule) {
	if w.narrowed && !slices.Equal(w.only, from) {
		w.unsure(r) // two lists at once: their common part is not worked out
	}
	w.narrowed, w.only, w.ev = true, from, append(w.ev, r.at.ev())
}

// jump follows a rule into another chain; stop says that the packet's fate, or this chain's, is decided.
func (w *filterWalk) jump(r filterRule, depth int) (end chainEnd, stop bool) {
	next := w.t.chains[r.target]
	if next == nil {
		w.unsure(r)
		return fellThrough, false
	}
	if len(r.from) == 0 && len(r.other) == 0 && len(r.to) == 0 && !r.rated {
		end = w.chain(next, depth+1)
		return end, end != fellThrough || r.verdict == verdictGoto
	}
	// Only some take this way: see what it would do to them, and to nobody else.
	side := &filterWalk{t: w.t, p: w.p, steps: w.steps}
	end = side.chain(next, depth+1)
	w.steps = side.steps
	lets := end == accepted || side.anybody || len(side.from) > 0
	switch {
	case side.doubt == nil && end == fellThrough && !lets && !side.narrowed && r.verdict == verdictJump:
	case side.doubt != nil || len(r.other) > 0 || len(r.to) > 0 || r.notFrom || side.narrowed || r.rated || end == fellThrough && !lets:
		w.unsure(r)
	case lets && len(side.from) > 0 && end != accepted && !side.anybody:
		w.from, w.ev = append(w.from, side.from...), append(w.ev, side.ev...)
	case lets:
		w.from, w.ev = append(w.from, r.from...), append(w.ev, r.at.ev())
	}
	return fellThrough, false
}

// concerns says whether a rule can match the packet at all.
func (r filterRule) concerns(p packet) bool {
	switch {
	case r.loopback, r.elsewhere,
		r.family != "" && r.family != p.family,
		len(r.protos) > 0 && !slices.Contains(r.protos, p.proto) && !slices.Contains(r.protos, "all"),
		len(r.states) > 0 && !slices.Contains(r.states, "new"),
		len(r.ports) > 0 && !slices.ContainsFunc(r.ports, func(x portRange) bool { return x.first <= p.port && p.port <= x.last }):
		return false
	}
	return true
}

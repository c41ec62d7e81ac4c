package snmpmib

import (
	"strconv"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// interfaceNames are what the interfaces are called: by ifName, by ifDescr where there is none.
type interfaceNames struct {
	names, descr *column
	// scopes are those of the rows of ifDescr, each once.
	scopes []string
	by     map[uint32]named
}

type named struct {
	scope string
	from  *pb.Evidence
}

// interfaceNames reads them once.
func (r *reader) interfaceNames() *interfaceNames {
	if r.called != nil {
		return r.called
	}
	n := &interfaceNames{names: r.column(ifName), descr: r.column(ifDescr), by: map[uint32]named{}}
	taken := map[string]bool{}
	for _, d := range n.descr.rows {
		scope, from := "", n.descr.here(d)
		if d.Type == driver.StringType {
			scope = text(d.Text)
		}
		if name, ok := n.names.at(d.index); ok && name.Type == driver.StringType && text(name.Text) != "" {
			scope, from = text(name.Text), n.names.here(name)
		}
		scope = unique(taken, scope, "interface "+d.index.String())
		n.scopes = append(n.scopes, scope)
		if len(d.index) == 1 {
			n.by[d.index[0]] = named{scope, from}
		}
	}
	r.called = n
	return n
}

// of is the name of the interface with this ifIndex. Of a table that was cut it is none: another table could name it otherwise.
func (n *interfaceNames) of(index int64) *pb.TextFact {
	if !n.names.ended() {
		return n.names.missing().Text()
	}
	if v, ok := n.by[uint32(index)]; ok && index > 0 {
		return facts.Text(v.scope, v.from)
	}
	if !n.descr.all() {
		return n.descr.missing().Text()
	}
	return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "there is no interface of index "+strconv.FormatInt(index, 10), n.descr.doc.All()).Text()
}

// likeness are the interfaces that a text may mean: those it names, and those it describes.
type likeness struct{ named, described []uint32 }

// like finds what a text may mean. It needs all names and descriptions; ok says that they were shown.
func (r *reader) like(words string) (l likeness, ok bool) {
	n, alias := r.interfaceNames(), r.column(ifAlias)
	if !n.names.ended() || !n.descr.all() || !alias.ended() {
		return l, false
	}
	if r.meanings == nil {
		r.meanings = map[string]likeness{}
		for _, d := range n.descr.rows {
			if len(d.index) != 1 {
				continue
			}
			own := map[string]bool{text(d.Text): true}
			if name, ok := n.names.at(d.index); ok {
				own[text(name.Text)] = true
			}
			for word := range own {
				m := r.meanings[word]
				m.named = append(m.named, d.index[0])
				r.meanings[word] = m
			}
			if a, ok := alias.at(d.index); ok && !own[text(a.Text)] {
				m := r.meanings[text(a.Text)]
				m.described = append(m.described, d.index[0])
				r.meanings[text(a.Text)] = m
			}
		}
	}
	return r.meanings[words], true
}

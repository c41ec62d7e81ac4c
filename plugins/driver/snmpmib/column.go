package snmpmib

import (
	"sort"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// reader holds the answers, each walk read once.
type reader struct {
	answers driver.Answers
	columns map[string]*column
	// called and meanings are made of the interfaces' columns when they are first needed.
	called   *interfaceNames
	meanings map[string]likeness
}

func newReader(answers []*pluginpb.Answer) *reader {
	return &reader{answers: driver.Index(answers), columns: map[string]*column{}}
}

// A column is one walk: the rows of a table's column, or the objects of a group.
type column struct {
	doc  driver.Document
	rows []row
	// broken is why the rest of the walk could not be read.
	broken error
	byName map[string]int
}

// A row is a varbind and what follows the column in its OID.
type row struct {
	driver.NumberedVarbind
	index driver.OID
}

func (r *reader) column(oid string) *column {
	if c, ok := r.columns[oid]; ok {
		return c
	}
	c := &column{doc: r.answers.Walk(oid), byName: map[string]int{}}
	r.columns[oid] = c
	root, err := driver.ParseOID(oid)
	if err != nil {
		c.broken = err
		return c
	}
	for v, err := range c.doc.Varbinds() {
		if err != nil {
			c.broken = err
			break
		}
		index, ok := v.OID.Below(root)
		if !ok {
			continue // not of this walk, whoever put it there
		}
		c.byName[index.String()] = len(c.rows)
		c.rows = append(c.rows, row{v, index})
	}
	return c
}

// ended says that the walk came to its end, whatever it showed.
func (c *column) ended() bool { return c.doc.Whole() && c.broken == nil }

// all says that the agent showed something and showed it to the end.
func (c *column) all() bool { return c.ended() && len(c.rows) > 0 }

// missing is the fact that follows from what is not in the column. Even of a whole walk it is no absence: a view hides.
func (c *column) missing() facts.Missing {
	switch {
	case c.broken != nil:
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, c.broken.Error())
	case !c.doc.Whole():
		return c.doc.Unknown()
	}
	return facts.Unknown(pb.Reason_REASON_NOT_FOUND, c.doc.Source+": the agent shows no such object, or may not show it", c.doc.All())
}

// at finds a row by its index.
func (c *column) at(index driver.OID) (row, bool) {
	i, ok := c.byName[index.String()]
	if !ok {
		return row{}, false
	}
	return c.rows[i], true
}

// shows says that a walk has something.
func (r *reader) shows(oid string) bool { return len(r.column(oid).rows) > 0 }

// object finds a scalar of a group: object n, instance 0.
func (c *column) object(n ...uint32) (row, bool) { return c.at(append(n, 0)) }

// here is evidence of a row.
func (c *column) here(r row) *pb.Evidence { return c.doc.Line(r.Line, r.Source) }

// number gives a row's whole number.
func (r row) number() (int64, bool) {
	switch r.Type {
	case driver.IntegerType, driver.Counter32Type, driver.Gauge32Type, driver.TicksType:
		return r.Number, true
	}
	return 0, false
}

// unread are the lines that a walk should not have.
func (r *reader) unread() []*pb.Evidence {
	var out []*pb.Evidence
	for _, c := range r.columns {
		if c.broken == nil {
			continue
		}
		n := 0
		for line := range c.doc.Lines() {
			n = line
			if len(c.rows) == 0 || line > c.rows[len(c.rows)-1].Line {
				break
			}
		}
		out = append(out, c.doc.Line(n, ""))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].GetSource() < out[j].GetSource() })
	return out
}

// unique makes a scope that no item before had.
func unique(taken map[string]bool, scope, suffix string) string {
	if scope == "" || taken[scope] {
		scope = strings.TrimSpace(scope + " " + suffix)
	}
	for taken[scope] {
		scope += "'"
	}
	taken[scope] = true
	return scope
}

// sized takes a part of an index that says its own length.
func sized(index driver.OID) (part, rest driver.OID, ok bool) {
	if len(index) == 0 || uint64(index[0]) > uint64(len(index)-1) {
		return nil, nil, false
	}
	n := int(index[0])
	return index[1 : 1+n], index[1+n:], true
}

// octets turns a part of an index into bytes.
func octets(part driver.OID) ([]byte, bool) {
	b := make([]byte, len(part))
	for i, n := range part {
		if n > 255 {
			return nil, false
		}
		b[i] = byte(n)
	}
	return b, true
}

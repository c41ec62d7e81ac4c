package linux

import (
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
)

const loginDefsPath = "/etc/login.defs"

// loginDefs is /etc/login.defs: NAME VALUE a line.
type loginDefs struct {
	doc   driver.Document
	lines []option
}

func (r *reader) loginDefs() loginDefs {
	d := r.File(loginDefsPath)
	out := loginDefs{doc: d}
	for _, l := range linesOf(d) {
		f := strings.Fields(l.text)
		if len(f) < 2 || strings.HasPrefix(f[0], "#") {
			continue
		}
		out.lines = append(out.lines, option{f[0], strings.Trim(f[1], `"`), l})
	}
	return out
}

// last gives the value that shadow's programs take where a name stands twice; first the one that PAM's modules take.
func (d loginDefs) last(name string) (option, bool) {
	for i := len(d.lines) - 1; i >= 0; i-- {
		if d.lines[i].name == name {
			return d.lines[i], true
		}
	}
	return option{}, false
}

func (d loginDefs) first(name string) (option, bool) {
	for _, l := range d.lines {
		if strings.EqualFold(l.name, name) {
			return l, true
		}
	}
	return option{}, false
}

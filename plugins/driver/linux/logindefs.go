package linux

import (
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const loginDefsPath = "/etc/login.defs"

// maxConf is the largest configuration file that is looked into, in bytes: the real ones are a hundred times smaller,
// and some are read over and over.
const maxConf = 1 << 18

// bounded gives a file, or what is to be said of one that is too large to be what it should be.
func bounded(d driver.Document) driver.Document {
	if len(d.Answer.GetBody()) <= maxConf {
		return d
	}
	return driver.Document{Source: d.Source, Answer: &pluginpb.Answer{Question: d.Answer.GetQuestion(), Reason: pb.Reason_REASON_TOO_LARGE}}
}

// loginDefs is /etc/login.defs: NAME VALUE a line.
type loginDefs struct {
	doc   driver.Document
	lines []option
}

func (r *reader) loginDefs() loginDefs {
	d := bounded(r.File(loginDefsPath))
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

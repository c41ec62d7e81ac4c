package linux

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	nsswitchPath = "/etc/nsswitch.conf"
	sssdConf     = "/etc/sssd/sssd.conf"
	sssdDropIns  = "/etc/sssd/conf.d/*.conf"
)

// elsewhere says what is kept by a directory service, not in a file: nsswitch.conf names it for each database (passwd,
// sudoers). Red Hat names sss whether or not sssd is set up, so it counts only with a domain that is not the local files.
func (r *reader) elsewhere(database string) *facts.Missing {
	d := r.File(nsswitchPath)
	if d.NotFound() { // the C library then looks into the files
		return nil
	}
	if !d.Whole() {
		m := d.Unknown()
		return &m
	}
	for _, l := range linesOf(d) {
		text, _, _ := strings.Cut(l.text, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(text), database+":")
		if !ok {
			continue
		}
		for _, source := range strings.Fields(rest) {
			if gap := r.nameSource(source, l); gap != nil {
				return gap
			}
		}
	}
	return nil
}

func (r *reader) nameSource(source string, l confLine) *facts.Missing {
	if strings.HasPrefix(source, "[") || strings.HasSuffix(source, "]") {
		return nil // what to do after a source failed
	}
	switch source {
	case "files", "compat", "systemd", "mymachines", "cache":
		return nil
	case "sss":
		return r.sssd(l)
	case "ldap", "winbind", "nis", "nisplus", "hesiod", "vas", "vas4", "centrifydc":
		m := facts.Unknown(pb.Reason_REASON_ELSEWHERE, "nsswitch.conf: "+source, l.ev())
		return &m
	}
	m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "nsswitch.conf: "+source, l.ev())
	return &m
}

// sssd says whether sssd serves other accounts than the local ones.
func (r *reader) sssd(l confLine) *facts.Missing {
	main := r.File(sssdConf)
	dropIns, gap := entries(r.Answers, sssdDropIns)
	if main.NotFound() && len(dropIns) == 0 {
		return gap
	}
	var c conf
	c.add(main)
	for _, e := range dropIns {
		c.add(r.File(e.Path))
	}
	settings, _ := parseIni(c.lines)
	for name, values := range settings {
		if !strings.HasPrefix(name, "domain/") || !strings.HasSuffix(name, ".id_provider") {
			continue
		}
		for _, v := range values {
			if v.value != "files" {
				m := facts.Unknown(pb.Reason_REASON_ELSEWHERE, "sssd id_provider = "+v.value, l.ev(), v.at.ev())
				return &m
			}
		}
	}
	return c.gap
}

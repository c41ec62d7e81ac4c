package linux

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// ids are the names of users and groups on the system itself.
type ids struct {
	users, groups map[uint32]string
	uids          map[string]uint32
	primary       map[uint32][]string
	listed        map[uint32][]string
	// gap says why there may be more.
	gap *facts.Missing
}

func askIDs(driver.Answers) []*question { return files("/etc/passwd", "/etc/group") }

// ids reads passwd and group. Of two entries with one number the first counts, as for the C library.
func (r *reader) ids() ids {
	out := ids{users: map[uint32]string{}, groups: map[uint32]string{}, uids: map[string]uint32{}, primary: map[uint32][]string{}, listed: map[uint32][]string{}}
	passwd, group := r.File("/etc/passwd"), r.File("/etc/group")
	for _, d := range []driver.Document{passwd, group} {
		if !d.Whole() {
			m := d.Unknown()
			out.gap = firstGap(out.gap, &m)
		}
	}
	for _, l := range linesOf(passwd) {
		f := strings.Split(l.text, ":")
		if len(f) < 4 {
			continue
		}
		uid, err1 := strconv.ParseUint(f[2], 10, 32)
		gid, err2 := strconv.ParseUint(f[3], 10, 32)
		if err1 != nil || err2 != nil {
			continue
		}
		if _, ok := out.users[uint32(uid)]; !ok {
			out.users[uint32(uid)] = f[0]
		}
		out.uids[f[0]] = uint32(uid)
		out.primary[uint32(gid)] = append(out.primary[uint32(gid)], f[0])
	}
	for _, l := range linesOf(group) {
		f := strings.Split(l.text, ":")
		if len(f) < 4 {
			continue
		}
		gid, err := strconv.ParseUint(f[2], 10, 32)
		if err != nil {
			continue
		}
		if _, ok := out.groups[uint32(gid)]; !ok {
			out.groups[uint32(gid)] = f[0]
		}
		for _, m := range strings.Split(f[3], ",") {
			if m = strings.TrimSpace(m); m != "" {
				out.listed[uint32(gid)] = append(out.listed[uint32(gid)], m)
			}
		}
	}
	return out
}

// members gives who belongs to a group, by either file.
func (i ids) members(gid uint32) []string {
	out := append(slices.Clone(i.primary[gid]), i.listed[gid]...)
	slices.Sort(out)
	return slices.Compact(out)
}

// nameOf gives the name of a number, or the number where no name is known.
func nameOf(names map[uint32]string, id uint32) string {
	if n, ok := names[id]; ok {
		return n
	}
	return strconv.FormatUint(uint64(id), 10)
}

// moreEvidence adds evidence that is not there yet.
func moreEvidence(to []*pb.Evidence, more ...*pb.Evidence) []*pb.Evidence {
	out := slices.Clone(to)
	for _, e := range more {
		if !slices.ContainsFunc(out, func(o *pb.Evidence) bool { return facts.Where(o) == facts.Where(e) }) {
			out = append(out, e)
		}
	}
	return out
}

// saysYes reads a yes of any of the programs' configurations.
func saysYes(s string) bool {
	v, _ := systemdBool(s)
	return v
}

package linux

import (
	"slices"
	"strconv"
	"strings"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// auditRule is one rule of the kernel's audit: a line of auditctl -l or of a rules file.
type auditRule struct {
	at     confLine
	never  bool
	filter string // exit, task, user, exclude, filesystem, ...
	// syscalls are the names after -S; none and "all" both mean all of them.
	syscalls []string
	fields   []auditField
	// watch is the path of -w; perm its -p.
	watch, perm string
}

type auditField struct{ name, op, value string }

// auditSettings are the lines of a rules file that are not rules.
type auditSettings struct {
	lock, failure *confLine
	locked        bool
	failureMode   string
}

// parseAuditRules reads rules as auditctl prints and reads them. odd are the lines that it does not understand; auditctl
// would stop there too.
func parseAuditRules(lines []confLine) (rules []auditRule, set auditSettings, odd []confLine) {
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		if text == "" || text[0] == '#' || text == "No rules" {
			continue
		}
		r, kind, ok := parseAuditLine(l, strings.Fields(text), &set)
		switch {
		case !ok:
			odd = append(odd, l)
		case kind == "rule":
			rules = append(rules, r)
		case kind == "delete all":
			rules = nil
		}
	}
	return rules, set, odd
}

// parseAuditLine reads one line. kind is "rule", "delete all" or "setting".
func parseAuditLine(l confLine, args []string, set *auditSettings) (r auditRule, kind string, ok bool) {
	r.at, kind = l, "setting"
	for i := 0; i < len(args); i++ {
		flag := args[i]
		value := func() string {
			if i+1 < len(args) {
				i++
				return args[i]
			}
			ok = false
			return ""
		}
		ok = true
		switch flag {
		case "-D":
			kind = "delete all"
		case "-i", "-c", "-q", "--loginuid-immutable", "--reset-lost", "--reset_backlog_wait_time_actual", "--signal":
		case "-b", "-r", "--backlog_wait_time":
			value()
		case "-f":
			set.failure, set.failureMode = &l, value()
		case "-e":
			set.lock, set.locked = &l, value() == "2"
		case "-a", "-A":
			kind = "rule"
			ok = r.setList(value())
		case "-S":
			r.syscalls = append(r.syscalls, strings.Split(value(), ",")...)
		case "-F", "-C":
			f, good := parseAuditField(value())
			if flag == "-C" {
				f.name = "compare " + f.name
			}
			r.fields, ok = append(r.fields, f), good
		case "-k":
			value()
		case "-w":
			kind, r.filter = "rule", "exit"
			r.watch = cleanDir(value())
			if r.perm == "" {
				r.perm = "rwxa"
			}
		case "-p":
			r.perm = value()
		default:
			ok = false
		}
		if !ok {
			return r, kind, false
		}
	}
	if kind != "rule" {
		return r, kind, r.fields == nil && r.syscalls == nil && r.perm == ""
	}
	return r, kind, r.filter != ""
}

// setList reads "always,exit", in either order.
func (r *auditRule) setList(s string) bool {
	a, b, ok := strings.Cut(s, ",")
	if a != "always" && a != "never" {
		a, b = b, a
	}
	r.never, r.filter = a == "never", b
	return ok && (a == "always" || a == "never") && slices.Contains([]string{"exit", "entry", "task", "user", "exclude", "filesystem", "io_uring"}, b)
}

func parseAuditField(s string) (auditField, bool) {
	for _, op := range []string{"!=", ">=", "<=", "&=", "=", ">", "<", "&"} {
		if i := strings.Index(s, op); i > 0 && !strings.ContainsAny(s[:i], "!<>&=") {
			return auditField{s[:i], op, s[i+len(op):]}, true
		}
	}
	return auditField{}, false
}

func cleanDir(p string) string {
	if len(p) > 1 {
		return strings.TrimRight(p, "/")
	}
	return p
}

// field gives the rule's field of that name.
func (r auditRule) field(name string) (auditField, bool) {
	for _, f := range r.fields {
		if f.name == name {
			return f, true
		}
	}
	return auditField{}, false
}

// hasSyscall says whether the rule names the system call for programs of that width ("b64" or "b32"). Without an
// architecture the names mean the machine's own numbers, which are others for narrower programs.
func (r auditRule) hasSyscall(name, width string) bool {
	all := len(r.syscalls) == 0 || slices.Contains(r.syscalls, "all")
	if !all && !slices.Contains(r.syscalls, name) {
		return false
	}
	arch, ok := r.field("arch")
	if !ok {
		return all || width == "b64"
	}
	return arch.op == "=" && archWidth(arch.value) == width
}

// archWidth tells how wide the programs of an architecture are, as auditctl names it: by word, machine or number.
func archWidth(s string) string {
	switch s {
	case "b64", "x86_64", "aarch64", "ppc64", "ppc64le", "s390x", "ia64", "loongarch64", "riscv64", "mips64el", "sw_64", "c000003e", "c00000b7":
		return "b64"
	case "b32", "i386", "i486", "i586", "i686", "arm", "armv7l", "ppc", "s390", "40000003", "40000028":
		return "b32"
	}
	return ""
}

// userFields are those that tell users apart.
var userFields = []string{"auid", "loginuid", "uid", "euid", "suid", "fsuid", "gid", "egid", "sgid", "fsgid", "sessionid",
	"compare uid", "compare auid", "compare euid", "compare gid", "compare egid"}

// exempts says that a never-rule spares somebody who logged in. A rule for processes without a login spares none.
func (r auditRule) exempts() bool {
	if auid, ok := r.field("auid"); ok && auid.op == "=" && unsetID(auid.value) {
		return false
	}
	return slices.ContainsFunc(r.fields, func(f auditField) bool { return slices.Contains(userFields, f.name) })
}

func unsetID(s string) bool { return s == "unset" || s == "-1" || s == "4294967295" }

// narrowing is how much of what happens a rule leaves out.
type narrowing int

const (
	allUsers   narrowing = iota
	humanUsers           // only users with an account for people: auid>=1000
	rootOnly             // only what runs as root
	narrow               // something else
)

// narrows says whom the rule is confined to, by its fields.
func (r auditRule) narrows() narrowing {
	n := allUsers
	for _, f := range r.fields {
		switch {
		case f.name == "arch" || f.name == "key" || f.name == "path" || f.name == "dir" || f.name == "perm":
		case f.name == "auid" && f.op == "!=" && unsetID(f.value):
			n = max(n, humanUsers)
		case f.name == "auid" && minUser(f):
			n = max(n, humanUsers)
		case (f.name == "success" && (f.value == "1" || f.value == "yes")) && f.op == "=":
		case (f.name == "euid" || f.name == "uid") && f.op == "=" && (f.value == "0" || f.value == "root"):
			n = max(n, rootOnly)
		default:
			return narrow
		}
	}
	return n
}

// minUser: from an ID on that is no higher than the first that useradd gives to people.
func minUser(f auditField) bool {
	id, err := strconv.ParseUint(f.value, 10, 32)
	return err == nil && (f.op == ">=" && id <= 1000 || f.op == ">" && id < 1000)
}

// auditRules are the rules in force, in their order: the first that matches decides.
type auditRules struct {
	list []auditRule
	// widths are the kinds of program that run on this machine: b64, b32.
	widths []string
}

// cover is what came of looking for rules that record something.
type cover struct {
	ok bool
	// how narrow the widest rules found are.
	narrow narrowing
	// evidence: the rules found, or the one that stands in the way.
	evidence []*pb.Evidence
}

// noTask finds the rule that keeps processes out of the audit from their start.
func (rs auditRules) noTask() *pb.Evidence {
	for _, r := range rs.list {
		if r.filter == "task" && r.never && (len(r.fields) == 0 || r.exempts()) {
			return r.at.ev()
		}
	}
	return nil
}

// syscall looks for rules that record a system call. accept says which rules will do, beyond naming it.
func (rs auditRules) syscall(name string, accept func(auditRule) bool) cover {
	if ev := rs.noTask(); ev != nil {
		return cover{evidence: []*pb.Evidence{ev}}
	}
	out := cover{ok: true}
	for _, width := range rs.widths {
		best := narrow
		for _, r := range rs.list {
			if r.filter != "exit" && r.filter != "entry" || r.watch != "" || !r.hasSyscall(name, width) {
				continue
			}
			if r.never {
				if best < narrow {
					break // what an earlier rule records is recorded
				}
				if n := r.narrows(); n == allUsers && !onFile(r) || r.exempts() {
					return cover{evidence: []*pb.Evidence{r.at.ev()}}
				}
				continue
			}
			if !onFile(r) && accept(r) {
				if best = min(best, r.narrows()); len(out.evidence) < 8 {
					out.evidence = append(out.evidence, r.at.ev())
				}
				if best == allUsers {
					break
				}
			}
		}
		if best == narrow {
			return cover{}
		}
		out.narrow = max(out.narrow, best)
	}
	return out
}

// onFile: the rule is about a file or folder.
func onFile(r auditRule) bool {
	_, path := r.field("path")
	_, dir := r.field("dir")
	return path || dir
}

// changes looks for rules that record each change of a file or of its attributes.
func (rs auditRules) changes(file string) cover {
	if ev := rs.noTask(); ev != nil {
		return cover{evidence: []*pb.Evidence{ev}}
	}
	out := cover{ok: true}
	for _, width := range rs.widths {
		found := false
		for _, r := range rs.list {
			if r.filter != "exit" && r.filter != "entry" || !r.concerns(file) || !r.hasSyscall("open", width) && r.watch == "" {
				continue
			}
			if r.never {
				if r.exempts() || r.narrows() == allUsers {
					return cover{evidence: []*pb.Evidence{r.at.ev()}}
				}
				continue
			}
			if n := r.narrows(); n <= humanUsers && r.recordsChanges() {
				found, out.narrow = true, max(out.narrow, n)
				out.evidence = append(out.evidence, r.at.ev())
				break
			}
		}
		if !found {
			return cover{}
		}
	}
	return out
}

// concerns says that the rule is about the file, or a folder above it, or, a never-rule, about everything.
func (r auditRule) concerns(file string) bool {
	under := func(p string) bool { return p == file || p == "/" || strings.HasPrefix(file, cleanDir(p)+"/") }
	if r.watch != "" {
		return under(r.watch)
	}
	if f, ok := r.field("path"); ok {
		return f.value == file
	}
	if f, ok := r.field("dir"); ok {
		return under(f.value)
	}
	return r.never
}

func (r auditRule) recordsChanges() bool {
	perm := r.perm
	if f, ok := r.field("perm"); ok {
		perm = f.value
	} else if r.watch == "" {
		// Without perm, the system calls of the rule decide; only all of them leave nothing out.
		return len(r.syscalls) == 0 || slices.Contains(r.syscalls, "all")
	}
	return strings.Contains(perm, "w") && strings.Contains(perm, "a")
}

// auditTypes are the numbers of the record types that matter, for rules that exclude by number.
var auditTypes = map[string]string{
	"1100": "USER_AUTH", "1105": "USER_START", "1112": "USER_LOGIN", "1123": "USER_CMD", "1300": "SYSCALL", "1302": "PATH",
	"1305": "CONFIG_CHANGE", "1309": "EXECVE", "1701": "ANOM_ABEND",
}

// dropped finds a rule that keeps records of one of the types from being written. clear is false where that cannot be
// told.
func (rs auditRules) dropped(types ...string) (ev *pb.Evidence, certain bool) {
	for _, r := range rs.list {
		switch r.filter {
		case "user":
			if r.never && slices.ContainsFunc(types, func(t string) bool { return strings.HasPrefix(t, "USER_") }) {
				return r.at.ev(), true
			}
		case "exclude":
			f, ok := r.field("msgtype")
			switch {
			case !ok && r.exempts():
				return r.at.ev(), true
			case !ok:
			case f.op != "=":
				return r.at.ev(), false
			case slices.Contains(types, strings.ToUpper(f.value)) || slices.Contains(types, auditTypes[f.value]):
				return r.at.ev(), true
			}
		}
	}
	return nil, true
}

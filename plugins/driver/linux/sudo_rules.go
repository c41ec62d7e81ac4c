package linux

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// rules reads a user specification: USERS HOSTS = (RUNAS) TAGS: COMMANDS, … : HOSTS = …
func (b *sudoReader) rules(l sudoLine) []*pb.PrivilegeRule {
	if _, _, ok := sudoAliasKind(l.text); ok || strings.HasPrefix(l.text, "Defaults") {
		return nil
	}
	left, right, ok := cutSudo(l.text, '=')
	users, _, split := splitUsers(left)
	if !ok || !split {
		b.miss(l)
		return nil
	}
	whos := b.expand("User_Alias", splitSudo(users, ','), 0)
	var out []*pb.PrivilegeRule
	for _, grant := range sudoGrants(right) {
		g, ok := b.grant(grant)
		if !ok {
			b.miss(l)
			continue
		}
		for _, who := range withoutExceptions(whos) {
			out = append(out, b.rule(l, strings.Trim(who, `"`), g)...)
		}
	}
	return out
}

// withoutExceptions takes out the names that a later !NAME excepts.
func withoutExceptions(names []string) []string {
	var out []string
	for _, n := range names {
		bare := strings.TrimSpace(strings.TrimLeft(n, "!"))
		out = slices.DeleteFunc(out, func(o string) bool { return o == bare })
		if (len(n)-len(strings.TrimLeft(n, "!")))%2 == 0 {
			out = append(out, bare)
		}
	}
	return out
}

// splitUsers splits "alice, %wheel HOSTS" before the hosts: at the first blank that follows no comma.
func splitUsers(s string) (users, hosts string, ok bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case (s[i] == ' ' || s[i] == '\t') && !quoted:
			before := strings.TrimRight(s[:i], " \t")
			after := strings.TrimLeft(s[i:], " \t")
			if before == "" || before == "!" || strings.HasSuffix(before, ",") || strings.HasPrefix(after, ",") {
				continue
			}
			return before, after, after != ""
		}
	}
	return s, "", false
}

// sudoGrants splits what follows the first = at the colons that begin another host list ("HOST = … : HOST = …"). The
// colon of a tag or of a runas list is none: what follows it holds no = outside parentheses and options.
func sudoGrants(s string) []string {
	var out []string
	for _, part := range splitSudo(s, ':') {
		if len(out) == 0 {
			out = append(out, part)
			continue
		}
		before := out[len(out)-1]
		if endsInTag(before) || !strings.Contains(part, "=") {
			out[len(out)-1] = before + ":" + part
			continue
		}
		_, grant, _ := cutSudo(part, '=')
		out = append(out, grant)
	}
	return out
}

var sudoTags = []string{"NOPASSWD", "PASSWD", "NOEXEC", "EXEC", "SETENV", "NOSETENV", "LOG_INPUT", "NOLOG_INPUT", "LOG_OUTPUT", "NOLOG_OUTPUT", "MAIL",
	"NOMAIL", "FOLLOW", "NOFOLLOW", "INTERCEPT", "NOINTERCEPT"}

func endsInTag(s string) bool {
	s = strings.TrimRight(s, " \t")
	last := s[strings.LastIndexAny(s, " \t,)=:")+1:]
	return slices.Contains(sudoTags, last)
}

// sudoGrant is commands with what holds for each.
type sudoGrant struct {
	runAs    []string
	commands []string
	noPasswd []bool
}

// grant reads "(root : wheel) NOPASSWD: /bin/ls, PASSWD: ALL". What stands before a command holds for those that follow.
func (b *sudoReader) grant(s string) (sudoGrant, bool) {
	g := sudoGrant{runAs: []string{"root"}}
	open := false
	for _, item := range splitSudo(s, ',') {
		if strings.HasPrefix(item, "(") {
			end := strings.IndexByte(item, ')')
			if end < 0 {
				return g, false
			}
			users, groups, _ := strings.Cut(item[1:end], ":")
			g.runAs = nil
			for _, u := range b.expand("Runas_Alias", splitSudo(users, ','), 0) {
				if u != "" {
					g.runAs = append(g.runAs, u)
				}
			}
			if groups = strings.TrimSpace(groups); len(g.runAs) == 0 && groups != "" {
				g.runAs = []string{":" + groups}
			}
			if len(g.runAs) == 0 {
				g.runAs = []string{"root"}
			}
			item = strings.TrimSpace(item[end+1:])
		}
		item = withoutOptions(item)
		for {
			word, rest, ok := strings.Cut(item, ":")
			if !ok || !slices.Contains(sudoTags, strings.TrimSpace(word)) {
				break
			}
			switch strings.TrimSpace(word) {
			case "NOPASSWD":
				open = true
			case "PASSWD":
				open = false
			}
			item = withoutOptions(strings.TrimSpace(rest))
		}
		if item == "" {
			return g, false
		}
		for _, c := range b.expand("Cmnd_Alias", []string{item}, 0) {
			g.commands, g.noPasswd = append(g.commands, c), append(g.noPasswd, open)
		}
	}
	return g, len(g.commands) > 0
}

// withoutOptions takes options such as CWD=/tmp, TIMEOUT=5m, ROLE=r off a command.
func withoutOptions(item string) string {
	for {
		word, rest, _ := strings.Cut(item, " ")
		name, _, ok := strings.Cut(word, "=")
		if !ok || name == "" || strings.ToUpper(name) != name || strings.ContainsAny(name, "/.*") {
			return item
		}
		item = strings.TrimSpace(rest)
	}
}

// rule states what one name is given: one fact for the commands that need a password, one for those that do not.
func (b *sudoReader) rule(l sudoLine, who string, g sudoGrant) []*pb.PrivilegeRule {
	ev := []*pb.Evidence{facts.Lines(l.at.doc.Source, l.at.n, l.last, l.text)}
	free := b.withoutPassword(who)
	var out []*pb.PrivilegeRule
	for _, open := range []bool{false, true} {
		var commands []string
		for i, c := range g.commands {
			if g.noPasswd[i] == open {
				commands = append(commands, c)
			}
		}
		if len(commands) == 0 {
			continue
		}
		why := ev
		if free != nil {
			why = append(slices.Clone(ev), free)
		}
		all := slices.Contains(commands, "ALL") && slices.ContainsFunc(g.runAs, func(u string) bool { return u == "ALL" || u == "root" || u == "#0" })
		out = append(out, &pb.PrivilegeRule{
			Scope: who, Who: facts.Text(who, ev...), RunAs: facts.Texts(g.runAs, ev...), Commands: facts.Texts(commands, ev...),
			NoPassword: facts.Bool(open || free != nil, why...), Everything: facts.Bool(all, ev...),
		})
	}
	return out
}

// withoutPassword gives the line by which sudo asks somebody for no password, whatever the rule says: for everybody, for
// that name, or for a member of that group.
func (b *sudoReader) withoutPassword(who string) *pb.Evidence {
	if ev, ok := b.openFor[who]; ok {
		return ev
	}
	group, isGroup := strings.CutPrefix(who, "%")
	names := make([]string, 0, len(b.openFor))
	for name := range b.openFor {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if ev := b.openFor[name]; ev != nil && (who == "ALL" || isGroup && b.member(name, group)) {
			return ev
		}
	}
	return b.open
}

// member says whether somebody belongs to a group, by name or number.
func (b *sudoReader) member(user, group string) bool {
	for gid := range b.ids.groups {
		if b.ids.groups[gid] == group || "#"+strconv.FormatUint(uint64(gid), 10) == group {
			return slices.Contains(b.ids.members(gid), user)
		}
	}
	return false
}

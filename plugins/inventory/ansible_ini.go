package inventory

import (
	"maps"
	"regexp"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var section = regexp.MustCompile(`^\[([^:\[\]\s]+)(?::([^:\[\]\s]+))?\]\s*(?:[#;].*)?$`)

// ansibleINI reads the INI form. A line is never repeated in a message: it may hold a password.
func (l *loader) ansibleINI(name string, data []byte) {
	a := l.newAnsible(name)
	in, kind := a.group("ungrouped", cell{}), "hosts"
	// Groups that are only spoken of must be stated somewhere.
	stated := map[string]bool{"all": true, "ungrouped": true}
	named := map[string]cell{}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		at := cell{line: number}
		if m := section.FindStringSubmatch(line); m != nil && !(m[2] != "" && strings.Contains(m[1], "]")) {
			kind = m[2]
			if kind == "" {
				kind = "hosts"
			}
			if kind != "hosts" && kind != "vars" && kind != "children" {
				a.say(at, strict.Show(m[1]), checks.Say("段名后只能是 :vars 或 :children", "a section ends in :vars or :children or neither"))
			}
			in = a.group(m[1], at)
			if kind == "vars" {
				named[m[1]] = at
			} else {
				stated[m[1]] = true
			}
			continue
		}
		switch kind {
		case "hosts":
			a.hostLine(line, at, in)
		case "children":
			child, _ := cutComment(line)
			if child == "" || strings.ContainsAny(child, " \t=") {
				a.say(at, "", checks.Say("该段每行只写一个分组名", "each line of this section is the name of a group"))
				continue
			}
			a.child(in, a.group(child, at))
			named[child] = at
		case "vars":
			a.varLine(line, at, in)
		}
	}
	for group, at := range named {
		if !stated[group] {
			a.say(at, strict.Show(group), checks.Say("清单中没有该分组，请添加 [%s] 段或更正名称", "the inventory has no such group: add a section [%s] or mend the name", strict.Show(group)))
		}
	}
	a.finish()
}

// hostLine reads a pattern of hosts and its variables.
func (a *ansible) hostLine(line string, at cell, in *group) {
	words, ok := words(line)
	if !ok {
		a.say(at, "", checks.Say("引号不成对", "a quote is not closed"))
		return
	}
	if len(words) == 0 {
		return
	}
	pattern, port := hostPort(words[0])
	hosts := a.host(pattern, at, in)
	vars := map[string]variable{}
	for _, w := range words[1:] {
		name, value, ok := strings.Cut(w, "=")
		if !ok || name == "" {
			a.say(at, "", checks.Say("主机名之后应为 变量=值，以空格分隔；含空格的值请加引号", "what follows the host must be name=value, divided by spaces: quote values that hold spaces"))
			return
		}
		a.set(vars, name, variable{cell: cell{text: value, line: at.line}, odd: strings.HasPrefix(value, "$ANSIBLE_VAULT")})
	}
	if _, stated := vars["ansible_port"]; port != "" && !stated {
		vars["ansible_port"] = variable{cell: cell{text: port, line: at.line}}
	}
	for _, h := range hosts {
		maps.Copy(h.vars, vars)
	}
}

// hostPort takes host:port apart; an IPv6 address with a port stands in brackets.
func hostPort(text string) (host, port string) {
	i := strings.LastIndex(text, ":")
	if i < 0 || strings.LastIndex(text, "]") > i || strings.Trim(text[i+1:], "0123456789") != "" {
		return text, ""
	}
	if bare := text[:i]; strings.Contains(bare, ":") && !strings.Contains(bare, "[") {
		return text, "" // an IPv6 address
	}
	return text[:i], text[i+1:]
}

func (a *ansible) varLine(line string, at cell, in *group) {
	name, value, ok := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		a.say(at, "", checks.Say("该段每行应为 变量=值", "each line of this section is name=value"))
		return
	}
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		value = value[1 : n-1]
	} else {
		value, _ = cutComment(value)
	}
	a.set(in.vars, name, variable{cell: cell{text: value, line: at.line}, odd: strings.HasPrefix(value, "$ANSIBLE_VAULT")})
}

func cutComment(line string) (string, bool) {
	text, _, found := strings.Cut(line, " #")
	return strings.TrimSpace(text), found
}

// words divides a line at spaces as a shell does: quotes hold together, # begins a comment.
func words(line string) (out []string, ok bool) {
	var word strings.Builder
	open, inside := rune(0), false
	for _, r := range line {
		switch {
		case open != 0:
			if r == open {
				open = 0
			} else {
				word.WriteRune(r)
			}
		case r == '"' || r == '\'':
			open, inside = r, true
		case r == '#' && !inside:
			return out, true
		case r == ' ' || r == '\t':
			if inside {
				out = append(out, word.String())
				word.Reset()
				inside = false
			}
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if inside {
		out = append(out, word.String())
	}
	return out, open == 0
}

// expand gives the hosts of a pattern: web[01:10], db-[a:f], sw[0:20:2], several in one; at most that many.
func expand(pattern string, most int) ([]string, *pb.Text) {
	bad := checks.Say("主机范围无效（示例：web[01:10]、db-[a:f]、sw[0:20:2]）", "not a range of hosts (examples: web[01:10], db-[a:f], sw[0:20:2])")
	out := []string{""}
	for rest := pattern; rest != ""; {
		i := strings.IndexByte(rest, '[')
		if i < 0 {
			return each(out, []string{rest}, most)
		}
		body, after, closed := strings.Cut(rest[i+1:], "]")
		if !closed {
			return nil, bad
		}
		var items []string
		if i == 0 && len(out) == 1 && out[0] == "" && strings.Count(body, ":") > 1 && isIPv6(body) {
			items = []string{body}
		} else if items = span(body, most); items == nil {
			return nil, bad
		}
		for k := range items {
			items[k] = rest[:i] + items[k]
		}
		var what *pb.Text
		if out, what = each(out, items, most); what != nil {
			return nil, what
		}
		rest = after
	}
	return out, nil
}

// each puts every item behind every beginning.
func each(heads, items []string, most int) ([]string, *pb.Text) {
	if len(heads)*len(items) > most {
		return nil, checks.Say("范围展开后目标超过 %d 个", "the range makes more than %d targets", maxTargets)
	}
	out := make([]string, 0, len(heads)*len(items))
	for _, h := range heads {
		for _, i := range items {
			out = append(out, h+i)
		}
	}
	return out, nil
}

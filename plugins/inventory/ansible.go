package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// ansible is one Ansible inventory: hosts in groups in groups, with variables at each.
type ansible struct {
	*loader
	file   string
	groups map[string]*group
	hosts  map[string]*host
	order  []*host
}

type group struct {
	name     string
	at       cell
	vars     map[string]variable
	parents  []string
	children []string
	// depth is the longest way from "all"; variables of deeper groups win.
	depth int
}

type host struct {
	name   string
	at     cell
	vars   map[string]variable
	groups []string
}

// A variable is a value with its place; odd is one that is no plain text: a list, a template, something encrypted.
type variable struct {
	cell
	odd bool
}

func (l *loader) newAnsible(file string) *ansible {
	a := &ansible{loader: l, file: file, groups: map[string]*group{}, hosts: map[string]*host{}}
	a.group("all", cell{})
	return a
}

func (a *ansible) say(at cell, field string, what *pb.Text) {
	a.Add(&strict.Problem{File: a.file, Line: at.line, Column: at.column, Field: field, Text: what})
}

func (a *ansible) notice(at cell, field string, what *pb.Text) {
	a.notices.Add(&strict.Problem{File: a.file, Line: at.line, Column: at.column, Field: field, Text: what})
}

func (a *ansible) group(name string, at cell) *group {
	g := a.groups[name]
	if g == nil {
		g = &group{name: name, at: at, vars: map[string]variable{}}
		a.groups[name] = g
	}
	return g
}

func (a *ansible) child(parent, child *group) {
	if !slices.Contains(parent.children, child.name) {
		parent.children = append(parent.children, child.name)
		child.parents = append(child.parents, parent.name)
	}
}

// host gives the hosts of a pattern such as web[01:10], new ones put into the group.
func (a *ansible) host(pattern string, at cell, in *group) []*host {
	names, what := expand(pattern, maxTargets-len(a.hosts)+1)
	if what != nil {
		a.say(at, "", what)
		return nil
	}
	out := make([]*host, 0, len(names))
	for _, name := range names {
		h := a.hosts[name]
		if h == nil {
			h = &host{name: name, at: at, vars: map[string]variable{}}
			a.hosts[name] = h
			a.order = append(a.order, h)
		}
		if !slices.Contains(h.groups, in.name) {
			h.groups = append(h.groups, in.name)
		}
		out = append(out, h)
	}
	return out
}

// set keeps a variable, unless it is a secret.
func (a *ansible) set(vars map[string]variable, name string, v variable) {
	switch {
	case isAnsibleSecret(name):
		a.notice(v.cell, strict.Show(name), checks.Say("不使用清单中的秘密，请放入凭据库并填写 plumbline_credential；建议从清单中删除", "a secret in an inventory is not used: put it into the vault, write plumbline_credential, and better remove it here"))
	case name == "ansible_ssh_private_key_file" || name == "ansible_private_key_file":
		a.notice(v.cell, name, checks.Say("不使用清单中的私钥路径，请将私钥放入凭据库并填写 plumbline_credential", "the path of a key in an inventory is not used: put the key into the vault and write plumbline_credential"))
	case strings.HasSuffix(name, "ssh_common_args") || strings.HasSuffix(name, "ssh_extra_args"):
		a.notice(v.cell, name, checks.Say("不使用 ssh 参数；经跳板机到达的目标请填写 plumbline_jump", "arguments of ssh are not used; for a way through a jump host write plumbline_jump"))
	case strings.HasPrefix(name, "ansible_") || strings.HasPrefix(name, "plumbline_"):
		vars[name] = v
	}
}

// isAnsibleSecret knows the connection variables that hold passwords, whatever their prefix.
func isAnsibleSecret(name string) bool {
	return isSecret(name) || strings.HasSuffix(name, "_pass") || strings.HasSuffix(name, "_pwd") || strings.HasSuffix(name, "_token")
}

// finish makes targets of the hosts.
func (a *ansible) finish() {
	if !a.ranked() {
		return
	}
	for _, h := range a.order {
		if a.full {
			return
		}
		a.target(h)
	}
}

// ranked finds how deep each group stands, and circles among them.
func (a *ansible) ranked() bool {
	all := a.groups["all"]
	for _, name := range slices.Sorted(maps.Keys(a.groups)) {
		if g := a.groups[name]; name != "all" && len(g.parents) == 0 {
			a.child(all, g)
		}
	}
	// A group's depth is final when all its parents' are; what never becomes final stands in a circle.
	waiting := map[string]int{}
	for name, g := range a.groups {
		waiting[name] = len(g.parents)
	}
	queue := []*group{all}
	if waiting["all"] > 0 {
		a.say(all.at, "all", checks.Say("all 不能是其他分组的子组", "all cannot be a child of a group"))
		return false
	}
	final := 0
	for len(queue) > 0 {
		g := queue[0]
		queue = queue[1:]
		final++
		for _, name := range g.children {
			c := a.groups[name]
			c.depth = max(c.depth, g.depth+1)
			if waiting[name]--; waiting[name] == 0 {
				queue = append(queue, c)
			}
		}
	}
	if final == len(a.groups) {
		return true
	}
	var circle []string
	var at cell
	for _, name := range slices.Sorted(maps.Keys(waiting)) {
		if waiting[name] > 0 {
			circle = append(circle, strict.Show(name))
			at = a.groups[name].at
		}
	}
	a.say(at, "children", checks.Say("分组互相包含：%s", "groups hold one another: %s", strings.Join(circle, ", ")))
	return false
}

// above gives the groups a host stands in, with those that hold them, the outermost first.
func (a *ansible) above(h *host) []*group {
	seen := map[string]bool{"all": true}
	list := []*group{a.groups["all"]}
	var climb func(name string)
	climb = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		list = append(list, a.groups[name])
		for _, p := range a.groups[name].parents {
			climb(p)
		}
	}
	for _, name := range h.groups {
		climb(name)
	}
	slices.SortFunc(list, func(x, y *group) int { return cmp.Or(cmp.Compare(x.depth, y.depth), cmp.Compare(x.name, y.name)) })
	return list
}

// networkOS is which driver reads what Ansible calls so, without its collection ("cisco.ios.ios" is "ios").
var networkOS = map[string]string{
	"ios": "cisco-ios", "iosxe": "cisco-ios", "ce": "huawei-vrp", "vrp": "huawei-vrp", "cloudengine": "huawei-vrp",
	"nxos": "cisco-nxos", "asa": "cisco-asa", "iosxr": "cisco-iosxr", "junos": "juniper-junos", "eos": "arista-eos",
	"fortios": "fortios", "panos": "panos", "comware": "comware", "linux": "linux",
}

// Ways of Ansible to reach a host that are not SSH to it.
var notSSH = []string{"local", "winrm", "psrp", "docker", "podman", "kubectl", "chroot", "jail", "lxd", "lxc", "buildah", "aws_ssm"}

// target makes a row of a host with the variables of its groups.
func (a *ansible) target(h *host) {
	vars := map[string]variable{}
	r := &row{file: a.file, line: h.at.line, cells: map[string]cell{}, labels: map[string]cell{}}
	for _, g := range a.above(h) {
		maps.Copy(vars, g.vars)
		if g.name != "all" && g.name != "ungrouped" {
			r.groups = append(r.groups, cell{g.name, g.at.line, g.at.column})
		}
	}
	maps.Copy(vars, h.vars)

	use := func(into string, names ...string) {
		for _, name := range names {
			v, ok := vars[name]
			if !ok {
				continue
			}
			if v.odd || strings.Contains(v.text, "{{") {
				a.say(v.cell, name, checks.Say("模板、列表和加密值不会被解析，请写出值本身", "templates, lists and encrypted values are not worked out: write the value itself"))
			} else if v.text != "" {
				r.cells[into] = v.cell
			}
			return
		}
	}
	connection := vars["ansible_connection"].text
	if i := strings.LastIndex(connection, "."); i >= 0 {
		connection = connection[i+1:]
	}
	if slices.Contains(notSSH, connection) {
		a.notice(h.at, strict.Show(h.name), checks.Say("该主机以 %s 方式连接，未作为目标；请在其上使用 agent", "the host is reached by %s and was left out: use the agent on it", connection))
		return
	}
	r.cells["name"] = cell{h.name, h.at.line, h.at.column}
	r.cells["address"] = r.cells["name"]
	use("address", "plumbline_address", "ansible_host", "ansible_ssh_host")
	use("port", "plumbline_port", "ansible_port", "ansible_ssh_port")
	use("user", "plumbline_user", "ansible_user", "ansible_ssh_user")
	a.driver(r, vars)
	if connection != "network_cli" && (vars["ansible_become_method"].text == "" || vars["ansible_become_method"].text == "sudo") {
		use("sudo", "plumbline_sudo", "ansible_become")
	}
	for name, v := range vars {
		field, own := strings.CutPrefix(name, "plumbline_")
		label, isLabel := strings.CutPrefix(field, "label_")
		switch {
		case !own:
		case isLabel:
			a.label(r, label, v.cell)
		case !slices.Contains(fields, field) || field == "labels" || field == "groups":
			a.unknown(name, v.cell)
		case r.cells[field] != v.cell:
			use(field, name)
		}
	}
	a.add(r)
}

// driver takes the driver from ansible_network_os, unless it is stated.
func (a *ansible) driver(r *row, vars map[string]variable) {
	v, ok := vars["ansible_network_os"]
	if _, stated := vars["plumbline_driver"]; !ok || stated {
		return
	}
	name := strings.ToLower(v.text)
	if i := strings.LastIndex(name, "."); i >= 0 {
		name = name[i+1:]
	}
	driver := networkOS[name]
	if driver == "" || !slices.Contains(a.drivers, driver) {
		a.notice(v.cell, "ansible_network_os", checks.Say("“%s”没有对应的驱动，将自动识别；可用 plumbline_driver 指定", "no driver is known for %q, it will be detected; plumbline_driver can state one", strict.Show(v.text)))
		return
	}
	r.cells["driver"] = cell{driver, v.line, v.column}
}

func (a *ansible) unknown(name string, at cell) {
	var names []string
	for _, f := range fields {
		if f != "labels" && f != "groups" {
			names = append(names, "plumbline_"+f)
		}
	}
	what := checks.Say("没有这个变量，可用：%s、plumbline_label_名称", "there is no such variable; there are %s, plumbline_label_NAME", strings.Join(names, ", "))
	if near := strict.Closest(name, names); near != "" {
		what = checks.Say("没有这个变量，是否应为 %s", "there is no such variable; is %s meant?", near)
	}
	a.say(at, strict.Show(name), what)
}

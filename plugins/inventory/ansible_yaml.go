package inventory

import (
	"maps"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

// isGroup says whether a YAML value is a group of an Ansible inventory.
func isGroup(n ast.Node) bool {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	}
	return slices.ContainsFunc(values, func(v *ast.MappingValueNode) bool {
		key, _ := strict.Scalar(v.Key)
		return key == "hosts" || key == "children" || key == "vars"
	})
}

// ansibleYAML reads the YAML form: groups with hosts, children and vars.
func (l *loader) ansibleYAML(r *strict.Reader, groups []strict.Pair) {
	y := ansibleReader{l.newAnsible(r.File), r}
	for _, p := range groups {
		y.readGroup(p, nil, 0)
	}
	y.finish()
}

type ansibleReader struct {
	*ansible
	read *strict.Reader
}

func at(n ast.Node) cell {
	line, column := strict.Place(n)
	return cell{line: line, column: column}
}

const maxGroupDepth = 24

func (y ansibleReader) readGroup(p strict.Pair, parent *group, depth int) {
	if depth > maxGroupDepth {
		y.say(at(p.Key), strict.Show(p.Name), checks.Say("分组嵌套超过 %d 层", "groups nest deeper than %d levels", maxGroupDepth))
		return
	}
	g := y.group(p.Name, at(p.Key))
	if parent != nil {
		y.child(parent, g)
	}
	if empty(p.Value) {
		return
	}
	pairs, _ := y.read.Pairs(p.Value, strict.Show(p.Name))
	for _, part := range pairs {
		if empty(part.Value) && slices.Contains([]string{"hosts", "children", "vars"}, part.Name) {
			continue
		}
		switch part.Name {
		case "hosts":
			hosts, _ := y.read.Pairs(part.Value, "hosts")
			for _, h := range hosts {
				y.readHost(h, g)
			}
		case "children":
			children, _ := y.read.Pairs(part.Value, "children")
			for _, c := range children {
				y.readGroup(c, g, depth+1)
			}
		case "vars":
			y.readVars(g.vars, part.Value, "vars")
		default:
			y.read.Unknown(part.Key, part.Name, []string{"hosts", "children", "vars"})
		}
	}
}

func (y ansibleReader) readHost(p strict.Pair, in *group) {
	pattern, port := hostPort(p.Name)
	hosts := y.host(pattern, at(p.Key), in)
	if len(hosts) == 0 {
		return
	}
	vars := map[string]variable{}
	if !empty(p.Value) {
		y.readVars(vars, p.Value, strict.Show(p.Name))
	}
	if _, stated := vars["ansible_port"]; port != "" && !stated {
		c := at(p.Key)
		c.text = port
		vars["ansible_port"] = variable{cell: c}
	}
	for _, h := range hosts {
		maps.Copy(h.vars, vars)
	}
}

// readVars keeps the variables that matter here; all others are Ansible's own business.
func (y ansibleReader) readVars(into map[string]variable, n ast.Node, field string) {
	pairs, _ := y.read.Pairs(n, field)
	for _, p := range pairs {
		v := variable{cell: at(p.Value)}
		text, ok := strict.Scalar(p.Value)
		v.text, v.odd = text, !ok
		if empty(p.Value) {
			v = variable{cell: at(p.Key)}
		}
		y.set(into, p.Name, v)
	}
}

func empty(n ast.Node) bool {
	return n == nil || n.Type() == ast.NullType
}

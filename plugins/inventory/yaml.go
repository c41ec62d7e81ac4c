package inventory

import (
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

// yaml reads our own form (targets, defaults), or an Ansible inventory in YAML.
func (l *loader) yaml(name string, data []byte) {
	// An Ansible inventory may hold passwords, so the parser's own words are kept back.
	r := &strict.Reader{Collector: &l.Collector, File: name, Secrets: true}
	root := r.Document(data)
	if root == nil {
		return
	}
	r.Secrets = false
	pairs, ok := r.Pairs(root, "")
	if !ok {
		return
	}
	own := func(p strict.Pair) bool { return p.Name == "targets" || p.Name == "defaults" }
	if !slices.ContainsFunc(pairs, own) && slices.ContainsFunc(pairs, func(p strict.Pair) bool { return isGroup(p.Value) }) {
		l.ansibleYAML(r, pairs)
		return
	}
	y := yamlReader{loader: l, Reader: r}
	defaults := &row{file: name, cells: map[string]cell{}}
	for _, p := range pairs {
		switch p.Name {
		case "defaults":
			y.fill(defaults, p.Value, "defaults")
		case "targets":
		default:
			r.Unknown(p.Key, p.Name, []string{"targets", "defaults"})
		}
	}
	for _, p := range pairs {
		if p.Name != "targets" {
			continue
		}
		for _, n := range r.Items(p.Value, "targets") {
			if l.full {
				return
			}
			y.target(n, defaults)
		}
	}
}

type yamlReader struct {
	*loader
	*strict.Reader
}

func (y yamlReader) target(n ast.Node, defaults *row) {
	line, column := strict.Place(n)
	r := &row{file: y.File, line: line, cells: maps.Clone(defaults.cells), labels: maps.Clone(defaults.labels), groups: slices.Clone(defaults.groups)}
	if text, ok := strict.Scalar(n); ok {
		r.cells["address"] = cell{text, line, column}
	} else if !y.fill(r, n, "targets") {
		return
	}
	y.add(r)
}

// notDefault are the fields that belong to one target.
var notDefault = []string{"id", "name", "address"}

// fill reads the keys of a target into a row, over what is there.
func (y yamlReader) fill(r *row, n ast.Node, what string) bool {
	pairs, ok := y.Pairs(n, what)
	for _, p := range pairs {
		line, column := strict.Place(p.Value)
		if p.Value == nil || p.Value.Type() == ast.NullType {
			line, column = strict.Place(p.Key)
		}
		switch {
		case !slices.Contains(fields, p.Name) && isSecret(p.Name):
			y.Reader.Fail(p.Key, strict.Show(p.Name), intoVault())
		case !slices.Contains(fields, p.Name):
			y.Unknown(p.Key, p.Name, fields)
		case what == "defaults" && slices.Contains(notDefault, p.Name):
			y.Reader.Fail(p.Key, p.Name, checks.Say("该键属于单个目标，不能作为默认值", "the key belongs to one target and cannot be a default"))
		case p.Name == "labels":
			y.labels(r, p.Value)
		case p.Name == "groups":
			for _, w := range y.Words(p.Value, "groups") {
				r.groups = append(r.groups, cell{w, line, column})
			}
		case p.Name == "transports":
			r.cells[p.Name] = cell{strings.Join(y.Words(p.Value, p.Name), ","), line, column}
		default:
			if w := y.Word(p.Value, p.Name); w != "" {
				r.cells[p.Name] = cell{w, line, column}
			}
		}
	}
	return ok
}

func (y yamlReader) labels(r *row, n ast.Node) {
	pairs, _ := y.Pairs(n, "labels")
	for _, p := range pairs {
		if isSecret(p.Name) {
			y.Reader.Fail(p.Key, "labels", intoVault())
			continue
		}
		line, column := strict.Place(p.Value)
		if w := y.Word(p.Value, "labels."+strict.Show(p.Name)); w != "" {
			if r.labels == nil {
				r.labels = map[string]cell{}
			}
			r.labels[p.Name] = cell{w, line, column}
		}
	}
}

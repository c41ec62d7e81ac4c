package ocsf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// schema is the definitions of OCSF as it publishes them: a validator of our own, which knows nothing of what we write.
type schema struct {
	dir        string
	dictionary map[string]attribute
	objects    map[string]definition
	class      definition
}

type attribute struct {
	Type        string          `json:"type"`
	IsArray     bool            `json:"is_array"`
	Requirement string          `json:"requirement"`
	Enum        map[string]any  `json:"enum"`
	Sibling     string          `json:"sibling"`
	Deprecated  json.RawMessage `json:"@deprecated"`
}

type definition struct {
	Extends     string
	Constraints map[string][]string
	Attributes  map[string]attribute
}

func (s *schema) read(path string, into any) error {
	b, err := os.ReadFile(filepath.Join(s.dir, path))
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// define reads a definition with all that it extends and includes.
func (s *schema) define(folder, name string) (definition, error) {
	out := definition{Attributes: map[string]attribute{}, Constraints: map[string][]string{}}
	for name != "" {
		var raw struct {
			Extends     string
			Constraints map[string][]string
			Attributes  map[string]json.RawMessage
		}
		found, err := filepath.Glob(filepath.Join(s.dir, folder, name+".json"))
		if more, _ := filepath.Glob(filepath.Join(s.dir, folder, "*", name+".json")); len(found) == 0 {
			found = more
		}
		if err != nil || len(found) != 1 {
			return out, fmt.Errorf("no definition of %s in %s", name, folder)
		}
		rel, err := filepath.Rel(s.dir, found[0])
		if err != nil {
			return out, err
		}
		if err := s.read(rel, &raw); err != nil {
			return out, err
		}
		for rule, of := range raw.Constraints {
			if out.Constraints[rule] == nil {
				out.Constraints[rule] = of
			}
		}
		for key, text := range raw.Attributes {
			if key == "$include" {
				continue // profiles, none of which is applied
			}
			var a attribute
			if err := json.Unmarshal(text, &a); err != nil {
				return out, fmt.Errorf("%s.%s: %w", name, key, err)
			}
			nearer := out.Attributes[key]
			if nearer.Requirement == "" {
				nearer.Requirement = a.Requirement
			}
			if nearer.Deprecated == nil {
				nearer.Deprecated = a.Deprecated
			}
			for id, caption := range a.Enum {
				if nearer.Enum == nil {
					nearer.Enum = map[string]any{}
				}
				if nearer.Enum[id] == nil {
					nearer.Enum[id] = caption
				}
			}
			out.Attributes[key] = nearer
		}
		name = raw.Extends
	}
	return out, nil
}

func openSchema(dir string) (*schema, error) {
	s := &schema{dir: dir, objects: map[string]definition{}}
	var dictionary struct{ Attributes map[string]attribute }
	if err := s.read("dictionary.json", &dictionary); err != nil {
		return nil, err
	}
	s.dictionary = dictionary.Attributes
	var err error
	if s.class, err = s.define("events", "compliance_finding"); err != nil {
		return nil, err
	}
	// The numbers of category and class follow from the definitions and stand in none.
	var head struct{ UID int }
	var categories struct{ Attributes map[string]struct{ UID int } }
	if err := errors.Join(s.read("events/findings/compliance_finding.json", &head), s.read("categories.json", &categories)); err != nil {
		return nil, err
	}
	category := categories.Attributes["findings"].UID
	s.only("category_uid", category)
	s.only("class_uid", category*1000+head.UID)
	return s, nil
}

// only makes a number the only one that the attribute of the class may have.
func (s *schema) only(name string, uid int) {
	a := s.class.Attributes[name]
	a.Enum = map[string]any{fmt.Sprint(uid): map[string]any{}}
	s.class.Attributes[name] = a
}

// check says what is wrong with an object.
func (s *schema) check(path string, d definition, value map[string]any) (wrong []string) {
	say := func(format string, args ...any) {
		wrong = append(wrong, path+": "+fmt.Sprintf(format, args...))
	}
	for name, a := range d.Attributes {
		if a.Requirement == "required" && value[name] == nil {
			say("%s is required", name)
		}
	}
	if any := d.Constraints["at_least_one"]; len(any) > 0 && !slices.ContainsFunc(any, func(name string) bool { return value[name] != nil }) {
		say("one of %v is required", any)
	}
	for name, v := range value {
		a, known := d.Attributes[name]
		of, defined := s.dictionary[name]
		if !known || !defined {
			say("there is no attribute %s", name)
			continue
		}
		if a.Deprecated != nil || of.Deprecated != nil {
			say("%s is deprecated", name)
		}
		list, isList := v.([]any)
		if of.IsArray != isList {
			say("%s: an array or not?", name)
			continue
		}
		if !isList {
			list = []any{v}
		}
		for i, one := range list {
			wrong = append(wrong, s.value(fmt.Sprintf("%s.%s[%d]", path, name, i), a, of, one, value)...)
		}
	}
	return wrong
}

func (s *schema) value(path string, a, of attribute, v any, in map[string]any) (wrong []string) {
	bad := func(what string) []string { return append(wrong, fmt.Sprintf("%s: %v is no %s", path, v, what)) }
	number, isNumber := v.(float64)
	text, isText := v.(string)
	switch of.Type {
	case "integer_t", "long_t", "timestamp_t":
		if !isNumber || number != float64(int64(number)) {
			return bad(of.Type)
		}
		enum := map[string]any{}
		for i, from := range []map[string]any{of.Enum, a.Enum} {
			if i == 0 && strings.HasSuffix(path, "_uid[0]") {
				continue
			}
			for id, caption := range from {
				enum[id] = caption
			}
		}
		if len(enum) > 0 {
			caption, ok := enum[fmt.Sprint(int64(number))].(map[string]any)
			if !ok {
				return bad("value of the enumeration")
			}
			if sibling, ok := in[of.Sibling].(string); ok && number != 99 && caption["caption"] != nil && sibling != caption["caption"] {
				wrong = append(wrong, fmt.Sprintf("%s: %d is %v, and %s says %q", path, int64(number), caption["caption"], of.Sibling, sibling))
			}
		}
	case "boolean_t":
		if _, ok := v.(bool); !ok {
			return bad(of.Type)
		}
	case "ip_t":
		if _, err := netip.ParseAddr(text); err != nil || !isText {
			return bad(of.Type)
		}
	case "json_t":
	case "object": // unmapped: anything
	default:
		if strings.HasSuffix(of.Type, "_t") {
			if !isText || text == "" {
				return bad(of.Type)
			}
			return wrong
		}
		object, ok := v.(map[string]any)
		if !ok {
			return bad("object")
		}
		d, known := s.objects[of.Type]
		if !known {
			var err error
			if d, err = s.define("objects", of.Type); err != nil {
				return append(wrong, err.Error())
			}
			s.objects[of.Type] = d
		}
		wrong = append(wrong, s.check(path, d, object)...)
	}
	return wrong
}

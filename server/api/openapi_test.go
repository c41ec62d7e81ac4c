package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// update is the variable that makes TestOpenAPI write openapi.json anew.
const update = "PLUMBLINE_UPDATE"

type object = map[string]any

// schemaOf is the schema of a type as encoding/json writes it; named types stand in parts once.
func schemaOf(t reflect.Type, parts object) object {
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), parts)
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint32:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem(), parts)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": schemaOf(t.Elem(), parts)}
	case reflect.Interface:
		return object{}
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return object{"type": "string", "format": "date-time"}
		}
		if t.Name() == "" {
			return structOf(t, parts)
		}
		name := regexp.MustCompile(`[^A-Za-z]*([A-Za-z]+/)*([A-Za-z]+\.)`).ReplaceAllString(t.Name(), "-")
		name = strings.ReplaceAll(strings.Trim(name, "-[]"), "--", "-")
		if parts[name] == nil {
			parts[name] = object{} // for types that hold themselves
			parts[name] = structOf(t, parts)
		}
		return object{"$ref": "#/components/schemas/" + name}
	}
	panic("no schema for " + t.String())
}

func structOf(t reflect.Type, parts object) object {
	properties, required := object{}, []string{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				walk(f.Type)
				continue
			}
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				continue // not written
			}
			properties[name] = schemaOf(f.Type, parts)
			if options == "" {
				required = append(required, name)
			}
		}
	}
	walk(t)
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		slices.Sort(required)
		out["required"] = required
	}
	return out
}

func (p param) schema() object {
	text := object{"type": "string", "minLength": 1, "maxLength": maxWord}
	switch p.kind {
	case moment:
		return object{"type": "string", "format": "date-time"}
	case number:
		return object{"type": "integer", "minimum": 1, "maximum": maxLimit}
	case size:
		return object{"type": "array", "items": object{"type": "integer", "minimum": 1}}
	case flag:
		return object{"type": "boolean"}
	case choice:
		return object{"type": "string", "enum": p.words}
	case choices:
		return object{"type": "array", "items": object{"type": "string", "enum": p.words}}
	case pair, mark:
		return object{"type": "array", "items": text}
	}
	return text
}

func jsonBody(schema object) object {
	return object{"application/json": object{"schema": schema}}
}

func operation(a *api, r *route, parts object) object {
	right := a.access[r.name()]
	words := []string{}
	for _, role := range right.roles {
		words = append(words, string(role))
	}
	failure := object{"description": "错误 · failure", "content": jsonBody(object{"$ref": "#/components/schemas/problem"})}
	responses := object{"default": failure}
	switch {
	case len(r.media) > 0:
		content := object{}
		for _, m := range r.media {
			content[m] = object{}
		}
		responses["200"] = object{"description": r.en, "content": content}
	case r.gives == nil:
		responses["204"] = object{"description": "已完成 · done"}
	case r.method == http.MethodPost && len(r.accepts) == 0:
		responses["201"] = object{"description": r.en, "content": jsonBody(schemaOf(reflect.TypeOf(r.gives), parts))}
	default:
		responses["200"] = object{"description": r.en, "content": jsonBody(schemaOf(reflect.TypeOf(r.gives), parts))}
	}
	id := strings.ToLower(r.method)
	for _, segment := range strings.FieldsFunc(r.path, func(c rune) bool { return strings.ContainsRune("/{}-.", c) }) {
		if segment != "api" && segment != "v1" {
			id += strings.ToUpper(segment[:1]) + segment[1:]
		}
	}
	out := object{"operationId": id, "summary": r.zh + " · " + r.en, "responses": responses, "x-roles": words}
	if right.scope != "" {
		out["x-scope"] = right.scope
	}
	if right.anonymous == allowed {
		out["security"] = []any{}
	}
	params := []any{}
	for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(r.path, -1) {
		params = append(params, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string", "maxLength": maxWord}})
	}
	for _, p := range r.query {
		one := object{"name": p.name, "in": "query", "description": p.zh + " · " + p.en, "schema": p.schema()}
		if p.kind == choices {
			one["explode"] = false
		}
		params = append(params, one)
	}
	if len(params) > 0 {
		out["parameters"] = params
	}
	if r.takes != nil {
		out["requestBody"] = object{"required": true, "content": jsonBody(schemaOf(reflect.TypeOf(r.takes), parts))}
	}
	if len(r.accepts) > 0 {
		content := object{}
		for _, m := range r.accepts {
			content[m] = object{}
		}
		out["requestBody"] = object{"required": true, "content": content}
	}
	return out
}

// TestOpenAPI holds openapi.json to the routes.
func TestOpenAPI(t *testing.T) {
	a := newAPI(Config{Now: time.Now})
	parts, paths := object{}, object{}
	schemaOf(reflect.TypeFor[problem](), parts)
	ids := map[string]bool{}
	for _, r := range a.routes {
		if r.zh == "" || r.en == "" {
			t.Errorf("%s is not described in both languages", r.name())
		}
		for _, p := range r.query {
			if p.zh == "" || p.en == "" {
				t.Errorf("%s: parameter %s is not described in both languages", r.name(), p.name)
			}
		}
		if paths[r.path] == nil {
			paths[r.path] = object{}
		}
		op := operation(a, r, parts)
		if id := op["operationId"].(string); ids[id] {
			t.Errorf("two operations are called %s", id)
		} else {
			ids[id] = true
		}
		paths[r.path].(object)[strings.ToLower(r.method)] = op
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{"title": "Plumbline · 准绳", "version": "1",
			"description": "x-roles 为可调用的角色，x-scope 为令牌须具有的范围 · x-roles may call it, with a token that has x-scope"},
		"paths":    paths,
		"security": []any{object{"token": []any{}}},
		"components": object{"schemas": parts, "securitySchemes": object{"token": object{
			"type": "http", "scheme": "bearer", "description": "API 令牌 plt_… · an API token"}}},
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(doc); err != nil {
		t.Fatal(err)
	}
	if os.Getenv(update) != "" {
		if err := os.WriteFile("openapi.json", b.Bytes(), 0o644); err != nil { //nolint:gosec // it is public
			t.Fatal(err)
		}
	} else if !bytes.Equal(openAPI, b.Bytes()) {
		t.Errorf("openapi.json is not what the routes are; write it anew with %s=1 go test -run TestOpenAPI", update)
	}
	if len(ids) < 40 || len(parts) < 20 {
		t.Fatalf("only %d operations and %d schemas", len(ids), len(parts))
	}
	// Every reference leads somewhere.
	for _, m := range regexp.MustCompile(`#/components/schemas/([^"]+)`).FindAllStringSubmatch(b.String(), -1) {
		if parts[m[1]] == nil {
			t.Errorf("there is no schema %s among %v", m[1], slices.Sorted(maps.Keys(parts)))
		}
	}
}

package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzQuery: whatever comes, a query is taken apart or refused as invalid, and what is taken can be used.
func FuzzQuery(f *testing.F) {
	for _, s := range injections {
		f.Add("target=" + url.QueryEscape(s))
		f.Add(s)
	}
	f.Add("limit=5&after=eyJOIjowLCJJRCI6IngifQ&outcome=fail,pass&changed_since=2026-01-02T03:04:05Z&gone=true&label=a%3Db&head=1:" + strings.Repeat("a", 64))
	var known []param
	for _, r := range routes() {
		known = append(known, r.query...)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := readQuery(raw, known)
		if err != nil {
			var told *failure
			if !errors.As(err, &told) || told.status != http.StatusBadRequest || told.text.GetZh() == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		if n := q.limit(); n < 1 || n > maxLimit {
			t.Fatalf("a page of %d", n)
		}
		for name, values := range q {
			for _, value := range values {
				if name != "after" && checkWord(name, value) != nil || name == "after" && !isCursor(value) {
					t.Fatalf("%s: %q came through", name, value)
				}
			}
		}
	})
}

// FuzzBody: whatever comes, a body is read or refused as invalid.
func FuzzBody(f *testing.F) {
	for _, s := range append(injections, `{"targets":[{"id":"a","labels":{"x":"y"}}]}`, `{"targets":null}`, `{"targets":[{"port":1e3}]}`, `{"a":{"a":1},"b":[{"a":1}]}`) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequest(http.MethodPut, "/", strings.NewReader(raw))
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		body, err := readBody[targetList](&call{r: r})
		var told *failure
		if err != nil {
			if !errors.As(err, &told) || told.status != http.StatusBadRequest {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, named := range body.Targets {
			if _, err := named.target(named.ID); err != nil && !errors.As(err, &told) {
				t.Fatalf("%v", err)
			}
		}
	})
}

// soak makes TestW9_SchemaFuzz as long as GOALS wants it.
const soak = "PLUMBLINE_SOAK"

// TestW9_SchemaFuzz makes calls from the routes' own descriptions, right and wrong in every way, as everybody: none ends in a failure
// of ours.
func TestW9_SchemaFuzz(t *testing.T) {
	w := newWorld(t)
	calls := 2000
	if os.Getenv(soak) != "" {
		calls = 10_000
	}
	rng := rand.New(rand.NewPCG(9, 2000))
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	codes := map[int]int{}
	hit := map[string]bool{}
	for n := range calls {
		route := w.api.routes[rng.IntN(len(w.api.routes))]
		if strings.HasSuffix(route.path, "/lock") && rng.IntN(20) > 0 || route.path == "/api/v1/tokens/{id}" && rng.IntN(20) > 0 {
			continue // they end the test's own users
		}
		path := w.fill(route)
		if rng.IntN(4) == 0 {
			path = strings.NewReplacer("{id}", url.PathEscape(pick(injections)), "{other}", url.PathEscape(pick(injections)), "{name}", url.PathEscape(pick(injections))).Replace(route.path)
		}
		values := url.Values{}
		for _, p := range route.query {
			if rng.IntN(3) == 0 {
				values.Add(p.name, fuzzValue(rng, p))
			}
		}
		if rng.IntN(20) == 0 {
			values.Add(pick(injections), pick(injections))
		}
		if len(values) > 0 {
			path += "?" + values.Encode()
		}
		body := ""
		if route.takes != nil {
			b, err := json.Marshal(fuzzOf(rng, reflect.TypeOf(route.takes), 0))
			w.must(err)
			body = string(b)
			if rng.IntN(5) == 0 {
				at := rng.IntN(len(body))
				body = body[:at] + pick(injections) + body[at:]
			}
		}
		role := Roles()[rng.IntN(len(Roles()))]
		if may := w.api.access[route.name()].roles; len(may) > 0 && rng.IntN(4) > 0 {
			role = may[rng.IntN(len(may))]
		}
		if rng.IntN(50) == 0 {
			w.clock.Set(w.clock.Now().Add(failureWindow))
		}
		out := w.as(role, route.method, path, body)
		if out.Code >= 500 {
			t.Errorf("call %d: %s %s as %s with %q: %d %s", n, route.method, path, role, body, out.Code, out.Body)
		}
		checkAnswer(t, fmt.Sprintf("call %d: %s %s", n, route.method, path), out)
		codes[out.Code/100]++
		if out.Code < 300 {
			hit[route.name()] = true
		}
	}
	t.Logf("%v, %d routes answered", codes, len(hit))
	if codes[2] < calls/10 || codes[4] < calls/10 || len(hit) < 30 {
		t.Errorf("the calls are too one-sided: %v, %d routes answered", codes, len(hit))
	}
	if strings.Contains(w.log.String(), "api: panic") {
		t.Error("there was a panic")
	}
	if _, err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// fuzzValue is a value for a parameter, more often right than wrong.
func fuzzValue(rng *rand.Rand, p param) string {
	if rng.IntN(4) == 0 {
		return injections[rng.IntN(len(injections))]
	}
	switch p.kind {
	case moment:
		return start.Add(time.Duration(rng.IntN(1000)-500) * time.Hour).Format(time.RFC3339)
	case number:
		return fmt.Sprint(rng.IntN(1000) + 1)
	case flag:
		return fmt.Sprint(rng.IntN(2) == 0)
	case choice, choices:
		return p.words[rng.IntN(len(p.words))]
	case pair:
		return "dc=east"
	case cursor:
		return []string{"eyJOIjowLCJJRCI6IngifQ", "eyJOIjotOTIyMzM3MjAzNjg1NDc3NTgwOCwiSUQiOiInIn0", "e30"}[rng.IntN(3)]
	case mark:
		return fmt.Sprintf("%d:%064x", rng.IntN(5)+1, rng.Uint64())
	}
	return []string{"sw1", "core", "jrt0068-2012", "agent-1", "sweep-1", "password.min_length"}[rng.IntN(6)]
}

// fuzzOf is a value that fits a type, or nearly.
func fuzzOf(rng *rand.Rand, t reflect.Type, depth int) any {
	if rng.IntN(25) == 0 {
		return []any{nil, -1, 1e30, "x", []any{}, map[string]any{"x": 1}, true}[rng.IntN(7)]
	}
	switch t.Kind() {
	case reflect.Bool:
		return rng.IntN(2) == 0
	case reflect.Int:
		return rng.IntN(200) - 20
	case reflect.String:
		switch rng.IntN(4) {
		case 0:
			return strings.ToValidUTF8(injections[rng.IntN(len(injections))], "")
		case 1:
			return []string{"agent", "collector", "operator", "siem", "read", strings.Repeat("a", 64)}[rng.IntN(6)]
		}
		return []string{"sw1", "core", "agent-1", "a.name", "ssh", "reason"}[rng.IntN(6)]
	case reflect.Slice:
		out := []any{}
		for range rng.IntN(4) {
			out = append(out, fuzzOf(rng, t.Elem(), depth+1))
		}
		return out
	case reflect.Map:
		return map[string]any{"k": fuzzOf(rng, t.Elem(), depth+1)}
	case reflect.Struct:
		out := map[string]any{}
		var walk func(reflect.Type)
		walk = func(t reflect.Type) {
			for i := range t.NumField() {
				f := t.Field(i)
				if f.Anonymous {
					walk(f.Type)
					continue
				}
				name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
				if options == "" || rng.IntN(3) == 0 {
					out[name] = fuzzOf(rng, f.Type, depth+1)
				}
			}
		}
		walk(t)
		if rng.IntN(20) == 0 {
			out["is_admin"] = true
		}
		return out
	}
	return nil
}

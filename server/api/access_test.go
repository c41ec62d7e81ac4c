package api

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/server/store"
)

// TestR1_RoleMatrix calls every route of the router as every role and as nobody, and holds the answers to access.txt. A route without a
// line fails, and so does a line without a route.
func TestR1_RoleMatrix(t *testing.T) {
	w := newWorld(t)
	cells := 0
	for _, route := range w.api.routes {
		right, ok := w.api.access[route.name()]
		if !ok {
			t.Errorf("%s has no line in access.txt", route.name())
			continue
		}
		path := w.fill(route)
		for _, role := range append(Roles(), "") {
			w.api.limits = newLimiter(w.api.Now) // every cell for itself
			out := w.as(role, route.method, path, "")
			may := right.anonymous == allowed || role != "" && slices.Contains(right.roles, role)
			switch denied := out.Code == http.StatusUnauthorized || out.Code == http.StatusForbidden; {
			case out.Code >= 500 || out.Code == http.StatusMethodNotAllowed:
				t.Errorf("%s as %q: %d %s", route.name(), role, out.Code, out.Body)
			case may == denied:
				t.Errorf("%s as %q: %d, and the table says %v", route.name(), role, out.Code, may)
			case !may && (role == "") != (out.Code == http.StatusUnauthorized):
				t.Errorf("%s as %q: %d", route.name(), role, out.Code)
			}
			cells++
		}
		// A token of the right role and without the scope is not enough.
		if right.scope != "" {
			for _, role := range right.roles {
				if right.allows(caller{role: role, scopes: slices.DeleteFunc(role.Scopes(), func(s string) bool { return s == right.scope })}) {
					t.Errorf("%s needs no scope", route.name())
				}
			}
		}
	}
	if cells < 200 {
		t.Fatalf("only %d cells were looked at", cells)
	}
	names := map[string]bool{}
	for _, route := range w.api.routes {
		names[route.name()] = true
	}
	for name := range w.api.access {
		if !names[name] {
			t.Errorf("access.txt: there is no route %s", name)
		}
	}
	// Every line of the table was understood.
	for line := range strings.Lines(accessTable) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(words) != 10 {
			t.Errorf("access.txt: %q has %d words", line, len(words))
			continue
		}
		for _, word := range words[4:] {
			if word != "yes" && word != "no" {
				t.Errorf("access.txt: %q in %q", word, line)
			}
		}
		if !slices.Contains([]string{"yes", "no", "loopback"}, words[3]) {
			t.Errorf("access.txt: %q in %q", words[3], line)
		}
	}
}

// A route that nobody put into the table is for nobody.
func TestR1_RouteWithoutALineIsClosed(t *testing.T) {
	w := newWorld(t)
	delete(w.api.access, "GET /api/v1/findings")
	for _, role := range Roles() {
		w.want(w.as(role, "GET", "/api/v1/findings", ""), http.StatusForbidden, "forbidden")
	}
	w.want(w.as("", "GET", "/api/v1/findings", ""), http.StatusUnauthorized, "unauthenticated")
}

func newcomerBody(name string, role Role, hash string) string {
	b, _ := json.Marshal(newcomer{name, string(role), hash})
	return string(b)
}

func authorisationBody(role Role, hash string) string {
	b, _ := json.Marshal(authorisation{string(role), hash})
	return string(b)
}

// TestR2_FourEyes: a user comes from two people, both on record, and his token is the one both saw.
func TestR2_FourEyes(t *testing.T) {
	w := newWorld(t)
	token, hash := NewToken()
	me := func() int { return w.send(request{path: "/api/v1/me", token: token}).Code }
	w.want(w.as(System, "POST", "/api/v1/users", newcomerBody("li.lei", Operator, hash)), http.StatusCreated, "")
	if me() != http.StatusUnauthorized {
		t.Fatal("a pending user was let in")
	}
	path := "/api/v1/users/li.lei/activate"
	w.want(w.as(System, "POST", path, authorisationBody(Operator, hash)), http.StatusForbidden, "forbidden")
	_, other := NewToken()
	w.want(w.as(Security, "POST", path, authorisationBody(Operator, other)), http.StatusConflict, "conflict")
	w.want(w.as(Security, "POST", path, authorisationBody(Security, hash)), http.StatusConflict, "conflict")
	w.want(w.as(Security, "POST", path, authorisationBody(Operator, hash)), http.StatusNoContent, "")
	w.want(w.as(Security, "POST", path, authorisationBody(Operator, hash)), http.StatusConflict, "conflict")
	if me() != http.StatusOK {
		t.Fatal("an authorised user was not let in")
	}
	// He has one role; another one takes both people again, and his old token does not follow him.
	w.want(w.as(System, "POST", "/api/v1/users", newcomerBody("li.lei", Security, hash)), http.StatusConflict, "conflict")
	w.want(w.as(Security, "POST", "/api/v1/users/li.lei/lock", ""), http.StatusNoContent, "")
	if me() != http.StatusUnauthorized {
		t.Fatal("a locked user was let in")
	}
	w.want(w.as(System, "POST", "/api/v1/users", newcomerBody("li.lei", Security, hash)), http.StatusCreated, "")
	w.want(w.as(Security, "POST", path, authorisationBody(Security, hash)), http.StatusConflict, "conflict")
	second, hash2 := NewToken()
	w.want(w.as(System, "POST", "/api/v1/users", newcomerBody("li.lei", Security, hash2)), http.StatusCreated, "")
	w.want(w.as(Security, "POST", path, authorisationBody(Security, hash2)), http.StatusNoContent, "")
	if me() != http.StatusUnauthorized {
		t.Fatal("the token of the former role still works")
	}
	if code := w.send(request{path: "/api/v1/me", token: second}).Code; code != http.StatusOK {
		t.Fatalf("the new token: %d", code)
	}
	// Who comes back in the same role does so with the new token alone.
	third, hash3 := NewToken()
	w.want(w.as(Security, "POST", "/api/v1/users/li.lei/lock", ""), http.StatusNoContent, "")
	w.want(w.as(System, "POST", "/api/v1/users", newcomerBody("li.lei", Security, hash3)), http.StatusCreated, "")
	w.want(w.as(Security, "POST", path, authorisationBody(Security, hash3)), http.StatusNoContent, "")
	if code := w.send(request{path: "/api/v1/me", token: second}).Code; code != http.StatusUnauthorized {
		t.Fatalf("the token of before: %d", code)
	}
	if code := w.send(request{path: "/api/v1/me", token: third}).Code; code != http.StatusOK {
		t.Fatalf("the new token: %d", code)
	}
	for action, actor := range map[string]string{RequestUser: "system-1", "user.activate": "security-1", "user.lock": "security-1"} {
		found := w.records(store.AuditFilter{Action: action, Object: "li.lei"})
		if len(found) == 0 || found[0].Actor != actor || !strings.Contains(found[0].Detail, `"source":"192.0.2.9"`) {
			t.Errorf("%s: %+v", action, found)
		}
	}
	seen := get[list[record]](w, Audit, "/api/v1/audit?object=li.lei")
	if len(seen.Items) < 5 {
		t.Errorf("the audit administrator sees %d records", len(seen.Items))
	}
}

// A request that nobody authorised for long is void.
func TestR2_RequestEnds(t *testing.T) {
	w := newWorld(t)
	_, hash := NewToken()
	w.want(w.as(System, "POST", "/api/v1/users", newcomerBody("bob", Operator, hash)), http.StatusCreated, "")
	w.clock.Set(w.clock.Now().Add(requestLife))
	w.want(w.as(Security, "POST", "/api/v1/users/bob/activate", authorisationBody(Operator, hash)), http.StatusConflict, "conflict")
}

// TestW24_NoDefaultAccount: a new server lets nobody in, whatever he brings.
func TestW24_NoDefaultAccount(t *testing.T) {
	w := newWorld(t)
	users, err := w.store.Users(t.Context())
	w.must(err)
	for _, u := range users {
		w.must(w.store.PutUser(t.Context(), setup, store.User{Name: u.Name, Role: u.Role, State: store.UserLocked}))
	}
	for _, route := range w.api.routes {
		if w.api.access[route.name()].anonymous == allowed {
			continue
		}
		for _, token := range []string{"", w.tokens[System], "admin", "plt_" + strings.Repeat("A", 43)} {
			w.api.limits = newLimiter(w.api.Now)
			w.want(w.send(request{method: route.method, path: w.fill(route), token: token}), http.StatusUnauthorized, "unauthenticated")
		}
	}
}

// Whoever asked for a user as system administrator and became security administrator since does not authorise him.
func TestR2_RequesterDoesNotAuthorise(t *testing.T) {
	w := newWorld(t)
	_, hash := NewToken()
	w.want(w.as(System, "POST", "/api/v1/users", newcomerBody("bob", Operator, hash)), http.StatusCreated, "")
	token, hash2 := NewToken()
	w.must(w.store.PutUser(t.Context(), setup, store.User{Name: "system-1", Role: string(Security), State: store.UserActive}))
	w.must(w.store.PutAPIToken(t.Context(), setup, store.APIToken{Hash: hash2, ID: "x", User: "system-1", Role: string(Security), Scopes: Security.Scopes(), Expires: start.AddDate(1, 0, 0)}))
	w.want(w.send(request{method: "POST", path: "/api/v1/users/bob/activate", token: token, body: authorisationBody(Operator, hash)}), http.StatusForbidden, "four_eyes")
	w.want(w.as(Security, "POST", "/api/v1/users/bob/activate", authorisationBody(Operator, hash)), http.StatusNoContent, "")
}

// TestR2_OnePersonAlone: 200 orderings of all that one administrator can do give nobody a right.
func TestR2_OnePersonAlone(t *testing.T) {
	w := newWorld(t)
	rng := rand.New(rand.NewPCG(2, 200))
	tried := 0
	for n := range 200 {
		alone := []Role{System, Security, Audit}[n%3]
		name := fmt.Sprint("ghost", n)
		_, hash := NewToken()
		as := []Role{System, Security, Audit, Operator}[rng.IntN(4)]
		steps := []func() int{
			func() int { return w.as(alone, "POST", "/api/v1/users", newcomerBody(name, as, hash)).Code },
			func() int {
				return w.as(alone, "POST", "/api/v1/users/"+name+"/activate", authorisationBody(as, hash)).Code
			},
			func() int { return w.as(alone, "POST", "/api/v1/users/"+name+"/lock", "").Code },
			func() int {
				return w.as(alone, "POST", "/api/v1/users", newcomerBody(string(alone)+"-1", as, hash)).Code
			},
			func() int {
				return w.as(alone, "POST", "/api/v1/users/"+string(alone)+"-1/activate", authorisationBody(as, hash)).Code
			},
			func() int {
				return w.as(alone, "POST", "/api/v1/tokens", `{"scopes":["users","read","inventory"]}`).Code
			},
			func() int {
				return w.as(alone, "POST", "/api/v1/tokens", `{"user":"`+name+`","role":"`+string(as)+`"}`).Code
			},
		}
		rng.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		w.api.limits = newLimiter(w.api.Now)
		for _, step := range steps {
			if code := step(); code >= 500 {
				t.Fatalf("ordering %d: %d", n, code)
			}
			tried++
			if _, err := w.store.UseAPIToken(t.Context(), hash); !none(err) {
				t.Fatalf("ordering %d: %s alone made a user of role %s: %v", n, alone, as, err)
			}
		}
	}
	users, err := w.store.Users(t.Context())
	w.must(err)
	roles := map[string]string{}
	for _, u := range users {
		if u.State == store.UserActive {
			roles[u.Name] = u.Role
		}
	}
	if len(roles) != len(Roles()) {
		t.Errorf("%d users are active, want %d", len(roles), len(Roles()))
	}
	tokens, err := w.store.APITokens(t.Context(), "")
	w.must(err)
	for _, token := range tokens {
		if token.Role != roles[token.User] {
			t.Errorf("token %s of %s is for %s", token.ID, token.User, token.Role)
		}
	}
	if tried != 1400 {
		t.Fatalf("tried %d steps", tried)
	}
}

// TestR3_NobodyEditsTheAuditLog tries 100 ways and more; the records that were there stay what they were.
func TestR3_NobodyEditsTheAuditLog(t *testing.T) {
	w := newWorld(t)
	for _, route := range w.api.routes {
		if strings.Contains(route.path, "audit") && route.method != http.MethodGet {
			t.Errorf("%s changes the audit log", route.name())
		}
	}
	head, err := w.store.Verify(t.Context())
	w.must(err)
	before := w.records(store.AuditFilter{})
	ways := 0
	for _, role := range append(Roles(), "") {
		w.api.limits = newLimiter(w.api.Now)
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			for _, path := range []string{"/api/v1/audit", "/api/v1/audit/1", "/api/v1/audit/verify", "/api/v1/audit?n=1", "/api/v1//audit", "/api/v1/users/../audit"} {
				out := w.as(role, method, path, `{"actor":"mallory","n":1}`)
				if out.Code < 400 || out.Code >= 500 {
					t.Errorf("%s %s as %q: %d", method, path, role, out.Code)
				}
				ways++
			}
		}
		for _, header := range []string{"X-Http-Method-Override", "X-Method-Override", "X-Original-Url"} {
			w.send(request{path: "/api/v1/audit", token: w.tokens[role], headers: http.Header{header: {"DELETE"}}})
			ways++
		}
	}
	after := w.records(store.AuditFilter{})
	if _, err := w.store.Verify(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	tail := after[len(after)-len(before):]
	for i := range before {
		if string(before[i].Hash) != string(tail[i].Hash) {
			t.Fatalf("record %d is another", before[i].N)
		}
	}
	if ways < 100 {
		t.Fatalf("only %d ways", ways)
	}
}

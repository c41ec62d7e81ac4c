package checktest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Sound holds checks to two things in each of their cases. No two results have the same scope, for findings are told
// apart by it. And knowing less never turns something else into a pass: each fact, and the state of each list, is made
// unknown in turn.
func Sound(t *testing.T, list []*checks.Check) {
	tried := 0
	for _, c := range list {
		ar, err := txtar.ParseFile(filepath.Join("testdata", c.ID+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range ar.Files {
			f, err := facts.Parse(string(file.Data))
			if err != nil {
				t.Fatalf("%s: %s: %v", c.ID, file.Name, err)
			}
			given, env := directives(t, string(file.Data))
			p, err := c.ReadParams(given, env)
			if err != nil {
				t.Fatalf("%s: %s: %v", c.ID, file.Name, err)
			}
			results := c.Run(f, p)
			scopes := map[string]bool{}
			for _, r := range results {
				if scopes[r.Scope] {
					t.Errorf("%s: %s: two results have the scope %q", c.ID, file.Name, r.Scope)
				}
				scopes[r.Scope] = true
			}
			if overall(results) == pb.Outcome_OUTCOME_PASS {
				continue
			}
			for path, less := range forgotten(f) {
				tried++
				if overall(c.Run(less, p)) == pb.Outcome_OUTCOME_PASS {
					t.Errorf("%s: %s: passes once %s is not known", c.ID, file.Name, path)
				}
			}
		}
	}
	if tried == 0 {
		t.Error("nothing was tried")
	}
}

func overall(results []checks.Result) pb.Outcome {
	return checks.AllOf(results...).Outcome
}

// forgotten gives copies of f, each with one fact or one list's state unknown, by what was forgotten.
func forgotten(f *pb.Facts) map[string]*pb.Facts {
	out := map[string]*pb.Facts{}
	for line := range strings.Lines(facts.Flat(f)) {
		path, _, ok := strings.Cut(line, " = ")
		if !ok {
			continue
		}
		less := proto.Clone(f).(*pb.Facts)
		walk(less.ProtoReflect(), "", func(at string, fact protoreflect.Message) {
			if at != path {
				return
			}
			fields := fact.Descriptor().Fields()
			fact.Set(fields.ByName("state"), protoreflect.ValueOfEnum(pb.FactState_FACT_STATE_UNKNOWN.Number()))
			fact.Set(fields.ByName("reason"), protoreflect.ValueOfEnum(pb.Reason_REASON_NOT_PERMITTED.Number()))
			for _, value := range []protoreflect.Name{"value", "forever"} {
				if fd := fields.ByName(value); fd != nil {
					fact.Clear(fd)
				}
			}
			out[path] = less
		})
	}
	return out
}

// walk visits every fact and list below a message, with the name that facts.Flat gives it. Scopes that Flat quotes
// are not visited.
func walk(m protoreflect.Message, path string, visit func(string, protoreflect.Message)) {
	if path != "" && m.Descriptor().Fields().ByName("state") != nil && m.Descriptor().Fields().ByName("scope") == nil {
		visit(path, m)
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := string(fd.Name())
		switch {
		case fd.IsList() && name == "items":
			for i := range v.List().Len() {
				it := v.List().Get(i).Message()
				walk(it, path+"["+it.Get(it.Descriptor().Fields().ByName("scope")).String()+"]", visit)
			}
		case !fd.IsList() && fd.Kind() == protoreflect.MessageKind && path == "":
			walk(v.Message(), name, visit)
		case !fd.IsList() && fd.Kind() == protoreflect.MessageKind:
			walk(v.Message(), path+"."+name, visit)
		}
		return true
	})
}

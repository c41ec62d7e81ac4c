package evidence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"google.golang.org/protobuf/proto"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/evidence/evidencetest"
)

// soak picks the larger figure where PLUMBLINE_SOAK is set.
func soak(ci, long int) int {
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		return long
	}
	return ci
}

// A part as a test takes a bundle apart.
type part struct {
	name string
	body []byte
}

func split(tb testing.TB, bundle []byte) []part {
	tb.Helper()
	var parts []part
	for at := 0; at+1024 < len(bundle); {
		name, _, _ := strings.Cut(string(bundle[at:at+100]), "\x00")
		var size int
		if _, err := fmt.Sscanf(string(bundle[at+124:at+135]), "%o", &size); err != nil {
			tb.Fatal(err)
		}
		parts = append(parts, part{name, bytes.Clone(bundle[at+512 : at+512+size])})
		at += 512 + size + (512-size%512)%512
	}
	return parts
}

func join(parts []part) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		evidence.WritePart(&b, p.name, p.body)
	}
	b.Write(make([]byte, 1024))
	return b.Bytes()
}

func unzip(tb testing.TB, body []byte) []byte {
	tb.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body)
	_ = z.Close()
	return b.Bytes()
}

// edit changes the snapshot in a part as an insider would, and packs it again.
func edit(tb testing.TB, parts []part, n int, change func(*pb.Snapshot)) []byte {
	tb.Helper()
	name := fmt.Sprintf("snapshots/%07d/snapshot.pb.gz", n)
	for i := range parts {
		if parts[i].name == name {
			s := &pb.Snapshot{}
			if err := proto.Unmarshal(unzip(tb, parts[i].body), s); err != nil {
				tb.Fatal(err)
			}
			change(s)
			text, err := proto.MarshalOptions{Deterministic: true}.Marshal(s)
			if err != nil {
				tb.Fatal(err)
			}
			parts[i].body = zip(text)
			return join(parts)
		}
	}
	tb.Fatalf("there is no %s", name)
	return nil
}

// A tampering makes a bad bundle of a good one; what the auditor kept is given to all.
type tampering struct {
	name string
	do   func(tb testing.TB, rng *rand.Rand) []byte
}

// scene is a fleet with a bundle, what an auditor kept, and a copy of the database from before.
type scene struct {
	*evidencetest.World
	bundle []byte
	parts  []part
	old    *evidencetest.World
	kept   string
}

func newScene(tb testing.TB) *scene {
	w := fleet(tb, 4)
	s := &scene{World: w, old: w.Copy()}
	for i := range 4 {
		w.Add(tb, evidencetest.Judged(tb, fmt.Sprintf("db%d", i), int64(5+i), evidencetest.Epoch0))
	}
	s.kept = w.Notes[5]
	s.bundle = w.Bundle(tb, 2, 6, 4, 6)
	s.parts = split(tb, s.bundle)
	return s
}

// tamperings are those of GOALS E1.
func (s *scene) tamperings() []tampering {
	parts := func() []part { return append([]part(nil), s.parts...) }
	return []tampering{
		{"bit flip", func(_ testing.TB, rng *rand.Rand) []byte {
			b := bytes.Clone(s.bundle)
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
			return b
		}},
		{"delete", func(tb testing.TB, rng *rand.Rand) []byte {
			switch p := parts(); rng.IntN(3) {
			case 0: // a part
				i := rng.IntN(len(p))
				return join(append(p[:i], p[i+1:]...))
			case 1: // bytes
				i := rng.IntN(len(s.bundle))
				n := min(1+rng.IntN(2000), len(s.bundle)-i)
				return append(bytes.Clone(s.bundle[:i]), s.bundle[i+n:]...)
			default: // a finding
				return edit(tb, p, 1+rng.IntN(4), func(x *pb.Snapshot) {
					i := rng.IntN(len(x.Findings))
					x.Findings = append(x.Findings[:i], x.Findings[i+1:]...)
				})
			}
		}},
		{"insert", func(tb testing.TB, rng *rand.Rand) []byte {
			switch p := parts(); rng.IntN(3) {
			case 0: // a part, again or of a new name
				i, add := rng.IntN(len(p)+1), p[rng.IntN(len(p))]
				if rng.IntN(2) == 0 {
					add.name = "snapshots/0000009/snapshot.pb.gz"
				}
				return join(append(p[:i:i], append([]part{add}, p[i:]...)...))
			case 1: // bytes
				i := rng.IntN(len(s.bundle) + 1)
				add := make([]byte, 1+rng.IntN(1500))
				for j := range add {
					add[j] = byte(rng.IntN(256)) & byte(rng.IntN(2)*255)
				}
				return append(bytes.Clone(s.bundle[:i]), append(add, s.bundle[i:]...)...)
			default: // a finding
				return edit(tb, p, 1+rng.IntN(4), func(x *pb.Snapshot) {
					x.Findings = append(x.Findings, proto.CloneOf(x.Findings[rng.IntN(len(x.Findings))]))
				})
			}
		}},
		{"swap", func(tb testing.TB, rng *rand.Rand) []byte {
			p := parts()
			i, j := rng.IntN(len(p)), rng.IntN(len(p)-1)
			if j >= i {
				j++
			}
			switch rng.IntN(3) {
			case 0: // places
				p[i], p[j] = p[j], p[i]
			case 1: // contents
				if bytes.Equal(p[i].body, p[j].body) {
					return edit(tb, p, 1, func(x *pb.Snapshot) { x.Findings[0], x.Findings[1] = x.Findings[1], x.Findings[0] })
				}
				p[i].body, p[j].body = p[j].body, p[i].body
			default: // outcomes of findings
				return edit(tb, p, 1+rng.IntN(4), func(x *pb.Snapshot) {
					f := x.Findings[rng.IntN(len(x.Findings))]
					f.Outcome = f.Outcome%4 + 1
				})
			}
			return join(p)
		}},
		{"truncate tail", func(_ testing.TB, rng *rand.Rand) []byte {
			return bytes.Clone(s.bundle[:512+rng.IntN(len(s.bundle)-512)])
		}},
		{"old database put back", func(tb testing.TB, rng *rand.Rand) []byte {
			w := s.old.Copy()
			for i := range rng.IntN(7) { // it went on with other deliveries
				w.Add(tb, evidencetest.Judged(tb, fmt.Sprintf("db%d", i), int64(20+rng.IntN(50)), evidencetest.Epoch0))
			}
			w.Forward(30)
			return w.Bundle(tb, 0, 1+rng.IntN(3), 6)
		}},
		{"forged checkpoint", func(tb testing.TB, rng *rand.Rand) []byte {
			p := parts()
			at := 2
			if p[at].name != "log/checkpoint" {
				tb.Fatal(p[at].name)
			}
			switch note := string(p[at].body); rng.IntN(3) {
			case 0: // another's signature
				other := evidencetest.New(tb)
				other.Add(tb, evidencetest.Judged(tb, "x", 8, evidencetest.Epoch0))
				p[at].body = []byte(other.Notes[0])
			case 1: // another size
				p[at].body = []byte(strings.Replace(note, "\n8\n", fmt.Sprintf("\n%d\n", 9+rng.IntN(100)), 1))
			default: // a true one of another time
				p[at].body = []byte(s.Notes[rng.IntN(7)])
			}
			return join(p)
		}},
	}
}

// Every tampering is found.
func TestE1Tamper(t *testing.T) {
	s := newScene(t)
	if r := evidencetest.Verify(t, s.bundle, s.Options(s.kept)); r.Verdict != evidence.Good {
		t.Fatalf("%+v", r)
	}
	for i, kind := range s.tamperings() {
		t.Run(kind.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(i)))
			n, missed := soak(500, 10000), 0
			for range n {
				b := kind.do(t, rng)
				if bytes.Equal(b, s.bundle) {
					t.Fatal("nothing was changed")
				}
				o := s.Options(s.kept)
				o.Checks = nil // what was changed is found without judging anything again
				if r := evidencetest.Verify(t, b, o); r.Verdict != evidence.Tampered {
					if missed++; missed < 5 {
						t.Errorf("not found: %s, %+v", r.Verdict, r.Unchecked)
					}
				}
			}
			t.Logf("%d of %d found", n-missed, n)
		})
	}
}

// The report says which part and which finding, in both languages.
func TestSaysWhat(t *testing.T) {
	s := newScene(t)
	parts := func() []part { return append([]part(nil), s.parts...) }
	var id, name string
	changed := edit(t, parts(), 2, func(x *pb.Snapshot) {
		for _, f := range x.Findings {
			if f.Outcome == pb.Outcome_OUTCOME_FAIL {
				id, name, f.Outcome = f.Id, f.Clause, pb.Outcome_OUTCOME_PASS
				return
			}
		}
		t.Fatal("nothing fails")
	})
	removed := edit(t, parts(), 3, func(x *pb.Snapshot) { x.Findings = x.Findings[1:] })
	facts := edit(t, parts(), 1, func(x *pb.Snapshot) { x.Facts.PasswordPolicies.Items[0].MinLength.Value = 99 })
	listed := parts()
	listed[6].body = zip(bytes.Replace(unzip(t, listed[6].body), []byte("\tfail\t"), []byte("\tpass\t"), 1))
	for _, c := range []struct {
		what    string
		bundle  []byte
		part    string
		finding string
		en, zh  string
	}{
		{"outcome", changed, "snapshots/0000002/snapshot.pb.gz", id, name, "原为 fail，现为 pass"},
		{"removed", removed, "snapshots/0000003/snapshot.pb.gz", "*", "taken out", "被删除"},
		{"facts", facts, "snapshots/0000001/snapshot.pb.gz", "", "the facts or something else", "事实"},
		{"list", join(listed), "snapshots/0000001/findings.tsv.gz", "*", "was fail and is pass", "原为 fail"},
		{"part", join(append(parts()[:5:5], parts()[6:]...)), s.parts[5].name, "", "taken out", "被删除"},
		{"inserted", join(append(parts(), part{"more.txt", []byte("x")})), "more.txt", "", "inserted", "插入"},
		{"cut", s.bundle[:len(s.bundle)-3000], "statement.dsse.json", "", "no signed statement", "没有签名声明"},
	} {
		r := evidencetest.Verify(t, c.bundle, s.Options())
		found := false
		for _, n := range r.Tampered {
			if n.Part == c.part && (c.finding == n.Finding || c.finding == "*" && n.Finding != "") && strings.Contains(n.En, c.en) && strings.Contains(n.Zh, c.zh) {
				found = true
			}
		}
		if !found || r.Verdict != evidence.Tampered {
			t.Errorf("%s: %s, %+v", c.what, r.Verdict, r.Tampered)
		}
	}
}

// An insider who has the key and rewrites the log is found by whoever kept a checkpoint.
func TestE2Fork(t *testing.T) {
	s := newScene(t)
	for i := range soak(30, 1000) {
		w := s.old.Copy()
		for j := range 4 {
			w.Add(t, evidencetest.Judged(t, fmt.Sprintf("db%d", j), int64(30+i), evidencetest.Epoch0))
		}
		w.Forward(30)
		if r := evidencetest.Verify(t, w.Bundle(t, 1, 3, 4, 6), w.Options(s.kept)); r.Verdict != evidence.Tampered {
			t.Fatalf("fork %d: %+v", i, r)
		}
	}
}

// An insider who has the key and states a verdict that the facts do not give is found, too.
func TestVerdictsAreJudgedAgain(t *testing.T) {
	for name, change := range map[string]func(*pb.Snapshot){
		"changed": func(s *pb.Snapshot) {
			for _, f := range s.Findings {
				if f.Check == "password.min_length" && f.Outcome == pb.Outcome_OUTCOME_FAIL {
					f.Outcome = pb.Outcome_OUTCOME_PASS
				}
			}
		},
		"facts": func(s *pb.Snapshot) { s.Facts.PasswordPolicies.Items[0].MinLength.Value = 30 },
		"missed": func(s *pb.Snapshot) {
			s.Visit.State = pb.VisitState_VISIT_STATE_UNREACHABLE
		},
	} {
		w := evidencetest.New(t)
		s := evidencetest.Judged(t, "web1", 6, evidencetest.Epoch0)
		change(s)
		w.Add(t, s)
		r := evidencetest.Verify(t, w.Bundle(t, 0, 1), w.Options())
		if r.Verdict != evidence.Tampered || r.Verdicts[evidence.Differs] == 0 || r.Tampered[0].Finding == "" {
			t.Errorf("%s: %s %v %+v", name, r.Verdict, r.Verdicts, r.Tampered)
		}
		// Another version may have judged otherwise; that is said, and is no proof.
		o := w.Options()
		o.Version = "other"
		if r := evidencetest.Verify(t, w.Bundle(t, 0, 1), o); r.Verdict != evidence.Unchecked {
			t.Errorf("%s, by another version: %s", name, r.Verdict)
		}
	}
	w := evidencetest.New(t)
	s := evidencetest.Judged(t, "web1", 6, evidencetest.Epoch0)
	s.Baselines[0] = "jrt0068-2012@00"
	w.Add(t, s)
	if r := evidencetest.Verify(t, w.Bundle(t, 0, 1), w.Options()); r.Verdict != evidence.Good || r.Verdicts[evidence.OtherBaseline] != int64(len(s.Findings)) || len(r.Examples[evidence.OtherBaseline]) == 0 {
		t.Errorf("another baseline: %s %v", r.Verdict, r.Verdicts)
	}
}

// A second verifier, in another language and without our code, comes to the same on good bundles and on bad ones.
func TestE3SecondVerifier(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is needed:", err)
	}
	script := filepath.Join("..", "e2e", "verify.py")
	text, err := os.ReadFile(script)
	if err != nil || bytes.Count(text, []byte("\n")) > 300 {
		t.Fatalf("%d lines, %v", bytes.Count(text, []byte("\n")), err)
	}
	s := newScene(t)
	dir := t.TempDir()
	key, kept := filepath.Join(dir, "key"), filepath.Join(dir, "kept")
	write(t, key, []byte(s.Keys.Public()[0].String()+"\n"))
	write(t, kept, []byte(s.kept))
	kinds := s.tamperings()
	rng := rand.New(rand.NewPCG(3, 3))
	n, good := soak(60, 1000), 0
	const atOnce = 20
	for from := 0; from < n; from += atOnce {
		args := []string{script, "--key", key, "--checkpoint", kept}
		var want []string
		for i := from; i < min(n, from+atOnce); i++ {
			var bundle []byte
			what := "good"
			switch i % 3 {
			case 0: // another good one
				first := rng.IntN(7)
				bundle = s.Bundle(t, first, first+1+rng.IntN(8-first), 6)
			case 1:
				kind := kinds[rng.IntN(len(kinds))]
				bundle, what = kind.do(t, rng), kind.name
			default:
				kind := kinds[i/3%len(kinds)]
				bundle, what = kind.do(t, rng), kind.name
			}
			name := filepath.Join(dir, fmt.Sprint(i))
			write(t, name, bundle)
			r := evidencetest.Verify(t, bundle, s.Options(s.kept))
			if r.Verdict == evidence.Good {
				good++
			}
			words := map[evidence.Verdict]string{evidence.Good: "GOOD", evidence.Tampered: "TAMPERED WITH", evidence.Unchecked: "CANNOT BE CHECKED"}
			args, want = append(args, name), append(want, name+": "+words[r.Verdict]+"\x00"+what)
		}
		out, err := exec.Command(python, args...).CombinedOutput()
		var exited *exec.ExitError
		if err != nil && !errors.As(err, &exited) {
			t.Fatal(err)
		}
		for _, w := range want {
			line, what, _ := strings.Cut(w, "\x00")
			if !strings.Contains(string(out), line+"\n") {
				t.Errorf("%s: ours says %s; the other says\n%.3000s", what, line, out)
			}
		}
	}
	if good == 0 || good == n {
		t.Errorf("%d of %d were good: nothing was compared", good, n)
	}
	t.Logf("%d bundles, %d good", n, good)
}

func write(tb testing.TB, name string, text []byte) {
	tb.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// The report is JSON for machines.
func TestReportJSON(t *testing.T) {
	s := newScene(t)
	text, err := json.Marshal(evidencetest.Verify(t, s.bundle, s.Options(s.kept)))
	if err != nil || !bytes.Contains(text, []byte(`"verdict":"good"`)) || !bytes.Contains(text, []byte(`"tampered":[]`)) {
		t.Errorf("%s, %v", text, err)
	}
}

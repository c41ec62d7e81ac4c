package spool_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/plumbline/plumbline/plugins/sink/spool"
)

// D7: whatever becomes of the files, every undamaged record is delivered, no altered one is, and damage is counted.
func TestD7Damage(t *testing.T) {
	t.Parallel()
	mutations := 1000
	if soak {
		mutations = 20000
	}
	if testing.Short() {
		mutations = 200
	}
	o := quick()
	o.SegmentBytes = 2 << 10
	template := fresh(t)
	s := open(t, template, o)
	want := names("d", 1, 24)
	add(t, s, want...)
	s.Close()
	originals := map[string][]byte{} // the bytes of the record of each id
	var files []string
	for _, f := range segments(t, template) {
		files = append(files, filepath.Base(f))
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, frame := range spool.Frames(b) {
			originals[want[len(originals)]] = frame
		}
	}
	if len(originals) != len(want) || len(files) < 3 {
		t.Fatalf("%d records in %d files", len(originals), len(files))
	}
	r := rand.New(rand.NewPCG(7, 7))
	kinds := map[string]int{}
	silent := 0
	for i := range mutations {
		dir := fresh(t)
		if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
			t.Fatal(err)
		}
		chmod(t, dir)
		kind := mutate(t, r, dir, files)
		kinds[kind]++
		var present, missing []string
		var all []byte
		for _, f := range segments(t, dir) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(append(all, b...), 0)
		}
		for _, id := range want {
			if bytes.Contains(all, originals[id]) {
				present = append(present, id)
			} else {
				missing = append(missing, id)
			}
		}
		s, err := spool.Open(dir, o)
		if err != nil {
			t.Fatalf("%d (%s): %v", i, kind, err)
		}
		m := &memory{}
		drain(t, s, m)
		st := s.Status()
		s.Close()
		os.RemoveAll(filepath.Dir(dir))
		if got := m.ids(); !slices.Equal(got, present) {
			t.Fatalf("%d (%s): delivered %v\nwant %v", i, kind, got, present)
		}
		if v := judge(present, m.got, false); v != (verdict{}) {
			t.Fatalf("%d (%s): %+v", i, kind, v)
		}
		if len(missing) > 0 && st.Damaged+st.Torn == 0 {
			// Only an end cut off between two records leaves no trace in the files.
			if n := len(want) - len(missing); kind != "truncate" && kind != "remove file" && kind != "copy under another name" || !slices.Equal(missing, want[n:]) {
				t.Fatalf("%d (%s): %v are missing and no damage is reported", i, kind, missing)
			}
			silent++
		}
	}
	if len(kinds) != 9 {
		t.Errorf("mutations made: %v", kinds)
	}
	t.Logf("%d mutations %v; %d cut off an end without a trace", mutations, kinds, silent)
}

// mutate does one thing to the files of a spool and says what.
func mutate(t *testing.T, r *rand.Rand, dir string, files []string) string {
	name := filepath.Join(dir, files[r.IntN(len(files))])
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	frames := spool.Frames(b)
	head := b[:len(b)-len(bytes.Join(frames, nil))]
	kind := ""
	switch r.IntN(9) {
	case 0, 1:
		kind = "flip a bit"
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	case 2:
		kind = "truncate"
		b = b[:r.IntN(len(b))]
	case 3:
		kind = "duplicate a record"
		i, j := r.IntN(len(frames)), r.IntN(len(frames)+1)
		b = bytes.Join(append([][]byte{head}, slices.Insert(slices.Clone(frames), j, frames[i])...), nil)
	case 4:
		kind = "reorder records"
		frames = slices.Clone(frames)
		r.Shuffle(len(frames), func(i, j int) { frames[i], frames[j] = frames[j], frames[i] })
		b = bytes.Join(append([][]byte{head}, frames...), nil)
	case 5:
		kind = "cut out bytes"
		i := r.IntN(len(b))
		j := i + r.IntN(len(b)-i)
		b = append(b[:i:i], b[j:]...)
	case 6:
		kind = "overwrite with noise"
		for i := r.IntN(len(b)); i < len(b) && r.IntN(60) > 0; i++ {
			b[i] = byte(r.Uint32())
		}
	case 7:
		kind = "copy under another name"
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%020d.seg", r.IntN(60))), b, 0o600); err != nil {
			t.Fatal(err)
		}
		return kind
	case 8:
		if r.IntN(2) == 0 {
			kind = "remove file"
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			return kind
		}
		kind = "damage the identity"
		b, err := os.ReadFile(filepath.Join(dir, "identity"))
		if err != nil {
			t.Fatal(err)
		}
		b[r.IntN(len(b))] ^= 1
		if err := os.WriteFile(filepath.Join(dir, "identity"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		return kind
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return kind
}

// A device that puts the bytes of a record into its answers does not get them taken for one.
func TestForgedRecord(t *testing.T) {
	dir := fresh(t)
	s := open(t, dir, quick())
	add(t, s, "honest")
	s.Close()
	b, err := os.ReadFile(segments(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	forged := spool.Frames(b)[0] // right in another spool, so with another salt
	victim := fresh(t)
	s = open(t, victim, quick())
	add(t, s, "a")
	s.Close()
	name := segments(t, victim)[0]
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(forged); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s = open(t, victim, quick())
	m := &memory{}
	drain(t, s, m)
	if got := m.ids(); !slices.Equal(got, []string{"a"}) || s.Status().Torn == 0 {
		t.Errorf("delivered %v, %+v", got, s.Status())
	}
}

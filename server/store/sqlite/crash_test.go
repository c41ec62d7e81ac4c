package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

// The variables that make this test binary a server to be killed.
const (
	childPath = "PLUMBLINE_STORE_CHILD"
	childFrom = "PLUMBLINE_STORE_CHILD_FROM"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		from, err := strconv.ParseUint(os.Getenv(childFrom), 10, 64)
		if err == nil {
			err = child(path, from)
		}
		fmt.Println("end", err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child accepts deliveries for ever, from a sequence on, and says which were acknowledged. Once it fails, it tries a few times more.
func child(path string, from uint64) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path, time.Now)
	if err != nil {
		return err
	}
	failed := 0
	for failed < 5 {
		batch := deliveries(from, 1+from%4)
		if _, err := s.Accept(ctx, batch); err != nil {
			failed++
			fmt.Println("failed", errors.Is(err, store.ErrBroken), err)
			continue
		}
		from += uint64(len(batch))
		fmt.Println("ack", from-1)
	}
	return nil
}

// deliveries are what the sender's spool holds from a sequence on: the same at every try.
func deliveries(from, n uint64) []store.Delivery {
	var out []store.Delivery
	for i := from; i < from+n; i++ {
		outcomes := storetest.Outcomes(20, pb.Outcome_OUTCOME_PASS)
		outcomes[i%20] = pb.Outcome_OUTCOME_FAIL
		at := storetest.Epoch0.Add(time.Duration(i) * time.Minute)
		body, err := store.Body(storetest.Reading{Target: fmt.Sprint("h", i%7), Zone: fmt.Sprint("z", i%2), At: at, Outcomes: outcomes}.Make())
		if err != nil {
			panic(err)
		}
		out = append(out, store.Delivery{Sender: "agent-1", Epoch: 1, Sequence: i, Body: body, Received: at.Add(time.Second)})
	}
	return out
}

// start runs the child, behind the words of another program where there are some.
func start(t *testing.T, path string, from uint64, before ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	words := append(before, os.Args[0])
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Env = append(os.Environ(), childPath+"="+path, fmt.Sprintf("%s=%d", childFrom, from))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// reopened checks that every acknowledged delivery is there once, and that the store is sound. It gives the highest sequence.
func reopened(t *testing.T, path string, acked uint64) uint64 {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, time.Now)
	if err != nil {
		t.Fatalf("it does not open: %v", err)
	}
	defer s.Close()
	seen := map[uint64]int{}
	var highest uint64
	for page := (store.Page{Limit: 1000}); ; {
		found, next, err := s.Snapshots(t.Context(), store.SnapshotFilter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range found {
			seen[one.Sequence]++
			highest = max(highest, one.Sequence)
		}
		if next == "" {
			break
		}
		page.After = next
	}
	for i := uint64(1); i <= acked; i++ {
		if seen[i] != 1 {
			t.Errorf("delivery %d was acknowledged and is there %d times", i, seen[i])
		}
	}
	found, err := s.Check(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range found {
		t.Errorf("the store is not sound: %s", what)
	}
	if durable, err := s.Durable(t.Context(), "agent-1", 1); err != nil || durable != highest {
		t.Errorf("durable to %d, %v; snapshots to %d", durable, err, highest)
	}
	return highest
}

// A server killed at any moment has lost nothing that it acknowledged, and what is sent again is there once.
func TestD1_KilledWhileAccepting(t *testing.T) {
	kills := 15
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		kills = 500
	}
	path := filepath.Join(t.TempDir(), "store.db")
	var acked uint64
	for range kills {
		cmd, out := start(t, path, acked+1)
		killed := false
		for out.Scan() {
			n, ok := strings.CutPrefix(out.Text(), "ack ")
			if !ok {
				t.Fatalf("the child says: %s", out.Text())
			}
			var err error
			if acked, err = strconv.ParseUint(n, 10, 64); err != nil {
				t.Fatal(err)
			}
			if !killed {
				killed = true
				time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
		}
		_ = cmd.Wait() // it was killed
		if !killed {
			t.Fatal("the child acknowledged nothing")
		}
	}
	highest := reopened(t, path, acked)
	t.Logf("%d kills, %d acknowledged, %d there", kills, acked, highest)
	if acked < uint64(kills) {
		t.Errorf("only %d deliveries were acknowledged", acked)
	}
}

// After a failed fsync nothing more is acknowledged: a later one that succeeds proves nothing.
func TestD13_FailedFsync(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is needed (apt-get install strace)")
	}
	for _, when := range []int{9, 14, 25, 40} {
		t.Run(fmt.Sprint(when), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			if s, err := sqlite.Open(t.Context(), path, time.Now); err != nil {
				t.Fatal(err)
			} else if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			cmd, out := start(t, path, 1, "strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
				"-e", fmt.Sprintf("inject=fsync,fdatasync:error=EIO:when=%d", when))
			var acked uint64
			broken := 0
			for out.Scan() {
				words := strings.Fields(out.Text())
				switch words[0] {
				case "ack":
					if broken > 0 {
						t.Fatalf("acknowledged after a failed fsync: %s", out.Text())
					}
					var err error
					if acked, err = strconv.ParseUint(words[1], 10, 64); err != nil {
						t.Fatal(err)
					}
				case "failed":
					if words[1] != "true" {
						t.Fatalf("it failed and went on: %s", out.Text())
					}
					broken++
				}
			}
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			if broken != 5 || acked == 0 {
				t.Fatalf("%d acknowledged, %d refused", acked, broken)
			}
			reopened(t, path, acked)
		})
	}
}

// A backup is taken while others write; restored, it is whole, has another epoch, and takes again what came after it.
func TestD8_BackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	s, _ := openAt(t, filepath.Join(dir, "store.db"), time.Now)
	stop, stopped := make(chan struct{}), make(chan uint64)
	go func() {
		var n uint64
		for {
			select {
			case <-stop:
				stopped <- n
				return
			default:
			}
			if _, err := s.Accept(t.Context(), deliveries(n+1, 1)); err != nil {
				t.Error(err)
			}
			n++
		}
	}()
	time.Sleep(200 * time.Millisecond)
	backup := filepath.Join(dir, "backup.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), backup); err == nil {
		t.Error("a backup was written over another")
	}
	close(stop)
	sent := <-stopped
	by := store.Entry{Actor: "root", Action: "restore", Object: "backup.db"}
	if err := sqlite.Restore(t.Context(), backup, filepath.Join(dir, "store.db"), by, time.Now); err == nil {
		t.Error("a restore went over a store that is there")
	}
	path := filepath.Join(dir, "restored.db")
	if err := sqlite.Restore(t.Context(), backup, path, by, time.Now); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("restored as %v, %v", info.Mode(), err)
	}
	had := reopened(t, path, 1)
	if had >= sent {
		t.Errorf("the backup has %d of %d", had, sent)
	}
	r, _ := openAt(t, path, time.Now)
	if r.Epoch() == s.Epoch() {
		t.Error("the epoch is the same")
	}
	records, _, err := r.Records(t.Context(), store.AuditFilter{Action: "restore"}, store.Page{})
	if err != nil || len(records) != 1 {
		t.Errorf("on record: %v, %v", records, err)
	}
	for i := uint64(1); i <= sent; i += 50 {
		if _, err := r.Accept(t.Context(), deliveries(i, min(50, sent-i+1))); err != nil {
			t.Fatal(err)
		}
	}
	if highest := reopened(t, path, sent); highest != sent {
		t.Errorf("%d of %d after sending again", highest, sent)
	}
}

// A backup that is damaged is not put in place.
func TestRestoreRefusesDamage(t *testing.T) {
	dir := t.TempDir()
	s, _ := openAt(t, filepath.Join(dir, "store.db"), time.Now)
	if _, err := s.Accept(t.Context(), deliveries(1, 40)); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(dir, "backup.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "\x28\xb5\x2f\xfd" // a body begins with it
	flipped := bytes.Clone(whole)
	for at := range len(whole) - 100 {
		if string(whole[at:at+len(mark)]) == mark {
			flipped[at+20] ^= 1
		}
	}
	if bytes.Equal(whole, flipped) {
		t.Fatal("there is no body in the backup")
	}
	for name, damaged := range map[string][]byte{"cut": whole[:len(whole)/2], "flipped": flipped, "no store": []byte("rubbish"), "empty": nil} {
		from, to := filepath.Join(dir, name), filepath.Join(dir, name+".restored")
		if err := os.WriteFile(from, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		err := sqlite.Restore(t.Context(), from, to, store.Entry{Actor: "root", Action: "restore"}, time.Now)
		if err == nil {
			t.Errorf("%s: it was restored", name)
		}
		if left, err := filepath.Glob(to + "*"); err != nil || len(left) > 0 {
			t.Errorf("%s: it left %v, %v", name, left, err)
		}
	}
}

// A database that a newer program wrote is not touched.
func TestNewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	_, db := openAt(t, path, time.Now)
	if _, err := db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	if again, err := sqlite.Open(t.Context(), path, time.Now); err == nil {
		t.Error("it was opened", again.Close())
	}
}

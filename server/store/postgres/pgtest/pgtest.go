// Package pgtest sets up a PostgreSQL of its own for tests: in a temporary folder, reached by a Unix socket, run by an unprivileged
// user, and gone when the test process is. It needs the server's programs (Debian: postgresql) and fails without them.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// A Cluster is a running PostgreSQL.
type Cluster struct {
	dir     string
	process *os.Process
	ended   chan struct{}
	log     *bytes.Buffer
	names   atomic.Int64
}

// Start makes a cluster and waits until it answers. The caller stops it.
func Start() (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	// A socket's path may be no longer than 107 bytes.
	dir, err := os.MkdirTemp("/tmp", "plumbline-pg-")
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	c := &Cluster{dir: dir, ended: make(chan struct{}), log: &bytes.Buffer{}}
	if err := c.start(bin); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/initdb (apt-get install postgresql)")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged is who runs it: PostgreSQL refuses root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Getuid() != 0 {
		return attributes, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attributes, os.Chown(dir, int(uid), int(gid))
	}
	return nil, errors.New("there is no unprivileged user to run PostgreSQL as")
}

func (c *Cluster) start(bin string) error {
	attributes, err := unprivileged(c.dir)
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	data := filepath.Join(c.dir, "data")
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(context.Background(), filepath.Join(bin, name), args...)
		cmd.Dir, cmd.Env, cmd.SysProcAttr = c.dir, []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}, attributes
		return cmd
	}
	started := make(chan error, 1)
	go func() {
		defer close(c.ended)
		// The signal at the parent's death comes at the death of the thread that forked.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		out, err := command("initdb", "-D", data, "-A", "trust", "-U", "plumbline", "-E", "UTF8", "--no-locale", "--no-sync").CombinedOutput()
		if err != nil {
			started <- fmt.Errorf("initdb: %w: %s", err, out)
			return
		}
		server := command("postgres", "-D", data, "-k", c.dir, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=256MB")
		server.Stdout, server.Stderr = c.log, c.log
		if err := server.Start(); err != nil {
			started <- fmt.Errorf("postgres: %w", err)
			return
		}
		c.process = server.Process
		started <- nil
		_ = server.Wait() // it ends by our signal
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	return c.await()
}

func (c *Cluster) await() error {
	db, err := sql.Open("pgx", c.url())
	if err != nil {
		return fmt.Errorf("reach PostgreSQL: %w", err)
	}
	defer db.Close()
	deadline := time.Now().Add(time.Minute)
	for {
		err := db.PingContext(context.Background())
		if err == nil {
			return nil
		}
		select {
		case <-c.ended:
			return fmt.Errorf("PostgreSQL ended: %s", c.log)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("reach PostgreSQL: %w", err), c.Stop())
		}
	}
}

func (c *Cluster) url() string {
	q := url.Values{"host": {c.dir}, "user": {"plumbline"}, "sslmode": {"disable"}}
	return "postgres:///postgres?" + q.Encode()
}

// Stop ends the cluster and removes it.
func (c *Cluster) Stop() error {
	if err := c.process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	<-c.ended
	return os.RemoveAll(c.dir)
}

// Database gives the URL of an empty schema that is gone after the test.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	// A schema costs a hundredth of what a database does.
	name := fmt.Sprintf("test%d", c.names.Add(1))
	c.run(tb, "CREATE SCHEMA "+name)
	tb.Cleanup(func() { c.run(tb, "DROP SCHEMA "+name+" CASCADE") })
	return c.url() + "&search_path=" + name
}

func (c *Cluster) run(tb testing.TB, statement string) {
	tb.Helper()
	db, err := sql.Open("pgx", c.url())
	if err != nil {
		tb.Fatalf("reach PostgreSQL: %v", err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

package collector

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline/plumbline/checks"
	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/inventory"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxJumps is how many jump hosts may stand in a row.
const maxJumps = 5

// hopTime is how long the connection to a jump host may serve a sweep.
const hopTime = 24 * time.Hour

// hops are the connections to jump hosts. Each is logged in to once in a sweep, for all targets behind it.
type hops struct {
	mu   sync.Mutex
	list map[string]*hop
	// opened are the connections in the order in which they were opened.
	opened []*sshasker.Conn
}

// A hop is one jump host, reached by one way.
type hop struct {
	lock chan struct{} // held by the one who dials
	conn *sshasker.Conn
	gone chan struct{} // closed when conn is
	err  error         // why it is not tried again
}

// through gives the way to a target behind jump hosts; nil for one that is reached directly.
func (v *visiting) through(ctx context.Context, t *inventory.Target) (sshasker.Connector, error) {
	chain, err := v.jumps(t)
	if err != nil {
		return nil, err
	}
	if len(chain) > 0 {
		v.door.Yield() // another visit may be logging in to the jump host, and wait for us
	}
	var connect sshasker.Connector
	way := ""
	for _, j := range chain {
		way += "\x00" + j.ID
		conn, err := v.hops.conn(ctx, way, func() (*sshasker.Conn, error) {
			cred, err := credential(ctx, v.access, j, vault.ForSSH)
			if err != nil {
				return nil, err
			}
			limits := v.Limits
			limits.Session = hopTime
			return v.enter(ctx, j, cred, connect, limits)
		})
		if err != nil {
			return nil, errJump{j.ID, said(err)}
		}
		connect = conn.Client().DialContext
	}
	return connect, nil
}

// conn gives the connection to a jump host. A failure stands for the whole sweep, unless it is the asker's own end; a connection that
// was lost later is opened again.
func (h *hops) conn(ctx context.Context, way string, dial func() (*sshasker.Conn, error)) (*sshasker.Conn, error) {
	h.mu.Lock()
	j := h.list[way]
	if j == nil {
		j = &hop{lock: make(chan struct{}, 1)}
		if h.list == nil {
			h.list = map[string]*hop{}
		}
		h.list[way] = j
	}
	h.mu.Unlock()
	select {
	case j.lock <- struct{}{}:
		defer func() { <-j.lock }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	select {
	case <-j.gone: // never, as long as there is none
		j.conn, j.gone = nil, nil
	default:
	}
	if j.conn != nil || j.err != nil {
		return j.conn, j.err
	}
	conn, err := dial()
	if err != nil {
		if ctx.Err() == nil || shown(err) {
			_, why := outcome(context.WithoutCancel(ctx), err)
			j.err = saying{why}
			err = j.err
		}
		return nil, err
	}
	j.conn, j.gone = conn, make(chan struct{})
	go func(gone chan struct{}) {
		_ = conn.Client().Wait()
		close(gone)
	}(j.gone)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened = append(h.opened, conn)
	return conn, nil
}

// close ends the connections, the innermost first.
func (h *hops) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range slices.Backward(h.opened) {
		c.Close()
	}
}

// jumps are the jump hosts on the way to a target, the outermost first.
func (c *Collector) jumps(t *inventory.Target) ([]*inventory.Target, error) {
	var way []*inventory.Target
	for ; t.Jump != ""; t = way[len(way)-1] {
		if len(way) == maxJumps {
			return nil, errors.New("too many jump hosts in a row")
		}
		way = append(way, c.jump(t.Jump))
	}
	slices.Reverse(way)
	return way, nil
}

// jump finds a jump host among the targets, or makes one of user@host:port.
func (c *Collector) jump(name string) *inventory.Target {
	for _, t := range c.Targets {
		if t.ID == name || t.Name == name {
			return t
		}
	}
	user, where, found := strings.Cut(name, "@")
	if !found {
		user, where = "", name
	}
	t := &inventory.Target{ID: where, Address: where, User: user, Driver: hostDriver, Transports: []string{overSSH}}
	if h, p, err := net.SplitHostPort(where); err == nil {
		t.Address = h
		t.Port, _ = strconv.Atoi(p) // an empty port is the usual one
	}
	return t
}

// errJump says that a target was not reached because its jump host was not. It is not the jump host's error: what that one refused or
// showed is nothing against the target.
type errJump struct {
	jump string
	why  *pb.Text
}

func (e errJump) Error() string { return e.Say().GetEn() }

// Say says it in both languages.
func (e errJump) Say() *pb.Text {
	return checks.Say("跳板 %s：%s", "jump host %s: %s", e.jump, e.why)
}

// saying is an error of which only the words are kept.
type saying struct{ text *pb.Text }

func (e saying) Error() string { return e.text.GetEn() }

// Say says it in both languages.
func (e saying) Say() *pb.Text { return e.text }

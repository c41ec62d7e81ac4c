package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/plugins/station"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// central is a sink in memory with the server behind it.
type central struct {
	pb.OrderServiceClient
	mu   sync.Mutex
	got  []*pluginpb.Delivery
	down bool
	deaf error
	ends map[string]*pb.TargetEnd
	// gone: the line for orders is lost, or was never there.
	gone    error
	watched []*pb.WatchRequest
	line    chan *pb.WatchResponse
}

func newCentral() *central {
	return &central{ends: map[string]*pb.TargetEnd{}, line: make(chan *pb.WatchResponse, 100)}
}

func (c *central) Configure(context.Context, map[string]string) error { return nil }

func (c *central) Send(_ context.Context, d []*pluginpb.Delivery) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return 0, errors.New("no route")
	}
	c.got = append(c.got, d...)
	return len(d), nil
}

func (c *central) Close() {}

func (c *central) Orders() pb.OrderServiceClient { return c }

func (c *central) Watch(ctx context.Context, r *pb.WatchRequest, _ ...grpc.CallOption) (grpc.ServerStreamingClient[pb.WatchResponse], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watched = append(c.watched, r)
	return watching{ctx: ctx, c: c, err: c.gone}, nil
}

func (c *central) Settle(_ context.Context, r *pb.SettleRequest, _ ...grpc.CallOption) (*pb.SettleResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf != nil {
		return nil, c.deaf
	}
	for _, e := range r.GetEnds() {
		c.ends[r.GetOrderId()+" "+e.GetTargetId()] = e
	}
	return &pb.SettleResponse{}, nil
}

type watching struct {
	grpc.ClientStream
	ctx context.Context
	c   *central
	err error
}

func (w watching) Header() (metadata.MD, error) {
	if w.err == nil {
		return metadata.MD{}, nil
	}
	return nil, nil //nolint:nilerr // as gRPC does for a call that is refused at once
}

func (w watching) Recv() (*pb.WatchResponse, error) {
	if w.err != nil {
		return nil, w.err
	}
	select {
	case m := <-w.c.line:
		if m == nil {
			return nil, status.Error(codes.Unavailable, "line lost")
		}
		return m, nil
	case <-w.ctx.Done():
		return nil, status.FromContextError(w.ctx.Err()).Err()
	}
}

func (c *central) order(id string, targets ...string) *pb.Order {
	o := &pb.Order{Id: id, SweepId: "sweep of " + id, RequestedBy: "lin", Reason: "audit", AuthorisedBy: "wang", NotAfter: timestamppb.New(time.Now().Add(time.Hour))}
	for _, t := range targets {
		o.Targets = append(o.Targets, &pb.OrderTarget{Target: &pb.Target{Id: t}})
	}
	c.send(o)
	return o
}

func (c *central) send(o *pb.Order) {
	c.line <- &pb.WatchResponse{Kind: &pb.WatchResponse_Order{Order: o}}
}

func (c *central) cancel(id string) {
	c.line <- &pb.WatchResponse{Kind: &pb.WatchResponse_Cancelled{Cancelled: id}}
}

func (c *central) end(order, target string) pb.VisitState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ends[order+" "+target].GetState()
}

// calls are those to watch, settled the ends by order and target.
func (c *central) calls() []*pb.WatchRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.watched)
}

func (c *central) settled() map[string]*pb.TargetEnd {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.ends)
}

func (c *central) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.got)
}

func (c *central) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// by gives the snapshots that were delivered for an order.
func (c *central) by(order string) []*pb.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*pb.Snapshot
	for _, d := range c.got {
		if d.GetSnapshot().GetCommission().GetOrderId() == order {
			out = append(out, d.GetSnapshot())
		}
	}
	return out
}

// host is an agent whose clock stands while anybody works. Its schedule comes round at midnight.
type host struct {
	t       *testing.T
	c       *Config
	central *central
	others  map[string]*central
	log     *bytes.Buffer
	// takes is how long a scan takes, size how large a snapshot is.
	takes time.Duration
	size  int

	mu      sync.Mutex
	scans   int
	running int
	most    int
}

func newHost(t *testing.T, dir string, others ...string) *host {
	h := &host{t: t, central: newCentral(), others: map[string]*central{}, log: &bytes.Buffer{}, size: 10}
	h.c = &Config{Config: station.Defaults(dir)}
	h.c.SpoolQuota = "8MiB"
	h.c.Schedule = schedule.Spec{Cron: "0 0 * * *", Zone: "UTC"}
	h.c.Sinks = []station.Sink{{Name: "central", Kind: "central"}}
	for _, name := range others {
		h.c.Sinks = append(h.c.Sinks, station.Sink{Name: name})
		h.others[name] = newCentral()
	}
	return h
}

func (h *host) scan(ctx context.Context) (*pb.Snapshot, error) {
	h.mu.Lock()
	h.scans++
	h.running++
	h.most = max(h.most, h.running)
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.running--
	}()
	select {
	case <-time.After(h.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var b strings.Builder
	for x := uint64(time.Now().UnixNano()); b.Len() < h.size; x = x*6364136223846793005 + 1442695040888963407 {
		fmt.Fprintf(&b, "%016x", x)
	}
	return &pb.Snapshot{Target: &pb.Target{Id: "host"}, DriverVersion: b.String()}, nil
}

func (h *host) made() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.scans
}

// start runs the agent until stop is called, and waits for the first scan of all.
func (h *host) start() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	o := Options{
		Target: "host", Version: "test", Drivers: []string{"linux"}, Log: slog.New(slog.NewTextHandler(h.log, nil)),
		Scan:    func(ctx context.Context, _ []byte) (*pb.Snapshot, error) { return h.scan(ctx) },
		Ordered: func(ctx context.Context, _ []byte, _ *pb.Order) (*pb.Snapshot, error) { return h.scan(ctx) },
	}
	o.Station.Open = func(s station.Sink) (station.Receiver, error) {
		if other := h.others[s.Name]; other != nil {
			return other, nil
		}
		return h.central, nil
	}
	go func() { ended <- Run(ctx, h.c, o) }()
	time.Sleep(10 * time.Second)
	synctest.Wait()
	return func() error { cancel(); return <-ended }
}

const (
	questioned = pb.VisitState_VISIT_STATE_QUESTIONED
	failed     = pb.VisitState_VISIT_STATE_FAILED
	timeout    = pb.VisitState_VISIT_STATE_TIMEOUT
	cancelled  = pb.VisitState_VISIT_STATE_CANCELLED
)

// An order for this host is one scan into every spool, on the order's behalf; another's target is not scanned, nor an order done twice.
func TestC7Orders(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, dir, "local")
		stop := h.start()
		o := h.central.order("one", "host")
		h.central.order("foreign", "db-01", "db-02")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if h.made() != 2 || h.central.end("one", "host") != questioned || h.central.end("foreign", "db-01") != failed || h.central.end("foreign", "db-02") != failed {
			t.Errorf("%d scans, %v", h.made(), h.central.settled())
		}
		for name, c := range map[string]*central{"central": h.central, "local": h.others["local"]} {
			got := c.by("one")
			if len(got) != 1 || got[0].GetCommission().GetSweepId() != "sweep of one" || got[0].GetCommission().GetRequestedBy() != "lin" ||
				got[0].GetCommission().GetReason() != "audit" || got[0].GetCommission().GetAuthorisedBy() != "wang" {
				t.Errorf("%s: %v", name, got)
			}
		}
		if w := h.central.calls()[0]; w.GetVersion() != "test" || !slices.Equal(w.GetDrivers(), []string{"linux"}) {
			t.Error(w)
		}
		// The same order again, by a server that forgot, and to an agent that was started anew.
		h.central.set(func() { clear(h.central.ends) })
		h.central.send(o)
		time.Sleep(10 * time.Second)
		if h.made() != 2 || h.central.end("one", "host") != questioned {
			t.Errorf("%d scans, %v", h.made(), h.central.settled())
		}
		if err := errors.Join(stop(), os.RemoveAll(filepath.Join(dir, "spool"))); err != nil { // what was delivered is not kept for ever
			t.Error(err)
		}
		stop = h.start()
		h.central.set(func() { clear(h.central.ends) })
		h.central.send(o)
		time.Sleep(10 * time.Second)
		if h.made() != 2 || h.central.end("one", "host") != questioned {
			t.Errorf("%d scans, %v", h.made(), h.central.settled())
		}
		stop()
	})
}

// What was scanned and not settled is settled later, by the same program or the next, and not scanned again.
func TestD1OrderNotSettled(t *testing.T) {
	for _, how := range []string{"later", "at the next start", "after a crash that came before the record"} {
		dir := filepath.Join(t.TempDir(), "state")
		synctest.Test(t, func(t *testing.T) {
			h := newHost(t, dir)
			h.central.deaf = status.Error(codes.Unavailable, "no route")
			stop := h.start()
			o := h.central.order("one", "host")
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if h.made() != 2 || len(h.central.settled()) != 0 || len(h.central.by("one")) != 1 {
				t.Fatalf("%s: %d scans, %v", how, h.made(), h.central.settled())
			}
			h.central.line <- nil
			time.Sleep(10 * time.Second)
			if w := h.central.calls(); len(w) != 2 || !slices.Equal(w[1].GetWorking(), []string{"one"}) {
				t.Errorf("%s: %v", how, w)
			}
			if how != "later" {
				stop()
				if how != "at the next start" {
					unrecord(t, dir)
					h.c.Sinks = append(h.c.Sinks, station.Sink{Name: "local"})
					h.others["local"] = newCentral()
				}
				stop = h.start()
				h.central.send(o)
			}
			h.central.set(func() { h.central.deaf = nil })
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			if h.made() != 2 || h.central.end("one", "host") != questioned || len(h.central.by("one")) != 1 {
				t.Errorf("%s: %d scans, %v", how, h.made(), h.central.settled())
			}
			if local := h.others["local"]; local != nil && len(local.by("one")) != 1 {
				t.Errorf("%s: the other sink has %d", how, len(local.by("one")))
			}
			stop()
		})
	}
}

// unrecord takes back what an order's record says of its end, as if the program had crashed before, right behind the spool.
func unrecord(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "orders", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var record map[string]any
	if err := json.Unmarshal(text, &record); err != nil || record["ends"] == nil {
		t.Fatal(record, err)
	}
	delete(record, "ends")
	if text, err = json.Marshal(record); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// An agent that is stopped in the middle of an order says nothing of it, and does it when it is handed out again.
func TestOrderStopped(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, dir)
		stop := h.start()
		h.takes = time.Hour
		o := h.central.order("one", "host")
		time.Sleep(time.Minute)
		if err := stop(); err != nil || len(h.central.settled()) != 0 {
			t.Errorf("%v, %v", err, h.central.settled())
		}
		h.takes = 0
		stop = h.start()
		h.central.send(o)
		time.Sleep(10 * time.Second)
		if h.made() != 3 || h.central.end("one", "host") != questioned || len(h.central.by("one")) != 1 {
			t.Errorf("%d scans, %v", h.made(), h.central.settled())
		}
		stop()
	})
}

// One scan at a time; an order that is taken back, or too old when its turn comes, is not begun; one that has begun goes on.
func TestOrderCancelled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, dir)
		stop := h.start()
		h.takes = 30 * time.Minute
		for _, id := range []string{"begun", "taken back", "kept"} {
			h.central.order(id, "host")
		}
		old := &pb.Order{Id: "old", Targets: []*pb.OrderTarget{{Target: &pb.Target{Id: "host"}}}, NotAfter: timestamppb.New(time.Now().Add(time.Minute))}
		h.central.send(old)
		time.Sleep(time.Minute)
		h.central.cancel("taken back")
		h.central.cancel("begun")
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		for id, want := range map[string]pb.VisitState{"begun": questioned, "taken back": cancelled, "kept": questioned, "old": timeout} {
			if got := h.central.end(id, "host"); got != want {
				t.Errorf("%s: %v, want %v", id, got, want)
			}
		}
		if h.made() != 3 || h.most != 1 {
			t.Errorf("%d scans, %d at once", h.made(), h.most)
		}
		stop()
	})
}

// An order that waits for a scan of the schedule's ends when it is taken back or too old, without a scan.
func TestOrderBehindSchedule(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, dir)
		h.takes = 30 * time.Minute
		stop := h.start()
		h.central.order("taken back", "host")
		time.Sleep(time.Minute)
		h.central.cancel("taken back")
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := h.central.end("taken back", "host"); got != cancelled {
			t.Errorf("taken back: %v", got)
		}
		h.central.send(&pb.Order{Id: "old", Targets: []*pb.OrderTarget{{Target: &pb.Target{Id: "host"}}}, NotAfter: timestamppb.New(time.Now().Add(time.Minute))})
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if got := h.central.end("old", "host"); got != timeout || h.made() != 1 {
			t.Errorf("old: %v, %d scans", got, h.made())
		}
		stop()
	})
}

// While a spool is full nothing is scanned, and an order is not settled as done.
func TestD5OrderWhileFull(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, dir, "down")
		h.c.SpoolQuota = "1MiB"
		h.size = 600 << 10
		h.others["down"].down = true
		stop := h.start()
		for i := range 5 {
			h.central.order(fmt.Sprint("order ", i), "host")
		}
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		made, settled := h.made(), len(h.central.settled())
		st, err := station.ReadStatus(dir)
		if err != nil || made > 4 || settled >= 5 || settled >= made || !strings.Contains(st.Waiting["down"], "full") || len(st.Orders.Working) == 0 {
			t.Fatalf("%v: %d scans, %d settled, %+v", err, made, settled, st)
		}
		// One is void meanwhile, the others are done when there is room.
		last := &pb.Order{Id: "short", Targets: []*pb.OrderTarget{{Target: &pb.Target{Id: "host"}}}, NotAfter: timestamppb.New(time.Now().Add(time.Minute))}
		h.central.send(last)
		time.Sleep(10 * time.Minute)
		if h.made() != made {
			t.Errorf("%d scans after %d", h.made(), made)
		}
		h.others["down"].set(func() { h.others["down"].down = false })
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for i := range 5 {
			if got := h.central.end(fmt.Sprint("order ", i), "host"); got != questioned {
				t.Errorf("order %d: %v", i, got)
			}
		}
		if got := h.central.end("short", "host"); got != timeout || h.others["down"].count() != 6 {
			t.Errorf("%v, %d delivered", got, h.others["down"].count())
		}
		stop()
	})
}

// A sink that gives no orders is asked now and then, and says so; a server that comes later is found.
func TestNoOrders(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, dir)
		h.central.gone = status.Error(codes.Unimplemented, "unknown service")
		stop := h.start()
		time.Sleep(5 * time.Minute)
		st, err := station.ReadStatus(dir)
		if err != nil || !st.Orders.None || st.Amiss() || len(h.central.calls()) != 1 {
			t.Errorf("%v, %+v, %d calls", err, st.Orders, len(h.central.calls()))
		}
		h.central.set(func() { h.central.gone = status.Error(codes.Unavailable, "no route") })
		time.Sleep(time.Hour)
		if st, err := station.ReadStatus(dir); err != nil || st.Orders.None || st.Orders.Error != "no route" {
			t.Errorf("%v, %+v", err, st.Orders)
		}
		if n := len(h.central.calls()); n < 40 || n > 150 {
			t.Errorf("%d calls in an hour", n)
		}
		h.central.set(func() { h.central.gone = nil })
		h.central.order("one", "host")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if h.central.end("one", "host") != questioned {
			t.Error(h.central.settled())
		}
		stop()
	})
}

package orders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// server is one in memory.
type server struct {
	pb.OrderServiceClient
	line chan *pb.WatchResponse

	mu    sync.Mutex
	calls []*pb.SettleRequest
	err   error
}

func (s *server) Watch(ctx context.Context, _ *pb.WatchRequest, _ ...grpc.CallOption) (grpc.ServerStreamingClient[pb.WatchResponse], error) {
	return watching{ctx: ctx, s: s}, nil
}

type watching struct {
	grpc.ClientStream
	ctx context.Context
	s   *server
}

func (watching) Header() (metadata.MD, error) { return metadata.MD{}, nil }

func (w watching) Recv() (*pb.WatchResponse, error) {
	select {
	case m := <-w.s.line:
		return m, nil
	case <-w.ctx.Done():
		return nil, w.ctx.Err()
	}
}

func (s *server) Settle(_ context.Context, r *pb.SettleRequest, _ ...grpc.CallOption) (*pb.SettleResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r)
	return &pb.SettleResponse{}, s.err
}

func (s *server) settled() (calls, ends int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		ends += len(c.GetEnds())
	}
	return len(s.calls), ends
}

func run(t *testing.T, s *server, limit int, work func(context.Context, *Order)) (*Taker, func()) {
	ctx, cancel := context.WithCancel(t.Context())
	taker := &Taker{Client: s, Work: work, Limit: limit, Log: slog.New(slog.DiscardHandler)}
	ended := make(chan struct{})
	go func() { defer close(ended); taker.Run(ctx) }()
	return taker, func() { cancel(); <-ended }
}

func (s *server) order(id string) {
	s.line <- &pb.WatchResponse{Kind: &pb.WatchResponse_Order{Order: &pb.Order{Id: id}}}
}

// Ends are told in batches while work goes on, all of them, each once; a sign of life is none.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{line: make(chan *pb.WatchResponse, 10)}
		taker, stop := run(t, s, 1, func(_ context.Context, o *Order) {
			for i := range 1200 {
				o.End(&pb.TargetEnd{TargetId: fmt.Sprint(i)})
				time.Sleep(100 * time.Millisecond)
			}
		})
		s.line <- &pb.WatchResponse{}
		s.order("one")
		s.order("one")
		time.Sleep(30 * time.Second)
		if calls, ends := s.settled(); ends < 200 || calls > 40 {
			t.Errorf("%d ends in %d calls", ends, calls)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if calls, ends := s.settled(); ends != 1200 || calls > 150 || len(taker.State().Working) != 0 {
			t.Errorf("%d ends in %d calls, at work %v", ends, calls, taker.State().Working)
		}
		stop()
	})
}

// What the server will never hear is told once; what it cannot hear now is told until it does.
func TestSettleFails(t *testing.T) {
	for _, code := range []codes.Code{codes.NotFound, codes.PermissionDenied, codes.Unavailable, codes.Internal} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{line: make(chan *pb.WatchResponse, 10), err: status.Error(code, "no")}
			taker, stop := run(t, s, 1, func(_ context.Context, o *Order) { o.End(&pb.TargetEnd{TargetId: "a"}) })
			s.order("one")
			time.Sleep(10 * time.Minute)
			calls, _ := s.settled()
			again := code == codes.Unavailable || code == codes.Internal
			if again != (calls > 5) || again != (len(taker.State().Working) == 1) || calls > 30 {
				t.Errorf("%v: %d calls, at work %v", code, calls, taker.State().Working)
			}
			s.mu.Lock()
			s.err = nil
			s.mu.Unlock()
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			if len(taker.State().Working) != 0 {
				t.Errorf("%v: at work %v", code, taker.State().Working)
			}
			stop()
		})
	}
}

// Orders are worked on in the order in which they came, so many at once; a flood of them is left with the server.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{line: make(chan *pb.WatchResponse, 1000)}
		var mu sync.Mutex
		var begun []string
		taker, stop := run(t, s, 2, func(ctx context.Context, o *Order) {
			mu.Lock()
			begun = append(begun, o.GetId())
			mu.Unlock()
			<-ctx.Done()
		})
		for i := range 1000 {
			s.order(fmt.Sprintf("%04d", i))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(taker.State().Working); n != maxHeld || len(begun) != 2 || begun[0] > "0001" || begun[1] > "0001" {
			t.Errorf("%d held, %v begun", n, begun)
		}
		began := time.Now()
		stop()
		if calls, _ := s.settled(); calls != 0 || time.Since(began) > 10*time.Second || len(begun) != 2 {
			t.Errorf("%d calls, stopped in %v, %d begun", calls, time.Since(began), len(begun))
		}
	})
}

// At the end of the program what ended is told once more, but not for long.
func TestParting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{line: make(chan *pb.WatchResponse, 10)}
		_, stop := run(t, s, 1, func(ctx context.Context, o *Order) {
			<-ctx.Done()
			o.End(&pb.TargetEnd{TargetId: "a"})
		})
		s.order("one")
		time.Sleep(time.Minute)
		stop()
		if _, ends := s.settled(); ends != 1 {
			t.Errorf("%d ends", ends)
		}
		s = &server{line: make(chan *pb.WatchResponse, 10), err: errors.New("no")}
		_, stop = run(t, s, 1, func(_ context.Context, o *Order) { o.End(&pb.TargetEnd{TargetId: "a"}) })
		s.order("one")
		time.Sleep(time.Minute)
		began := time.Now()
		stop()
		if time.Since(began) > 10*time.Second {
			t.Error(time.Since(began))
		}
	})
}

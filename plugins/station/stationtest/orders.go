package stationtest

import (
	"context"
	"maps"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Order gives an order to who watches, and to who comes and does not say that it works on it, until all of its targets are settled.
func (s *Server) Order(o *pb.Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = append(s.orders, o)
	s.tell(&pb.WatchResponse{Kind: &pb.WatchResponse_Order{Order: o}})
}

// Again sends an order that was sent before.
func (s *Server) Again(o *pb.Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(&pb.WatchResponse{Kind: &pb.WatchResponse_Order{Order: o}})
}

// Cancel takes an order back.
func (s *Server) Cancel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = slices.DeleteFunc(s.orders, func(o *pb.Order) bool { return o.GetId() == id })
	s.tell(&pb.WatchResponse{Kind: &pb.WatchResponse_Cancelled{Cancelled: id}})
}

func (s *Server) tell(m *pb.WatchResponse) {
	for w := range s.watchers {
		w <- m
	}
}

// Deaf makes the server refuse to hear how targets ended.
func (s *Server) Deaf(deaf bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = deaf
}

// Ends says how the targets of an order ended.
func (s *Server) Ends(order string) map[string]*pb.TargetEnd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.ends[order])
}

// Settles counts the calls that told of ends, heard or not.
func (s *Server) Settles() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settles
}

// Watched are the calls to watch.
func (s *Server) Watched() []*pb.WatchRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.watched)
}

// Watching says whether somebody watches.
func (s *Server) Watching() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watchers) > 0
}

// Lend answers Reveal; it is told who asks.
func (s *Server) Lend(reveal func(caller string, r *pb.RevealRequest) (*pb.RevealResponse, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reveal = reveal
}

// Watch is the service's.
func (s *Server) Watch(r *pb.WatchRequest, to grpc.ServerStreamingServer[pb.WatchResponse]) error {
	if _, err := caller(to.Context()); err != nil {
		return err
	}
	if err := to.SendHeader(clock()); err != nil {
		return err
	}
	mine := make(chan *pb.WatchResponse, 1000)
	s.mu.Lock()
	s.watched = append(s.watched, r)
	for _, o := range s.orders {
		if !slices.Contains(r.GetWorking(), o.GetId()) && len(s.ends[o.GetId()]) < len(o.GetTargets()) {
			mine <- &pb.WatchResponse{Kind: &pb.WatchResponse_Order{Order: o}}
		}
	}
	s.watchers[mine] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, mine)
	}()
	for {
		select {
		case m := <-mine:
			if err := to.Send(m); err != nil {
				return err
			}
		case <-to.Context().Done():
			return to.Context().Err()
		}
	}
}

// Settle is the service's.
func (s *Server) Settle(ctx context.Context, r *pb.SettleRequest) (*pb.SettleResponse, error) {
	if err := grpc.SendHeader(ctx, clock()); err != nil {
		return nil, err
	}
	if _, err := caller(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settles++
	if s.deaf {
		return nil, status.Error(codes.Unavailable, "deaf")
	}
	if s.ends[r.GetOrderId()] == nil {
		s.ends[r.GetOrderId()] = map[string]*pb.TargetEnd{}
	}
	for _, e := range r.GetEnds() {
		if s.ends[r.GetOrderId()][e.GetTargetId()] == nil {
			s.ends[r.GetOrderId()][e.GetTargetId()] = e
		}
	}
	return &pb.SettleResponse{}, nil
}

// Reveal is the service's.
func (s *Server) Reveal(ctx context.Context, r *pb.RevealRequest) (*pb.RevealResponse, error) {
	if err := grpc.SendHeader(ctx, clock()); err != nil {
		return nil, err
	}
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	reveal := s.reveal
	s.mu.Unlock()
	if reveal == nil {
		return nil, status.Error(codes.NotFound, "no such credential")
	}
	return reveal(who, r)
}

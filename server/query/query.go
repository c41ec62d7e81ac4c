// Package query answers plumbline.v1.QueryService over gRPC. Each call is asked of the HTTP API, in this process: there is one set of
// rights, limits, words and audit records, whichever way somebody asks.
//
// It keeps nothing and decides nothing itself.
package query

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// page is how many items one message of a stream holds.
const page = 500

// Service is the gRPC service over the API.
type Service struct {
	pb.UnimplementedQueryServiceServer
	api http.Handler
}

// New gives the service over the handler of the API.
func New(api http.Handler) *Service { return &Service{api: api} }

// Handler serves the API and, where a request is gRPC, the service, on one port. Calls have the API's own limits of time.
func Handler(api http.Handler) http.Handler {
	server := grpc.NewServer(grpc.MaxRecvMsgSize(1 << 20))
	pb.RegisterQueryServiceServer(server, New(api))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			server.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// Findings streams current findings.
func (s *Service) Findings(req *pb.FindingsRequest, to grpc.ServerStreamingServer[pb.FindingsResponse]) error {
	q := words(map[string]string{"target": req.GetTarget(), "zone": req.GetZone(), "baseline": req.GetBaseline(), "clause": req.GetClause(), "check": req.GetCheck(), "control": req.GetControl(), "outcome": strings.Join(req.GetOutcome(), ","), "changed_since": moment(req.GetChangedSince())})
	if req.GetGone() {
		q.Set("gone", "true")
	}
	if req.Waived != nil {
		q.Set("waived", strconv.FormatBool(req.GetWaived()))
	}
	return pages(s, to, "findings", q, func(items []*pb.StandingFinding) *pb.FindingsResponse { return &pb.FindingsResponse{Items: items} })
}

// Finding gives one with its evidence.
func (s *Service) Finding(ctx context.Context, req *pb.FindingRequest) (*pb.FindingResponse, error) {
	out := &pb.FindingResponse{Finding: &pb.StandingFinding{}}
	return out, s.ask(ctx, http.MethodGet, "findings/"+url.PathEscape(req.GetId()), nil, out.GetFinding())
}

// Snapshots streams outlines of snapshots.
func (s *Service) Snapshots(req *pb.SnapshotsRequest, to grpc.ServerStreamingServer[pb.SnapshotsResponse]) error {
	q := words(map[string]string{"target": req.GetTarget(), "sender": req.GetSender(), "sweep": req.GetSweep(), "from": moment(req.GetFrom()), "until": moment(req.GetUntil())})
	return pages(s, to, "snapshots", q, func(items []*pb.SnapshotOutline) *pb.SnapshotsResponse { return &pb.SnapshotsResponse{Items: items} })
}

// Sweeps streams sweeps with their accounts.
func (s *Service) Sweeps(req *pb.SweepsRequest, to grpc.ServerStreamingServer[pb.SweepsResponse]) error {
	q := words(map[string]string{"state": req.GetState(), "schedule": req.GetSchedule()})
	return pages(s, to, "sweeps", q, func(items []*pb.SweepOutline) *pb.SweepsResponse { return &pb.SweepsResponse{Items: items} })
}

// RequestSweep asks for a reading.
func (s *Service) RequestSweep(ctx context.Context, req *pb.RequestSweepRequest) (*pb.RequestSweepResponse, error) {
	out := &pb.RequestSweepResponse{}
	return out, s.ask(ctx, http.MethodPost, "sweeps", req, out)
}

// AuthoriseSweep lets a sweep begin.
func (s *Service) AuthoriseSweep(ctx context.Context, req *pb.AuthoriseSweepRequest) (*pb.AuthoriseSweepResponse, error) {
	return &pb.AuthoriseSweepResponse{}, s.ask(ctx, http.MethodPost, "sweeps/"+url.PathEscape(req.GetId())+"/authorise", nil, nil)
}

// words are the parameters that are not empty.
func words(given map[string]string) url.Values {
	q := url.Values{}
	for name, value := range given {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func moment(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().UTC().Format(time.RFC3339Nano)
}

// pages streams a list of the API until there is no more of it.
func pages[Item any, Ptr interface {
	*Item
	proto.Message
}, Page any](s *Service, to grpc.ServerStreamingServer[Page], list string, q url.Values, of func([]Ptr) *Page) error {
	q.Set("limit", strconv.Itoa(page))
	for {
		body, err := s.call(to.Context(), http.MethodGet, list+"?"+q.Encode(), nil)
		if err != nil {
			return err
		}
		var got struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next"`
		}
		if err := json.Unmarshal(body, &got); err != nil {
			return broken(err)
		}
		items := make([]Ptr, len(got.Items))
		for i, text := range got.Items {
			items[i] = new(Item)
			if err := protojson.Unmarshal(text, items[i]); err != nil {
				return broken(err)
			}
		}
		if err := to.Send(of(items)); err != nil {
			return err
		}
		if got.Next == "" {
			return nil
		}
		q.Set("after", got.Next)
	}
}

// ask makes one call of the API and reads the answer into a message; nil where there is none.
func (s *Service) ask(ctx context.Context, method, path string, send, into proto.Message) error {
	var body []byte
	if send != nil {
		var err error
		if body, err = (protojson.MarshalOptions{UseProtoNames: true}).Marshal(send); err != nil {
			return broken(err)
		}
	}
	answer, err := s.call(ctx, method, path, body)
	if err != nil || into == nil {
		return err
	}
	if err := protojson.Unmarshal(answer, into); err != nil {
		return broken(err)
	}
	return nil
}

// call asks the API as the caller, from where the caller is.
func (s *Service) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, "/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, "an id cannot be part of a request")
	}
	r.RequestURI = "/api/v1/" + path
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	md, _ := metadata.FromIncomingContext(ctx)
	for _, token := range md.Get("authorization") {
		r.Header.Add("Authorization", token)
	}
	if p, ok := peer.FromContext(ctx); ok {
		r.RemoteAddr = p.Addr.String()
		if secure, ok := p.AuthInfo.(credentials.TLSInfo); ok {
			r.TLS = &secure.State
		}
	}
	w := &written{header: http.Header{}, status: http.StatusOK}
	s.api.ServeHTTP(w, r)
	if w.status < http.StatusBadRequest {
		return w.body.Bytes(), nil
	}
	return nil, failure(w)
}

// written keeps an answer of the API.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }

// codeOf says a status of HTTP as gRPC does.
var codeOf = map[int]codes.Code{
	http.StatusBadRequest: codes.InvalidArgument, http.StatusUnauthorized: codes.Unauthenticated, http.StatusForbidden: codes.PermissionDenied,
	http.StatusNotFound: codes.NotFound, http.StatusGone: codes.NotFound, http.StatusConflict: codes.FailedPrecondition,
	http.StatusRequestEntityTooLarge: codes.InvalidArgument, http.StatusTooManyRequests: codes.ResourceExhausted, http.StatusServiceUnavailable: codes.Unavailable,
}

// failure is an error of the API as gRPC says it, in both languages.
func failure(w *written) error {
	code, known := codeOf[w.status]
	if !known {
		code = codes.Internal
	}
	var said struct {
		Error struct {
			Zh string `json:"message_zh"`
			En string `json:"message_en"`
		} `json:"error"`
	}
	if err := json.Unmarshal(w.body.Bytes(), &said); err != nil || said.Error.En == "" {
		return status.Error(code, http.StatusText(w.status))
	}
	return status.Error(code, fmt.Sprintf("%s · %s", said.Error.Zh, said.Error.En))
}

// broken is our own fault.
func broken(err error) error {
	return status.Errorf(codes.Internal, "the answer of the API cannot be passed on: %v", err)
}

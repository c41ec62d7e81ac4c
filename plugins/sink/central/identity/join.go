package identity

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// ErrJoined says that the folder holds an identity already.
var ErrJoined = errors.New("there is an identity here already")

// JoinConfig says who joins where.
type JoinConfig struct {
	// Dir is made with mode 0700 if it is not there.
	Dir string
	// Server is "host:port".
	Server string
	// Join is the join string that the operator was shown.
	Join string
	// Name and Kind are what the token is bound to.
	Name string
	Kind Kind
	// Replace gives up an identity that the folder holds. The server demands that the token allows it, too.
	Replace bool
}

// Join trades a one-time join token for an identity and keeps it in a folder.
func Join(ctx context.Context, c JoinConfig, o Options) (*Identity, error) {
	i, err := join(ctx, c, o)
	if err != nil {
		return nil, fmt.Errorf("join %s as %s %s: %w", c.Server, c.Kind, c.Name, err)
	}
	return i, nil
}

func join(ctx context.Context, c JoinConfig, o Options) (*Identity, error) {
	token, root, err := ParseJoin(c.Join)
	if err != nil {
		return nil, err
	}
	host, err := hostOf(c.Server)
	if err != nil {
		return nil, err
	}
	if err := CheckName(c.Name); err != nil {
		return nil, err
	}
	if !c.Kind.Valid() {
		return nil, fmt.Errorf("%q is neither agent nor collector", c.Kind)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	if _, err := readState(c.Dir); err == nil && !c.Replace {
		return nil, fmt.Errorf("%w: %s", ErrJoined, c.Dir)
	} else if err != nil && !errors.Is(err, ErrNotJoined) {
		return nil, err
	}
	// The token is worth one attempt, so what can fail here fails before it is spent.
	if err := tryWrite(c.Dir); err != nil {
		return nil, err
	}
	i := &Identity{dir: c.Dir, now: o.clock(), jitter: o.draw()}
	key, der, err := newKey()
	if err != nil {
		return nil, err
	}
	csr, err := request(c.Name, key)
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(c.Server, grpc.WithTransportCredentials(pinned(host, root, i.now)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	client := pb.NewEnrolServiceClient(conn)
	// The token is told only to a server whose clock agrees with ours: an empty request makes it tell its clock.
	var header metadata.MD
	var p peer.Peer
	if _, err := client.Enrol(withClock(ctx, i.now()), &pb.EnrolRequest{}, grpc.Header(&header), grpc.Peer(&p)); err == nil {
		return nil, errors.New("the server enrols without a token: it is none of ours")
	} else if len(header.Get(ClockHeader)) == 0 {
		return nil, err
	}
	if err := checkServer(&p, header, i.now()); err != nil {
		return nil, err
	}
	resp, err := client.Enrol(withClock(ctx, i.now()), &pb.EnrolRequest{Token: token, Csr: csr})
	if err != nil {
		return nil, err
	}
	s := state{Version: 1, Name: c.Name, Kind: c.Kind, Key: der, Chain: resp.GetChain(), Roots: resp.GetRoots()}
	if err := i.adopt(s); err != nil {
		return nil, fmt.Errorf("the server's answer is no identity: %w", err)
	}
	return i, writeState(c.Dir, s)
}

// tryWrite finds out whether the folder takes files.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func withClock(ctx context.Context, now time.Time) context.Context {
	return metadata.AppendToOutgoingContext(ctx, ClockHeader, Clock(now))
}

// Context carries our clock to the server, for it to judge.
func (i *Identity) Context(ctx context.Context) context.Context { return withClock(ctx, i.now()) }

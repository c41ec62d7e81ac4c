package identity

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Renew trades the certificate for the next one, with a new key. A certificate that ended up to [Grace] ago will do: the
// TLS handshake proves that we hold its key. The new key is on disk before it is asked for, so that a lost answer is
// asked for again and not lost.
func (i *Identity) Renew(ctx context.Context, server string) error {
	i.renewing.Lock()
	defer i.renewing.Unlock()
	if err := i.renew(ctx, server); err != nil {
		return fmt.Errorf("renew the certificate of %s: %w", i.Name(), err)
	}
	return nil
}

func (i *Identity) renew(ctx context.Context, server string) error {
	host, err := hostOf(server)
	if err != nil {
		return err
	}
	s, _, _ := i.current()
	if len(s.Pending) == 0 {
		if _, s.Pending, err = newKey(); err != nil {
			return err
		}
		if err := i.keep(s); err != nil {
			return err
		}
	}
	key, err := parseKey(s.Pending)
	if err != nil {
		return err
	}
	csr, err := request(s.Name, key)
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient(server, grpc.WithTransportCredentials(i.credentials(host, EnrolServerName)))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	var header metadata.MD
	var p peer.Peer
	resp, err := pb.NewEnrolServiceClient(conn).Renew(i.Context(ctx), &pb.RenewRequest{Csr: csr, Renewals: s.Renewals},
		grpc.Header(&header), grpc.Peer(&p))
	if len(header.Get(ClockHeader)) != 0 {
		if err := i.CheckServer(&p, header); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	s.Key, s.Pending, s.Chain, s.Roots = s.Pending, nil, resp.GetChain(), resp.GetRoots()
	s.Renewals++
	return i.keep(s)
}

// keep writes a state and then goes by it.
func (i *Identity) keep(s state) error {
	if _, _, err := s.check(); err != nil {
		return err
	}
	if err := writeState(i.dir, s); err != nil {
		return err
	}
	return i.adopt(s)
}

// How long Keep waits: after a failure, doubling; and at most at once, since a machine may have slept.
const (
	firstRetry = 30 * time.Second
	longRetry  = 30 * time.Minute
	longWait   = 10 * time.Minute
)

// Sleep waits for a time or for the end of ctx; a test gives its own.
type Sleep func(context.Context, time.Duration) error

// Wait is the ordinary [Sleep].
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Keep renews the certificate whenever it is time, until ctx ends. What goes wrong is told to failed and tried again.
func (i *Identity) Keep(ctx context.Context, server string, sleep Sleep, failed func(error)) {
	retry := firstRetry
	for {
		wait := i.RenewAt().Sub(i.now())
		if wait <= 0 {
			err := i.Renew(ctx, server)
			if err == nil {
				retry = firstRetry
			} else if ctx.Err() == nil {
				failed(err)
			}
			// Between half and the whole of it, so that a fleet does not come back as one.
			wait = retry/2 + time.Duration(i.jitter*float64(retry/2))
			retry = min(2*retry, longRetry)
		}
		if sleep(ctx, min(wait, longWait)) != nil {
			return
		}
	}
}

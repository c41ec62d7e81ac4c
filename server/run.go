package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/enrol/enrolsql"
	"github.com/plumbline/plumbline/server/evidence/ledger"
	"github.com/plumbline/plumbline/server/ingest"
	"github.com/plumbline/plumbline/server/jobs"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/outlet"
	"github.com/plumbline/plumbline/server/query"
	"github.com/plumbline/plumbline/server/secrets"
	"github.com/plumbline/plumbline/server/store"
)

// authorityFile is the authority's key in the state folder.
const authorityFile = "authority.pem"

// exportsFolder is where exports wait in the state folder until they are sent.
const exportsFolder = "exports"

// parting is how long open calls may take to end when the server stops.
const parting = 10 * time.Second

// workEvery is how often schedules and sweeps are looked after.
const workEvery = 5 * time.Second

// A Server has its parts open, and serves when Run is called.
type Server struct {
	config  *Config
	log     *slog.Logger
	store   *store.Store
	enrol   *enrol.Service
	ingest  *ingest.Service
	ledger  *ledger.Ledger
	version string
	orders  *orders.Service
	jobs    *jobs.Engine
	// secrets is nil where the configuration names no key.
	secrets *secrets.Keeper
	grpc    *grpc.Server
	http    *http.Server
	outlets *outlet.Runner
	agents  net.Listener
	people  net.Listener
}

// Open opens the database, the authority and both ports. Whatever is wrong is wrong here, before anybody is served.
func Open(ctx context.Context, c *Config, now func() time.Time, logs io.Writer, version string) (s *Server, err error) {
	s = &Server{config: c, log: logger(c, logs), version: version}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.store, err = OpenStore(ctx, c, now); err != nil {
		return s, fmt.Errorf("open the database: %w", err)
	}
	if s.enrol, err = OpenEnrolment(s.store, c, now, s.log); err != nil {
		return s, err
	}
	if s.ledger, err = OpenLedger(s.store, c, c.checkpoints(), now, s.log, version); err != nil {
		return s, err
	}
	if s.ingest, err = s.openIngest(now, deliveries{s.store}); err != nil {
		return s, err
	}
	s.outlets = &outlet.Runner{Store: s.store, Holder: outlet.NewHolder(), Now: now, Log: s.log, Version: version}
	for _, one := range c.Outlets {
		to, err := one.Open(ctx)
		if err != nil {
			return s, err
		}
		s.outlets.Outlets = append(s.outlets.Outlets, outlet.Served{Config: one, Outlet: to})
	}
	if c.Secrets.KeyFile != "" {
		if s.secrets, err = OpenSecrets(ctx, s.store, c, now); err != nil {
			return s, err
		}
	}
	s.orders = s.openOrders(now)
	if s.jobs, err = jobs.Open(ctx, jobs.Config{DB: s.store.Writer(), Engine: s.store.Engine(), Work: s.work(), Log: s.log}); err != nil {
		return s, err
	}
	s.grpc = grpc.NewServer(append(s.enrol.ServerOptions(), ingest.ServerOptions()...)...)
	pb.RegisterEnrolServiceServer(s.grpc, s.enrol)
	pb.RegisterIngestServiceServer(s.grpc, s.ingest)
	pb.RegisterOrderServiceServer(s.grpc, s.orders)
	served := api.Config{Store: s.store, Enrolment: s.enrol, Evidence: s.ledger, Orders: &orders.Planner{Store: s.store, Now: now}, Now: now, Log: s.log, Version: version}
	served.Font = c.Reports.Font
	served.Exports = filepath.Join(c.StateDir, exportsFolder)
	if err := os.RemoveAll(served.Exports); err != nil { // what a server that was killed left there
		return s, fmt.Errorf("clear the exports: %w", err)
	}
	if s.secrets != nil {
		served.Credentials = s.secrets
	}
	s.http = api.NewServer(query.Handler(api.New(served)), s.log)
	// gRPC is HTTP/2, also where a loopback address is served without TLS.
	s.http.Protocols = &http.Protocols{}
	s.http.Protocols.SetHTTP1(true)
	s.http.Protocols.SetHTTP2(true)
	s.http.Protocols.SetUnencryptedHTTP2(true)
	var l net.ListenConfig
	if s.agents, err = l.Listen(ctx, "tcp", c.Agents.Listen); err != nil {
		return s, fmt.Errorf("agents.listen: %w", err)
	}
	if s.people, err = l.Listen(ctx, "tcp", c.HTTP.Listen); err != nil {
		return s, fmt.Errorf("http.listen: %w", err)
	}
	return s, nil
}

// OpenEnrolment opens the authority over the store: for a server, and for the command that issues join tokens.
func OpenEnrolment(s *store.Store, c *Config, now func() time.Time, log *slog.Logger) (*enrol.Service, error) {
	authority, err := enrol.OpenAuthority(filepath.Join(c.StateDir, authorityFile), now)
	if err != nil {
		return nil, err
	}
	service, err := enrol.New(enrol.Config{
		Authority: authority, Store: enrolsql.New(enrolments{s}), Audit: audit{s}, Names: c.Agents.Names, Life: c.Agents.CertificateLife, Now: now, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	return service, nil
}

// OpenSecrets opens the credentials over the store: for a server, and for the commands that write them.
func OpenSecrets(ctx context.Context, s *store.Store, c *Config, now func() time.Time) (*secrets.Keeper, error) {
	k, err := secrets.Open(ctx, s, c.Secrets.KeyFile, now)
	if errors.Is(err, secrets.ErrNoKeyFile) {
		err = fmt.Errorf("%w; make one with: plumbline-server secret init-key", err)
	}
	return k, err
}

func (s *Server) openIngest(now func() time.Time, to ingest.Store) (*ingest.Service, error) {
	service, err := ingest.New(ingest.Config{
		Store: to, Allowed: entitled(s.store), Recover: s.store.Ready, Metrics: quiet{s.log}, Now: now, Log: s.log,
		Sender: func(ctx context.Context) (ingest.Sender, error) {
			c, err := s.enrol.Caller(ctx)
			return ingest.Sender{ID: c.ID, Name: c.Name, Certificate: c.Serial, Agent: c.Kind == identity.Agent}, err
		},
		Forged: func(ctx context.Context, e ingest.Event) error {
			_, err := s.store.Append(ctx, store.Entry{Actor: e.Sender, Action: "delivery.forged", Object: e.Target, Outcome: "refused", Detail: detail(e.Text)})
			return err
		},
		Forked: func(ctx context.Context, sender ingest.Sender, why *pb.Text) error {
			return s.enrol.Quarantine(ctx, sender.Name, why)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	return service, nil
}

func (s *Server) openOrders(now func() time.Time) *orders.Service {
	c := orders.Config{
		Store: s.store, Now: now, Log: s.log,
		Caller: func(ctx context.Context) (orders.Caller, error) {
			c, err := s.enrol.Caller(ctx)
			return orders.Caller{ID: c.ID, Name: c.Name, Agent: c.Kind == identity.Agent}, err
		},
	}
	if s.secrets == nil {
		return orders.New(c)
	}
	revealer := &secrets.Revealer{Keeper: s.secrets, Now: now, Log: s.log}
	c.Reveal = func(ctx context.Context, who orders.Caller, q *pb.RevealRequest) (*pb.RevealResponse, error) {
		return revealer.Reveal(ctx, secrets.Caller{ID: who.ID, Name: who.Name}, q)
	}
	service := orders.New(c)
	revealer.Orders = openOrders{service}
	return service
}

// work is what is done again and again, by any of the servers that share the database.
func (s *Server) work() []jobs.Work {
	return []jobs.Work{
		{Name: "schedules", Every: workEvery, Do: s.orders.Fire},
		{Name: "sweeps", Every: workEvery, Do: s.orders.Keep},
		{Name: "retention", Every: retainEvery, Do: s.retain},
	}
}

// AgentsAddress is where agents and collectors are served, HTTPAddress where people and programs are.
func (s *Server) AgentsAddress() string { return s.agents.Addr().String() }

// HTTPAddress is where people and programs are served.
func (s *Server) HTTPAddress() string { return s.people.Addr().String() }

// Run serves until ctx ends or a part fails, and then closes everything: what was acknowledged is durable.
func (s *Server) Run(ctx context.Context) error {
	if err := s.began(ctx); err != nil {
		return errors.Join(fmt.Errorf("put the start on record: %w", err), s.Close())
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	parts := 0
	ended := make(chan struct{})
	part := func(what string, run func() error) {
		parts++
		go func() {
			defer func() { ended <- struct{}{} }()
			if err := run(); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("%s: %w", what, err))
			}
		}()
	}
	part("agents' port", func() error { return s.grpc.Serve(s.agents) })
	part("HTTP port", s.serveHTTP)
	part("enrolment", func() error { return s.enrol.Run(ctx) })
	part("evidence", func() error { return s.ledger.Run(ctx) })
	part("outlets", func() error { return s.outlets.Run(ctx) })
	part("orders", func() error { return s.orders.Run(ctx) })
	part("jobs", func() error { return s.jobs.Run(ctx) })
	s.log.Info("serving", "agents", s.AgentsAddress(), "http", s.HTTPAddress(), "database", s.store.Engine())
	<-ctx.Done()
	s.log.Info("stopping")
	s.stop()
	for range parts {
		<-ended
	}
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, s.ended(err), s.Close())
}

func (s *Server) serveHTTP() error {
	var err error
	if s.config.HTTP.CertFile != "" {
		err = s.http.ServeTLS(s.people, s.config.HTTP.CertFile, s.config.HTTP.KeyFile)
	} else {
		err = s.http.Serve(s.people)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// stop lets open calls end, for a while.
func (s *Server) stop() {
	late := time.AfterFunc(parting, s.grpc.Stop)
	defer late.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), parting)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close() // whoever is left is cut off
	}
	s.grpc.GracefulStop()
}

// Close closes what is open.
func (s *Server) Close() error {
	if s.grpc != nil {
		s.grpc.Stop()
	}
	for _, l := range []net.Listener{s.agents, s.people} {
		if l != nil {
			_ = l.Close() // the server may have closed it
		}
	}
	if s.outlets != nil {
		s.outlets.Close()
	}
	if s.ingest != nil {
		s.ingest.Close()
	}
	if s.store != nil {
		return s.store.Close()
	}
	return nil
}

// logger writes JSON lines at the configured level.
func logger(c *Config, to io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: level}))
}

// Package api is the server's HTTP API: JSON over one port for people's tools and for programs such as a SIEM. README.md documents it,
// openapi.json describes it for machines, access.txt says who may call what.
//
// It decides who somebody is (a bearer token), what he may (his role and the token's scopes) and whether what he asks is well formed;
// the store answers. It serves no web page, keeps nothing but counters and recent failures in memory, and judges nothing. No route
// changes or removes a record of the audit log.
package api

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/export"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/secrets"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/waiver"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Store is what the API asks of a store.
type Store interface {
	store.Current
	store.Past
	store.Users
	store.Audit
	store.Waivers
	store.Attestations
	Site(ctx context.Context, version int64) (store.Site, error)
	SiteBySHA256(ctx context.Context, sum string) (store.Site, error)
	PutTargets(ctx context.Context, by store.Entry, targets []store.Target) error
	RemoveTargets(ctx context.Context, by store.Entry, targets []string) error
	PutSite(ctx context.Context, by store.Entry, text string, based int64) (store.Site, error)
	Sites(ctx context.Context) ([]store.Site, error)
	ChangeTargets(ctx context.Context, by store.Entry, put []store.Target, remove []string) error
	Targets(ctx context.Context, filter store.TargetFilter, page store.Page) ([]store.Target, string, error)
	Target(ctx context.Context, id string) (store.Target, error)
	Contacts(ctx context.Context) (map[string]time.Time, error)
	Authorise(ctx context.Context, by store.Entry, sweep, who string) error
	CloseSweep(ctx context.Context, by store.Entry, sweep, state string, detail *pb.Text) error
	Sweeps(ctx context.Context, filter store.SweepFilter, page store.Page) ([]store.Sweep, string, error)
	Sweep(ctx context.Context, id string) (store.Sweep, error)
	SweepTargets(ctx context.Context, sweep, state string, page store.Page) ([]store.SweepTarget, string, error)
	Checkpoints(ctx context.Context, page store.Page) ([]store.Checkpoint, string, error)
	OutletStates(ctx context.Context) ([]store.OutletState, error)
	OutletRefusals(ctx context.Context, name string, page store.Page) ([]store.RefusedEvent, string, error)
	Ready(ctx context.Context) error
}

// Enrolment knows identities, lets newcomers in and shuts identities out, each on record in the audit log; *enrol.Service is one.
type Enrolment interface {
	IssueToken(ctx context.Context, r enrol.TokenRequest) (join string, t enrol.Token, err error)
	Revoke(ctx context.Context, name, by, reason string) error
	Identities(ctx context.Context) ([]enrol.Identity, error)
	Identity(ctx context.Context, name string) (enrol.Identity, error)
}

// Credentials keeps what collectors log in with, and gives none of it; *secrets.Keeper is one.
type Credentials interface {
	List(ctx context.Context) ([]secrets.Info, error)
	Put(ctx context.Context, by store.Entry, r secrets.Record) (secrets.Info, error)
	Remove(ctx context.Context, by store.Entry, name string) error
}

// Orders plans sweeps and schedules, and accounts for them; *orders.Planner is one. A sweep begins, and a schedule fires, once somebody
// else has agreed.
type Orders interface {
	Request(ctx context.Context, by store.Entry, plan *orders.Plan, reason string) (sweep string, err error)
	Ledger(ctx context.Context, sweep, target string, use func(orders.Line) error) (*orders.Ledger, error)
	Schedules(ctx context.Context) ([]store.Schedule, error)
	Schedule(ctx context.Context, id string) (store.Schedule, error)
	PutSchedule(ctx context.Context, by store.Entry, t orders.Timetable) error
	ApproveSchedule(ctx context.Context, by store.Entry, id string) error
	EnableSchedule(ctx context.Context, by store.Entry, id string, enabled bool) error
	RemoveSchedule(ctx context.Context, by store.Entry, id string) error
}

// Config is what the API needs. Without Enrolment, Credentials, Orders or Evidence, the routes that need them answer 404.
type Config struct {
	Store       Store
	Enrolment   Enrolment
	Credentials Credentials
	Orders      Orders
	Evidence    Evidence
	Now         func() time.Time
	Log         *slog.Logger
	Version     string
	// Exports is where exports wait until they are sent.
	Exports string
	// Font is the font of PDF reports; empty: one of the usual places.
	Font string
}

// costlyAtOnce is how many reports, comparisons and verifications run at a time.
const costlyAtOnce = 4

// callTime is how long one call may take.
const callTime = 90 * time.Second

type api struct {
	Config
	mux     *http.ServeMux
	routes  []*route
	access  access
	limits  *limiter
	metrics *metrics
	costly  chan struct{}
	waivers waiver.Service
	// exporter makes reports.
	exporter export.Exporter
}

// New gives the API. Serve it with NewServer.
func New(c Config) http.Handler { return newAPI(c) }

func newAPI(c Config) *api {
	a := &api{
		Config: c, mux: http.NewServeMux(), routes: routes(), access: readAccess(accessTable), limits: newLimiter(c.Now),
		metrics: newMetrics(), costly: make(chan struct{}, costlyAtOnce),
		waivers:  waiver.Service{Store: c.Store, Checks: all.List(), Now: c.Now},
		exporter: export.Exporter{Store: c.Store, Checks: all.List(), Version: c.Version, Dir: c.Exports, Font: c.Font, Now: c.Now},
	}
	for _, route := range a.routes {
		a.mux.HandleFunc(route.name(), func(w http.ResponseWriter, r *http.Request) { a.serve(w.(*answer), r, route) })
	}
	return a
}

// A route is one thing that can be asked for. Who may ask stands in access.txt under its name.
type route struct {
	method, path string
	// zh and en say in a line what it does.
	zh, en string
	// query are the parameters that it takes; all others are refused.
	query []param
	// takes and gives are the types of the bodies, nil for none; with media, gives is not JSON.
	takes, gives any
	media        []string
	// accepts are the media types of a body that is no JSON, body how long it may be where that is more than usual.
	accepts []string
	body    int64
	// costly routes run few at a time.
	costly bool
	do     func(*call) (any, error)
}

// name is the pattern of the router.
func (r *route) name() string { return r.method + " " + r.path }

// changes says whether the route may change what is stored.
func (r *route) changes() bool { return r.method != http.MethodGet }

// A call is one request on its way.
type call struct {
	*api
	r     *http.Request
	route *route
	// id names the request in the log and in the audit log, from is where it comes from.
	id, from string
	who      caller
	query    query
}

func (c *call) ctx() context.Context { return c.r.Context() }

// path is an id in the path. It was checked.
func (c *call) path(name string) string { return c.r.PathValue(name) }

//go:embed openapi.json
var openAPI []byte

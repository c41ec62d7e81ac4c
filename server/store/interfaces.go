package store

import (
	"context"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Deliveries is what takes what agents and collectors send.
type Deliveries interface {
	Accept(ctx context.Context, deliveries []Delivery) ([]Refusal, error)
	Durable(ctx context.Context, sender string, epoch uint64) (uint64, error)
	Contacts(ctx context.Context) (map[string]time.Time, error)
	Epoch() string
}

// Current says how things stand.
type Current interface {
	Findings(ctx context.Context, filter FindingFilter, page Page) ([]Finding, string, error)
	EachFinding(ctx context.Context, filter FindingFilter, use func(Finding) error) error
	Finding(ctx context.Context, id string) (Finding, error)
	Changed(ctx context.Context, since time.Time, filter FindingFilter, page Page) ([]Finding, string, error)
	Clauses(ctx context.Context, zone, baseline string) ([]ClauseCount, error)
	Trend(ctx context.Context, zone, baseline, clause string, since time.Time) ([]Day, error)
	State(ctx context.Context, target string) (TargetState, error)
	TargetStates(ctx context.Context, after string, limit int) ([]TargetState, error)
	Worst(ctx context.Context, zone string, limit int) ([]TargetState, error)
	Stale(ctx context.Context, since time.Time, page Page) ([]TargetState, string, error)
}

// Past says how things stood.
type Past interface {
	Snapshots(ctx context.Context, filter SnapshotFilter, page Page) ([]Snapshot, string, error)
	Snapshot(ctx context.Context, id string) (Snapshot, error)
	Body(ctx context.Context, id string) ([]byte, error)
	Opened(ctx context.Context, id string) (*pb.Snapshot, error)
	History(ctx context.Context, finding string, page Page) ([]Point, string, error)
	DiffSnapshots(ctx context.Context, from, to string) ([]Change, error)
	DiffSweeps(ctx context.Context, from, to string, page Page) ([]TargetChange, string, error)
	Refusals(ctx context.Context, page Page) ([]Refused, string, error)
}

// Inventory keeps what there is to look at, and what the site says of it.
type Inventory interface {
	PutTargets(ctx context.Context, by Entry, targets []Target) error
	RemoveTargets(ctx context.Context, by Entry, targets []string) error
	ChangeTargets(ctx context.Context, by Entry, put []Target, remove []string) error
	Targets(ctx context.Context, filter TargetFilter, page Page) ([]Target, string, error)
	Target(ctx context.Context, id string) (Target, error)
	PutSite(ctx context.Context, by Entry, text string, based int64) (Site, error)
	Site(ctx context.Context, version int64) (Site, error)
	SiteBySHA256(ctx context.Context, sum string) (Site, error)
	Sites(ctx context.Context) ([]Site, error)
}

// Users keeps who may look and act.
type Users interface {
	PutUser(ctx context.Context, by Entry, u User) error
	User(ctx context.Context, name string) (User, error)
	Users(ctx context.Context) ([]User, error)
	PutAPIToken(ctx context.Context, by Entry, t APIToken) error
	UseAPIToken(ctx context.Context, hash string) (APIToken, error)
	RevokeAPIToken(ctx context.Context, by Entry, id string) error
	APITokens(ctx context.Context, user string) ([]APIToken, error)
}

// Sweeps keeps what is to be read, and accounts for every target of it.
type Sweeps interface {
	PutSweep(ctx context.Context, by Entry, sweep Sweep, targets []string) error
	Authorise(ctx context.Context, by Entry, sweep, who string) error
	StartSweep(ctx context.Context, by Entry, sweep string, notAfter time.Time, targets []Start) error
	EndWaiting(ctx context.Context, sweep string, ends []Ending) error
	Expire(ctx context.Context, sweep string) error
	FinishSweep(ctx context.Context, by Entry, sweep string) (bool, error)
	CloseSweep(ctx context.Context, by Entry, sweep, state string, detail *pb.Text) error
	Link(ctx context.Context, sweep string) error
	Unlinked(ctx context.Context, since time.Time) ([]string, error)
	Sweeps(ctx context.Context, filter SweepFilter, page Page) ([]Sweep, string, error)
	Sweep(ctx context.Context, id string) (Sweep, error)
	SweepTargets(ctx context.Context, sweep, state string, page Page) ([]SweepTarget, string, error)
	Judgements(ctx context.Context, snapshot string) (baselines []string, judged []Judgement, err error)
	SweepTally(ctx context.Context, sweep string) (tally Tally, without int64, err error)
}

// Orders keeps which targets of sweeps are in whose hands.
type Orders interface {
	Readers(ctx context.Context) ([]Reader, error)
	WaitingReaders(ctx context.Context) ([]string, error)
	Waiting(ctx context.Context, reader string, passed []string, limit int) ([]SweepTarget, error)
	HandOut(ctx context.Context, order Order, targets []string) ([]string, error)
	OpenOrders(ctx context.Context) ([]Order, error)
	Order(ctx context.Context, id string) (Order, error)
	OrderTargets(ctx context.Context, order string) ([]SweepTarget, error)
	Heard(ctx context.Context, orders []string) error
	Account(ctx context.Context, order string, ends []Ending) error
	TakeBack(ctx context.Context, order string, since time.Time, attempts int, detail *pb.Text) error
	Handed(ctx context.Context, sender string) ([]SweepTarget, error)
}

// Schedules keeps when sweeps begin.
type Schedules interface {
	PutSchedule(ctx context.Context, by Entry, c Schedule) error
	ApproveSchedule(ctx context.Context, by Entry, read Schedule, who string, next time.Time) error
	EnableSchedule(ctx context.Context, by Entry, id string, enabled bool, next time.Time) error
	RemoveSchedule(ctx context.Context, by Entry, id string) error
	Schedules(ctx context.Context) ([]Schedule, error)
	Fire(ctx context.Context, by Entry, id string, due, next time.Time, sweep *Sweep) (bool, error)
}

// Feed says what becomes of findings, in the order in which it was committed.
type Feed interface {
	Moves(ctx context.Context, after int64, limit int) ([]Moves, error)
	PruneMoves(ctx context.Context, before time.Time) (int64, error)
}

// Outlets keeps how far each outlet has come.
type Outlets interface {
	OutletStates(ctx context.Context) ([]OutletState, error)
	HoldOutlet(ctx context.Context, name, kind, holder string, until time.Time) (OutletState, bool, error)
	StepOutlet(ctx context.Context, was, is OutletState, refused []RefusedEvent) error
	ResendOutlet(ctx context.Context, by Entry, name string, since time.Time) (int64, error)
	AskFull(ctx context.Context, by Entry, name, run string) error
	OutletRefusals(ctx context.Context, name string, page Page) ([]RefusedEvent, string, error)
}

// Waivers keeps what people accept as an exception. Nobody decides on what he asked for himself.
type Waivers interface {
	PutWaiver(ctx context.Context, by Entry, w *pb.Waiver) error
	DecideWaiver(ctx context.Context, by Entry, id string, state pb.WaiverState, decision string) error
	WithdrawWaiver(ctx context.Context, by Entry, id string) error
	Waiver(ctx context.Context, id string) (*pb.Waiver, error)
	Waivers(ctx context.Context, filter WaiverFilter, page Page) ([]*pb.Waiver, string, error)
}

// Attestations keeps what people state of clauses that no scanner sees. Nobody confirms what he stated himself.
type Attestations interface {
	PutAttestation(ctx context.Context, by Entry, a *pb.Attestation) error
	ConfirmAttestation(ctx context.Context, by Entry, id string) error
	WithdrawAttestation(ctx context.Context, by Entry, id string) error
	Attestation(ctx context.Context, id string) (*pb.Attestation, error)
	Attestations(ctx context.Context, filter AttestationFilter, page Page) ([]*pb.Attestation, string, error)
}

// Audit keeps who did what. There is no way to change or remove a record.
type Audit interface {
	Append(ctx context.Context, by Entry) (Record, error)
	Records(ctx context.Context, filter AuditFilter, page Page) ([]Record, string, error)
	Verify(ctx context.Context, heads ...Head) (Head, error)
}

// Evidence keeps the tamper-evident log of what was taken in. There is no way to change or remove a leaf.
type Evidence interface {
	Unlogged(ctx context.Context, limit int, bytes int64) ([]Unlogged, error)
	AppendLeaves(ctx context.Context, leaves []Leaf, sign func(size int64, root tlog.Hash, at time.Time) (string, error)) (Checkpoint, error)
	LeafOf(ctx context.Context, kind, object string) (Leaf, error)
	ProveLeaf(ctx context.Context, size, n int64) (tlog.RecordProof, error)
	ProveGrowth(ctx context.Context, size, older int64) (tlog.TreeProof, error)
	RootAt(ctx context.Context, size int64) (tlog.Hash, error)
	LastCheckpoint(ctx context.Context) (Checkpoint, error)
	Checkpoints(ctx context.Context, page Page) ([]Checkpoint, string, error)
	DailyCheckpoints(ctx context.Context, since time.Time) ([]Checkpoint, error)
	AuditHead(ctx context.Context) (Head, error)
}

// Upkeep is what operators do to the store as a whole.
type Upkeep interface {
	Ready(ctx context.Context) error
	Check(ctx context.Context, deep bool) ([]string, error)
	Retain(ctx context.Context, by Entry, rule Retention) (int64, error)
	Retainable(ctx context.Context, rule Retention) (int64, error)
	Backup(ctx context.Context, path string) error
	Restored(ctx context.Context, by Entry) error
	Export(ctx context.Context, to io.Writer) error
	Import(ctx context.Context, by Entry, from io.Reader) error
}

// One store serves them all.
var _ interface {
	Deliveries
	Current
	Past
	Inventory
	Users
	Sweeps
	Orders
	Schedules
	Feed
	Outlets
	Waivers
	Attestations
	Audit
	Evidence
	Upkeep
} = (*Store)(nil)

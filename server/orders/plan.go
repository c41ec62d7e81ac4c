package orders

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/plugins/schedule"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// A Plan is what a sweep is to be. The store keeps it as JSON.
type Plan struct {
	Targets Selection `json:"targets"`
	// Baselines and Profile are what to judge by; empty: as agents and collectors are configured.
	Baselines []string `json:"baselines,omitempty"`
	Profile   string   `json:"profile,omitempty"`
	// Within is how long the sweep has: what was not read by then ends as not reached. DefaultWithin if it is not given.
	Within Span `json:"within,omitempty"`
	// Retries is how often a target is tried again that could not be reached; 1 if it is not given.
	Retries *int `json:"retries,omitempty"`
	// RetryAfter is how long after; DefaultRetryAfter if it is not given.
	RetryAfter Span   `json:"retry_after,omitempty"`
	Limits     Limits `json:"limits,omitzero"`
	// Zone and Freezes are those of the schedule that it came from: nothing is handed out in a freeze.
	Zone    string            `json:"zone,omitempty"`
	Freezes []schedule.Freeze `json:"freezes,omitempty"`
}

// Limits bound how much a reader does at once; 0: as it is configured. The stricter of the two holds.
type Limits struct {
	Concurrency   uint32 `json:"concurrency,omitempty"`
	PerZone       uint32 `json:"per_zone,omitempty"`
	PerCredential uint32 `json:"per_credential,omitempty"`
}

// A Selection says which targets of the inventory. Either All, or IDs, or those that are in one of the Zones, have one of the Roles
// and all of the Labels, as far as these are given. It is looked up when the sweep starts.
type Selection struct {
	All    bool              `json:"all,omitempty"`
	IDs    []string          `json:"ids,omitempty"`
	Zones  []string          `json:"zones,omitempty"`
	Roles  []string          `json:"roles,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

// Bounds of a plan.
const (
	DefaultWithin     = 8 * time.Hour
	MaxWithin         = 7 * 24 * time.Hour
	DefaultRetryAfter = 5 * time.Minute
	MaxRetries        = 3
	MaxIDs            = 100_000
)

// Span is a length of time that JSON has as text: "90m".
type Span time.Duration

// MarshalText writes it as Go does.
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads what MarshalText wrote, and what people write so.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	*s = Span(d)
	return err
}

// An Error says what is wrong with what somebody asked for.
type Error struct{ Text *pb.Text }

func (e *Error) Error() string { return e.Text.GetEn() }

// Say says it in both languages.
func (e *Error) Say() *pb.Text { return e.Text }

func wrong(zh, en string, args ...any) error { return &Error{checks.Say(zh, en, args...)} }

// ErrSelfAuthorised says that somebody would authorise what he asked for himself.
var ErrSelfAuthorised = errors.New("another person than the one who asked must authorise it")

// Check says what is wrong with a plan.
func (p *Plan) Check() error {
	s := p.Targets
	narrowed := len(s.Zones)+len(s.Roles)+len(s.Labels) > 0
	switch {
	case !s.All && len(s.IDs) == 0 && !narrowed:
		return wrong("未选择目标：请给出 all、ids、zones、roles 或 labels", "no targets are chosen: give all, ids, zones, roles or labels")
	case s.All && (len(s.IDs) > 0 || narrowed), len(s.IDs) > 0 && narrowed:
		return wrong("all、ids 与 zones/roles/labels 三者只能选其一", "give one of all, ids, and zones/roles/labels")
	case len(s.IDs) > MaxIDs:
		return wrong("目标过多，至多 %d 个", "too many targets: at most %d", MaxIDs)
	case p.Within < 0 || time.Duration(p.Within) > MaxWithin:
		return wrong("时限 %v 超出范围，应为 0 至 %v", "the time %v is out of range: 0 to %v", time.Duration(p.Within), MaxWithin)
	case p.Retries != nil && (*p.Retries < 0 || *p.Retries > MaxRetries):
		return wrong("重试次数 %d 超出范围，应为 0 至 %d", "%d retries are out of range: 0 to %d", *p.Retries, MaxRetries)
	case p.RetryAfter < 0 || time.Duration(p.RetryAfter) > MaxWithin:
		return wrong("重试间隔 %v 超出范围", "a retry after %v is out of range", time.Duration(p.RetryAfter))
	}
	seen := map[string]bool{}
	for _, id := range s.IDs {
		if id == "" || seen[id] {
			return wrong("目标 %q 为空或重复", "the target %q is empty or there twice", id)
		}
		seen[id] = true
	}
	for _, id := range p.Baselines {
		if baseline.ByID(id) == nil {
			return wrong("没有基线 %q", "there is no baseline %q", id)
		}
	}
	if p.Profile != "" {
		if _, err := baseline.ParseProfile(p.Profile); err != nil {
			return wrong("没有口径 %q", "there is no profile %q", p.Profile)
		}
	}
	return nil
}

// JSON is the plan as the store keeps it.
func (p *Plan) JSON() (string, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the plan: %w", err)
	}
	return string(b), nil
}

// ReadPlan reads a plan that the store kept.
func ReadPlan(text string) (*Plan, error) {
	var p Plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return &p, p.Check()
}

func (p *Plan) retries() int {
	if p.Retries == nil {
		return 1
	}
	return *p.Retries
}

func (p *Plan) retryAfter() time.Duration {
	if p.RetryAfter == 0 {
		return DefaultRetryAfter
	}
	return time.Duration(p.RetryAfter)
}

// until is when a sweep that starts at a time must be over: before the next freeze, too.
func (p *Plan) until(start time.Time) (time.Time, error) {
	within := time.Duration(p.Within)
	if within == 0 {
		within = DefaultWithin
	}
	end := start.Add(within)
	if len(p.Freezes) == 0 {
		return end, nil
	}
	when, err := p.freezes()
	if err != nil {
		return end, err
	}
	if begins, ok := when.NextFreeze(start, within); ok {
		end = earlier(end, begins)
	}
	return end, nil
}

// frozen says whether nothing may be handed out at a moment.
func (p *Plan) frozen(at time.Time) (bool, error) {
	if len(p.Freezes) == 0 {
		return false, nil
	}
	when, err := p.freezes()
	if err != nil {
		return true, err
	}
	_, _, frozen := when.Frozen(at)
	return frozen, nil
}

func (p *Plan) freezes() (*schedule.Schedule, error) {
	return schedule.New(schedule.Spec{Cron: "0 0 * * *", Zone: p.Zone, Freezes: p.Freezes}, "")
}

// picks says whether the selection, one that names no ids, holds the target.
func (s *Selection) picks(t *store.Target) bool {
	if len(s.Zones) > 0 && !slices.Contains(s.Zones, t.Zone) || len(s.Roles) > 0 && !slices.Contains(s.Roles, t.Role) {
		return false
	}
	for name, value := range s.Labels {
		if got, ok := t.Labels[name]; !ok || got != value {
			return false
		}
	}
	return true
}

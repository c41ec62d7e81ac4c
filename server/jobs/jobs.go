// Package jobs does periodic work by River, the job engine, on either database: one of the servers that share a database plans it, any
// of them does it, and when one dies the others go on.
//
// A job says no more than the name of the work. The work must be such that it may be done twice, or at two places at once: what is to be
// done, and whether it was, stands in our own tables.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// Work is something that is done again and again.
type Work struct {
	// Name is what jobs call it.
	Name string
	// Every is how often; whole seconds.
	Every time.Duration
	Do    func(context.Context) error
}

// Config is what the engine needs.
type Config struct {
	// DB is the database, Engine its name: sqlite or postgres. On SQLite it is the handle that writes, so that writers wait in one line.
	DB     *sql.DB
	Engine string
	Work   []Work
	Log    *slog.Logger
}

const (
	// atOnce is how many jobs one server does at a time.
	atOnce = 4
	// limit is how long one may take.
	limit = 5 * time.Minute
	// kept is for how long the engine keeps what was done.
	kept = time.Hour
	// parting is how long jobs may take to end when the server stops.
	parting = 10 * time.Second
)

// Engine does periodic work while Run runs.
type Engine struct {
	client *river.Client[*sql.Tx]
	log    *slog.Logger
}

// errand is a job.
type errand struct {
	Work string `json:"work"`
}

// Kind is the engine's name for jobs of this form.
func (errand) Kind() string { return "plumbline_work" }

type worker struct {
	river.WorkerDefaults[errand]
	do map[string]func(context.Context) error
}

func (w *worker) Work(ctx context.Context, job *river.Job[errand]) error {
	do := w.do[job.Args.Work]
	if do == nil {
		return river.JobCancel(fmt.Errorf("this server knows no work %q", job.Args.Work)) // a newer one's; it comes again
	}
	return do(ctx)
}

// Open brings the engine's tables up to date.
func Open(ctx context.Context, c Config) (*Engine, error) {
	var driver riverdriver.Driver[*sql.Tx] = riverdatabasesql.New(c.DB)
	if c.Engine == "sqlite" {
		driver = riversqlite.New(c.DB)
	}
	if err := migrate(ctx, driver, c.Log); err != nil {
		return nil, err
	}
	w := &worker{do: map[string]func(context.Context) error{}}
	var periodic []*river.PeriodicJob
	for _, one := range c.Work {
		w.do[one.Name] = one.Do
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(one.Every), func() (river.JobArgs, *river.InsertOpts) {
			// A job of an earlier turn that a dead server left behind must not stand in the way, so each turn has its own.
			return errand{one.Name}, &river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: one.Every}}
		}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, w); err != nil {
		return nil, fmt.Errorf("set up the job engine: %w", err)
	}
	client, err := river.NewClient(driver, &river.Config{
		Logger: slog.New(quiet{c.Log.Handler()}), Workers: workers, PeriodicJobs: periodic, PollOnly: true,
		Queues:     map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: atOnce}},
		JobTimeout: limit, RescueStuckJobsAfter: 2 * limit,
		CompletedJobRetentionPeriod: kept, CancelledJobRetentionPeriod: kept, DiscardedJobRetentionPeriod: kept,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the job engine: %w", err)
	}
	return &Engine{client, c.Log}, nil
}

// migrate may meet another server that does the same: who comes second finds it done.
func migrate(ctx context.Context, driver riverdriver.Driver[*sql.Tx], log *slog.Logger) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(quiet{log.Handler()})})
	if err != nil {
		return fmt.Errorf("set up the job engine: %w", err)
	}
	for attempt := 1; ; attempt++ {
		_, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		if err == nil || attempt == 5 {
			if err != nil {
				err = fmt.Errorf("bring the job engine's tables up to date: %w", err)
			}
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(attempt) * 200 * time.Millisecond):
		}
	}
}

// Run works until ctx ends. What is at work then may end, for a while.
func (e *Engine) Run(ctx context.Context) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if err := e.client.Start(running); err != nil {
		return fmt.Errorf("start the job engine: %w", err)
	}
	<-ctx.Done()
	stop, end := context.WithTimeout(running, parting)
	defer end()
	err := e.client.Stop(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		stop, end := context.WithTimeout(running, parting)
		defer end()
		err = e.client.StopAndCancel(stop)
	}
	if err != nil {
		return fmt.Errorf("stop the job engine: %w", err)
	}
	return nil
}

// quiet lets warnings of the engine through, and what fails; the rest is for debugging.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }

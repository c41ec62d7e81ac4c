package vault

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A source knows credentials by name. It gives nil without an error for a name it does not know.
type source interface {
	name() *pb.Text
	get(ctx context.Context, name string) (*Credential, error)
	close()
}

const (
	// keepFor is how long an answer is used again: a sweep asks for the same credential thousands of times.
	keepFor = 5 * time.Minute
	// failFor is how long a failure is: thousands of targets must not wait for the same dead server one after the other.
	failFor = 15 * time.Second
)

// A Vault hands out credentials by name. It may be used by many goroutines.
type Vault struct {
	config  Config
	sources []source
	now     func() time.Time

	mu    sync.Mutex
	names map[string]*entry
}

// entry is what is known of one name; its lock makes one question of many askers.
type entry struct {
	lock  chan struct{}
	cred  *Credential
	err   error
	until time.Time
}

// Open readies the sources: sealed files are opened, tokens are read. No server is asked yet.
func Open(config Config) (*Vault, error) { return open(config, osEnviron) }

func open(config Config, env environ) (*Vault, error) {
	v := &Vault{config: config, now: time.Now, names: map[string]*entry{}}
	for _, c := range config.Sources {
		s, err := openSource(c, env)
		if err != nil {
			v.Close()
			return nil, err
		}
		v.sources = append(v.sources, s)
	}
	return v, nil
}

func openSource(c Source, env environ) (source, error) {
	var s source
	var err error
	switch {
	case c.Sealed != nil:
		s, err = openSealed(*c.Sealed, env)
	case c.Environment != nil:
		s = &environmentSource{*c.Environment, env}
	case c.Systemd != nil:
		s = &systemdSource{*c.Systemd, env}
	case c.Command != nil:
		s = &commandSource{*c.Command, env}
	case c.HashiCorp != nil:
		s, err = openHashiCorp(*c.HashiCorp, env)
	default:
		return nil, &Fault{Text: checks.Say("凭据来源未说明类型", "a source of credentials does not say of which kind it is"), kind: ErrSource}
	}
	if err != nil {
		return nil, &Fault{Source: s.name(), Text: told(err), kind: ErrSource}
	}
	return s, nil
}

// told is what a source's error says to people. Errors of others are not repeated: they may quote what they read.
func told(err error) *pb.Text {
	var f *failure
	var full *Fault
	var listed interface{ Unwrap() []error }
	switch {
	case errors.As(err, &f):
		return f.what
	case errors.As(err, &full):
		return full.Say()
	case errors.As(err, &listed):
		return problems(err)
	case errors.Is(err, context.DeadlineExceeded):
		return checks.Say("在时限内没有回答", "no answer in time")
	case errors.Is(err, context.Canceled):
		return checks.Say("已中止", "stopped")
	}
	return checks.Say("失败", "failed")
}

// Get gives the credential of that name, a copy of its own for every call.
func (v *Vault) Get(ctx context.Context, name string) (*Credential, error) {
	if !ValidName(name) {
		return nil, &Fault{Text: checks.Say("凭据名称无效（字母、数字、点、下划线和短横线，至多 %d 个字符）", "not the name of a credential (letters, digits, dots, dashes and underscores, at most %d)", maxName), kind: ErrUnknownName}
	}
	v.mu.Lock()
	e := v.names[name]
	if e == nil {
		e = &entry{lock: make(chan struct{}, 1)}
		v.names[name] = e
	}
	v.mu.Unlock()

	select {
	case e.lock <- struct{}{}:
		defer func() { <-e.lock }()
	case <-ctx.Done():
		return nil, &Fault{Name: name, Text: told(ctx.Err()), kind: ErrSource}
	}
	if v.now().Before(e.until) {
		return copied(e.cred), e.err
	}
	cred, err := v.ask(ctx, name)
	if err == nil || ctx.Err() == nil {
		keep := keepFor
		if err != nil {
			keep = failFor
		}
		e.cred, e.err, e.until = cred, err, v.now().Add(keep)
	}
	return copied(cred), err
}

func copied(c *Credential) *Credential {
	if c == nil {
		return nil
	}
	out := *c
	return &out
}

// ask goes through the sources. One that fails ends the search: an older secret from a later source would be the wrong one,
// and a wrong password counts against the account.
func (v *Vault) ask(ctx context.Context, name string) (*Credential, error) {
	for _, s := range v.sources {
		cred, err := s.get(ctx, name)
		if err != nil {
			return nil, &Fault{Source: s.name(), Name: name, Text: told(err), kind: ErrSource}
		}
		if cred != nil {
			return cred, nil
		}
	}
	return nil, &Fault{Name: name, Text: checks.Say("所有凭据来源中都没有这个名称，请检查清单或规则中的拼写", "no source knows this name: look at its spelling in inventory and rules"), kind: ErrUnknownName}
}

// For gives the credential for a target and a use; named is what the inventory says, if anything.
func (v *Vault) For(ctx context.Context, t *pb.Target, use Use, named string) (*Credential, error) {
	name, err := v.config.Choose(t, use, named)
	if err != nil {
		return nil, err
	}
	c, err := v.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	if what := c.fitFor(use); what != nil {
		return nil, &Fault{Name: name, Text: what, kind: ErrUnfit}
	}
	return c, nil
}

// Close forgets what was handed out and gives tokens back to their server. Nothing is asked of the vault after it.
func (v *Vault) Close() {
	for _, s := range v.sources {
		s.close()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.names = map[string]*entry{}
}

// problems joins those of a record into one text.
func problems(err error) *pb.Text {
	out := &pb.Text{}
	for _, p := range strict.Problems(err) {
		t := p.Say()
		if out.Zh != "" {
			out.Zh, out.En = out.Zh+"；", out.En+"; "
		}
		out.Zh, out.En = out.Zh+t.GetZh(), out.En+t.GetEn()
	}
	return out
}

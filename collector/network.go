package collector

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/collector/inventory"
	"github.com/plumbline/plumbline/collector/snmp"
	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/collector/ssh/host"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/sweep"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Collector reaches targets over the network.
type Collector struct {
	Config
	// Targets are all that are known; jump hosts are found among them.
	Targets []*inventory.Target
	// Vault has the credentials, HostKeys the pinned keys.
	Vault    *vault.Vault
	HostKeys sshasker.HostKeys
	// Keyring keeps SNMP keys for the whole run.
	Keyring *snmp.Keyring
	// Limits of one SSH session.
	Limits sshasker.Limits
	// PingOnly logs in and asks nothing.
	PingOnly bool
	// Answered is given each target's unmasked answers; nil: they are forgotten.
	Answered func(target *pb.Target, driverName string, answers []*pluginpb.Answer)

	mu        sync.Mutex
	platforms map[string]*sshasker.Platform
}

// The usual ports.
const (
	sshPort  = 22
	snmpPort = 161
)

const (
	overSSH  = "ssh"
	overSNMP = "snmp"
	// snmpDriver reads what any SNMP agent says.
	snmpDriver = "snmp"
)

// Plan says for each target what a sweep must heed. A target without a credential is in missing with its result, and is not visited.
func (c *Collector) Plan(ctx context.Context, targets []*inventory.Target) (visits []sweep.Target, missing map[string]sweep.Result) {
	missing = map[string]sweep.Result{}
	for _, t := range targets {
		st := sweep.Target{Target: t.Proto(), Device: address(t, sshPort)}
		cred, err := c.credential(ctx, t)
		if err != nil {
			missing[t.ID] = c.failure(st.Target, nil, pb.VisitState_VISIT_STATE_NO_CREDENTIAL, said(err))
		} else {
			st.Credential, st.Account, st.Central = cred.Name, cred.User+cred.SNMP.User, cred.Central
		}
		visits = append(visits, st)
	}
	return visits, missing
}

// credential is what the first transport of a target shows.
func (c *Collector) credential(ctx context.Context, t *inventory.Target) (*vault.Credential, error) {
	if t.Transports[0] == overSNMP {
		return c.Vault.For(ctx, t.Proto(), vault.ForSNMP, t.SNMPCredential)
	}
	return c.Vault.For(ctx, t.Proto(), vault.ForSSH, t.Credential)
}

// Sweep visits targets and hands each one's snapshot to done, one after the other.
func (c *Collector) Sweep(ctx context.Context, targets []*inventory.Target, limits sweep.Limits, begun func(id string), done func(*pb.Snapshot)) {
	visits, missing := c.Plan(ctx, targets)
	byID := map[string]*inventory.Target{}
	for _, t := range targets {
		byID[t.ID] = t
	}
	var wanted []sweep.Target
	for _, v := range visits {
		if r, ok := missing[v.GetId()]; ok {
			done(r.Snapshot)
			continue
		}
		wanted = append(wanted, v)
	}
	visit := func(ctx context.Context, t sweep.Target, admitted func()) sweep.Result {
		if begun != nil {
			begun(t.GetId())
		}
		return c.visit(ctx, byID[t.GetId()], t.Target, admitted)
	}
	sweep.Run(ctx, wanted, limits, visit, func(t sweep.Target, r sweep.Result) {
		if r.Snapshot == nil { // not visited at all
			r = c.failure(t.Target, nil, r.State, r.Detail)
		}
		done(r.Snapshot)
	})
}

// visit questions one target over its transports.
func (c *Collector) visit(ctx context.Context, t *inventory.Target, target *pb.Target, admitted func()) sweep.Result {
	started := time.Now()
	v := &visiting{Collector: c, t: t, target: target, admitted: admitted, visit: &pb.Visit{Transport: strings.Join(t.Transports, "+")}}
	for _, transport := range t.Transports {
		ask := v.overSSH
		if transport == overSNMP {
			ask = v.overSNMP
		}
		if err := ask(ctx); err != nil {
			if len(v.ivs) > 0 { // the second transport of a target that was read: its subjects stay silent
				break
			}
			state, why := outcome(ctx, err)
			v.sessionAfter(err)
			r := c.failure(target, v.session, state, why)
			r.Shown = shown(err)
			r.Snapshot.Visit.Transport, r.Snapshot.Visit.HostKey, r.Snapshot.Visit.Account = v.visit.GetTransport(), v.visit.GetHostKey(), v.visit.GetAccount()
			return r
		}
	}
	v.visit.State = pb.VisitState_VISIT_STATE_QUESTIONED
	if c.PingOnly {
		return sweep.Result{State: v.visit.State, Snapshot: &pb.Snapshot{Target: target, Visit: v.visit}}
	}
	s, err := c.snapshot(target, v.session, started, v.visit, v.ivs...)
	if err != nil {
		return c.failure(target, v.session, pb.VisitState_VISIT_STATE_FAILED, said(err))
	}
	return sweep.Result{State: v.visit.State, Snapshot: s}
}

// failure is the result of a target that was not questioned.
func (c *Collector) failure(target *pb.Target, session *pb.Session, state pb.VisitState, why *pb.Text) sweep.Result {
	s, err := c.missed(target, session, state, why)
	if err != nil { // rules that cannot be judged at all: the state says more than they could
		s = &pb.Snapshot{Target: target, Visit: &pb.Visit{State: state, Detail: why}}
	}
	return sweep.Result{State: state, Detail: why, Snapshot: s}
}

// visiting is one visit under way.
type visiting struct {
	*Collector
	t        *inventory.Target
	target   *pb.Target
	admitted func()
	session  *pb.Session
	visit    *pb.Visit
	ivs      []interview
}

// overSSH questions the target in a terminal, or as a host.
func (v *visiting) overSSH(ctx context.Context) error {
	conn, err := v.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { conn.Close() }()
	if v.PingOnly {
		return nil
	}
	if v.target.GetDriver() == inventory.Auto {
		name, err := v.recognise(ctx, conn)
		if err != nil {
			return err
		}
		v.target.Driver = name
		conn.Close() // many devices take one session a connection
		if conn, err = v.dial(ctx); err != nil {
			return err
		}
	}
	d := v.driver(v.target.GetDriver())
	if d == nil {
		return errNoDriver{v.target.GetDriver()}
	}
	if d.Describe().GetName() == hostDriver {
		a := host.New(conn.Client(), d.Describe(), host.Options{Sudo: v.t.Sudo})
		defer a.Close()
		v.session.PasswordChangeDemanded = facts.Bool(false, facts.Source("login"))
		return v.ask(ctx, d, a, a.Ahead)
	}
	platform, err := v.platform(d)
	if err != nil {
		return err
	}
	t, err := conn.Terminal(ctx, d.Describe(), sshasker.TerminalOptions{Platform: platform})
	if err != nil {
		return err
	}
	v.revealed(t.Revealed())
	err = v.ask(ctx, d, t, nil)
	if closed := t.Close(); errors.Is(closed, sshasker.ErrOutOfSync) { // the last answer had not ended: nothing that was read counts
		v.ivs = nil
		return cmp.Or(err, closed)
	}
	return err
}

// platform makes a driver's description ready for terminals, once.
func (c *Collector) platform(d driver.Driver) (*sshasker.Platform, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := d.Describe().GetName()
	if p := c.platforms[name]; p != nil {
		return p, nil
	}
	p, err := sshasker.Prepare(d.Describe())
	if err != nil {
		return nil, err
	}
	if c.platforms == nil {
		c.platforms = map[string]*sshasker.Platform{}
	}
	c.platforms[name] = p
	return p, nil
}

// dial logs in.
func (v *visiting) dial(ctx context.Context) (*sshasker.Conn, error) {
	config, err := v.sshConfig(ctx, v.t)
	if err != nil {
		return nil, err
	}
	if config.Jump, err = v.jumps(ctx, v.t); err != nil {
		return nil, err
	}
	v.visit.Account = config.Credential.User
	conn, err := sshasker.Dial(ctx, config)
	if err != nil {
		return nil, err
	}
	v.admitted()
	v.admitted = func() {}
	v.connected(conn.Negotiated(), config.Credential.User)
	return conn, nil
}

func (v *visiting) sshConfig(ctx context.Context, t *inventory.Target) (sshasker.Config, error) {
	cred, err := v.Vault.For(ctx, t.Proto(), vault.ForSSH, t.Credential)
	if err != nil {
		return sshasker.Config{}, err
	}
	c := sshasker.Config{Target: t.ID, Address: address(t, sshPort), Credential: cred, HostKeys: v.HostKeys, Limits: v.Limits}
	if t.Algorithms == inventory.Legacy {
		c.Algorithms = sshasker.Legacy
	}
	return c, nil
}

// maxJumps is how many jump hosts may stand in a row.
const maxJumps = 5

// jumps gives the way to a target, the outermost host first.
func (v *visiting) jumps(ctx context.Context, t *inventory.Target) ([]sshasker.Config, error) {
	var way []sshasker.Config
	for range maxJumps {
		if t.Jump == "" {
			slices.Reverse(way)
			return way, nil
		}
		next := v.jump(t.Jump)
		c, err := v.sshConfig(ctx, next)
		if err != nil {
			return nil, err
		}
		way = append(way, c)
		t = next
	}
	return nil, errors.New("too many jump hosts in a row")
}

// jump finds a jump host among the targets, or makes one of user@host:port.
func (v *visiting) jump(name string) *inventory.Target {
	for _, t := range v.Targets {
		if t.ID == name || t.Name == name {
			return t
		}
	}
	user, where, found := strings.Cut(name, "@")
	if !found {
		user, where = "", name
	}
	t := &inventory.Target{ID: where, Address: where, User: user, Driver: hostDriver, Transports: []string{overSSH}}
	if h, p, err := net.SplitHostPort(where); err == nil {
		t.Address = h
		t.Port, _ = strconv.Atoi(p) // an empty port is the usual one
	}
	return t
}

// overSNMP walks what the target's SNMP agent offers.
func (v *visiting) overSNMP(ctx context.Context) error {
	cred, err := v.Vault.For(ctx, v.target, vault.ForSNMP, v.t.SNMPCredential)
	if err != nil {
		return err
	}
	var keys *snmp.Keys
	if cred.SNMP.Version == "3" {
		if keys, err = v.Keyring.Of(cred.SNMP); err != nil {
			return err
		}
	}
	port := snmpPort
	if v.t.Transports[0] == overSNMP && v.t.Port != 0 {
		port = v.t.Port
	}
	conn, err := snmp.Dial(ctx, snmp.Config{Target: v.t.ID, Address: net.JoinHostPort(v.t.Address, strconv.Itoa(port)), Credential: cred, Keys: keys})
	if err != nil {
		return err
	}
	defer conn.Close()
	v.admitted()
	v.admitted = func() {}
	if v.visit.Account == "" {
		v.visit.Account = cred.SNMP.User
	}
	if v.PingOnly {
		return nil
	}
	d := v.driver(snmpDriver)
	if d == nil {
		return errNoDriver{snmpDriver}
	}
	if v.target.GetDriver() == inventory.Auto {
		r, err := v.recogniser()
		if err != nil {
			return err
		}
		if v.target.Driver = r.SysObjectID(conn.System().ObjectID); v.target.Driver == "" {
			v.target.Driver = snmpDriver
		}
	}
	return v.ask(ctx, d, conn.Asker(d.Describe()), nil)
}

// ask interviews the target and keeps what came.
func (v *visiting) ask(ctx context.Context, d driver.Driver, a driver.Asker, ahead func(driver.Driver) driver.Driver) error {
	iv, err := v.question(ctx, d, a, ahead)
	if err != nil {
		return err
	}
	if v.Answered != nil {
		v.Answered(v.target, d.Describe().GetName(), iv.Answers)
	}
	v.ivs = append(v.ivs, iv)
	return nil
}

// address is where a target is reached.
func address(t *inventory.Target, usual int) string {
	port := t.Port
	if port == 0 {
		port = usual
	}
	return net.JoinHostPort(t.Address, strconv.Itoa(port))
}

// said puts an error into both languages, if it is one of ours that can.
func said(err error) *pb.Text {
	var both interface{ Say() *pb.Text }
	if errors.As(err, &both) {
		return both.Say()
	}
	return checks.Verbatim(err.Error())
}

package collector

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/collector/snmp"
	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/inventory"
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
	// Lender lends credentials that the vault does not know; nil: nobody does.
	Lender *vault.Lender
	// Guard is what sweeps share; nil: this one has its own.
	Guard *sweep.Guard
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
		st := sweep.Target{Target: t.Proto()}
		use := vault.ForSSH
		if t.Transports[0] == overSNMP {
			use = vault.ForSNMP
		}
		cred, err := credential(ctx, c.Vault, t, use)
		if named := named(t, use); err == nil {
			st.Login = c.login(t, cred, use)
		} else if c.Lender.Lends(err, named) { // what it is shows in the visit, and is counted there
			st.Login = sweep.Login{Device: device(t), Credential: named, Account: t.User}
		} else {
			state, why := outcome(ctx, err)
			missing[t.ID] = c.failure(st.Target, nil, state, why)
		}
		visits = append(visits, st)
	}
	return visits, missing
}

// credential is what a target is shown.
func credential(ctx context.Context, from interface {
	For(context.Context, *pb.Target, vault.Use, string) (*vault.Credential, error)
}, t *inventory.Target, use vault.Use) (*vault.Credential, error) {
	cred, err := from.For(ctx, t.Proto(), use, named(t, use))
	if use == vault.ForSSH && err == nil && t.User != "" && t.User != cred.User {
		return nil, &errUser{credential: cred.Name, has: cred.User, wanted: t.User}
	}
	return cred, err
}

// named is the credential that the inventory names; "": none.
func named(t *inventory.Target, use vault.Use) string {
	if use == vault.ForSNMP {
		return t.SNMPCredential
	}
	return t.Credential
}

// device is what counts as one: an address and its SSH port, whatever else is asked there.
func device(t *inventory.Target) string { return strings.ToLower(address(t, sshPort)) }

// login is what the sweep counts when a target is shown a credential.
func (c *Collector) login(t *inventory.Target, cred *vault.Credential, use vault.Use) sweep.Login {
	l := sweep.Login{Device: device(t), Credential: cred.Name, Account: cred.User, Central: cred.Central}
	if use == vault.ForSNMP {
		l.Account = "snmp " + cred.SNMP.User
	}
	if c.Guard != nil { // only it outlives what is in the vault now
		l.Secret = cred.Mark(c.MaskKey)
	}
	return l
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
	way := &hops{}
	defer way.close()
	visit := func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
		if begun != nil {
			begun(t.GetId())
		}
		return c.visit(ctx, byID[t.GetId()], t.Target, door, way)
	}
	run := sweep.Run
	if c.Guard != nil {
		run = c.Guard.Run
	}
	run(ctx, wanted, limits, visit, func(t sweep.Target, r sweep.Result) {
		if r.Snapshot == nil { // not visited at all
			r = c.failure(t.Target, nil, r.State, r.Detail)
		}
		done(r.Snapshot)
	})
}

// visit questions one target over its transports.
func (c *Collector) visit(ctx context.Context, t *inventory.Target, target *pb.Target, door *sweep.Door, way *hops) sweep.Result {
	started := time.Now()
	v := &visiting{
		Collector: c, t: t, target: target, door: door, hops: way, access: c.Vault.Visit(c.Lender), visit: &pb.Visit{Transport: strings.Join(t.Transports, "+")},
	}
	defer v.access.Close()
	for i, transport := range t.Transports {
		ask := v.overSSH
		if transport == overSNMP {
			ask = v.overSNMP
		}
		err := ask(ctx)
		if err == nil {
			continue
		}
		state, why := outcome(ctx, err)
		why = v.without(why)
		if i > 0 && v.read && state != pb.VisitState_VISIT_STATE_CANCELLED { // the target was read: what only this transport says stays unknown
			v.note(checks.Say("%s：%s", "%s: %s", transport, why))
			continue
		}
		v.sessionAfter(err)
		r := c.failure(target, v.session, state, why)
		r.Snapshot.Visit.Transport, r.Snapshot.Visit.HostKey, r.Snapshot.Visit.Account = v.visit.GetTransport(), v.visit.GetHostKey(), v.visit.GetAccount()
		return r
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

// visiting is one visit under way.
type visiting struct {
	*Collector
	t       *inventory.Target
	target  *pb.Target
	door    *sweep.Door
	hops    *hops
	access  *vault.Visit
	session *pb.Session
	visit   *pb.Visit
	// read: a transport has read the target, or, where nothing is asked, was let in.
	read bool
	ivs  []interview
	// shown are the credentials that were shown, so that no message repeats them.
	shown []*vault.Credential
}

// note says something of a target that was read all the same.
func (v *visiting) note(what *pb.Text) {
	if v.visit.Detail != nil {
		what = checks.Say("%s；%s", "%s; %s", v.visit.GetDetail(), what)
	}
	v.visit.Detail = what
}

// overSNMP walks what the target's SNMP agent offers.
func (v *visiting) overSNMP(ctx context.Context) error {
	cred, err := credential(ctx, v.access, v.t, vault.ForSNMP)
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
	if len(v.t.Transports) == 1 && v.t.Port != 0 { // beside SSH the port is that of SSH
		port = v.t.Port
	}
	leave, err := v.door.Show(ctx, v.login(v.t, cred, vault.ForSNMP))
	if err != nil {
		return err
	}
	v.shown = append(v.shown, cred)
	conn, err := snmp.Dial(ctx, snmp.Config{Target: v.t.ID, Address: net.JoinHostPort(v.t.Address, strconv.Itoa(port)), Credential: cred, Keys: keys})
	settle(leave, err, errors.Is(err, snmp.ErrRefused))
	if err != nil {
		return err
	}
	defer conn.Close()
	if v.visit.Account == "" {
		v.visit.Account = cred.SNMP.User
	}
	if v.PingOnly {
		v.read = true
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
		v.target.Driver = cmp.Or(r.SysObjectID(conn.System().ObjectID), snmpDriver)
	}
	return v.ask(ctx, d, conn.Asker(d.Describe()), nil)
}

// settle tells what became of a login; may says that one which failed may have counted as a failure.
func settle(leave *sweep.Leave, err error, may bool) {
	switch {
	case err == nil:
		leave.Accepted()
	case may:
		leave.Refused()
	default:
		leave.Unheard()
	}
}

// ask interviews the target and keeps what came.
func (v *visiting) ask(ctx context.Context, d driver.Driver, a driver.Asker, ahead func(driver.Driver) driver.Driver) error {
	iv, err := v.question(ctx, d, a, ahead)
	if err != nil {
		return err
	}
	r, err := v.recogniser()
	if err != nil {
		return err
	}
	if err := samePlatform(r, d, iv.Answers); err != nil {
		return err
	}
	if v.Answered != nil {
		v.Answered(v.target, d.Describe().GetName(), iv.Answers)
	}
	v.ivs, v.read = append(v.ivs, iv), true
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

// Lend has the server lend credentials that the vault does not know, for an order that this collector has by its name.
func (c *Collector) Lend(server pb.OrderServiceClient, order, name string) {
	c.Lender = &vault.Lender{Client: server, Order: order, Identity: name}
}

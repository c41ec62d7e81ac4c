package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/collector/ssh/host"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/inventory"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// overSSH questions the target in a terminal, or as a host.
func (v *visiting) overSSH(ctx context.Context) error {
	conn, cred, err := v.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { conn.Close() }()
	if v.PingOnly {
		v.read = true
		return nil
	}
	if v.target.GetDriver() == inventory.Auto {
		name, err := v.recognise(ctx, conn)
		if err != nil {
			return err
		}
		v.target.Driver = name
		conn.Close() // many devices take one session a connection
		if conn, cred, err = v.dial(ctx); err != nil {
			return err
		}
	}
	d := v.driver(v.target.GetDriver())
	if d == nil {
		return errNoDriver{v.target.GetDriver()}
	}
	if d.Describe().GetName() == hostDriver {
		return v.asHost(ctx, conn, d)
	}
	return v.inTerminal(ctx, conn, cred, d)
}

// asHost questions a host by command channels and SFTP.
func (v *visiting) asHost(ctx context.Context, conn *sshasker.Conn, d driver.Driver) error {
	a := host.New(conn.Client(), d.Describe(), host.Options{Sudo: v.t.Sudo})
	defer a.Close()
	uid, err := a.UID(ctx)
	if err != nil {
		// A host that lets nobody work before the password is changed runs no command: that none was demanded is not known.
		v.session.Privilege = facts.Unknown(pb.Reason_REASON_FAILED, "the account runs no commands").Text()
		return v.ask(ctx, d, a, a.Ahead)
	}
	ev := facts.Source("id -u")
	privilege := fmt.Sprint("uid ", uid)
	if v.t.Sudo {
		privilege += ", sudo"
	}
	v.session.Privilege = facts.Text(privilege, ev)
	v.session.PasswordChangeDemanded = facts.Bool(false, ev) // a demand stands in the way of every command
	return v.ask(ctx, d, a, a.Ahead)
}

// inTerminal questions a device in a terminal.
func (v *visiting) inTerminal(ctx context.Context, conn *sshasker.Conn, cred *vault.Credential, d driver.Driver) error {
	platform, err := v.platform(d.Describe())
	if err != nil {
		return err
	}
	t, err := v.terminal(ctx, conn, cred, d.Describe(), platform)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }() // whatever happens, it logs out; what it says counts below
	v.revealed(t.Revealed())
	err = v.ask(ctx, d, t, nil)
	if closed := t.Close(); errors.Is(closed, sshasker.ErrOutOfSync) { // the last answer had not ended: nothing that was read counts
		v.ivs, v.read = nil, false
		return cmp.Or(err, closed)
	}
	return err
}

// terminal opens a terminal. To raise the privilege shows another secret, which is counted like a login; if that may not be done, or is
// refused, what was let in asks what it may.
func (v *visiting) terminal(ctx context.Context, conn *sshasker.Conn, cred *vault.Credential, d *pluginpb.DescribeResponse, p *sshasker.Platform) (*sshasker.Terminal, error) {
	o := sshasker.TerminalOptions{Platform: p}
	v.session.Privilege = facts.Text("as logged in", facts.Source(sessionSource))
	if d.GetDialect().GetRaiseCommand() == "" || !cred.Raise.Set() {
		return conn.Terminal(ctx, d, o)
	}
	l := v.login(v.t, cred, vault.ForSSH)
	l.Credential, l.Account, l.Within = l.Credential+" (raise)", l.Account+" (raise)", true
	leave, err := v.door.Show(ctx, l)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		v.note(checks.Say("未提升权限：%s", "the privilege was not raised: %s", said(err)))
		o.NoRaise = true
		return conn.Terminal(ctx, d, o)
	}
	t, err := conn.Terminal(ctx, d, o)
	if err != nil {
		settle(leave, err, errors.Is(err, sshasker.ErrRaise) || errors.Is(err, sshasker.ErrLost) || errors.Is(err, sshasker.ErrTimeout) || errors.Is(err, sshasker.ErrOutOfSync))
		return nil, err
	}
	raised, refused := t.Raised()
	settle(leave, refused, true)
	switch {
	case refused != nil:
		_, why := outcome(ctx, refused)
		v.note(v.without(why))
	case raised:
		v.session.Privilege = facts.Text("raised", facts.Source(d.GetDialect().GetRaiseCommand()))
	}
	return t, nil
}

// platform makes a description ready for terminals, once.
func (c *Collector) platform(d *pluginpb.DescribeResponse) (*sshasker.Platform, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.platforms[d.GetName()]; p != nil {
		return p, nil
	}
	p, err := sshasker.Prepare(d)
	if err != nil {
		return nil, err
	}
	if c.platforms == nil {
		c.platforms = map[string]*sshasker.Platform{}
	}
	c.platforms[d.GetName()] = p
	return p, nil
}

// dial logs in.
func (v *visiting) dial(ctx context.Context) (*sshasker.Conn, *vault.Credential, error) {
	cred, err := credential(ctx, v.access, v.t, vault.ForSSH)
	if err != nil {
		return nil, nil, err
	}
	connect, err := v.through(ctx, v.t)
	if err != nil {
		return nil, nil, err
	}
	conn, err := v.enter(ctx, v.t, cred, connect, v.Limits)
	v.visit.Account = cred.User
	if err != nil {
		return nil, nil, err
	}
	v.connected(conn.Negotiated(), cred.User)
	return conn, cred, nil
}

// enter shows a credential to a target or a jump host.
func (v *visiting) enter(ctx context.Context, t *inventory.Target, cred *vault.Credential, connect sshasker.Connector, limits sshasker.Limits) (*sshasker.Conn, error) {
	leave, err := v.door.Show(ctx, v.login(t, cred, vault.ForSSH))
	if err != nil {
		return nil, err
	}
	v.shown = append(v.shown, cred)
	c := v.config(t, connect)
	c.Credential, c.Limits = cred, limits
	conn, err := sshasker.Dial(ctx, c)
	settle(leave, err, shown(err))
	return conn, err
}

// config says how a target is reached, but not as whom.
func (c *Collector) config(t *inventory.Target, connect sshasker.Connector) sshasker.Config {
	out := sshasker.Config{Target: t.ID, Address: address(t, sshPort), HostKeys: c.HostKeys, Limits: c.Limits, Connect: connect}
	if t.Algorithms == inventory.Legacy {
		out.Algorithms = sshasker.Legacy
	}
	return out
}

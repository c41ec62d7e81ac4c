package collector

import (
	"context"
	"errors"

	"golang.org/x/crypto/ssh"

	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/collector/vault"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/sweep"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Sight is the host key that a target showed, or why none was seen.
type Sight struct {
	Target *inventory.Target
	// Address that was asked, host:port.
	Address string
	Key     ssh.PublicKey
	Why     *pb.Text
}

// Look connects to targets for their host keys, and leaves before any login. Only jump hosts on the way are logged in to.
func (c *Collector) Look(ctx context.Context, targets []*inventory.Target, limits sweep.Limits, done func(Sight)) {
	byID := map[string]*inventory.Target{}
	var visits []sweep.Target
	for _, t := range targets {
		byID[t.ID] = t
		visits = append(visits, sweep.Target{Target: t.Proto(), Login: sweep.Login{Device: device(t)}})
	}
	way := &hops{}
	defer way.close()
	seen := map[string]ssh.PublicKey{}
	sweep.Run(ctx, visits, limits, func(ctx context.Context, st sweep.Target, door *sweep.Door) sweep.Result {
		v := &visiting{Collector: c, t: byID[st.GetId()], target: st.Target, door: door, hops: way, access: c.Vault.Visit(nil)}
		key, err := v.look(ctx)
		if err != nil {
			state, why := outcome(ctx, err)
			return sweep.Result{State: state, Detail: v.without(why)}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		seen[st.GetId()] = key
		return sweep.Result{State: pb.VisitState_VISIT_STATE_QUESTIONED}
	}, func(st sweep.Target, r sweep.Result) {
		c.mu.Lock()
		key := seen[st.GetId()]
		c.mu.Unlock()
		t := byID[st.GetId()]
		done(Sight{Target: t, Address: address(t, sshPort), Key: key, Why: r.Detail})
	})
}

// look takes the key that the target shows.
func (v *visiting) look(ctx context.Context) (ssh.PublicKey, error) {
	connect, err := v.through(ctx, v.t)
	if err != nil {
		return nil, err
	}
	var l looking
	c := v.config(v.t, connect)
	c.HostKeys, c.Credential = &l, &vault.Credential{Name: "none", User: "none"}
	conn, err := sshasker.Dial(ctx, c)
	if err == nil {
		conn.Close()
		err = errors.New("it let us in without a key") // looking accepts none
	}
	if l.key != nil {
		return l.key, nil
	}
	return nil, err
}

// looking keeps the key that a target shows and refuses it: nothing is sent after.
type looking struct{ key ssh.PublicKey }

func (*looking) Algorithms(string, string) []string { return nil }

func (l *looking) Check(_, _ string, key ssh.PublicKey) error {
	l.key = key
	return sshasker.ErrUnknownKey
}

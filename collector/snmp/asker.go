package snmp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxSilent is after how many walks without any answer the target counts as lost.
const maxSilent = 3

// An Asker answers the Walk questions of one driver.
type Asker struct {
	conn *Conn
	// published are the walks that may be asked, by the text of the question.
	published map[string]bool
}

// Asker lets a driver ask. It may ask the walks it publishes and nothing else: a driver lists each among the commands of its
// description, as driver.Text prints the question ("walk 1.3.6.1.2.1.1").
func (c *Conn) Asker(d *pluginpb.DescribeResponse) *Asker {
	a := &Asker{conn: c, published: map[string]bool{}}
	for _, command := range d.GetCommands() {
		if q, ok := driver.ParseQuestion(command).GetKind().(*pluginpb.Question_Walk); ok {
			a.published[q.Walk] = true
		}
	}
	return a
}

// Answer walks a subtree. It fails when nothing more can come of the target: it refuses the credential, is another engine now,
// or is silent to one walk after the other.
func (a *Asker) Answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	k, ok := q.GetKind().(*pluginpb.Question_Walk)
	if !ok {
		return failed(q, pb.Reason_REASON_NOT_ASKED, "SNMP answers walks only"), nil
	}
	root, err := driver.ParseOID(k.Walk)
	if err != nil || !a.published[k.Walk] {
		return failed(q, pb.Reason_REASON_NOT_ASKED, "the walk is not on the driver's published list"), nil
	}
	c := a.conn
	if c.dead != nil {
		return nil, c.dead
	}
	if !time.Now().Before(c.ends) {
		return failed(q, pb.Reason_REASON_TIMEOUT, "the time for the target is over"), nil
	}
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	body, err := c.walk(bounded, root)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return c.outcome(q, body, err)
}

func (c *Conn) outcome(q *pluginpb.Question, body []byte, err error) (*pluginpb.Answer, error) {
	if err == nil {
		c.silent = 0
		return &pluginpb.Answer{Question: q, Body: body, Complete: true}, nil
	}
	ans := failed(q, pb.Reason_REASON_FAILED, err.Error())
	ans.Body = body
	var b *brokenWalk
	switch {
	case errors.As(err, &b):
		ans.Reason = b.reason
	case errors.Is(err, errWalkTime), errors.Is(err, context.DeadlineExceeded):
		ans.Reason = pb.Reason_REASON_TIMEOUT
	default: // refused, another engine, unreachable: asking on would do harm or is in vain
		c.dead = fmt.Errorf("%s: %w", c.target, err)
		return nil, c.dead
	}
	if len(body) > 0 || !errors.Is(err, ErrNoAnswer) {
		c.silent = 0
	} else if c.silent++; c.silent >= maxSilent {
		c.dead = fmt.Errorf("%s: %w to %d walks in a row", c.target, ErrNoAnswer, c.silent)
		return nil, c.dead
	}
	return ans, nil
}

func failed(q *pluginpb.Question, reason pb.Reason, why string) *pluginpb.Answer {
	return &pluginpb.Answer{Question: q, Reason: reason, Error: why}
}

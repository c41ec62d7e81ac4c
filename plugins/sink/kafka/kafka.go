// Package kafka tells events to a topic of Apache Kafka, each as one record: idempotently, and accepted once all replicas in step have it.
// Only the server links it.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/format"
	"github.com/plumbline/plumbline/plugins/sink/wire"
)

// Name of the outlet.
const Name = "kafka"

// Settings besides those of packages wire (but for address and confirm) and format.
const (
	// settingBrokers are HOST:PORT with commas between; the cluster names the rest.
	settingBrokers = "brokers"
	settingTopic   = "topic"
	// settingUser and settingPasswordFile are for SCRAM-SHA-512.
	settingUser         = "user"
	settingPasswordFile = "password_file"
)

// Outlet is a topic.
type Outlet struct {
	to      wire.Destination
	format  event.Format
	options []kgo.Opt
	client  *kgo.Client
}

// New gives one that is not configured yet.
func New() event.Outlet { return &Outlet{} }

// Configure checks the settings and reads certificates and secrets.
func (o *Outlet) Configure(_ context.Context, settings map[string]string) error {
	*o = Outlet{}
	var choice format.Choice
	var brokers []string
	var topic, user, password string
	for name, text := range settings {
		var err error
		switch name {
		case wire.Address, wire.Confirm:
			err = errors.New("there is no such setting")
		case settingBrokers:
			for b := range strings.SplitSeq(text, ",") {
				brokers = append(brokers, strings.TrimSpace(b))
			}
		case settingTopic:
			topic = text
		case settingUser:
			user = text
		case settingPasswordFile:
			var b []byte
			b, err = os.ReadFile(text)
			password = strings.TrimRight(string(b), "\r\n")
		default:
			known, wrong := o.to.Set(name, text)
			if err = wrong; !known && !choice.Set(name, text) {
				err = errors.New("there is no such setting")
			}
		}
		if err != nil {
			return fmt.Errorf("setting %q: %w", name, err)
		}
	}
	switch {
	case len(brokers) == 0:
		return fmt.Errorf("setting %q: want HOST:PORT, with commas between", settingBrokers)
	case topic == "":
		return fmt.Errorf("setting %q: want the name of the topic", settingTopic)
	case (user == "") != (password == ""):
		return fmt.Errorf("settings %q and %q belong together", settingUser, settingPasswordFile)
	}
	trust, err := o.to.Elsewhere("")
	if err != nil {
		return err
	}
	if o.format, err = choice.Make("event"); err != nil {
		return err
	}
	o.options = []kgo.Opt{
		kgo.SeedBrokers(brokers...), kgo.DefaultProduceTopic(topic), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ClientID("plumbline"),
		kgo.RecordDeliveryTimeout(wire.Timeout), kgo.Dialer(o.to.Dialer(trust)), kgo.ProducerBatchCompression(kgo.GzipCompression(), kgo.NoCompression()),
	}
	if user != "" {
		o.options = append(o.options, kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism()))
	}
	return nil
}

// refusal is what a broker will say however often the record is sent.
func refusal(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.InvalidRecord)
}

// Send gives each event as one record, keyed by the target so that those of one stay in order.
func (o *Outlet) Send(ctx context.Context, events []*event.Event) (int, error) {
	if o.options == nil {
		return 0, errors.New("the kafka outlet is not configured")
	}
	if len(events) == 0 {
		return 0, nil
	}
	if o.client == nil {
		client, err := kgo.NewClient(o.options...)
		if err != nil {
			return 0, fmt.Errorf("make the client: %w", err)
		}
		o.client = client
	}
	ctx, cancel := context.WithTimeout(ctx, wire.Timeout)
	defer cancel()
	records := make([]*kgo.Record, len(events))
	for i, e := range events {
		text, err := o.format.Append(nil, e)
		if err != nil {
			return 0, err
		}
		// The record's own time stays that of sending: delivery is given up by it.
		records[i] = &kgo.Record{Key: []byte(e.Target.GetId()), Value: text, Headers: []kgo.RecordHeader{
			{Key: "id", Value: []byte(e.ID)}, {Key: "kind", Value: []byte(e.Kind)}, {Key: "content-type", Value: []byte(o.format.Media())},
		}}
	}
	// Results come as brokers answer; what counts is how many are there from the first.
	failed := map[*kgo.Record]error{}
	for _, result := range o.client.ProduceSync(ctx, records...) {
		if result.Err != nil {
			failed[result.Record] = result.Err
		}
	}
	for i, r := range records {
		switch err := failed[r]; {
		case err == nil:
		case refusal(err):
			return i, &sink.Refusal{Reason: err.Error()}
		default:
			// A client whose sequence was broken begins anew.
			return i, errors.Join(fmt.Errorf("produce: %w", err), o.Close())
		}
	}
	return len(events), nil
}

// Close ends what is open.
func (o *Outlet) Close() error {
	if o.client != nil {
		o.client.Close()
		o.client = nil
	}
	return nil
}

package kafka

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/event"
	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
)

const topic = "plumbline"

func cluster(t *testing.T) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(3, topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func configured(t *testing.T, c *kfake.Cluster) event.Outlet {
	t.Helper()
	o := New()
	err := o.Configure(t.Context(), map[string]string{"brokers": strings.Join(c.ListenAddrs(), ","), "topic": topic, "tls": "off", "allow": "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

// read gives the first n records of the topic, by the id in their header.
func read(t *testing.T, c *kfake.Cluster, n int) map[string]*kgo.Record {
	t.Helper()
	reader, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	out := map[string]*kgo.Record{}
	for len(out) < n {
		fetched := reader.PollFetches(t.Context())
		if err := fetched.Err(); err != nil {
			t.Fatal(err)
		}
		fetched.EachRecord(func(r *kgo.Record) {
			for _, h := range r.Headers {
				if h.Key == "id" {
					out[string(h.Value)] = r
				}
			}
		})
	}
	return out
}

// Every event is a record under the target's key, taken by all replicas.
func TestRecords(t *testing.T) {
	c := cluster(t)
	acks := make(chan int16, 100)
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		acks <- r.(*kmsg.ProduceRequest).Acks
		return nil, nil, false
	})
	o := configured(t, c)
	list := append(eventtest.Each(), eventtest.Many(100, 200)...)
	if n, err := o.Send(t.Context(), list); n != len(list) || err != nil {
		t.Fatal(n, err)
	}
	if got := <-acks; got != -1 {
		t.Errorf("acks %d, want all", got)
	}
	records := read(t, c, len(list))
	for _, e := range list {
		r := records[e.ID]
		if r == nil || string(r.Key) != e.Target.GetId() || !json.Valid(r.Value) {
			t.Errorf("%s: %+v", e.ID, r)
		}
	}
}

// What a broker will never take is a refusal; what fails for now is not.
func TestD12_RefusalAndFailure(t *testing.T) {
	for code, refused := range map[*kerr.Error]bool{kerr.MessageTooLarge: true, kerr.InvalidRecord: true, kerr.TopicAuthorizationFailed: false} {
		c := cluster(t)
		c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
			c.KeepControl()
			q := r.(*kmsg.ProduceRequest)
			out := q.ResponseKind().(*kmsg.ProduceResponse)
			for _, t := range q.Topics {
				rt := kmsg.NewProduceResponseTopic()
				rt.Topic, rt.TopicID = t.Topic, t.TopicID
				for _, p := range t.Partitions {
					rp := kmsg.NewProduceResponseTopicPartition()
					rp.Partition, rp.ErrorCode = p.Partition, code.Code
					rt.Partitions = append(rt.Partitions, rp)
				}
				out.Topics = append(out.Topics, rt)
			}
			return out, nil, true
		})
		n, err := configured(t, c).Send(t.Context(), eventtest.Many(1, 1))
		refusal := (*sink.Refusal)(nil)
		if n != 0 || err == nil || errors.As(err, &refusal) != refused {
			t.Errorf("%s: %d, %v", code.Message, n, err)
		}
	}
}

// TestW7_BrokersMustBeListed: a cluster leads to no inner address that is not listed.
func TestW7_BrokersMustBeListed(t *testing.T) {
	c := cluster(t)
	o := New().(*Outlet)
	if err := o.Configure(t.Context(), map[string]string{"brokers": strings.Join(c.ListenAddrs(), ","), "topic": topic, "tls": "off"}); err != nil {
		t.Fatal(err)
	}
	if conn, err := o.to.Dial(t.Context(), "tcp", c.ListenAddrs()[0]); err == nil || !strings.Contains(err.Error(), "allow") {
		t.Errorf("%v, %v", conn, err)
	}
}

func TestSettings(t *testing.T) {
	if n, err := New().Send(t.Context(), eventtest.Many(1, 1)); n != 0 || err == nil {
		t.Error("it sent before it was configured")
	}
	for what, settings := range map[string]map[string]string{
		"no brokers": {"topic": "x"}, "no topic": {"brokers": "h:1"}, "half a login": {"brokers": "h:1", "topic": "x", "user": "u"}, "an address": {"brokers": "h:1", "topic": "x", "address": "h:1"},
		"no password": {"brokers": "h:1", "topic": "x", "user": "u", "password_file": "/nonexistent"}, "unknown": {"brokers": "h:1", "topic": "x", "colour": "blue"},
	} {
		if err := New().Configure(t.Context(), settings); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

package huaweivrp

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// informed is whether the information center runs, which makes all records.
func (r *reader) informed() *pb.BoolFact {
	if e := r.Final("info-center", "enable"); e != nil {
		return facts.Bool(!e.Negated, r.At(e))
	}
	return r.defaultBool("info-center", true)
}

// channel gives the last line that says what goes to a channel by default, by its number or name.
func (r *reader) channel(names ...string) *stanza.Entry {
	var last *stanza.Entry
	for e := range r.Find("info-center", "source", "default", "channel") {
		if slices.Contains(names, e.Word(4)) && slices.Contains(e.Words, "log") {
			last = e
		}
	}
	return last
}

func (r *reader) logStores() *pb.LogStoreList {
	s := r.Doc.List()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	b := &pb.LogStore{Scope: "buffer", Active: r.informed(), Persistent: facts.Bool(false), OnFull: facts.Text("overwrite"), RetentionBasis: facts.Text("count"), Level: r.Doc.NoDefault("info-center source default channel logbuffer").Text()}
	for e := range r.Find("info-center", "logbuffer") {
		switch {
		case e.Negated && len(e.Words) == 2:
			b.Active = facts.Bool(false, r.At(e))
		case len(e.Words) == 2 && !e.Negated && facts.Known(b.Active) && b.Active.GetValue():
			b.Active = facts.Bool(true, r.At(e))
		}
	}
	if e := r.channel("4", "logbuffer"); e != nil && !e.Negated {
		r.channelLevel(e, b)
	}
	out.Items = append(out.Items, b)
	return out
}

func (r *reader) channelLevel(e *stanza.Entry, b *pb.LogStore) {
	if l := e.After("level"); l != "" {
		b.Level = facts.Text(l, r.At(e))
	}
	if at := slices.Index(e.Words, "log"); at >= 0 && strings.Join(e.Words[at:], " ") == "log state off" {
		b.Active = facts.Bool(false, r.At(e))
	}
}

// Levels at which everything from informational upwards is sent.
var fullLevels = []string{"informational", "debugging", "6", "7"}

// logTargets reads the log hosts; the line about the source address names no host. Where the information center is off nothing is
// sent to any of them.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.Doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	if on := r.informed(); facts.Known(on) && !on.GetValue() { // cut short, the list says itself that it is not known
		for range r.Find("info-center", "loghost") { // read, and without effect
		}
		out.Evidence = on.GetEvidence()
		return out
	}
	for e := range r.Find("info-center", "loghost") {
		host := e.Word(2)
		if host == "ipv6" || host == "domain" {
			host = e.Word(3)
		}
		if e.Negated || host == "" || host == "source" || host == "source-interface" {
			continue
		}
		ev := r.At(e)
		t := &pb.LogTarget{Scope: host, Address: facts.Text(host, ev), Port: facts.Int(514), Protocol: facts.Text("udp", ev), Encrypted: facts.Bool(false, ev), Queued: r.Doc.NoDefault("queue").Bool()}
		if hole(host) {
			t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Text()
		}
		if n, ok := stanza.Number(e.After("port")); ok {
			t.Port = facts.Int(n, ev)
		}
		if e.After("transport") == "tcp" {
			t.Protocol = facts.Text("tcp", ev)
			if slices.Contains(e.Words, "ssl-policy") {
				t.Protocol, t.Encrypted = facts.Text("tls", ev), facts.Bool(true, ev)
				if e.After("port") == "" {
					t.Port = r.Doc.NoDefault("port").Int()
				}
			}
		}
		r.selection(t, e)
		out.Items = append(out.Items, t)
	}
	return out
}

// selection is what is sent to a log host: by its own level, else by that of its channel.
func (r *reader) selection(t *pb.LogTarget, e *stanza.Entry) {
	at, level := e, e.After("level")
	if level == "" {
		channel := e.After("channel")
		names := []string{"2", "loghost"}
		if channel != "" && !slices.Contains(names, channel) {
			names = []string{channel}
		}
		if c := r.channel(names...); c != nil && !c.Negated {
			at, level = c, c.After("level")
			if level == "" && strings.HasSuffix(strings.Join(c.Words, " "), "log state off") {
				t.Everything, t.Selector = facts.Bool(false, r.At(c)), facts.Text("log state off", r.At(c))
				return
			}
		} else if channel != "" && !slices.Contains([]string{"2", "loghost"}, channel) {
			m := r.Doc.NoDefault("channel " + channel)
			t.Everything, t.Selector = m.Bool(), m.Text()
			return
		}
	}
	if level == "" {
		t.Everything, t.Selector = r.defaultBool("loghost-level", true), r.defaultText("loghost-level", "informational")
		return
	}
	t.Everything, t.Selector = facts.Bool(slices.Contains(fullLevels, level), r.At(at)), facts.Text(level, r.At(at))
	for one := range r.Find("info-center", "source") { // a module may be told apart
		if one.Word(2) != "default" && !one.Negated && slices.Contains([]string{"2", "loghost"}, one.Word(4)) {
			t.Everything = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.At(one)).Bool()
		}
	}
}

// stamps is what time log records carry.
func (r *reader) stamps() *pb.TextFact {
	e := r.Final("info-center", "timestamp", "log")
	if e == nil || e.Negated {
		return r.defaultText("timestamp", "datetime")
	}
	switch word := e.Word(3); {
	case word == "boot":
		return facts.Text("uptime", r.At(e))
	case word == "none":
		return facts.Text("none", r.At(e))
	case strings.HasSuffix(word, "date"):
		return facts.Text("datetime", r.At(e))
	}
	return r.Odd(e).Text()
}

// timeSources reads the time servers; an answer is authenticated if the server has a key, the key is trusted and
// authentication is on.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.Doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, word := range []string{"ntp-service", "ntp"} {
		for e := range r.Find(word) {
			kind := map[string]string{"unicast-server": "server", "unicast-peer": "peer"}[e.Word(1)]
			if kind == "" || e.Negated {
				e.Used = e.Negated || e.Begins(word, "authentication", "enable")
				continue
			}
			host := e.Word(2)
			if host == "ipv6" || host == "domain" {
				host = e.Word(3)
			}
			t := &pb.TimeSource{Scope: host, Kind: facts.Text(kind, r.At(e)), Authenticated: r.keyed(word, e)}
			t.Reachable = facts.Unknown(pb.Reason_REASON_NOT_ASKED, word+" sessions").Bool()
			t.Selected = t.Reachable
			out.Items = append(out.Items, t)
		}
	}
	for e := range r.Find("clock", "timezone") {
		e.Used = true
	}
	return out
}

func (r *reader) keyed(word string, e *stanza.Entry) *pb.BoolFact {
	key := e.After("authentication-keyid")
	if key == "" {
		return facts.Bool(false, r.At(e))
	}
	on := r.Final(word, "authentication", "enable")
	var trusted *stanza.Entry
	for _, words := range [][]string{{word, "reliable", "authentication-keyid", key}, {word, "trusted", "authentication-keyid", key}} {
		if t := r.Final(words...); t != nil && !t.Negated {
			trusted = t
		}
	}
	switch {
	case on != nil && !on.Negated && trusted != nil:
		return facts.Bool(true, r.At(e), r.At(on), r.At(trusted))
	case !r.Whole():
		return r.Doc.Absence().Bool()
	}
	return facts.Bool(false, r.At(e), r.Doc.All())
}

package huaweivrp

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// informed is whether the information center runs, which makes all records.
func (r *reader) informed() *pb.BoolFact {
	if e := r.final("info-center", "enable"); e != nil {
		return facts.Bool(!e.undo, r.at(e))
	}
	return r.defaultBool("info-center", true)
}

// channel gives the last line that says what goes to a channel by default, by its number or name.
func (r *reader) channel(names ...string) *entry {
	var last *entry
	for e := range r.find("info-center", "source", "default", "channel") {
		if slices.Contains(names, e.word(4)) && slices.Contains(e.words, "log") {
			last = e
		}
	}
	return last
}

func (r *reader) logStores() *pb.LogStoreList {
	s := r.list()
	out := &pb.LogStoreList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	b := &pb.LogStore{Scope: "buffer", Active: r.informed(), Persistent: facts.Bool(false), OnFull: facts.Text("overwrite"), RetentionBasis: facts.Text("count"), Level: r.noDefault("info-center source default channel logbuffer").Text()}
	for e := range r.find("info-center", "logbuffer") {
		switch {
		case e.undo && len(e.words) == 2:
			b.Active = facts.Bool(false, r.at(e))
		case len(e.words) == 2 && !e.undo && facts.Known(b.Active) && b.Active.GetValue():
			b.Active = facts.Bool(true, r.at(e))
		}
	}
	if e := r.channel("4", "logbuffer"); e != nil && !e.undo {
		r.channelLevel(e, b)
	}
	out.Items = append(out.Items, b)
	return out
}

func (r *reader) channelLevel(e *entry, b *pb.LogStore) {
	if l := e.after("level"); l != "" {
		b.Level = facts.Text(l, r.at(e))
	}
	if at := slices.Index(e.words, "log"); at >= 0 && strings.Join(e.words[at:], " ") == "log state off" {
		b.Active = facts.Bool(false, r.at(e))
	}
}

// Levels at which everything from informational upwards is sent.
var fullLevels = []string{"informational", "debugging", "6", "7"}

// logTargets reads the log hosts; the line about the source address names no host.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.list()
	out := &pb.LogTargetList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	for e := range r.find("info-center", "loghost") {
		host := e.word(2)
		if host == "ipv6" || host == "domain" {
			host = e.word(3)
		}
		if e.undo || host == "" || host == "source" || host == "source-interface" {
			continue
		}
		ev := r.at(e)
		t := &pb.LogTarget{Scope: host, Address: facts.Text(host, ev), Port: facts.Int(514), Protocol: facts.Text("udp", ev), Encrypted: facts.Bool(false, ev), Queued: r.noDefault("queue").Bool()}
		if hole(host) {
			t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Text()
		}
		if n, ok := number(e.after("port")); ok {
			t.Port = facts.Int(n, ev)
		}
		if e.after("transport") == "tcp" {
			t.Protocol = facts.Text("tcp", ev)
			if slices.Contains(e.words, "ssl-policy") {
				t.Protocol, t.Encrypted = facts.Text("tls", ev), facts.Bool(true, ev)
				if e.after("port") == "" {
					t.Port = r.noDefault("port").Int()
				}
			}
		}
		r.selection(t, e)
		if on := r.informed(); facts.Known(on) && !on.GetValue() {
			t.Everything, t.Selector = facts.Bool(false, on.GetEvidence()...), facts.Text("info-center disabled", on.GetEvidence()...)
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// selection is what is sent to a log host: by its own level, else by that of its channel.
func (r *reader) selection(t *pb.LogTarget, e *entry) {
	at, level := e, e.after("level")
	if level == "" {
		channel := e.after("channel")
		names := []string{"2", "loghost"}
		if channel != "" && !slices.Contains(names, channel) {
			names = []string{channel}
		}
		if c := r.channel(names...); c != nil && !c.undo {
			at, level = c, c.after("level")
			if level == "" && strings.HasSuffix(strings.Join(c.words, " "), "log state off") {
				t.Everything, t.Selector = facts.Bool(false, r.at(c)), facts.Text("log state off", r.at(c))
				return
			}
		} else if channel != "" && !slices.Contains([]string{"2", "loghost"}, channel) {
			m := r.noDefault("channel " + channel)
			t.Everything, t.Selector = m.Bool(), m.Text()
			return
		}
	}
	if level == "" {
		t.Everything, t.Selector = r.defaultBool("loghost-level", true), r.defaultText("loghost-level", "informational")
		return
	}
	t.Everything, t.Selector = facts.Bool(slices.Contains(fullLevels, level), r.at(at)), facts.Text(level, r.at(at))
	for one := range r.find("info-center", "source") { // a module may be told apart
		if one.word(2) != "default" && !one.undo && slices.Contains([]string{"2", "loghost"}, one.word(4)) {
			t.Everything = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.at(one)).Bool()
		}
	}
}

// stamps is what time log records carry.
func (r *reader) stamps() *pb.TextFact {
	e := r.final("info-center", "timestamp", "log")
	if e == nil || e.undo {
		return r.defaultText("timestamp", "datetime")
	}
	switch word := e.word(3); {
	case word == "boot":
		return facts.Text("uptime", r.at(e))
	case word == "none":
		return facts.Text("none", r.at(e))
	case strings.HasSuffix(word, "date"):
		return facts.Text("datetime", r.at(e))
	}
	return r.notUnderstood(e).Text()
}

// timeSources reads the time servers; an answer is authenticated if the server has a key, the key is trusted and
// authentication is on.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.list()
	out := &pb.TimeSourceList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	for _, word := range []string{"ntp-service", "ntp"} {
		for e := range r.find(word) {
			kind := map[string]string{"unicast-server": "server", "unicast-peer": "peer"}[e.word(1)]
			if kind == "" || e.undo {
				e.used = e.undo || e.begins(word, "authentication", "enable")
				continue
			}
			host := e.word(2)
			if host == "ipv6" || host == "domain" {
				host = e.word(3)
			}
			t := &pb.TimeSource{Scope: host, Kind: facts.Text(kind, r.at(e)), Authenticated: r.keyed(word, e)}
			t.Reachable = facts.Unknown(pb.Reason_REASON_NOT_ASKED, word+" sessions").Bool()
			t.Selected = t.Reachable
			out.Items = append(out.Items, t)
		}
	}
	for e := range r.find("clock", "timezone") {
		e.used = true
	}
	return out
}

func (r *reader) keyed(word string, e *entry) *pb.BoolFact {
	key := e.after("authentication-keyid")
	if key == "" {
		return facts.Bool(false, r.at(e))
	}
	on := r.final(word, "authentication", "enable")
	var trusted *entry
	for _, words := range [][]string{{word, "reliable", "authentication-keyid", key}, {word, "trusted", "authentication-keyid", key}} {
		if t := r.final(words...); t != nil && !t.undo {
			trusted = t
		}
	}
	switch {
	case on != nil && !on.undo && trusted != nil:
		return facts.Bool(true, r.at(e), r.at(on), r.at(trusted))
	case !r.whole:
		return r.none().Bool()
	}
	return facts.Bool(false, r.at(e), r.doc.All())
}

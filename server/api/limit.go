package api

import (
	"net/netip"
	"sync"
	"time"
)

// How many failures a window lets pass.
const (
	failureWindow  = time.Minute
	failuresEach   = 10
	failuresInAll  = 1000
	rememberedGood = 10_000
	goodFor        = time.Hour
)

// limiter counts failed attempts by who made them, in windows of a minute, and remembers which tokens were good. It bounds what
// guessing costs the store and the audit log.
type limiter struct {
	now    func() time.Time
	mu     sync.Mutex
	since  time.Time
	counts map[string]int
	sum    int
	known  map[string]time.Time
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, counts: map[string]int{}, known: map[string]time.Time{}}
}

// turn begins a new window when it is time. The lock is held.
func (l *limiter) turn() {
	if now := l.now(); now.Sub(l.since) >= failureWindow || now.Before(l.since) {
		l.since, l.sum = now, 0
		clear(l.counts)
	}
}

// exhausted says whether one has failed too often, or all have together.
func (l *limiter) exhausted(who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	return l.counts[who] >= failuresEach || l.sum >= failuresInAll
}

// failed counts a failure; there are never more counts than failuresInAll and calls under way.
func (l *limiter) failed(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	l.counts[who]++
	l.sum++
}

// good remembers the hash of a token that was taken.
func (l *limiter) good(hash string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= rememberedGood {
		clear(l.known)
	}
	l.known[hash] = l.now()
}

func (l *limiter) wasGood(hash string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.known[hash]
	return ok && l.now().Sub(at) < goodFor
}

func (l *limiter) forget(hash string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, hash)
}

// networkOf is what counts as one source: an address, and in IPv6 the network that one customer gets.
func networkOf(from string) string {
	ip, err := netip.ParseAddr(from)
	if err != nil {
		return "source " + from
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() && !ip.IsLoopback() {
		if p, err := ip.Prefix(64); err == nil {
			return "source " + p.String()
		}
	}
	return "source " + ip.String()
}

package enrol

import (
	"sync"
	"time"
)

// How many tokens that nobody issued are put on record: more in a burst than an unlucky roll-out makes, and few enough
// for long that strangers cannot fill the audit log.
const (
	strangerBurst = 2000
	strangerRate  = 10 // a second
)

// strangers counts attempts with tokens that nobody issued.
type strangers struct {
	mu    sync.Mutex
	spare float64
	last  time.Time
}

// admit says whether one more is answered and put on record.
func (s *strangers) admit(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last.IsZero() {
		s.spare = strangerBurst
	} else if passed := now.Sub(s.last).Seconds(); passed > 0 {
		s.spare = min(strangerBurst, s.spare+passed*strangerRate)
	}
	s.last = now
	if s.spare < 1 {
		return false
	}
	s.spare--
	return true
}

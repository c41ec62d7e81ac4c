package linux

import "slices"

// change is one try to set a new password, walked through a password stack twice as libpam does: once to ask every
// module whether it could, once to do it.
type change struct {
	service string
	// byRoot says that root sets it for somebody; otherwise the user does.
	byRoot bool
	// against is the module to whose rules the new password runs counter; nil for a password that keeps all of them.
	against *pamEntry
	// rules are what each module that has any refuses.
	rules map[*pamEntry]rule
	*choices

	// token says that a module has asked for the new password and handed it on.
	token bool
	// stored says that the password was set, by setter.
	stored   bool
	setter   *pamEntry
	unknowns []*pamEntry
	neutral  int
}

// rule is how a module refuses a password against its rules.
type rule struct {
	// on says that it refuses at all, root that it refuses root too.
	on, root bool
	// before says that it looks at the password before it is set and hands it on (pam_pwquality); otherwise it sets
	// it itself (pam_unix).
	before bool
	// skipped says that it does nothing (pam_pwhistory with remember=0).
	skipped bool
}

// attempt walks both passes and says whether the password was set.
func (c *change) attempt(entries []pamEntry) bool {
	if runStack(entries, c.prelim) == pamSuccess {
		runStack(entries, c.update)
	}
	return c.stored
}

func (c *change) prelim(e *pamEntry) string {
	if r, ok := c.rules[e]; ok {
		if r.skipped {
			return "ignore"
		}
		return pamSuccess
	}
	return c.beside(e)
}

func (c *change) update(e *pamEntry) string {
	r, ok := c.rules[e]
	switch {
	case !ok:
		return c.beside(e)
	case r.skipped:
		return "ignore"
	}
	if !c.token && (e.has("use_authtok") || e.has("use_first_pass")) {
		return "authtok_err" // there is nothing to use
	}
	c.token = true
	if c.against == e && r.on && (!c.byRoot || r.root) {
		c.token = false // the module forgets what it refused, so that none that follow can use it
		return "authtok_err"
	}
	if !r.before {
		c.stored, c.setter = true, e
	}
	return pamSuccess
}

// beside is what modules do that neither look at the new password nor keep it.
func (c *change) beside(e *pamEntry) string {
	switch {
	case e.module == "pam_deny":
		return "authtok_err"
	case e.module == "pam_permit", e.module == "pam_localuser":
		return pamSuccess
	case e.module == "pam_usertype", e.module == "pam_succeed_if", e.module == "pam_listfile", e.module == "pam_rootok":
		l := &login{service: c.service, root: false, choices: c.choices, password: "right"}
		if e.module == "pam_rootok" && c.byRoot {
			return pamSuccess
		}
		return l.answer(e)
	case slices.Contains(pamRemote, e.module):
		return "user_unknown"
	case slices.Contains(pamPreparing, e.module):
		if c.neutral == 0 {
			c.neutral = 1 + c.pick(2)
		}
		return []string{"ignore", pamSuccess}[c.neutral-1]
	}
	if !slices.Contains(c.unknowns, e) {
		c.unknowns = append(c.unknowns, e)
	}
	return []string{"authtok_err", pamSuccess, "ignore"}[c.pick(3)]
}

// changing is somebody who sets passwords at a service.
type changing struct {
	service string
	stack   pamStack
	rules   map[*pamEntry]rule
}

// outcome counts in how many of the ways a change can go the password was set.
type outcome struct {
	runs, stored int
	setter       *pamEntry
	unknowns     []*pamEntry
	ok           bool
}

func (c changing) try(byRoot bool, against *pamEntry) outcome {
	var out outcome
	out.ok = everyWay(func(ch *choices) bool {
		t := &change{service: c.service, byRoot: byRoot, against: against, rules: c.rules, choices: ch}
		out.runs++
		if t.attempt(c.stack.entries) {
			out.stored++
			out.setter = t.setter
		}
		for _, e := range t.unknowns {
			if !slices.Contains(out.unknowns, e) {
				out.unknowns = append(out.unknowns, e)
			}
		}
		return false
	})
	return out
}

package linux

// pamSuccess is the return code of a stack, or of a module, that lets pass.
const pamSuccess = "success"

// runStack walks a stack as libpam does (pam_dispatch.c): call gives each module's return code, and the stack's own
// comes back.
func runStack(entries []pamEntry, call func(*pamEntry) string) string {
	const undefined, positive, negative = 0, 1, -1
	const mustFail = "perm_denied"
	type state struct {
		impression int
		status     string
	}
	now := state{undefined, mustFail}
	before := map[int]state{0: now}
	level := 0
	for i := 0; i < len(entries); i++ {
		e := &entries[i]
		if e.level > level {
			before[e.level] = now
		}
		level = e.level
		if e.substack {
			continue
		}
		code := mustFail
		if e.module != "" {
			code = call(e)
		}
		action := e.control.action(code)
		decided := false
		switch {
		case action == pamReset:
			now = before[e.level]
		case action == pamOK || action == pamDone:
			if now.impression == undefined || now.impression == positive && now.status == pamSuccess {
				now = state{positive, code}
			}
			decided = action == pamDone && now.impression == positive
		case action == pamBad || action == pamDie:
			if now.impression != negative {
				now = state{negative, code}
				if code == "ignore" {
					now.status = mustFail
				}
			}
			decided = action == pamDie
		case action > 0:
			left := int(action)
			for ; left > 0 && i+1 < len(entries) && entries[i+1].level >= e.level; left-- {
				i++
				for i+1 < len(entries) && entries[i+1].level > e.level {
					i++
				}
			}
			if left > 0 { // a jump beyond the end is an error
				now = state{negative, mustFail}
			}
		}
		if decided {
			for i+1 < len(entries) && entries[i+1].level >= e.level {
				i++
			}
		}
	}
	if now.status == pamSuccess && now.impression != positive {
		return mustFail
	}
	return now.status
}

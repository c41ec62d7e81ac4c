// Package lockout holds the checks on what happens after failed logins: whether something is locked, for how long, and
// whether administrators are spared.
//
// No check tries a login. Limits on tries within one connection are no lockout and are not read as one.
package lockout

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{Attempts, Duration, CoversAdmins}

// everyPolicy judges what must hold of every way in that can lock.
func everyPolicy(f *pb.Facts, expected *pb.Text, judge func(*pb.LockoutPolicy) checks.Result) []checks.Result {
	none := checks.NoneHere(f, expected, checks.Say("登录失败不会锁定任何账户或来源", "failed logins lock nothing"))
	return checks.Each(f.GetLockoutPolicies(), none, judge)
}

// whereLocked judges something about a lock that only means anything where there is a lock.
func whereLocked(lp *pb.LockoutPolicy, expected *pb.Text, r checks.Result) checks.Result {
	attempts := lp.GetAttempts()
	locks := checks.Settle(attempts, expected, attempts.GetValue() > 0)
	switch locks.Outcome {
	case pb.Outcome_OUTCOME_PASS:
		return r
	case pb.Outcome_OUTCOME_FAIL:
		locks.Observed = checks.Say("从不锁定", "never locks")
		return locks
	case pb.Outcome_OUTCOME_UNKNOWN:
		if r.Outcome == pb.Outcome_OUTCOME_FAIL {
			return r
		}
		locks = locks.About(checks.Say("是否锁定", "whether it locks"))
	}
	return locks
}

// locksWhat adds to what was observed what is locked, where that is not the account.
func locksWhat(lp *pb.LockoutPolicy, r checks.Result) checks.Result {
	what := lp.GetLocks()
	if !facts.Known(what) || what.GetValue() == "account" {
		return r
	}
	name := checks.Verbatim(what.GetValue())
	switch what.GetValue() {
	case "source":
		name = checks.Say("锁定来源地址", "locks the source")
	case "line":
		name = checks.Say("锁定线路", "locks the line")
	}
	r.Observed = checks.Say("%s（%s）", "%s (%s)", r.Observed, name)
	return r
}

// Package password holds the checks on passwords: what the policies demand of new ones, and how old those are that the
// accounts have now and how they are kept.
//
// No check sees a password, and none tries one: how long or how easy to guess the passwords are that are already set
// cannot be judged.
package password

import (
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{
	MinLength, Complexity, MaxAge, History, FirstLoginChange, Storage, Empty, DefaultCredentials, Dictionary, MaxLength, Exposed,
}

// everyQuality judges what every policy must demand of a new password itself, scope by scope.
func everyQuality(f *pb.Facts, expected *pb.Text, rule func(*pb.PasswordPolicy) checks.Result) []checks.Result {
	return everyPolicy(f, expected, func(pp *pb.PasswordPolicy) checks.Result { return applied(pp, rule(pp)) })
}

// everyLife judges what every policy must demand of a password's life: its end, those before it, its first use. A device
// switches that on and off with the policy; on a host it is the work of others than those who judge the password, and
// the driver states what they do.
func everyLife(f *pb.Facts, expected *pb.Text, rule func(*pb.PasswordPolicy) checks.Result) []checks.Result {
	kind := f.GetPlatform().GetKind()
	if facts.Known(kind) && kind.GetValue() == "host" {
		return everyPolicy(f, expected, rule)
	}
	return everyQuality(f, expected, rule)
}

func everyPolicy(f *pb.Facts, expected *pb.Text, rule func(*pb.PasswordPolicy) checks.Result) []checks.Result {
	none := checks.NoneHere(f, expected, checks.Say("没有任何口令策略", "there is no password policy"))
	return checks.Each(f.GetPasswordPolicies(), none, rule)
}

// applied takes into account whether a policy is applied at all: what is only written down demands nothing.
func applied(pp *pb.PasswordPolicy, r checks.Result) checks.Result {
	if r.Outcome == pb.Outcome_OUTCOME_NOT_APPLICABLE || r.ReasonCode == pb.Reason_REASON_ELSEWHERE {
		return r
	}
	enforced := checks.Is(pp.GetEnforced(), true, checks.Say("策略已生效", "the policy is applied"))
	switch {
	case enforced.Outcome == pb.Outcome_OUTCOME_FAIL:
		return checks.Failed(r.Expected, checks.Say("策略未生效（配置为：%s）", "the policy is not applied (it says: %s)", r.Observed),
			slices.Concat(enforced.Evidence, r.Evidence)...)
	case enforced.Outcome == pb.Outcome_OUTCOME_UNKNOWN && r.Outcome == pb.Outcome_OUTCOME_PASS:
		r.Outcome, r.ReasonCode = pb.Outcome_OUTCOME_UNKNOWN, enforced.ReasonCode
		r.Reason = checks.Say("策略是否生效：%s", "whether the policy is applied: %s", enforced.Reason)
	case r.Outcome == pb.Outcome_OUTCOME_PASS && facts.Known(pp.GetCoversAdmins()) && !pp.GetCoversAdmins().GetValue():
		r.Observed = checks.Say("%s（不约束管理员）", "%s (administrators are not bound by it)", r.Observed)
	}
	return r
}

// states are the words of Account.password_state.
const (
	stateSet, stateExpired, stateEmpty = "set", "expired", "empty"
)

// usable says whether an account has, or may have, a password that opens something at now.
func usable(a *pb.Account, now time.Time) bool {
	if facts.Known(a.GetPasswordState()) && !slices.Contains([]string{stateSet, stateExpired}, a.GetPasswordState().GetValue()) {
		return false
	}
	if facts.Known(a.GetExpires()) && !a.GetExpires().GetValue().AsTime().After(now) {
		return false
	}
	// A host's account without a login shell can still open other services with its password; a device's that is
	// blocked opens nothing.
	onDevice := a.GetUid().GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE
	return !onDevice || !no(a.GetLoginEnabled())
}

// ifUsable takes back a failure where it is not known that the account has a password.
func ifUsable(a *pb.Account, r checks.Result) checks.Result {
	if r.Outcome != pb.Outcome_OUTCOME_FAIL || facts.Known(a.GetPasswordState()) {
		return r
	}
	state := a.GetPasswordState()
	out := checks.Unknown(r.Expected, state.GetReason(), state.GetDetail(), slices.Concat(r.Evidence, state.GetEvidence())...)
	out.Observed = checks.Say("%s；口令状态未知", "%s; whether it has a password is not known", r.Observed)
	return out
}

func yes(f *pb.BoolFact) bool { return facts.Known(f) && f.GetValue() }

func no(f *pb.BoolFact) bool { return facts.Known(f) && !f.GetValue() }

// day writes a moment as a date.
func day(t *pb.TimeFact) string { return t.GetValue().AsTime().UTC().Format(time.DateOnly) }

// changedSinceSetup says whether it is known that an account's password was set after the day on which the target was.
func changedSinceSetup(f *pb.Facts, a *pb.Account) bool {
	changed, installed := a.GetLastChange(), f.GetPlatform().GetInstalled()
	return facts.Known(changed) && facts.Known(installed) &&
		changed.GetValue().AsTime().Sub(installed.GetValue().AsTime()) > 24*time.Hour
}

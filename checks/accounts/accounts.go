// Package accounts holds the checks on accounts: who has one, what it may do, whether it is still needed, and whether
// people must prove who they are.
//
// A scanner sees accounts, not people. Whose an account is and what it is for is stated by the site; where the verdict
// needs that and it was not stated, the verdict is a question.
package accounts

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{
	Unique, Authenticated, Superuser, Shared, Stale, DefaultNames, DefaultRights, Separation, LeastPrivilege, MultiFactor,
}

// scopeAccounts is the scope of a verdict over all accounts.
const scopeAccounts = "accounts"

func yes(f *pb.BoolFact) bool { return facts.Known(f) && f.GetValue() }

func no(f *pb.BoolFact) bool { return facts.Known(f) && !f.GetValue() }

// mayLogIn says whether an account can open a session, as far as is known.
func mayLogIn(a *pb.Account) bool { return !no(a.GetLoginEnabled()) }

// ifLogsIn takes back a failure where it is not known that the account can open a session.
func ifLogsIn(a *pb.Account, r checks.Result) checks.Result {
	return ifYes(a.GetLoginEnabled(), checks.Say("能否登录", "whether it can log in"), r)
}

// ifEnabled takes back a failure where it is not known that the way in can be used.
func ifEnabled(path *pb.AccessPath, r checks.Result) checks.Result {
	return ifYes(path.GetEnabled(), checks.Say("是否启用", "whether it can be used"), r)
}

// ifReached takes back a failure where it is not known that the way in can be used over the network.
func ifReached(path *pb.AccessPath, r checks.Result) checks.Result {
	return ifYes(path.GetRemote(), checks.Say("是否可远程使用", "whether it is reached over the network"), ifEnabled(path, r))
}

// ifYes takes back a failure that only holds if something is so, where that is not known.
func ifYes(f *pb.BoolFact, what *pb.Text, r checks.Result) checks.Result {
	if r.Outcome != pb.Outcome_OUTCOME_FAIL || facts.Known(f) || f.GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE {
		return r
	}
	out := checks.Unknown(r.Expected, f.GetReason(), f.GetDetail(), slices.Concat(r.Evidence, f.GetEvidence())...)
	out.Observed = checks.Say("%s；%s未知", "%s; %s is not known", r.Observed, what)
	return out
}

// isRoot says whether an account is the superuser of a host: it cannot be renamed or removed.
func isRoot(a *pb.Account) bool { return facts.Known(a.GetUid()) && a.GetUid().GetValue() == 0 }

// stated gives what the site says of an account.
func stated(p checks.Params, name string) (site.Account, bool) {
	if p.Site == nil {
		return site.Account{}, false
	}
	a, ok := p.Site.Accounts[name]
	return a, ok
}

// quote writes a statement of the site about an account as the site file has it.
func quote(name, key, value string) string { return "accounts." + name + "." + key + " = " + value }

// words gives the parts of a name in lower case, numbers at their ends taken off: "test-01" has "test".
func words(name string) []string {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_.@ ", r) })
	var out []string
	for _, p := range parts {
		if p = strings.TrimRight(p, "0123456789"); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// onDevice says whether the target is a network device, told by its kind or by accounts that have no uid.
func onDevice(f *pb.Facts) bool {
	if facts.Known(f.GetPlatform().GetKind()) {
		return checks.Device(f)
	}
	accounts := f.GetAccounts().GetItems()
	return len(accounts) > 0 && !slices.ContainsFunc(accounts, func(a *pb.Account) bool {
		return a.GetUid().GetState() != pb.FactState_FACT_STATE_NOT_APPLICABLE
	})
}

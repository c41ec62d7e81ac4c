package accounts

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// adminGroups are the groups whose members are administrators of a host by custom.
var adminGroups = []string{"wheel", "sudo", "admin", "root"}

// fullRights says whether an account can do everything: by itself, or by a rule that lets it act as the superuser.
func fullRights(f *pb.Facts, a *pb.Account) *pb.BoolFact {
	if yes(a.GetPrivileged()) {
		return a.GetPrivileged()
	}
	rules := f.GetPrivilegeRules()
	for _, rule := range rules.GetItems() {
		if yes(everything(rule)) && concerns(rule, a) {
			return everything(rule)
		}
	}
	if !no(a.GetPrivileged()) {
		return facts.LikeState(a.GetPrivileged()).Bool()
	}
	if onDevice(f) && rules.GetState() == pb.FactState_FACT_STATE_UNSPECIFIED {
		return a.GetPrivileged()
	}
	switch rules.GetState() {
	case pb.FactState_FACT_STATE_KNOWN, pb.FactState_FACT_STATE_ABSENT, pb.FactState_FACT_STATE_NOT_APPLICABLE:
	default:
		return facts.LikeState(rules).Bool()
	}
	for _, rule := range rules.GetItems() {
		switch {
		case !facts.Known(everything(rule)) && (!facts.Known(rule.GetWho()) || concerns(rule, a)):
			return facts.LikeState(everything(rule)).Bool()
		case yes(everything(rule)) && !facts.Known(rule.GetWho()):
			return facts.LikeState(rule.GetWho()).Bool()
		case yes(everything(rule)) && mayConcern(rule.GetWho().GetValue(), a):
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, rule.GetWho().GetValue(), rule.GetWho().GetEvidence()...).Bool()
		}
	}
	return a.GetPrivileged()
}

// mayConcern says whether it cannot be told if a rule is for an account: it names a group by number or a netgroup, or
// the account's groups or number are not known.
func mayConcern(who string, a *pb.Account) bool {
	switch {
	case strings.HasPrefix(who, "+"), strings.HasPrefix(who, "%#"), strings.HasPrefix(who, "%:"):
		return true
	case strings.HasPrefix(who, "%"):
		return !facts.Known(a.GetRoles())
	case strings.HasPrefix(who, "#"):
		return !facts.Known(a.GetUid())
	}
	return false
}

// concerns says whether a rule is known to be for an account.
func concerns(rule *pb.PrivilegeRule, a *pb.Account) bool {
	if !facts.Known(rule.GetWho()) {
		return false
	}
	who := rule.GetWho().GetValue()
	if group, ok := strings.CutPrefix(who, "%"); ok {
		return facts.Known(a.GetRoles()) && slices.Contains(a.GetRoles().GetValue(), group)
	}
	if uid, ok := strings.CutPrefix(who, "#"); ok {
		return facts.Known(a.GetUid()) && uid == strconv.FormatInt(a.GetUid().GetValue(), 10)
	}
	return who == everybody || who == a.GetScope()
}

// everybody is how a rule names all users, and all commands and targets.
const everybody = "ALL"

// everything says whether a rule permits any command as the superuser: as the driver states it, or because one of the
// commands opens a shell.
func everything(rule *pb.PrivilegeRule) *pb.BoolFact {
	if yes(rule.GetEverything()) || !asRoot(rule) || !facts.Known(rule.GetCommands()) {
		return rule.GetEverything()
	}
	if slices.ContainsFunc(rule.GetCommands().GetValue(), opensShell) {
		return facts.Bool(true, rule.GetCommands().GetEvidence()...)
	}
	return rule.GetEverything()
}

// asRoot says whether a rule lets one act as the superuser. sudo takes root where a rule names nobody.
func asRoot(rule *pb.PrivilegeRule) bool {
	as := rule.GetRunAs()
	if as.GetState() == pb.FactState_FACT_STATE_ABSENT || facts.Known(as) && len(as.GetValue()) == 0 {
		return true
	}
	return facts.Known(as) && slices.ContainsFunc(as.GetValue(), func(u string) bool {
		return u == everybody || u == "root" || u == "#0"
	})
}

// shells are programs that run whatever one types.
var shells = []string{"sh", "bash", "rbash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh", "csh", "tcsh", "fish", "busybox"}

// opensShell says whether a command of a rule leaves its user free to run anything: a shell without a fixed script, su
// to the superuser, sudo, or the editor of the rules themselves.
func opensShell(command string) bool {
	fields := strings.Fields(command)
	if len(fields) == 0 || strings.HasPrefix(command, "!") {
		return false
	}
	// "" stands for no arguments; without any, all are allowed.
	args := slices.DeleteFunc(fields[1:], func(s string) bool { return s == `""` })
	open := slices.ContainsFunc(args, func(s string) bool { return strings.ContainsAny(s, "*?[") })
	switch name := fields[0][strings.LastIndexByte(fields[0], '/')+1:]; {
	case command == everybody, name == "visudo", name == "sudo", name == "sudoedit" && len(args) == 0:
		return true
	case slices.Contains(shells, name):
		return len(args) == 0 || open
	case name == "su":
		who := slices.DeleteFunc(args, func(s string) bool { return strings.HasPrefix(s, "-") })
		return len(who) == 0 || open || slices.Contains(who, "root")
	}
	return false
}

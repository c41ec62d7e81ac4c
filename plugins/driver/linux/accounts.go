package linux

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var accountsTopic = topic{
	name:       "accounts",
	privileged: []string{shadowPath, sssdConf},
	ask:        askAccounts,
	read:       readAccounts,
}

func askAccounts(a driver.Answers) []*pluginpb.Question {
	out := files(passwdPath, shadowPath, "/etc/group", nsswitchPath, lastlogPath, wtmpPath, sssdConf)
	out = append(out, globs(sssdDropIns, lastlog2Path)...)
	out = append(out, files(listed(a, sssdDropIns)...)...)
	out = append(out, driver.Probe(pluginpb.Probe_PROBE_CLOCK), driver.Probe(pluginpb.Probe_PROBE_HOST))
	patterns, _ := keyPatterns(a)
	for _, e := range passwdEntries(a.File(passwdPath)) {
		out = append(out, files(e.keyFiles(patterns)...)...)
	}
	return out
}

// passwdEntry is a line of /etc/passwd.
type passwdEntry struct {
	name, hash string
	uid, gid   int64
	home       string
	shell      string
	at         *pb.Evidence
}

// passwdEntries reads the accounts of a passwd file; lines that are none are left out.
func passwdEntries(d driver.Document) []passwdEntry {
	var out []passwdEntry
	for _, l := range linesOf(d) {
		if e, ok := parsePasswd(l); ok {
			out = append(out, e)
		}
	}
	return out
}

func parsePasswd(l confLine) (passwdEntry, bool) {
	f := strings.Split(l.text, ":")
	if len(f) != 7 || f[0] == "" || f[0][0] == '+' || f[0][0] == '-' {
		return passwdEntry{}, false
	}
	uid, err1 := strconv.ParseUint(f[2], 10, 32)
	gid, err2 := strconv.ParseUint(f[3], 10, 32)
	e := passwdEntry{name: f[0], hash: f[1], uid: int64(uid), gid: int64(gid), home: f[5], shell: strings.TrimSpace(f[6]), at: l.doc.Line(l.n, maskField(l.text))}
	if e.shell == "" {
		e.shell = "/bin/sh" // passwd(5)
	}
	return e, err1 == nil && err2 == nil
}

func readAccounts(r *reader) {
	d := r.File(passwdPath)
	list := &pb.AccountList{}
	if !d.Had() {
		m := d.Unknown()
		settle(list, &m)
		r.facts.Accounts = list
		return
	}
	gap := r.elsewhere("passwd")
	if !d.Whole() {
		m := d.Unknown()
		gap = &m
	}
	for _, l := range linesOf(d) {
		if _, ok := parsePasswd(l); !ok && strings.TrimSpace(l.text) != "" {
			if g := r.oddAccount(l); gap == nil {
				gap = g
			}
		}
	}
	b := accountReader{reader: r, shadow: r.shadow(), ids: r.ids(), groups: map[string][]string{}, logins: r.logins()}
	for gid, members := range b.ids.listed {
		for _, m := range members {
			b.groups[m] = append(b.groups[m], b.ids.groups[gid])
		}
	}
	b.now, b.clock = r.now()
	b.patterns, b.patternsGap = keyPatterns(r.Answers)
	for _, e := range passwdEntries(d) {
		list.Items = append(list.Items, b.account(e))
	}
	settle(list, gap, d.All())
	r.facts.Accounts = list
}

// oddAccount notes a line that is no account. Lines that begin with + or - bring in or take out accounts of a
// directory service where nsswitch.conf says compat.
func (r *reader) oddAccount(l confLine) *facts.Missing {
	ev := l.doc.Line(l.n, maskField(l.text))
	if l.text[0] == '+' || l.text[0] == '-' {
		m := facts.Unknown(pb.Reason_REASON_ELSEWHERE, passwdPath+" takes in NIS", ev)
		return &m
	}
	r.unread = append(r.unread, ev)
	m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, passwdPath, ev)
	return &m
}

// defaultNames are accounts that systems and products are delivered with, besides the superuser.
var defaultNames = words(`daemon bin sys adm sync shutdown halt games man lp mail news uucp proxy www-data backup list irc gnats nobody operator gopher
	ftp guest test demo admin administrator user temp oracle mysql postgres mongodb redis tomcat apache nginx www weblogic was websphere db2inst1 db2fenc1
	informix sybase sap nagios zabbix jenkins git hadoop ubuntu debian centos rocky almalinux fedora ec2-user cloud-user openeuler kylin uos vagrant pi
	support service toor`)

type accountReader struct {
	*reader
	shadow shadow
	ids    ids
	// groups by the names of their members.
	groups map[string][]string
	logins logins
	clock  bool
	now    time.Time
	// patterns are where sshd looks for public keys.
	patterns    []string
	patternsGap *facts.Missing
}

func (b *accountReader) account(e passwdEntry) *pb.Account {
	a := &pb.Account{
		Scope:       e.name,
		Uid:         facts.Int(e.uid, e.at),
		Privileged:  facts.Bool(e.uid == 0, e.at),
		Shell:       facts.Text(e.shell, e.at),
		Home:        facts.Text(e.home, e.at),
		DefaultName: facts.Bool(slices.Contains(defaultNames, strings.ToLower(e.name)), e.at),
		Roles:       b.roles(e),
		SshKeys:     b.keys(e),
		LastLogin:   b.logins.of(e),
	}
	b.password(a, e)
	a.LoginEnabled = b.canLogIn(a, e)
	return a
}

// password states what shadow says, or passwd where it holds the hash itself.
func (b *accountReader) password(a *pb.Account, e passwdEntry) {
	s, ok := b.shadow.entries[e.name]
	d := b.shadow.doc
	switch {
	case e.hash != "x": // the C library looks into shadow only for an x
		passwordOf(a, e.hash, e.at)
		if !ok {
			s = unlimited(e.at)
		}
		s.aging(a, b.now, b.clock)
	case ok:
		passwordOf(a, s.hash, s.at)
		s.aging(a, b.now, b.clock)
	case d.Whole():
		a.PasswordState = facts.Text("none", e.at, d.All())
		a.PasswordScheme = facts.NotApplicable(e.at, d.All()).Text()
		unlimited(d.All()).aging(a, b.now, b.clock)
	default:
		m := d.Unknown()
		a.PasswordState, a.PasswordScheme, a.LastChange, a.MaxAge = m.Text(), m.Text(), m.Time(), m.Duration()
		a.MustChange, a.Expires, a.InactiveLock = m.Bool(), m.Time(), m.Duration()
	}
}

// canLogIn says whether somebody can open a session: with a shell, before the account's end, with a password or a key.
func (b *accountReader) canLogIn(a *pb.Account, e passwdEntry) *pb.BoolFact {
	if !opensSession(e.shell) {
		return facts.Bool(false, e.at)
	}
	s, ok := b.shadow.entries[e.name]
	if ok && s.expire >= 0 {
		if !b.clock {
			return b.Probe(pluginpb.Probe_PROBE_CLOCK).Unknown().Bool()
		}
		if s.accountRanOut(b.now) {
			return facts.Bool(false, s.at)
		}
	}
	byPassword := slices.Contains([]string{"set", "empty"}, a.PasswordState.GetValue())
	keys := a.SshKeys
	switch {
	case facts.Known(a.PasswordState) && byPassword:
		return facts.Bool(true, moreEvidence([]*pb.Evidence{e.at}, a.PasswordState.GetEvidence()...)...)
	case facts.Known(keys) && keys.GetValue() > 0:
		return facts.Bool(true, moreEvidence([]*pb.Evidence{e.at}, keys.GetEvidence()...)...)
	case !facts.Known(a.PasswordState):
		return facts.LikeState(a.PasswordState).Bool()
	case !facts.Known(keys):
		return facts.LikeState(keys).Bool()
	}
	return facts.Bool(false, moreEvidence(a.PasswordState.GetEvidence(), e.at)...)
}

// roles gives the groups.
func (b *accountReader) roles(e passwdEntry) *pb.TextsFact {
	d := b.File("/etc/group")
	if !d.Whole() {
		return d.Unknown().Texts()
	}
	groups := append([]string{nameOf(b.ids.groups, uint32(e.gid))}, b.groups[e.name]...)
	slices.Sort(groups)
	return facts.Texts(slices.Compact(groups), e.at, d.All())
}

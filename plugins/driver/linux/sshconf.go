package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	sshdConfig = "/etc/ssh/sshd_config"
	sshdFolder = "/etc/ssh/"
	// maxSSHDepth is how deep sshd lets Include nest; we ask no deeper than askSSHDepth.
	maxSSHDepth = 16
	askSSHDepth = 4
	// maxSSHFiles bounds what cyclic includes can unfold to.
	maxSSHFiles = 200
)

// An sshStatement is a keyword with its arguments. match is the index of the Match line it stands under, -1 for none.
type sshStatement struct {
	keyword string
	args    []string
	at      confLine
	match   int
}

// An sshMatch is a Match line. A Match in a file that was included under another one holds only where both do.
type sshMatch struct {
	criteria [][2]string
	at       confLine
	outer    int
}

// sshConf is sshd's configuration in the order in which sshd reads it.
type sshConf struct {
	conf
	statements []sshStatement
	matches    []sshMatch
	// patterns and paths are what has to be asked for.
	patterns, paths []string
	odd             []confLine
	a               driver.Answers
	files           int
}

// sshAliases are keywords with another name.
var sshAliases = map[string]string{
	"challengeresponseauthentication": "kbdinteractiveauthentication", "skeyauthentication": "kbdinteractiveauthentication",
	"dsaauthentication": "pubkeyauthentication", "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms", "keepalive": "tcpkeepalive",
}

// readSSHConf reads a configuration with all that it includes.
func readSSHConf(a driver.Answers, file string) *sshConf {
	c := &sshConf{a: a}
	c.file(file, -1, 0)
	return c
}

// file reads one file, under the Match it was included in.
func (c *sshConf) file(file string, match, depth int) {
	c.files++
	if depth > maxSSHDepth || c.files > maxSSHFiles {
		c.lack(facts.Unknown(pb.Reason_REASON_UNSAFE_FILE, file+": Include"))
		return
	}
	c.paths = append(c.paths, file)
	d := c.a.File(file)
	if d.Reason() == pb.Reason_REASON_NOT_ASKED && depth > askSSHDepth {
		c.lack(facts.Unknown(pb.Reason_REASON_NOT_ASKED, file))
	}
	if !d.Whole() && !d.NotFound() {
		c.lack(d.Unknown())
	}
	if !d.Had() {
		return
	}
	c.found = append(c.found, d)
	current := match
	for _, l := range linesOf(d) {
		w, ok := sshWords(l.text)
		if !ok {
			c.odd = append(c.odd, l)
			c.lack(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, l.doc.Source, l.ev()))
			continue
		}
		if len(w) == 0 {
			continue
		}
		keyword := strings.ToLower(w[0])
		if name, ok := sshAliases[keyword]; ok {
			keyword = name
		}
		switch keyword {
		case "match":
			c.matches = append(c.matches, sshMatch{criteria: sshCriteria(w[1:]), at: l, outer: match})
			current = len(c.matches) - 1
		case "include":
			for _, p := range w[1:] {
				c.include(p, current, depth)
			}
		default:
			if !slices.Contains(sshKeywords, keyword) {
				c.odd = append(c.odd, l)
			}
			c.statements = append(c.statements, sshStatement{keyword, w[1:], l, current})
		}
	}
}

func (c *sshConf) include(pattern string, match, depth int) {
	if !strings.HasPrefix(pattern, "/") {
		pattern = sshdFolder + pattern
	}
	pattern = path.Clean(pattern)
	if !strings.ContainsAny(pattern, "*?[") {
		c.file(pattern, match, depth+1)
		return
	}
	// glob(3) negates with !, and its wildcards pass over names that begin with a dot.
	pattern = strings.ReplaceAll(pattern, "[!", "[^")
	if depth <= askSSHDepth {
		c.patterns = append(c.patterns, pattern)
	}
	list, gap := entries(c.a, pattern)
	if gap != nil {
		c.lack(*gap)
	}
	var names []string
	for _, e := range list {
		if !strings.HasPrefix(path.Base(e.Path), ".") || strings.HasPrefix(path.Base(pattern), ".") {
			names = append(names, e.Path)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		if e := list[slices.IndexFunc(list, func(e driver.Entry) bool { return e.Path == name })]; e.Kind == "directory" || i > 0 && names[i-1] == name {
			continue
		}
		c.file(name, match, depth+1)
	}
}

// sshWords splits a line as sshd does: a keyword, blanks or one equals sign, then arguments that may be quoted. What
// follows a # is a comment. Not ok: a quote is left open.
func sshWords(line string) (words []string, ok bool) {
	s := strings.Trim(line, " \t\r\f")
	if s == "" || s[0] == '#' {
		return nil, true
	}
	end := strings.IndexAny(s, " \t=\"")
	if end < 0 {
		return []string{s}, true
	}
	words = []string{s[:end]}
	s = strings.TrimLeft(s[end:], " \t")
	s = strings.TrimLeft(strings.TrimPrefix(s, "="), " \t")
	for s != "" {
		if s[0] == '#' {
			break
		}
		var word strings.Builder
		var quote byte
		i := 0
		for ; i < len(s); i++ {
			switch ch := s[i]; {
			case ch == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\'' || s[i+1] == '\\' || quote == 0 && s[i+1] == ' '):
				i++
				word.WriteByte(s[i])
				continue
			case quote == 0 && (ch == '"' || ch == '\''):
				quote = ch
				continue
			case quote != 0 && ch == quote:
				quote = 0
				continue
			case quote == 0 && (ch == ' ' || ch == '\t'):
			default:
				word.WriteByte(ch)
				continue
			}
			break
		}
		if quote != 0 {
			return words, false
		}
		words = append(words, word.String())
		s = strings.TrimLeft(s[min(i, len(s)):], " \t")
	}
	return words, true
}

// sshCriteria reads what stands behind Match: "all", or pairs of an attribute and its patterns.
func sshCriteria(w []string) [][2]string {
	var out [][2]string
	for i := 0; i < len(w); i++ {
		name, value, joined := strings.Cut(w[i], "=")
		name = strings.ToLower(name)
		if !joined && name != "all" && name != "invalid-user" && i+1 < len(w) {
			i++
			value = w[i]
		}
		out = append(out, [2]string{name, value})
	}
	return out
}

// sshKeywords are all that sshd_config(5) has known from OpenSSH 5.3 to 10.0. A keyword that sshd does not know keeps it
// from starting.
var sshKeywords = words(`acceptenv addressfamily allowagentforwarding allowgroups allowstreamlocalforwarding allowtcpforwarding allowusers
	authenticationmethods authorizedkeyscommand authorizedkeyscommanduser authorizedkeysfile authorizedprincipalscommand
	authorizedprincipalscommanduser authorizedprincipalsfile banner casignaturealgorithms channeltimeout chrootdirectory ciphers
	clientalivecountmax clientaliveinterval compression debianbanner denygroups denyusers disableforwarding exposeauthinfo fingerprinthash
	forcecommand gatewayports gssapiauthentication gssapicleanupcredentials gssapienablek5users gssapikeyexchange gssapikexalgorithms
	gssapistorecredentialsonrekey gssapistrictacceptorcheck hostbasedacceptedalgorithms hostbasedacceptedkeytypes hostbasedauthentication
	hostbasedusesnamefrompacketonly hostcertificate hostkey hostkeyagent hostkeyalgorithms ignorerhosts ignoreuserknownhosts ipqos
	kbdinteractiveauthentication kerberosauthentication kerberosgetafstoken kerberosorlocalpasswd kerberosticketcleanup kerberosuniqueccache
	kerberosusekuserok kexalgorithms keyregenerationinterval listenaddress logingracetime loglevel logverbose macs maxauthtries maxsessions
	maxstartups modulifile passwordauthentication permitemptypasswords permitlisten permitopen permitrootlogin permittty permittunnel
	permituserenvironment permituserrc persourcemaxstartups persourcenetblocksize persourcepenalties persourcepenaltyexemptlist pidfile port
	printlastlog printmotd protocol pubkeyacceptedalgorithms pubkeyauthentication pubkeyauthoptions rdomain refuseconnection rekeylimit
	requiredrsasize revokedkeys rhostsrsaauthentication rsaauthentication rsaminsize securitykeyprovider serverkeybits setenv showpatchlevel
	sshdauthpath sshdsessionpath streamlocalbindmask streamlocalbindunlink strictmodes subsystem syslogfacility tcpkeepalive trustedusercakeys
	unusedconnectiontimeout usedns uselogin usepam useprivilegeseparation versionaddendum x11displayoffset x11forwarding x11maxdisplays
	x11uselocalhost xauthlocation crlfile`)

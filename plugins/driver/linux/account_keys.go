package linux

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// defaultKeyPatterns are where sshd looks for an account's public keys unless AuthorizedKeysFile says otherwise.
var defaultKeyPatterns = []string{".ssh/authorized_keys", ".ssh/authorized_keys2"}

// keyPatterns gives every place in which sshd may look for public keys, Match blocks included. The gap says why there
// may be others; a host without sshd has the usual ones.
func keyPatterns(a driver.Answers) ([]string, *facts.Missing) {
	file := readSSHStart(a).config
	if a.File(file).NotFound() {
		return defaultKeyPatterns, nil
	}
	c := readSSHConf(a, file)
	var out []string
	global := false
	for _, st := range c.statements {
		if st.keyword != "authorizedkeysfile" {
			continue
		}
		global = global || st.match < 0
		for _, arg := range st.args {
			if strings.ToLower(arg) != "none" && !slices.Contains(out, arg) {
				out = append(out, arg)
			}
		}
	}
	if !global {
		out = append(out, defaultKeyPatterns...)
	}
	return out, c.gap
}

// keyFiles are an account's files of public keys; none where it has no shell to open a session with.
func (e passwdEntry) keyFiles(patterns []string) []string {
	if !opensSession(e.shell) || !strings.HasPrefix(e.home, "/") || strings.ContainsAny(e.home+e.name, "\n\x00") {
		return nil
	}
	var out []string
	for _, p := range patterns {
		p = strings.NewReplacer("%%", "%", "%h", e.home, "%u", e.name, "%U", strconv.FormatInt(e.uid, 10)).Replace(p)
		if !strings.HasPrefix(p, "/") {
			p = e.home + "/" + p
		}
		if p = path.Clean(p); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// keys counts the public keys with which an account can log in.
func (b *accountReader) keys(e passwdEntry) *pb.IntFact {
	paths := e.keyFiles(b.patterns)
	if !opensSession(e.shell) {
		return facts.Int(0, e.at)
	}
	if b.patternsGap != nil {
		return b.patternsGap.Int()
	}
	ev := []*pb.Evidence{}
	n := int64(0)
	for _, p := range paths {
		d := b.File(p)
		if !d.Whole() && !d.NotFound() {
			return d.Unknown().Int()
		}
		ev = append(ev, d.All())
		for _, l := range linesOf(d) {
			if text := strings.TrimSpace(l.text); text != "" && text[0] != '#' {
				n++
			}
		}
	}
	return facts.Int(n, ev...)
}

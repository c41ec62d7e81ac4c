package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// secretFiles are files of a home, by what finds a secret in a line. A finder gives the kind, "" for none; it never gives
// the secret.
var secretFiles = []struct {
	name string
	find func(section, line string) string
}{
	{".netrc", findNetrc},
	{".pgpass", findPgpass},
	{".my.cnf", findClientPassword},
	{".git-credentials", findURLPassword},
	{".aws/credentials", func(_, line string) string { return keyed(line, "token", "aws_secret_access_key") }},
}

// Passwords that stand in clear text in files where programs look for them. What applications keep is not looked for.
var secretsTopic = topic{
	name:       "secrets",
	privileged: []string{"/root/.netrc", "/root/.pgpass", "/root/.my.cnf", "/root/.git-credentials", "/root/.aws/credentials"},
	ask: func(a driver.Answers) []*question {
		out := files("/etc/fstab", "/etc/my.cnf", "/etc/mysql/my.cnf")
		for _, s := range secretFiles {
			out = append(out, globs("/root/"+s.name, "/home/*/"+s.name)...)
			out = append(out, files(listed(a, "/root/"+s.name)...)...)
			out = append(out, files(listed(a, "/home/*/"+s.name)...)...)
		}
		return append(out, globs("/etc/fstab", "/etc/my.cnf", "/etc/mysql/my.cnf")...)
	},
	read: readSecrets,
}

func readSecrets(r *reader) {
	list := &pb.ExposedSecretList{}
	r.facts.ExposedSecrets = list
	var gap *facts.Missing
	var looked []*pb.Evidence
	look := func(pattern string, find func(section, line string) string) {
		found, g := entries(r.Answers, pattern)
		gap = firstGap(gap, g)
		looked = append(looked, r.Glob(pattern).All())
		for i, e := range found {
			if e.Kind == "directory" {
				continue
			}
			d := r.File(e.Path)
			if !d.Whole() && !d.NotFound() {
				m := d.Unknown()
				gap = firstGap(gap, &m)
			}
			list.Items = append(list.Items, secretsIn(d, find, e, r.Glob(pattern).Line(i+1, driver.FormatEntry(e)))...)
		}
	}
	for _, s := range secretFiles {
		look("/root/"+s.name, s.find)
		look("/home/*/"+s.name, s.find)
	}
	look("/etc/my.cnf", findClientPassword)
	look("/etc/mysql/my.cnf", findClientPassword)
	look("/etc/fstab", findFstab)
	settle(list, gap, looked...)
}

// secretsIn gives each line in which a secret stands, without it.
func secretsIn(d driver.Document, find func(section, line string) string, e driver.Entry, mode *pb.Evidence) []*pb.ExposedSecret {
	var out []*pb.ExposedSecret
	section := ""
	for _, l := range linesOf(d) {
		text := strings.TrimSpace(l.text)
		if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
			section = strings.ToLower(text[1 : len(text)-1])
		}
		if text == "" || text[0] == '#' {
			continue
		}
		kind := find(section, text)
		if kind == "" {
			continue
		}
		where := facts.Line(d.Source, l.n, "")
		out = append(out, &pb.ExposedSecret{Scope: strings.ToValidUTF8(facts.Where(where), "\uFFFD"), Kind: facts.Text(kind, where), ReadableByOthers: facts.Bool(e.Kind == "file" && e.Mode&0o004 != 0, mode)})
	}
	return out
}

func findNetrc(_, line string) string {
	f := strings.Fields(line)
	for i, w := range f {
		if w == "password" && i+1 < len(f) {
			return "password"
		}
	}
	return ""
}

// findPgpass: host:port:database:user:password.
func findPgpass(_, line string) string {
	if f := strings.SplitN(line, ":", 5); len(f) == 5 && f[4] != "" {
		return "password"
	}
	return ""
}

func findClientPassword(section, line string) string {
	if strings.HasPrefix(section, "client") || slices.Contains([]string{"mysql", "mysqldump", "mysqladmin"}, section) {
		return keyed(line, "password", "password", "pass")
	}
	return ""
}

func keyed(line, kind string, keys ...string) string {
	name, value, ok := strings.Cut(line, "=")
	name = strings.ToLower(strings.TrimSpace(name))
	for _, k := range keys {
		if ok && name == k && strings.Trim(strings.TrimSpace(value), `"'`) != "" {
			return kind
		}
	}
	return ""
}

// findURLPassword: scheme://user:password@host.
func findURLPassword(_, line string) string {
	_, rest, ok := strings.Cut(line, "://")
	login, _, at := strings.Cut(rest, "@")
	if _, pass, has := strings.Cut(login, ":"); ok && at && has && pass != "" {
		return "password"
	}
	return ""
}

func findFstab(_, line string) string {
	f := strings.Fields(line)
	if len(f) < 4 {
		return ""
	}
	for _, o := range strings.Split(f[3], ",") {
		if kind := keyed(o, "password", "password", "pass", "password2"); kind != "" {
			return kind
		}
	}
	return ""
}

package facts_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var masker = facts.NewMasker([]byte("a key of this installation"))

// planted gives the lines of testdata/planted.txtar by what wrote them; its head says what the slots in them are.
func planted(t testing.TB) map[string][]string {
	ar, err := txtar.ParseFile("testdata/planted.txtar")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, f := range ar.Files {
		out[f.Name] = lines(f.Data)
	}
	return out
}

// innocents gives lines that hold no secret.
func innocents(t testing.TB) []string {
	data, err := os.ReadFile("testdata/innocent.txt")
	if err != nil {
		t.Fatal(err)
	}
	return lines(data)
}

func lines(data []byte) []string {
	return strings.Split(strings.TrimRight(string(data), "\n"), "\n")
}

var slot = regexp.MustCompile(`\{[whbcdjvam7]\}`)

// makers make secrets by kind.
var makers = map[string]func(*rand.Rand) string{
	"{w}": func(r *rand.Rand) string { return "Zq" + pick(r, letters+digits+"!#%^+_~?", 9) + pick(r, letters, 1) },
	"{h}": func(r *rand.Rand) string { return pick(r, "0123456789abcdef", 40) },
	"{b}": func(r *rand.Rand) string { return pick(r, letters+digits+"+/", 39) + "=" },
	"{c}": func(r *rand.Rand) string {
		return []string{"$1$", "$5$", "$6$", "$y$j9T$", "$8$", "$9$", "$2b$12$", "$sm3$"}[r.IntN(8)] + pick(r, letters+digits+"./", 8) + "$" + pick(r, letters+digits+"./", 43)
	},
	"{d}": func(r *rand.Rand) string { return pick(r, letters+digits+"./", 13) },
	"{j}": func(r *rand.Rand) string { return "$9$" + pick(r, letters+digits+"./-", 18) },
	"{v}": func(r *rand.Rand) string { return "%^%#" + pick(r, letters+digits+"<>\"'`;,}{(&*!@", 32) + "%^%#" },
	"{a}": func(r *rand.Rand) string {
		return "$1a$" + pick(r, letters+digits+"<>`,}{(&*!@", 10) + "$" + pick(r, letters+digits+"<>`,}{(&*!@", 32) + "$"
	},
	"{m}": func(r *rand.Rand) string {
		return []string{"$c$3$", "$h$6$"}[r.IntN(2)] + pick(r, letters+digits+"+/", 30) + "=="
	},
	"{7}": func(r *rand.Rand) string { return fmt.Sprintf("%02d", r.IntN(16)) + pick(r, "0123456789ABCDEF", 14) },
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

func pick(r *rand.Rand, from string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(from[r.IntN(len(from))])
	}
	return b.String()
}

// No planted secret survives, in whole or in large part, and masking again changes nothing.
func TestNoSecretSurvives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for platform, templates := range planted(t) {
		for _, template := range templates {
			for range 5 {
				var secrets []string
				line := slot.ReplaceAllStringFunc(template, func(kind string) string {
					s := makers[kind](r)
					secrets = append(secrets, s)
					return s
				})
				if len(secrets) == 0 {
					t.Fatalf("%s: %q holds no secret", platform, template)
				}
				tried++
				got := masker.String(line)
				for _, s := range secrets {
					if left := survives(got, s); left != "" {
						t.Errorf("%s: %q\n  %q of %q survives in\n  %q", platform, template, left, s, got)
					}
				}
				if again := masker.String(got); again != got {
					t.Errorf("%s: masked twice\n  %q\n  %q", platform, got, again)
				}
				if len(got) > 0 && !strings.Contains(got, "***") {
					t.Errorf("%s: %q is not masked: %q", platform, line, got)
				}
			}
		}
	}
	if tried < 5*300 {
		t.Errorf("only %d lines were tried", tried)
	}
}

// survives gives a part of six characters of a secret that is still there.
func survives(text, secret string) string {
	for i := 0; i+6 <= len(secret); i++ {
		if part := secret[i : i+6]; strings.Contains(text, part) && !strings.HasPrefix(part, "$") {
			return part
		}
	}
	return ""
}

// What is no secret stays as it is: these lines are the evidence.
func TestInnocentLinesAreUnchanged(t *testing.T) {
	list := innocents(t)
	for _, line := range list {
		if got := masker.String(line); got != line {
			t.Errorf("%q\nbecame %q", line, got)
		}
	}
	if len(list) < 150 {
		t.Errorf("only %d lines", len(list))
	}
}

// The same secret has the same fingerprint wherever it stands, another one another, and the key decides.
func TestFingerprints(t *testing.T) {
	print := regexp.MustCompile(`\*\*\*[0-9a-f]{6}\*\*\*`)
	const secret = "Zq4sunflower!"
	first := print.FindString(masker.String("enable password " + secret))
	if first == "" {
		t.Fatal("no fingerprint")
	}
	for _, line := range []string{
		"password=" + secret, `set password "` + secret + `"`, "snmp-server community " + secret + " RO", "tacacs-server key " + secret, `secret "` + secret + `"; ## SECRET-DATA`,
		"<password>" + secret + "</password>", "rocommunity " + secret, "https://u:" + secret + "@h/", "Uid=sa;Pwd=" + secret + ";Database=x",
	} {
		if got := print.FindString(masker.String(line)); got != first {
			t.Errorf("%q has the fingerprint %s, want %s", line, got, first)
		}
	}
	if got := print.FindString(masker.String("enable password " + secret + "x")); got == first {
		t.Error("another secret has the same fingerprint")
	}
	if got := facts.NewMasker([]byte("another key")).String("enable password " + secret); strings.Contains(got, first) {
		t.Error("the key does not matter")
	}
	if got := facts.NewMasker(nil).String("enable password " + secret); got != "enable password ******" {
		t.Errorf("without a key: %q", got)
	}
}

func TestPrivateKeys(t *testing.T) {
	const body = "MIIEpAIBAAKCAQEA7bq\nh3Zq9Zq9Zq9Zq9\n"
	for _, text := range []string{
		"-----BEGIN RSA PRIVATE KEY-----\n" + body + "-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN OPENSSH PRIVATE KEY-----\n" + body, // cut short
		"x = -----BEGIN PRIVATE KEY----- " + strings.ReplaceAll(body, "\n", " ") + "-----END PRIVATE KEY-----",
	} {
		got := masker.String(text)
		if strings.Contains(got, "MIIE") || strings.Contains(got, "h3Zq9") || !strings.Contains(got, "PRIVATE KEY-----") {
			t.Errorf("%q became %q", text, got)
		}
		if again := masker.String(got); again != got {
			t.Errorf("masked twice: %q, %q", got, again)
		}
	}
	line := strings.Repeat("Ab3+", 16)
	if got := masker.String(line); strings.Contains(got, "Ab3+") {
		t.Errorf("a line of key material became %q", got)
	}
}

// Secrets are taken out wherever facts hold text, and out of unread lines; sources, states and numbers stay.
func TestFactsAreMasked(t *testing.T) {
	const secret = "Zq4sunflower!"
	line := func() *pb.Evidence {
		return facts.Line("display current-configuration", 7, "snmp-agent community read "+secret)
	}
	f := &pb.Facts{
		Platform: &pb.Platform{Os: facts.Text("vrp", line()), Version: facts.Unknown(pb.Reason_REASON_FAILED, "password="+secret, line()).Text(), Booted: facts.Time(time.Unix(0, 0), line())},
		Accounts: &pb.AccountList{State: pb.FactState_FACT_STATE_UNKNOWN, Detail: "passwd=" + secret, Evidence: []*pb.Evidence{line()}, Items: []*pb.Account{
			{Scope: "https://u:" + secret + "@h/", Uid: facts.Int(7, line()), Privileged: facts.Bool(true, line()), MaxAge: facts.Forever(line()), Roles: facts.Texts([]string{"x", "secret=" + secret}, line())},
		}},
		SnmpCommunities: &pb.SnmpCommunityList{Items: []*pb.SnmpCommunity{{Scope: "community 1", Access: facts.Text("ro", line())}}},
	}
	unread := []*pb.Evidence{line()}
	masker.Facts(f, unread)
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), secret) || strings.Contains(unread[0].GetExcerpt(), secret) {
		t.Errorf("a secret is left: %v, %v", f, unread)
	}
	if f.GetPlatform().GetOs().GetValue() != "vrp" || f.GetAccounts().GetItems()[0].GetUid().GetValue() != 7 || f.GetSnmpCommunities().GetItems()[0].GetScope() != "community 1" ||
		f.GetPlatform().GetOs().GetEvidence()[0].GetSource() != "display current-configuration" {
		t.Errorf("something else was changed: %v", f)
	}
	masker.Facts(nil, nil)
}

func FuzzMask(f *testing.F) {
	for _, templates := range planted(f) {
		for _, line := range templates {
			f.Add(line)
		}
	}
	for _, line := range innocents(f) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := masker.String(s)
		if twice := masker.String(once); twice != once {
			t.Errorf("%q became %q and then %q", s, once, twice)
		}
	})
}

// A host of the usual size: some three thousand different texts, a tenth of which talk of passwords and keys.
func BenchmarkMaskFacts(b *testing.B) {
	told := innocents(b)
	list := &pb.ServiceList{State: pb.FactState_FACT_STATE_KNOWN}
	for i := range 1000 {
		lines := []string{
			fmt.Sprintf("unit-%d.service                            enabled         enabled", i),
			fmt.Sprintf("ii  libexample%d:amd64   1.%d.2-3+deb12u1   amd64   an example library", i, i),
			fmt.Sprintf("user%d:x:%d:%d:Example User,,,:/home/user%d:/bin/bash", i, i, i, i),
		}
		if i%3 == 0 {
			lines[0] = told[i%len(told)]
		}
		e := func(k int) *pb.Evidence { return facts.Line("systemctl list-unit-files", i, lines[k]) }
		list.Items = append(list.Items, &pb.Service{Scope: fmt.Sprintf("unit-%d.service", i), Enabled: facts.Bool(true, e(0)), Running: facts.Bool(true, e(1)), Restart: facts.Text("on-failure", e(2))})
	}
	f := &pb.Facts{Services: list}
	b.ReportAllocs()
	for b.Loop() {
		masker.Facts(f, nil)
	}
}

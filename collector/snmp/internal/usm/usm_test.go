package usm

import (
	"encoding/hex"
	"testing"

	"github.com/gosnmp/gosnmp"
)

// RFC 3414, A.3.1 and A.3.2: passphrase "maplesyrup", engine 00..02; A.5 gives no more for SHA-2.
func TestRFC3414Keys(t *testing.T) {
	engine := "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"
	for name, want := range map[string][2]string{
		"md5": {"9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"},
		"sha": {"9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"},
	} {
		a, err := AuthByName(name)
		if err != nil {
			t.Fatal(err)
		}
		ku, err := a.Expand([]byte("maplesyrup"))
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(ku); got != want[0] {
			t.Errorf("%s: Ku is %s, not %s", name, got, want[0])
		}
		if got := hex.EncodeToString(a.Localize(ku, engine)); got != want[1] {
			t.Errorf("%s: Kul is %s, not %s", name, got, want[1])
		}
	}
}

// Every pair of protocols comes to the key that the library derives.
func TestKeysAgreeWithGosnmp(t *testing.T) {
	auths := map[string]gosnmp.SnmpV3AuthProtocol{"md5": gosnmp.MD5, "sha": gosnmp.SHA, "sha224": gosnmp.SHA224, "sha256": gosnmp.SHA256, "sha384": gosnmp.SHA384, "sha512": gosnmp.SHA512}
	privs := map[string]gosnmp.SnmpV3PrivProtocol{"des": gosnmp.DES, "aes128": gosnmp.AES, "aes192": gosnmp.AES192, "aes256": gosnmp.AES256, "aes192c": gosnmp.AES192C, "aes256c": gosnmp.AES256C}
	engine, pass := "\x80\x00\x1f\x88\x04engine-1", "correct horse"
	for _, a := range Auths() {
		ku, err := a.Expand([]byte(pass))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range Privs() {
			theirs := &gosnmp.UsmSecurityParameters{
				UserName: "u", AuthoritativeEngineID: engine, AuthenticationProtocol: auths[a.Name], PrivacyProtocol: privs[p.Name],
				AuthenticationPassphrase: pass, PrivacyPassphrase: pass,
			}
			if err := theirs.InitSecurityKeys(); err != nil {
				t.Fatal(err)
			}
			if got := a.Localize(ku, engine); string(got) != string(theirs.SecretKey) {
				t.Errorf("%s: another authentication key", a.Name)
			}
			got, err := a.LocalizePriv(p, ku, engine)
			if err != nil {
				t.Fatal(err)
			}
			if want := theirs.PrivacyKey[:p.Key]; string(got) != string(want) {
				t.Errorf("%s %s: privacy key %x, theirs %x", a.Name, p.Name, got, want)
			}
		}
	}
}

func TestEmptyPassphrase(t *testing.T) {
	if _, err := Auths()[0].Expand(nil); err == nil {
		t.Error("an empty passphrase was stretched")
	}
}

func BenchmarkLocalize(b *testing.B) {
	a, _ := AuthByName("sha256")
	ku, _ := a.Expand([]byte("correct horse"))
	for b.Loop() {
		a.Localize(ku, "\x80\x00\x1f\x88\x04engine-1")
	}
}

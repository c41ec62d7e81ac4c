//go:build unix

package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func sealedVault(t *testing.T, creds ...*Credential) (Config, *age.X25519Identity) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Seal(&b, creds, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), canary) || !strings.HasPrefix(b.String(), "-----BEGIN AGE") {
		t.Fatal("not sealed")
	}
	return Config{Sources: []Source{{Sealed: &Sealed{File: file(t, b.String(), 0o640), Identity: file(t, id.String()+"\n", 0o600)}}}}, id
}

func TestSealedFile(t *testing.T) {
	config, id := sealedVault(t, whole())
	v, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.Get(t.Context(), "core-switch")
	if err != nil || !reflect.DeepEqual(c, whole()) {
		t.Fatalf("%v %v", c, err)
	}
	c.User = "changed"
	if again, _ := v.Get(t.Context(), "core-switch"); again.User != "ops" {
		t.Error("what was handed out is shared")
	}
	_, err = v.Get(t.Context(), "core-swich")
	if !errors.Is(err, ErrUnknownName) || !strings.Contains(err.Error(), `credential "core-swich": no source knows`) {
		t.Error(err)
	}
	nowhere(t, "the vault", v, config, err)
	v.Close()

	s := config.Sources[0].Sealed
	refused := func(name, want string, change func(*Sealed)) {
		t.Helper()
		changed := *s
		change(&changed)
		_, err := Open(Config{Sources: []Source{{Sealed: &changed}}})
		if !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), "sealed file: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		nowhere(t, name, err)
	}
	text, err := os.ReadFile(s.File)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := sealedVault(t, whole())
	refused("readable identity", "chmod 0600", func(s *Sealed) { s.Identity = file(t, id.String(), 0o640) })
	refused("world-readable file", "chmod 0640", func(s *Sealed) { s.File = file(t, string(text), 0o644) })
	refused("writable file", "chmod 0640", func(s *Sealed) { s.File = file(t, string(text), 0o660) })
	refused("no identity", "holds no age identity", func(s *Sealed) { s.Identity = file(t, canary, 0o600) })
	refused("other identity", "does not open", func(s *Sealed) { s.Identity = other.Sources[0].Sealed.Identity })
	refused("missing", "does not exist", func(s *Sealed) { s.File += ".missing" })
	refused("folder", "not a regular file", func(s *Sealed) { s.File = t.TempDir() })
	refused("cut", "", func(s *Sealed) { s.File = file(t, string(text[:len(text)*2/3]), 0o600) })
	refused("clear text", "does not open", func(s *Sealed) { s.File = file(t, string(PrintRecords([]*Credential{whole()})), 0o600) })
	if err := Seal(&bytes.Buffer{}, []*Credential{{Name: "a b", User: canary}}, id.Recipient()); err == nil {
		t.Error("what cannot be opened is sealed")
	}
	if err := Seal(&bytes.Buffer{}, []*Credential{whole()}); err == nil {
		t.Error("sealed for nobody")
	}
}

// The passphrase comes from a file, a variable, systemd or a descriptor.
func TestPassphrase(t *testing.T) {
	to, err := age.NewScryptRecipient(canary)
	if err != nil {
		t.Fatal(err)
	}
	to.SetWorkFactor(10) // the default costs a second
	var b bytes.Buffer
	if err := Seal(&b, []*Credential{whole()}, to); err != nil {
		t.Fatal(err)
	}
	sealed := file(t, b.String(), 0o600)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pass"), []byte(canary+"\n"), 0o440); err != nil {
		t.Fatal(err)
	}
	vars := env(map[string]string{"PASS": canary, "CREDENTIALS_DIRECTORY": dir, "WRONG": canary + "x"})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(w, canary)
	w.Close()
	defer r.Close()
	descriptor, err := dup(r)
	if err != nil {
		t.Fatal(err)
	}
	for name, ref := range map[string]Ref{"file": {File: file(t, canary+"\r\n", 0o600)}, "env": {Env: "PASS"}, "systemd": {Systemd: "pass"}, "fd": {FD: descriptor}} {
		v, err := open(Config{Sources: []Source{{Sealed: &Sealed{File: sealed, Passphrase: ref}}}}, vars)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := v.Get(t.Context(), "core-switch"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for want, ref := range map[string]Ref{
		"does not open": {Env: "WRONG"}, "$": {Env: "UNSET"}, "gave no credential": {Systemd: "missing"}, "chmod 0600": {File: file(t, canary, 0o644)},
		"is empty": {File: file(t, "\n", 0o600)}, "cannot read file descriptor": {FD: 987}, "was not said": {},
	} {
		_, err := open(Config{Sources: []Source{{Sealed: &Sealed{File: sealed, Passphrase: ref}}}}, vars)
		if err == nil || want != "$" && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		nowhere(t, want, err)
	}
	if _, err := open(Config{Sources: []Source{{Sealed: &Sealed{File: file(t, b.String(), 0o640), Passphrase: Ref{Env: "PASS"}}}}}, vars); err == nil {
		t.Error("a file that a passphrase opens may be read by its group")
	}
	if id, err := PassphraseIdentity(Secret{}); err == nil || id != nil {
		t.Error("an empty passphrase")
	}
	if _, err := PassphraseRecipient(NewSecret(canary)); err != nil {
		t.Error(err)
	}
}

func TestFor(t *testing.T) {
	config, _ := sealedVault(t, &Credential{Name: "mon", SNMP: SNMP{Version: "2c", Community: NewSecret(canary)}}, &Credential{Name: "ops", User: "u", Password: NewSecret(canary)})
	config.Rules = []Rule{{Credential: "ops", SNMPCredential: "mon"}}
	v, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	target := &pb.Target{Id: "t"}
	if c, err := v.For(t.Context(), target, ForSSH, ""); err != nil || c.Name != "ops" {
		t.Error(c, err)
	}
	if c, err := v.For(t.Context(), target, ForSNMP, ""); err != nil || c.Name != "mon" {
		t.Error(c, err)
	}
	for use, name := range map[Use]string{ForSSH: "mon", ForSNMP: "ops"} {
		_, err := v.For(t.Context(), target, use, name)
		if !errors.Is(err, ErrUnfit) {
			t.Error(err)
		}
		nowhere(t, "unfit", err)
	}
}

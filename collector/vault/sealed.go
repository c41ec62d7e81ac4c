package vault

import (
	"bufio"
	"bytes"
	"context"
	"io"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	// maxSealed bounds what is in a sealed file: tens of thousands of credentials.
	maxSealed = 64 << 20
	// maxWork bounds what opening a passphrase-sealed file may cost (2^20: about four seconds and 1 GiB).
	maxWork = 20
)

// Seal writes credentials to w, sealed for the recipients, in text form. It writes nothing that Open would refuse.
func Seal(w io.Writer, creds []*Credential, to ...age.Recipient) error {
	plain := PrintRecords(creds)
	defer clear(plain)
	if _, err := ParseRecords("", plain); err != nil {
		return err
	}
	text := armor.NewWriter(w)
	sealed, err := age.Encrypt(text, to...)
	if err != nil {
		return failed("无法密封：收件人无效", "cannot seal: the recipients do not fit together")
	}
	for _, step := range []func() error{
		func() error { _, err := sealed.Write(plain); return err },
		sealed.Close,
		text.Close,
	} {
		if step() != nil {
			return failed("无法写入密封文件", "cannot write the sealed file")
		}
	}
	return nil
}

// Unseal reads what Seal wrote, or age did; file is what messages call it.
func Unseal(file string, sealed io.Reader, with ...age.Identity) ([]*Credential, error) {
	in := bufio.NewReader(sealed)
	var data io.Reader = in
	if head, _ := in.Peek(len(armor.Header)); string(head) == armor.Header {
		data = armor.NewReader(in)
	}
	opened, err := age.Decrypt(data, with...)
	if err != nil {
		return nil, failed("%s 无法打开：密钥或口令不符，或文件已损坏", "%s does not open: the identity or passphrase is not its own, or it is damaged", file)
	}
	plain, err := io.ReadAll(io.LimitReader(opened, maxSealed+1))
	defer clear(plain)
	if err != nil {
		return nil, failed("%s 已损坏或被截断", "%s is damaged or cut short", file)
	}
	if len(plain) > maxSealed {
		return nil, failed("%s 的内容超过 %d 字节", "what %s holds is longer than %d bytes", file, maxSealed)
	}
	return ParseRecords(file, plain)
}

// PassphraseRecipient seals for a passphrase (scrypt, about a second to try one).
func PassphraseRecipient(passphrase Secret) (age.Recipient, error) {
	r, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		return nil, failed("口令为空", "the passphrase is empty")
	}
	return r, nil
}

// PassphraseIdentity opens with a passphrase.
func PassphraseIdentity(passphrase Secret) (age.Identity, error) {
	i, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return nil, failed("口令为空", "the passphrase is empty")
	}
	i.SetMaxWorkFactor(maxWork)
	return i, nil
}

// ReadIdentities reads a file of age identities, which only its owner may read.
func ReadIdentities(file string) ([]age.Identity, error) {
	data, err := readFile(file, maxSecret, secretMode)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	ids, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil || len(ids) == 0 {
		return nil, failed("%s 不是 age 私钥文件（AGE-SECRET-KEY-…）", "%s holds no age identity (AGE-SECRET-KEY-…)", file)
	}
	return ids, nil
}

// sealedSource holds what a sealed file held when it was opened.
type sealedSource struct {
	config Sealed
	creds  map[string]*Credential
}

func openSealed(c Sealed, env environ) (*sealedSource, error) {
	s := &sealedSource{config: c}
	forbidden := sealedMode
	var ids []age.Identity
	if c.Identity != "" {
		var err error
		if ids, err = ReadIdentities(c.Identity); err != nil {
			return s, err
		}
	} else {
		// A passphrase can be guessed by whoever holds the file.
		forbidden = secretMode
		pass, err := c.Passphrase.read(env)
		if err != nil {
			return s, err
		}
		id, err := PassphraseIdentity(pass)
		if err != nil {
			return s, err
		}
		ids = append(ids, id)
	}
	data, err := readFile(c.File, 2*maxSealed, forbidden)
	if err != nil {
		return s, err
	}
	creds, err := Unseal(c.File, bytes.NewReader(data), ids...)
	if err != nil {
		return s, err
	}
	s.creds = make(map[string]*Credential, len(creds))
	for _, cred := range creds {
		s.creds[cred.Name] = cred
	}
	return s, nil
}

func (*sealedSource) name() *pb.Text { return checks.Say("密封文件", "sealed file") }

func (s *sealedSource) close() { clear(s.creds) }

func (s *sealedSource) get(_ context.Context, name string) (*Credential, error) {
	return copied(s.creds[name]), nil
}

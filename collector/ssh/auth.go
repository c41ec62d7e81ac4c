package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/plumbline/plumbline/collector/vault"
)

// A login is one attempt to log in. The library first tries the method "none", which costs nothing and tells what the device
// offers; then attempt chooses one method, once.
type login struct {
	credential *vault.Credential
	signer     ssh.Signer // nil: no key
	method     string     // the one that was chosen
	sent       bool       // the attempt went out: the device may count it
	why        error      // why there is, or will be, no login
	banner     strings.Builder
}

// attempt is the library's question for the next method. The second time there is none, whatever came of the first.
func (l *login) attempt(ctx *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	if l.why != nil {
		return nil, l.why
	}
	if len(ctx.PartialSuccessMethods) > 0 {
		l.why = fmt.Errorf("%w: after %s the device wants %s", ErrMFA, strings.Join(ctx.PartialSuccessMethods, ", "), strings.Join(ctx.AllowedMethods, " or "))
		return nil, l.why
	}
	if l.method != "" || ctx.AllowedMethods == nil {
		return nil, nil // with no other method registered, the library now ends with the error it has
	}
	offers := func(m string) bool { return slices.Contains(ctx.AllowedMethods, m) }
	password := l.credential.Password.Set()
	switch {
	case l.signer != nil && offers("publickey"):
		l.method, l.sent = "publickey", true
		return ssh.PublicKeys(l.signer), nil
	case password && offers("password"):
		l.method, l.sent = "password", true
		return ssh.Password(l.credential.Password.Reveal()), nil
	case password && offers("keyboard-interactive"):
		l.method = "keyboard-interactive"
		return ssh.KeyboardInteractive(l.challenge), nil
	}
	l.why = fmt.Errorf("%w: the device offers %s", ErrNoMethod, printable(strings.Join(ctx.AllowedMethods, ", "), 200))
	return nil, l.why
}

var (
	asksPassword = regexp.MustCompile(`(?i)passw|口令|密码|密碼`)
	asksFactor   = regexp.MustCompile(`(?i)one[- ]?time|\botp\b|token|passcode|verif|second|authenticator|challenge|\bpin\b|sms|dynamic|response|动态|验证|令牌|短信`)
	asksChange   = regexp.MustCompile(`(?i)\b(?:old|current|new|re-?type|re-?enter|confirm)\b.{0,30}passw|(?:旧|原|新|确认).{0,6}(?:口令|密码)`)
)

// challenge answers one question, if it can only be the password's. Everything else ends the login unanswered.
func (l *login) challenge(_, instruction string, questions []string, echos []bool) ([]string, error) {
	switch {
	case l.why != nil:
		return nil, l.why
	case len(questions) == 0:
		return nil, nil
	case len(questions) > 1 || echos[0] || asksFactor.MatchString(questions[0]):
		l.why = fmt.Errorf("%w: %s", ErrMFA, printable(strings.Join(questions, " / "), 200))
	case asksChange.MatchString(questions[0]):
		l.why = fmt.Errorf("%w: %s", ErrPasswordChange, printable(questions[0], 200))
	case !asksPassword.MatchString(questions[0]):
		l.why = fmt.Errorf("%w: %s", ErrMFA, printable(instruction+" "+questions[0], 200))
	case l.sent:
		l.why = fmt.Errorf("%w: the password is asked for again", ErrRefused)
	default:
		l.sent = true
		return []string{l.credential.Password.Reveal()}, nil
	}
	return nil, l.why
}

// hear keeps the banner, within bounds.
func (l *login) hear(message string) error {
	if l.banner.Len()+len(message) > maxBanner {
		l.why = fmt.Errorf("%w: banners without end", ErrHostile)
		return l.why
	}
	l.banner.WriteString(message)
	return nil
}

// refusal turns the library's error after a failed login into ours.
func (l *login) refusal(err error) error {
	switch {
	case l.why != nil:
		return l.why
	case strings.Contains(err.Error(), "unexpected message type 60"): // SSH_MSG_USERAUTH_PASSWD_CHANGEREQ
		return fmt.Errorf("%w: at login", ErrPasswordChange)
	case strings.Contains(err.Error(), "unable to authenticate") || strings.Contains(err.Error(), "ssh: disconnect"):
		return fmt.Errorf("%w: %s as %q", ErrRefused, l.method, l.credential.User)
	}
	return nil
}

// key finds the one key of a credential: its own, or the first one of its agent that fits its certificate. done releases the agent.
func key(ctx context.Context, c *vault.Credential) (signer ssh.Signer, done func(), err error) {
	done = func() {}
	switch {
	case c.PrivateKey.Set():
		signer, err = parseKey(c)
	case c.AgentSocket != "":
		signer, done, err = agentKey(ctx, c)
	default:
		return nil, done, nil
	}
	if err != nil {
		return nil, done, fmt.Errorf("%w: %s: %w", ErrCredential, c.Name, err)
	}
	return single(signer), done, nil
}

func parseKey(c *vault.Credential) (ssh.Signer, error) {
	var signer ssh.Signer
	var err error
	if c.Passphrase.Set() {
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(c.PrivateKey.Reveal()), []byte(c.Passphrase.Reveal()))
	} else {
		signer, err = ssh.ParsePrivateKey([]byte(c.PrivateKey.Reveal()))
	}
	if err != nil {
		return nil, errors.New("the private key does not open") // the library's words could quote the key
	}
	if c.Certificate == "" {
		return signer, nil
	}
	cert, err := certificate(c)
	if err != nil {
		return nil, err
	}
	return ssh.NewCertSigner(cert, signer)
}

func certificate(c *vault.Credential) (*ssh.Certificate, error) {
	pub, _, _, _, err := ssh.ParseAuthorizedKey([]byte(c.Certificate))
	if err != nil {
		return nil, errors.New("the certificate cannot be read")
	}
	cert, ok := pub.(*ssh.Certificate)
	if !ok {
		return nil, errors.New("the certificate is a bare key")
	}
	return cert, nil
}

func agentKey(ctx context.Context, c *vault.Credential) (ssh.Signer, func(), error) {
	nothing := func() {}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.AgentSocket)
	if err != nil {
		return nil, nothing, fmt.Errorf("agent: %w", err)
	}
	done := func() { conn.Close() }
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second)) // signing may wait for a touch, but not for ever
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		done()
		return nil, nothing, fmt.Errorf("agent: %w", err)
	}
	var cert *ssh.Certificate
	if c.Certificate != "" {
		if cert, err = certificate(c); err != nil {
			done()
			return nil, nothing, err
		}
	}
	for _, s := range signers {
		switch {
		case cert == nil || bytes.Equal(s.PublicKey().Marshal(), cert.Marshal()):
			return s, done, nil
		case bytes.Equal(s.PublicKey().Marshal(), cert.Key.Marshal()):
			signer, err := ssh.NewCertSigner(cert, s)
			return signer, done, err
		}
	}
	done()
	return nil, nothing, errors.New("agent: it holds no key that fits")
}

// single keeps the library from a second try: with an RSA certificate it would repeat a refused one under the old SHA-1 name.
func single(s ssh.Signer) ssh.Signer {
	if s == nil || s.PublicKey().Type() != ssh.CertAlgoRSAv01 {
		return s
	}
	with, ok := s.(ssh.AlgorithmSigner)
	if !ok {
		return s
	}
	one, err := ssh.NewSignerWithAlgorithms(with, []string{ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512})
	if err != nil {
		return s
	}
	return one
}

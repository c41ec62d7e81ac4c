package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/plumbline/plumbline/server/store"
)

// A token is tokenPrefix and 256 random bits. The prefix lets scanners for leaked secrets find it.
const (
	tokenPrefix = "plt_"
	tokenBytes  = 32
)

// NewToken makes an API token, and the hash of it that is kept.
func NewToken() (token, hash string) {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	token = tokenPrefix + base64.RawURLEncoding.EncodeToString(b[:])
	return token, HashToken(token)
}

// HashToken is what is kept of a token: its SHA-256 in hex. It is random enough to need no salt.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// isToken says whether it has the form of a token.
func isToken(s string) bool {
	rest, found := strings.CutPrefix(s, tokenPrefix)
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	return found && err == nil && len(b) == tokenBytes
}

// caller is who asks; the zero value is somebody without a token.
type caller struct {
	name, token string
	role        Role
	scopes      []string
}

// admit finds out who asks, and refuses whoever may not. A refused attempt is on record before it is answered.
func (c *call) admit() error {
	right := c.access[c.route.name()] // none: for nobody
	given := c.r.Header.Values("Authorization")
	if len(given) == 0 && right.open(c.from) {
		return nil
	}
	if right.anonymous == allowed {
		return nil // the token is not looked at, so that health can be told without the store
	}
	if len(given) == 0 {
		return errNoToken
	}
	who, err := c.authenticate(given)
	if err != nil {
		return err
	}
	c.who = who
	if right.allows(who) {
		return nil
	}
	if c.limits.exhausted("user " + who.name) {
		return errLimited
	}
	c.limits.failed("user " + who.name)
	if err := c.record("access.denied", c.route.name(), "refused", nil); err != nil {
		return err
	}
	return errDenied
}

// authenticate gives the holder of the token. Too many failures close the way for unknown tokens from that source, never for one
// that was good of late: nobody is locked out because others guess.
func (c *call) authenticate(given []string) (caller, error) {
	source := networkOf(c.from)
	scheme, token, _ := strings.Cut(given[0], " ")
	hash := HashToken(token)
	if c.limits.exhausted(source) && !c.limits.wasGood(hash) {
		return caller{}, errLimited
	}
	who, err := c.holder(len(given) == 1 && strings.EqualFold(scheme, "Bearer") && isToken(token), hash)
	if !errors.Is(err, errNoToken) {
		if err == nil {
			c.limits.good(hash)
		}
		return who, err
	}
	c.limits.forget(hash)
	c.metrics.refused()
	c.limits.failed(source)
	if err := c.record("authentication.failed", "", "refused", nil); err != nil {
		return caller{}, err
	}
	return caller{}, errNoToken
}

// holder looks the token up; errNoToken says no more than that it is not good.
func (c *call) holder(formed bool, hash string) (caller, error) {
	if !formed {
		return caller{}, errNoToken
	}
	t, err := c.Store.UseAPIToken(c.ctx(), hash)
	if errors.Is(err, store.ErrNotFound) || err == nil && subtle.ConstantTimeCompare([]byte(t.Hash), []byte(hash)) != 1 {
		return caller{}, errNoToken
	}
	if err != nil {
		return caller{}, fmt.Errorf("look a token up: %w", err)
	}
	user, err := c.Store.User(c.ctx(), t.User)
	if err != nil {
		return caller{}, fmt.Errorf("look the holder of a token up: %w", err)
	}
	// A token is for the role that its holder had when it was made, and one without an end is none.
	role := Role(user.Role)
	if user.State != store.UserActive || t.Role != user.Role || !role.Valid() || !c.Now().Before(t.Expires) {
		return caller{}, errNoToken
	}
	return caller{name: user.Name, token: t.ID, role: role, scopes: t.Scopes}, nil
}

// anonymous is who the audit log names where nobody was recognised.
const anonymous = "anonymous"

// entry is what the audit log keeps of a change. The detail holds names and figures, never a secret.
func (c *call) entry(action, object string, detail map[string]any) store.Entry {
	all := map[string]any{"source": c.from, "request": c.id}
	if c.who.name != "" {
		all["role"], all["token"] = c.who.role, c.who.token
	}
	for name, value := range detail {
		all[name] = value
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(fmt.Sprintf("encode an entry's detail: %v", err)) // words, numbers and lists of them
	}
	actor := c.who.name
	if actor == "" {
		actor = anonymous
	}
	return store.Entry{Actor: actor, Action: action, Object: object, Detail: string(text)}
}

// record writes to the audit log what changes nothing else. Where it fails, the call fails.
func (c *call) record(action, object, outcome string, detail map[string]any) error {
	e := c.entry(action, object, detail)
	e.Outcome = outcome
	if _, err := c.Store.Append(c.ctx(), e); err != nil {
		c.metrics.auditFailed()
		return fmt.Errorf("record %s: %w", action, err)
	}
	return nil
}

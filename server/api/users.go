package api

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// UserPending is the state of a user whom the security administrator has not authorised. He may nothing.
const UserPending = "pending"

// RequestUser is the action under which the audit log keeps who asked for a user. Whoever asked cannot authorise.
const RequestUser = "user.request"

// requestLife is how long a request may be authorised.
const requestLife = 7 * 24 * time.Hour

// firstTokenPrefix marks the hash of the token that a pending user is to have; it stands where others keep a password's hash.
const firstTokenPrefix = "token-sha256:"

var errFourEyes = failing(http.StatusForbidden, "four_eyes", "申请人与授权人不能为同一人", "whoever asked for it cannot authorise it")

var (
	userName  = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,63}$`)
	hexSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

type user struct {
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	State   string    `json:"state"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	// TokenSHA256 is that of the first token of a pending user.
	TokenSHA256 string `json:"token_sha256,omitempty"`
}

func newUser(u store.User) user {
	out := user{Name: u.Name, Role: u.Role, State: u.State, Created: u.Created, Updated: u.Updated}
	if u.State == UserPending {
		out.TokenSHA256 = firstToken(u)
	}
	return out
}

func firstToken(u store.User) string {
	if hash := u.PasswordHash; len(hash) > len(firstTokenPrefix) && hash[:len(firstTokenPrefix)] == firstTokenPrefix {
		return hash[len(firstTokenPrefix):]
	}
	return ""
}

func (c *call) getUsers() (any, error) {
	found, err := c.Store.Users(c.ctx())
	return listOf(found, "", newUser), err
}

// newcomer is a user to be. He made his first token himself and gives its hash, so that no administrator ever holds it.
type newcomer struct {
	Name        string `json:"name"`
	Role        string `json:"role"`
	TokenSHA256 string `json:"token_sha256"`
}

func (n newcomer) check() error {
	switch {
	case !userName.MatchString(n.Name) || n.Name == anonymous:
		return invalid("name 须为小写字母开头的 1 至 64 个小写字母、数字、点、下划线或连字符", "name is 1 to 64 of a-z, 0-9, dot, underscore and hyphen, with a letter first")
	case !Role(n.Role).Valid():
		return invalid("role 须为 %s 之一", "role is one of %s", fmt.Sprint(Roles()))
	case !hexSHA256.MatchString(n.TokenSHA256):
		return invalid("token_sha256 须为 64 位小写十六进制数", "token_sha256 is 64 lower-case hex digits")
	}
	return nil
}

// postUser asks for a user: a new one, one that was locked, or a pending one anew. He may nothing before he is authorised.
func (c *call) postUser() (any, error) {
	n, err := readBody[newcomer](c)
	if err != nil {
		return nil, err
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	before, err := c.Store.User(c.ctx(), n.Name)
	if err != nil && !none(err) {
		return nil, err
	}
	if err == nil && before.State == store.UserActive {
		return nil, conflict("用户已启用；变更角色须先锁定再重新申请", "the user is active; to change his role, have him locked first")
	}
	entry := c.entry(RequestUser, n.Name, map[string]any{"user_role": n.Role, "token_sha256": n.TokenSHA256})
	err = c.Store.PutUser(c.ctx(), entry, store.User{Name: n.Name, Role: n.Role, PasswordHash: firstTokenPrefix + n.TokenSHA256, State: UserPending})
	if err != nil {
		return nil, err
	}
	return created{user{Name: n.Name, Role: n.Role, State: UserPending, Created: c.Now().UTC(), Updated: c.Now().UTC(), TokenSHA256: n.TokenSHA256}}, nil
}

// authorisation repeats what is authorised, so that nothing else is: it may have been asked for anew meanwhile.
type authorisation struct {
	Role        string `json:"role"`
	TokenSHA256 string `json:"token_sha256"`
}

// activate authorises a pending user. What was said of him is written, not what is there by now: a request that comes in between
// cannot slip in. His tokens of before end.
func (c *call) activate() (any, error) {
	a, err := readBody[authorisation](c)
	if err != nil {
		return nil, err
	}
	u, err := c.Store.User(c.ctx(), c.path("name"))
	if err != nil {
		return nil, err
	}
	if err := (newcomer{u.Name, a.Role, a.TokenSHA256}).check(); err != nil {
		return nil, err
	}
	if u.State != UserPending || u.Role != a.Role || subtle.ConstantTimeCompare([]byte(firstToken(u)), []byte(a.TokenSHA256)) != 1 {
		return nil, conflict("没有与此一致的待授权申请", "there is no pending request that says this")
	}
	if !c.Now().Before(u.Updated.Add(requestLife)) {
		return nil, conflict("申请已过期，须重新申请", "the request has expired; ask again")
	}
	asked, _, err := c.Store.Records(c.ctx(), store.AuditFilter{Action: RequestUser, Object: u.Name}, store.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(asked) == 0 || asked[0].Actor == c.who.name {
		return nil, errFourEyes
	}
	if err := c.firstToken(u, a); err != nil {
		return nil, err
	}
	entry := c.entry("user.activate", u.Name, map[string]any{"user_role": a.Role, "token_sha256": a.TokenSHA256, "requested_by": asked[0].Actor})
	return nil, c.Store.PutUser(c.ctx(), entry, store.User{Name: u.Name, Role: a.Role, State: store.UserActive})
}

// firstToken gives a pending user the token that was authorised, and takes all others from him. Until he is active it is good for
// nothing, so a call that ends half way may be repeated.
func (c *call) firstToken(u store.User, a authorisation) error {
	kept, err := c.Store.APITokens(c.ctx(), u.Name)
	if err != nil {
		return err
	}
	there := false
	for _, t := range kept {
		if t.Hash == a.TokenSHA256 {
			there = t.Revoked.IsZero() && t.Role == a.Role && c.Now().Before(t.Expires)
			if !there {
				return conflict("该令牌曾被使用，须换用新令牌重新申请", "this token was used before; ask again with a new one")
			}
			continue
		}
		if t.Revoked.IsZero() {
			if err := c.Store.RevokeAPIToken(c.ctx(), c.entry("token.revoke", t.ID, map[string]any{"user": u.Name}), t.ID); err != nil && !none(err) {
				return err
			}
		}
	}
	if there {
		return nil
	}
	t := store.APIToken{Hash: a.TokenSHA256, ID: newTokenID(), User: u.Name, Role: a.Role, Scopes: c.access.scopes(Role(a.Role)), Expires: c.Now().Add(defaultTokenDays * 24 * time.Hour)}
	return c.Store.PutAPIToken(c.ctx(), c.tokenEntry(t), t)
}

// lock takes all rights from a user at once. He comes back only as one who is asked for and authorised anew.
func (c *call) lock() (any, error) {
	u, err := c.Store.User(c.ctx(), c.path("name"))
	if err != nil {
		return nil, err
	}
	if u.Name == c.who.name {
		return nil, conflict("不能锁定自己", "nobody locks himself")
	}
	return nil, c.Store.PutUser(c.ctx(), c.entry("user.lock", u.Name, nil), store.User{Name: u.Name, Role: u.Role, State: store.UserLocked})
}

// How long tokens live, in days.
const (
	defaultTokenDays = 90
	maxTokenDays     = 365
)

type token struct {
	ID      string    `json:"id"`
	User    string    `json:"user"`
	Role    string    `json:"role"`
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

func newToken(t store.APIToken) token {
	return token{t.ID, t.User, t.Role, t.Scopes, t.Created, t.Expires, t.Used, t.Revoked}
}

// seesAllTokens says who sees the tokens of others; only Security ends them.
func (r Role) seesAllTokens() bool { return r == Security || r == Audit }

func (c *call) getTokens() (any, error) {
	of := c.who.name
	if c.who.role.seesAllTokens() {
		of = c.query.word("user")
	} else if asked := c.query.word("user"); asked != "" && asked != of {
		return nil, errDenied
	}
	found, err := c.Store.APITokens(c.ctx(), of)
	return listOf(found, "", newToken), err
}

// wish is a further token for oneself, with no more rights than the one that asks.
type wish struct {
	Scopes []string `json:"scopes,omitempty"`
	Days   int      `json:"days,omitempty"`
}

// issued is a token, shown this once.
type issued struct {
	Token  string `json:"token"`
	Issued token  `json:"issued"`
}

func (c *call) postToken() (any, error) {
	w, err := readBody[wish](c)
	if err != nil {
		return nil, err
	}
	if w.Days == 0 {
		w.Days = defaultTokenDays
	}
	if w.Days < 1 || w.Days > maxTokenDays {
		return nil, invalid("days 须在 1 至 %d 之间", "days is between 1 and %d", maxTokenDays)
	}
	if w.Scopes == nil {
		w.Scopes = c.who.scopes
	}
	scopes := slices.Compact(slices.Sorted(slices.Values(w.Scopes)))
	for _, scope := range scopes {
		if !slices.Contains(c.who.scopes, scope) {
			return nil, invalid("当前令牌没有范围 %q", "your token does not have the scope %q", cutTo(scope, 40))
		}
	}
	secret, hash := NewToken()
	now := c.Now().UTC()
	t := store.APIToken{
		Hash: hash, ID: newTokenID(), User: c.who.name, Role: string(c.who.role), Scopes: scopes, Created: now, Expires: now.AddDate(0, 0, w.Days),
	}
	if err := c.Store.PutAPIToken(c.ctx(), c.tokenEntry(t), t); err != nil {
		return nil, err
	}
	return created{issued{secret, newToken(t)}}, nil
}

func (c *call) tokenEntry(t store.APIToken) store.Entry {
	return c.entry("token.create", t.ID, map[string]any{"user": t.User, "user_role": t.Role, "scopes": t.Scopes, "expires": t.Expires.UTC()})
}

// deleteToken ends one's own token, and for Security anybody's. Of others' tokens nobody learns whether they exist.
func (c *call) deleteToken() (any, error) {
	of := c.who.name
	if c.who.role == Security {
		of = ""
	}
	found, err := c.Store.APITokens(c.ctx(), of)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(found, func(t store.APIToken) bool { return t.ID == c.path("id") && t.Revoked.IsZero() })
	if at < 0 {
		return nil, errNotFound
	}
	return nil, c.Store.RevokeAPIToken(c.ctx(), c.entry("token.revoke", found[at].ID, map[string]any{"user": found[at].User}), found[at].ID)
}

// newTokenID names a token for people; it says nothing about the token.
func newTokenID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return "t-" + hex.EncodeToString(b[:])
}

// me is who asks, as the server sees him.
type me struct {
	Name   string   `json:"name"`
	Role   string   `json:"role"`
	Token  string   `json:"token"`
	Scopes []string `json:"scopes"`
}

func (c *call) getMe() (any, error) {
	return me{c.who.name, string(c.who.role), c.who.token, c.who.scopes}, nil
}

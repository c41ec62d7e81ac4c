package snmptest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // what is tested
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline/plumbline/collector/snmp/internal/ber"
	"github.com/plumbline/plumbline/collector/snmp/internal/usm"
	"github.com/plumbline/plumbline/plugins/driver"
)

// User is a version 3 user. Make it with NewUser; one can serve any number of agents.
type User struct {
	Name           string
	auth           usm.Auth
	priv           usm.Priv
	authKu, privKu []byte
}

// NewUser makes a user; auth and priv are named as in vault.SNMP, "" for none.
func NewUser(name, auth, authPassword, priv, privPassword string) (User, error) {
	u := User{Name: name}
	var err error
	if auth == "" {
		return u, nil
	}
	if u.auth, err = usm.AuthByName(auth); err == nil {
		u.authKu, err = u.auth.Expand([]byte(authPassword))
	}
	if priv != "" && err == nil {
		if u.priv, err = usm.PrivByName(priv); err == nil {
			u.privKu, err = u.auth.Expand([]byte(privPassword))
		}
	}
	if err != nil {
		return u, fmt.Errorf("user %s: %w", name, err)
	}
	return u, nil
}

// localUser is a user with the keys for this engine.
type localUser struct {
	User
	authKey, privKey []byte
}

// user finds a user; it is called by the one goroutine that serves.
func (s *Server) user(name string) *localUser {
	if u, ok := s.users[name]; ok {
		return u
	}
	for _, u := range s.agent.Users {
		if u.Name == name {
			l := &localUser{User: u}
			if u.authKu != nil {
				l.authKey = u.auth.Localize(u.authKu, s.agent.EngineID)
			}
			if u.privKu != nil {
				l.privKey, _ = u.auth.LocalizePriv(u.priv, u.privKu, s.agent.EngineID)
			}
			s.users[name] = l
			return l
		}
	}
	return nil
}

const boots = 7

func since(t time.Time) time.Duration { return time.Since(t) }

func (s *Server) clock() int64 { return 1000 + int64(since(s.began).Seconds()) }

// message3 is a version 3 message that was decoded as far as it is open.
type message3 struct {
	id          int64
	flags       byte
	engine      string
	boots, time int64
	user        string
	digest      []byte
	salt        []byte
	scoped      ber.Reader
	encrypted   []byte
}

func decode3(msg ber.Reader) (message3, error) {
	var m message3
	global, err := msg.Take(ber.Sequence)
	if err != nil {
		return m, err
	}
	if m.id, err = global.Int(); err != nil {
		return m, err
	}
	if _, err = global.Int(); err != nil {
		return m, err
	}
	flags, err := global.Take(ber.Octets)
	if err != nil || len(flags) != 1 {
		return m, ber.ErrMalformed
	}
	m.flags = flags[0]
	wrapped, err := msg.Take(ber.Octets)
	if err != nil {
		return m, err
	}
	sec, err := wrapped.Take(ber.Sequence)
	if err != nil {
		return m, err
	}
	var parts [4]ber.Reader
	if parts[0], err = sec.Take(ber.Octets); err != nil {
		return m, err
	}
	if m.boots, err = sec.Int(); err != nil {
		return m, err
	}
	if m.time, err = sec.Int(); err != nil {
		return m, err
	}
	for i := 1; i < 4; i++ {
		if parts[i], err = sec.Take(ber.Octets); err != nil {
			return m, err
		}
	}
	m.engine, m.user, m.digest, m.salt = string(parts[0]), string(parts[1]), parts[2], parts[3]
	tag, body, err := msg.Next()
	if tag == ber.Octets {
		m.encrypted = body
	} else {
		m.scoped = body
	}
	return m, err
}

const (
	usmStats = "1.3.6.1.6.3.15.1.1."
	auth     = 1
	priv     = 2
)

func (s *Server) answer3(request *Request, message []byte, msg ber.Reader) []byte {
	m, err := decode3(msg)
	if err != nil {
		return nil
	}
	request.User, request.Level = m.user, [...]string{"noAuthNoPriv", "authNoPriv", "", "authPriv"}[m.flags&3]
	mode := s.mode(s.Count() + 1)
	if m.scoped != nil {
		if p, err := s.open(m.scoped); err == nil {
			request.see(p)
		}
	}
	refuse := func(why, number string, key *localUser) []byte {
		request.Refused = why
		return s.report(m, number, key)
	}
	u := s.user(m.user)
	switch {
	case m.engine != s.agent.EngineID || mode == Restarted:
		return refuse("unknownEngine", "4", nil)
	case u == nil:
		return refuse("unknownUser", "3", nil)
	case m.flags&auth != 0 && u.authKey == nil, m.flags&priv != 0 && u.privKey == nil, m.flags&auth == 0 && u.authKey != nil:
		return refuse("securityLevel", "1", nil)
	case m.flags&auth != 0 && !u.authentic(message, m.digest), mode == RefusesLater:
		return refuse("wrongDigest", "5", nil)
	case m.flags&auth != 0 && (m.boots != boots || m.time-s.clock() > 150 || s.clock()-m.time > 150):
		return refuse("timeWindow", "2", u)
	}
	if m.encrypted != nil {
		plain, err := u.decrypt(m)
		if err == nil {
			m.scoped, err = plain.Take(ber.Sequence)
		}
		if err != nil {
			return refuse("decryption", "6", nil)
		}
	}
	p, err := s.open(m.scoped)
	if err != nil && m.encrypted != nil { // what a wrong key decrypts to can begin like a message
		return refuse("decryption", "6", nil)
	}
	if err != nil {
		return nil
	}
	request.see(p)
	return s.fit(p, false, func(response []byte) []byte { return s.seal(m, u, mode, response) })
}

func (s *Server) open(scoped ber.Reader) (pdu, error) {
	for range 2 {
		if _, err := scoped.Take(ber.Octets); err != nil {
			return pdu{}, err
		}
	}
	return decodePDU(scoped)
}

func (s *Server) report(m message3, number string, u *localUser) []byte {
	name, _ := driver.ParseOID(usmStats + number + ".0")
	vb := ber.Element(ber.Sequence, ber.Name(name), ber.Int(ber.Counter32, 1))
	body := ber.Element(ber.Report, ber.Int(ber.Integer, 0), ber.Int(ber.Integer, 0), ber.Int(ber.Integer, 0), ber.Element(ber.Sequence, vb))
	b, t := int64(boots), s.clock()
	if s.agent.HideClock && u == nil {
		b, t = 0, 0
	}
	engine := s.agent.EngineID
	if s.mode(s.Count()+1) == Restarted {
		engine += "2"
	}
	scoped := ber.Element(ber.Sequence, ber.Element(ber.Octets, []byte(engine)), ber.Element(ber.Octets), body)
	if u == nil {
		return build(m, 0, engine, b, t, m.user, nil, nil, scoped)
	}
	return u.sign(build(m, auth, engine, b, t, m.user, make([]byte, u.auth.Digest), nil, scoped), u.authKey)
}

// seal wraps a response in the security of its request, or less in the modes that do so.
func (s *Server) seal(m message3, u *localUser, mode Mode, response []byte) []byte {
	engine, flags := s.agent.EngineID, m.flags&3
	switch mode {
	case Unauthenticated:
		flags = 0
	case Unencrypted:
		flags &= auth
	case ForgedEngine:
		engine, flags = engine+"!", flags&auth
	}
	scoped := ber.Element(ber.Sequence, ber.Element(ber.Octets, []byte(engine)), ber.Element(ber.Octets), response)
	t := s.clock()
	var salt, digest []byte
	if flags&priv != 0 {
		salt = binary.BigEndian.AppendUint64(nil, uint64(s.count.Load())+1<<40)
		scoped = ber.Element(ber.Octets, u.encrypt(scoped, salt, boots, t))
	}
	if flags&auth == 0 {
		return build(m, flags, engine, boots, t, m.user, nil, nil, scoped)
	}
	digest = make([]byte, u.auth.Digest)
	key := u.authKey
	if mode == ForgedEngine {
		key = nil
	}
	out := u.sign(build(m, flags, engine, boots, t, m.user, digest, salt, scoped), key)
	if mode == BadDigest {
		i := bytes.LastIndex(out, []byte(m.user)) + len(m.user) + 2
		out[i] ^= 1
	}
	return out
}

func build(m message3, flags byte, engine string, boots, clock int64, user string, digest, salt, scoped []byte) []byte {
	octets := func(b []byte) []byte { return ber.Element(ber.Octets, b) }
	return ber.Element(ber.Sequence, ber.Int(ber.Integer, 3),
		ber.Element(ber.Sequence, ber.Int(ber.Integer, m.id), ber.Int(ber.Integer, 65507), octets([]byte{flags}), ber.Int(ber.Integer, 3)),
		octets(ber.Element(ber.Sequence, octets([]byte(engine)), ber.Int(ber.Integer, boots), ber.Int(ber.Integer, clock), octets([]byte(user)), octets(digest), octets(salt))),
		scoped)
}

// sign puts the digest where the zeros are: the only run of so many zeros after a matching header.
func (u *localUser) sign(message, key []byte) []byte {
	blank := ber.Element(ber.Octets, make([]byte, u.auth.Digest))
	i := bytes.Index(message, blank)
	copy(message[i+len(blank)-u.auth.Digest:], u.auth.MAC(key, message))
	return message
}

func (u *localUser) authentic(message, digest []byte) bool {
	if len(digest) != u.auth.Digest {
		return false
	}
	i := bytes.Index(message, digest)
	blanked := bytes.Clone(message)
	clear(blanked[i : i+len(digest)])
	return hmac.Equal(u.auth.MAC(u.authKey, blanked), digest)
}

func (u *localUser) encrypt(plain, salt []byte, boots, clock int64) []byte {
	if u.priv.Name == "des" {
		block, iv, err := u.des(salt)
		if err != nil {
			return nil
		}
		plain = append(plain, make([]byte, (8-len(plain)%8)%8)...)
		out := make([]byte, len(plain))
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, plain)
		return out
	}
	return u.aes(plain, salt, boots, clock, cipher.NewCFBEncrypter) //nolint:staticcheck // RFC 3826 says CFB
}

func (u *localUser) decrypt(m message3) (ber.Reader, error) {
	if len(m.salt) != 8 {
		return nil, errors.New("the salt has not eight bytes")
	}
	if u.priv.Name == "des" {
		block, iv, err := u.des(m.salt)
		if err != nil || len(m.encrypted)%8 != 0 {
			return nil, errors.New("not whole blocks")
		}
		out := make([]byte, len(m.encrypted))
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, m.encrypted)
		return out, nil
	}
	return u.aes(m.encrypted, m.salt, m.boots, m.time, cipher.NewCFBDecrypter), nil //nolint:staticcheck // RFC 3826 says CFB
}

func (u *localUser) aes(in, salt []byte, boots, clock int64, mode func(cipher.Block, []byte) cipher.Stream) []byte {
	block, err := aes.NewCipher(u.privKey)
	if err != nil {
		return nil
	}
	iv := binary.BigEndian.AppendUint32(nil, uint32(boots))
	iv = binary.BigEndian.AppendUint32(iv, uint32(clock))
	out := make([]byte, len(in))
	mode(block, append(iv, salt...)).XORKeyStream(out, in)
	return out
}

func (u *localUser) des(salt []byte) (cipher.Block, []byte, error) {
	iv := make([]byte, 8)
	for i := range iv {
		iv[i] = u.privKey[8+i] ^ salt[i]
	}
	block, err := des.NewCipher(u.privKey[:8]) //nolint:gosec // what is tested
	return block, iv, err
}

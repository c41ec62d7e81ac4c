package identity

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Kind is what an identity may do: an agent reports its own host, a collector the targets assigned to it.
type Kind string

// The kinds.
const (
	Agent     Kind = "agent"
	Collector Kind = "collector"
)

// Valid says whether the kind is one of ours.
func (k Kind) Valid() bool { return k == Agent || k == Collector }

// EnrolServerName is the server name (SNI) by which a caller asks for the port's enrolment side, where a client
// certificate is not demanded and nothing but enrolment is served. Under any other name the port wants mutual TLS.
const EnrolServerName = "enrol.plumbline"

// ClockHeader is the gRPC header in which either side tells its clock, in milliseconds since 1970.
const ClockHeader = "plumbline-clock"

// MaxSkew is how far the clocks of the two sides may differ.
const MaxSkew = 5 * time.Minute

// Grace is how long after its end a certificate may still be renewed by whoever holds its key.
const Grace = 30 * 24 * time.Hour

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// CheckName says whether a name can be an identity's: 1 to 128 letters, digits, dots, hyphens and underscores.
func CheckName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("%.140q is not a name: 1 to 128 letters, digits, dots, hyphens and underscores, beginning with a letter or digit", name)
	}
	return nil
}

// URI is how a certificate names an identity.
func URI(kind Kind, name string) *url.URL {
	return &url.URL{Scheme: "plumbline", Host: string(kind), Path: "/" + name}
}

// FromCertificate reads kind and name from a client certificate; its issuer is for the caller to verify.
func FromCertificate(c *x509.Certificate) (Kind, string, error) {
	if len(c.URIs) != 1 || len(c.DNSNames)+len(c.IPAddresses)+len(c.EmailAddresses) != 0 {
		return "", "", errors.New("the certificate does not name exactly one identity")
	}
	kind, name := Kind(c.URIs[0].Host), strings.TrimPrefix(c.URIs[0].Path, "/")
	if !kind.Valid() || CheckName(name) != nil || c.URIs[0].String() != URI(kind, name).String() {
		return "", "", errors.New("the certificate does not name an identity of ours")
	}
	return kind, name, nil
}

// KeyID names a public key: the SHA-256 of its PKIX form, in hex.
func KeyID(public any) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("name a public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

const joinPrefix = "plumbline-join-v1"

// JoinString is what the operator hands to a newcomer: the token and the fingerprint of the server's root.
func JoinString(token string, root [sha256.Size]byte) string {
	return joinPrefix + "." + token + "." + hex.EncodeToString(root[:])
}

// ParseJoin reads a join string. Its errors never quote it.
func ParseJoin(s string) (token string, root [sha256.Size]byte, err error) {
	parts := strings.Split(strings.TrimSpace(s), ".")
	if len(parts) != 3 || parts[0] != joinPrefix || parts[1] == "" || len(parts[1]) > 128 {
		return "", root, errors.New("this is no join string: it has the form " + joinPrefix + ".<token>.<fingerprint of the server>")
	}
	sum, err := hex.DecodeString(parts[2])
	if err != nil || len(sum) != len(root) {
		return "", root, errors.New("the join string ends in no fingerprint: 64 hex digits")
	}
	copy(root[:], sum)
	return parts[1], root, nil
}

// Clock is a time as [ClockHeader] carries it.
func Clock(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// ParseClock reads what [Clock] wrote.
func ParseClock(s string) (time.Time, error) {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, errors.New("the other side's clock cannot be read")
	}
	return time.UnixMilli(ms).UTC(), nil
}

// A ClockError says that the clocks of the two sides differ too much for what they say to be trusted.
type ClockError struct {
	// Here is the time at this program, Server the time at the server.
	Here, Server time.Time
}

func (e *ClockError) Error() string {
	return fmt.Sprintf("the clocks differ by %v: here it is %s, at the server %s; up to %v is allowed, so set the clock (NTP)",
		e.Here.Sub(e.Server).Abs().Round(time.Second), e.Here.UTC().Format(time.RFC3339), e.Server.UTC().Format(time.RFC3339), MaxSkew)
}

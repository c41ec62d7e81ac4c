// Package vault is where credentials come from and the only package that holds them: a sealed file, the environment, systemd,
// a command, HashiCorp Vault. A credential is found by name and handed out for one target.
//
// It never logs, prints or writes a secret; the types here print themselves as asterisks whatever the verb.
package vault

import (
	"fmt"
	"log/slog"
)

// A Secret is a password, key or community. It prints, formats and marshals as asterisks; only Reveal gives it.
//
// It holds a pointer because fmt goes around the methods below in unexported fields and after a wrong verb, and then prints
// what is there: an address. Two secrets are therefore not to be compared with ==.
type Secret struct{ value *string }

// NewSecret wraps a secret; an empty one is none.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Reveal gives the secret to whoever must send it to the device it is for.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Set says whether there is one.
func (s Secret) Set() bool { return s.value != nil }

const masked = "******"

// String masks the secret.
func (s Secret) String() string { return masked }

// GoString masks the secret.
func (s Secret) GoString() string { return masked }

// Format masks the secret for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, masked) }

// MarshalText masks the secret in JSON, YAML and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// LogValue masks the secret in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// A Credential is what one name stands for. Which fields are set says what it can be used for.
type Credential struct {
	// Name is how inventories call it.
	Name string
	// User is the account on the device; empty for an SNMP community.
	User string
	// Password opens an SSH session.
	Password Secret
	// Raise answers the platform's raise command (enable, super).
	Raise Secret
	// PrivateKey is a PEM key, Passphrase what opens it, Certificate its OpenSSH certificate (authorized_keys line).
	PrivateKey  Secret
	Passphrase  Secret
	Certificate string
	// AgentSocket is the path of an SSH agent that holds the key.
	AgentSocket string
	// Central says that the account is one on many devices (TACACS+, RADIUS, LDAP): the circuit breaker then counts failures for
	// the credential as a whole.
	Central bool
	// SNMP is what SNMP needs.
	SNMP SNMP
}

// SNMP is a community, or a version 3 user.
type SNMP struct {
	// Version is 1, 2c or 3.
	Version string
	// Community is for versions 1 and 2c.
	Community Secret
	// User is the version 3 user.
	User string
	// Auth is md5, sha, sha224, sha256, sha384, sha512 or none; AuthPassword its passphrase.
	Auth         string
	AuthPassword Secret
	// Priv is des, aes128, aes192, aes256, aes192c, aes256c (c: Reeder's key extension, as Cisco and others do) or none.
	Priv         string
	PrivPassword Secret
	// Context is the context name, mostly empty.
	Context string
}

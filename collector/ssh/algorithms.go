package ssh

import (
	"slices"

	"golang.org/x/crypto/ssh"
)

// Algorithms is a profile of what may be negotiated.
type Algorithms int

const (
	// Modern offers what the library offers by itself.
	Modern Algorithms = iota
	// Legacy offers besides everything that is implemented, however weak, for old devices. It is chosen for one target at a time,
	// and that it was needed is reported (Negotiated.Weak).
	Legacy
)

// configure sets the profile. pinned are the host key algorithms of the pinned keys; they come first, so that the device shows the key
// that is known rather than another one.
func (a Algorithms) configure(c *ssh.ClientConfig, pinned []string) {
	c.HostKeyAlgorithms = pinned
	if a != Legacy {
		return
	}
	good, weak := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	c.KeyExchanges = append(good.KeyExchanges, weak.KeyExchanges...)
	c.Ciphers = append(good.Ciphers, weak.Ciphers...)
	c.MACs = append(good.MACs, weak.MACs...)
	if len(pinned) == 0 {
		c.HostKeyAlgorithms = append(good.HostKeys, weak.HostKeys...)
	}
}

// Negotiated is what a connection came to use, and with whom.
type Negotiated struct {
	KeyExchange, HostKey, CipherIn, CipherOut, MACIn, MACOut string
	// Fingerprint is the SHA-256 fingerprint of the host key.
	Fingerprint string
	// ServerVersion is how the server names itself.
	ServerVersion string
	// Method is how the login went: password, keyboard-interactive, publickey, or none if the device let us in without asking.
	Method string
	// Weak says that one of the algorithms has known weaknesses; WeakAlgorithms names them.
	Weak           bool
	WeakAlgorithms []string
}

func negotiated(conn ssh.Conn) Negotiated {
	n := Negotiated{ServerVersion: printable(string(conn.ServerVersion()), 255)}
	meta, ok := conn.(ssh.AlgorithmsConnMetadata)
	if !ok {
		return n
	}
	a := meta.Algorithms()
	n.KeyExchange, n.HostKey = a.KeyExchange, a.HostKey
	n.CipherIn, n.CipherOut, n.MACIn, n.MACOut = a.Read.Cipher, a.Write.Cipher, a.Read.MAC, a.Write.MAC
	weak := ssh.InsecureAlgorithms()
	all := slices.Concat(weak.KeyExchanges, weak.Ciphers, weak.MACs, weak.HostKeys)
	for _, name := range []string{n.KeyExchange, n.HostKey, n.CipherIn, n.CipherOut, n.MACIn, n.MACOut} {
		if slices.Contains(all, name) && !slices.Contains(n.WeakAlgorithms, name) {
			n.WeakAlgorithms = append(n.WeakAlgorithms, name)
		}
	}
	n.Weak = len(n.WeakAlgorithms) > 0
	return n
}

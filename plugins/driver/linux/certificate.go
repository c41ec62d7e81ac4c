package linux

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"time"
)

// A certificate is what a verdict needs of an X.509 certificate. It is read by its own small grammar because the
// standard library refuses certificates with SM2 keys.
type certificate struct {
	bits    int
	kind    string
	expires time.Time
	issuer  string
}

// curves are the named curves with the bits of their keys.
var curves = map[string]struct {
	kind string
	bits int
}{
	"1.2.840.10045.3.1.7": {"ecdsa", 256}, "1.3.132.0.34": {"ecdsa", 384}, "1.3.132.0.35": {"ecdsa", 521}, "1.3.132.0.33": {"ecdsa", 224},
	"1.3.132.0.10": {"ecdsa", 256}, "1.2.156.10197.1.301": {"sm2", 256},
}

// parseCertificate reads the first certificate of a PEM file.
func parseCertificate(body []byte) (certificate, bool) {
	for {
		var block *pem.Block
		if block, body = pem.Decode(body); block == nil {
			return certificate{}, false
		}
		if block.Type == "CERTIFICATE" || block.Type == "TRUSTED CERTIFICATE" {
			return certificateOf(block.Bytes)
		}
	}
}

func certificateOf(der []byte) (certificate, bool) {
	var outer struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return certificate{}, false
	}
	tbs, ok := parseTBS(outer.TBS.Bytes)
	if !ok {
		return certificate{}, false
	}
	c := certificate{expires: tbs.notAfter, issuer: nameOfIssuer(tbs.issuer)}
	if string(tbs.issuer) == string(tbs.subject) {
		c.issuer = "self"
	}
	c.kind, c.bits = keyOf(tbs.algorithm, tbs.key)
	return c, c.kind != ""
}

type tbsFields struct {
	issuer, subject []byte
	notAfter        time.Time
	algorithm       pkix.AlgorithmIdentifier
	key             []byte
}

// parseTBS takes the fields one after another: version, serial, signature, issuer, validity, subject, key; what
// follows is not looked at.
func parseTBS(rest []byte) (f tbsFields, ok bool) {
	var v asn1.RawValue
	next := func() bool {
		var err error
		rest, err = asn1.Unmarshal(rest, &v)
		return err == nil
	}
	if !next() {
		return f, false
	}
	if v.Class == asn1.ClassContextSpecific && !next() { // the version is optional
		return f, false
	}
	// The serial was taken; its value does not matter.
	if !next() || !next() {
		return f, false
	}
	f.issuer = v.FullBytes
	var validity struct{ NotBefore, NotAfter time.Time }
	var err error
	if rest, err = asn1.Unmarshal(rest, &validity); err != nil || !next() {
		return f, false
	}
	f.notAfter, f.subject = validity.NotAfter, v.FullBytes
	var key struct {
		Algorithm pkix.AlgorithmIdentifier
		Bits      asn1.BitString
	}
	if _, err := asn1.Unmarshal(rest, &key); err != nil {
		return f, false
	}
	f.algorithm, f.key = key.Algorithm, key.Bits.Bytes
	return f, true
}

func nameOfIssuer(raw []byte) string {
	var seq pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &seq); err != nil {
		return "unnamed"
	}
	return strings.ToValidUTF8(seq.String(), "\uFFFD")
}

// keyOf tells the kind of a public key and its bits; "" if it is of no kind that is known.
func keyOf(algorithm pkix.AlgorithmIdentifier, key []byte) (string, int) {
	switch algorithm.Algorithm.String() {
	case "1.2.840.113549.1.1.1":
		var rsa struct {
			N *big.Int
			E *big.Int
		}
		if _, err := asn1.Unmarshal(key, &rsa); err != nil {
			return "", 0
		}
		return "rsa", rsa.N.BitLen()
	case "1.2.840.10045.2.1":
		var curve asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &curve); err != nil {
			return "", 0
		}
		c := curves[curve.String()]
		return c.kind, c.bits
	case "1.3.101.112":
		return "ed25519", 256
	case "1.2.840.10040.4.1":
		var y *big.Int
		if _, err := asn1.Unmarshal(key, &y); err != nil {
			return "", 0
		}
		return "dsa", y.BitLen()
	}
	return "", 0
}

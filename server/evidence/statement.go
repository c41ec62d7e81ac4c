package evidence

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// What the statement says it is.
const (
	payloadType   = "application/vnd.in-toto+json"
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://github.com/plumbline/plumbline/evidence/bundle/v1"
)

// A statement lists the parts of a bundle; it is an in-toto Statement and is signed in a DSSE envelope.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

// A subject is one part as it stands in the file.
type subject struct {
	Name   string `json:"name"`
	Digest struct {
		SHA256 string `json:"sha256"`
	} `json:"digest"`
	Annotations struct {
		Size int64 `json:"size"`
	} `json:"annotations"`
}

type predicate struct {
	Format    string    `json:"format"`
	Log       string    `json:"log"`
	MadeAt    time.Time `json:"made_at"`
	MadeBy    string    `json:"made_by"`
	Snapshots int       `json:"snapshots"`
	Findings  int64     `json:"findings"`
	// Key is the public key that signs. It proves nothing: whoever forges a bundle puts his own there.
	Key string `json:"key"`
}

func subjectOf(name string, body []byte) subject {
	s := subject{Name: name}
	sum := sha256.Sum256(body)
	s.Digest.SHA256, s.Annotations.Size = hex.EncodeToString(sum[:]), int64(len(body))
	return s
}

// half is one side of a key, as package dsse asks for it.
type half struct {
	public  PublicKey
	private ed25519.PrivateKey
}

var errSignature = errors.New("the signature is not that of the key")

func (h half) Sign(_ context.Context, data []byte) ([]byte, error) {
	return ed25519.Sign(h.private, data), nil
}

func (h half) Verify(_ context.Context, data, sig []byte) error {
	if !ed25519.Verify(h.public.Key, data, sig) {
		return errSignature
	}
	return nil
}

func (h half) KeyID() (string, error)   { return h.public.ID(), nil }
func (h half) Public() crypto.PublicKey { return h.public.Key }

// seal signs a statement.
func (k *Keys) seal(s *statement) ([]byte, error) {
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	signer, err := dsse.NewEnvelopeSigner(half{k.Public()[0], k.signer})
	if err != nil {
		return nil, err
	}
	e, err := signer.SignPayload(context.Background(), payloadType, payload)
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
}

var (
	errEnvelope  = errors.New("it is not an envelope as it was written")
	errStatement = errors.New("what is signed is not a statement on an evidence bundle")
)

// unseal reads a statement and says which of the keys signed it. Where none did it gives errSignature with the statement that is there,
// to look at. An envelope has one form only.
func unseal(body []byte, keys []PublicKey) (s *statement, by PublicKey, err error) {
	var e dsse.Envelope
	if err := json.Unmarshal(body, &e); err != nil || len(e.Signatures) != 1 {
		return nil, by, errEnvelope
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(e.Payload)
	if err != nil {
		return nil, by, errEnvelope
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(e.Signatures[0].Sig)
	if err != nil {
		return nil, by, errEnvelope
	}
	again := dsse.Envelope{
		PayloadType: payloadType, Payload: base64.StdEncoding.EncodeToString(payload),
		Signatures: []dsse.Signature{{KeyID: e.Signatures[0].KeyID, Sig: base64.StdEncoding.EncodeToString(sig)}},
	}
	if written, err := json.Marshal(again); err != nil || !bytes.Equal(written, body) {
		return nil, by, errEnvelope
	}
	s, err = readStatement(payload)
	if err != nil {
		return nil, by, err
	}
	if len(keys) == 0 {
		own, err := ParsePublicKey(s.Predicate.Key)
		if err != nil {
			return s, by, errSignature
		}
		keys = []PublicKey{own}
	}
	var halves []dsse.Verifier
	for _, k := range keys {
		if k.ID() == e.Signatures[0].KeyID {
			halves = append(halves, half{public: k})
			by = k
		}
	}
	if len(halves) == 0 {
		return s, by, errSignature
	}
	verifier, err := dsse.NewEnvelopeVerifier(halves[0])
	if err != nil {
		return s, by, err
	}
	if _, err := verifier.Verify(context.Background(), &e); err != nil {
		return s, by, fmt.Errorf("%w: %w", errSignature, err)
	}
	return s, by, nil
}

func readStatement(payload []byte) (*statement, error) {
	s := &statement{}
	if err := json.Unmarshal(payload, s); err != nil {
		return nil, fmt.Errorf("%w: %w", errStatement, err)
	}
	if s.Type != statementType || s.PredicateType != predicateType || s.Predicate.Format != Format {
		return nil, errStatement
	}
	return s, nil
}

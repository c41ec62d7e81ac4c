package enrol

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxRequest is the largest certificate request that is read, in bytes.
const maxRequest = 16 << 10

// Signatures that prove possession: nothing with MD5 or SHA-1.
var signatures = []x509.SignatureAlgorithm{
	x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512, x509.PureEd25519,
	x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
}

// readRequest gives the public key of a certificate request that asks for name and nothing else, with proof that the
// applicant holds the private key. If it does not, the text says why.
func readRequest(der []byte, name string) (public any, keyID string, refusal *pb.Text) {
	if len(der) > maxRequest {
		return nil, "", checks.Say("证书请求超过 %d 字节", "the certificate request is larger than %d bytes", maxRequest)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, "", checks.Say("证书请求无法解析", "the certificate request cannot be read")
	}
	// The key first: a signature by an enormous one would take long to verify.
	if weak := checkKey(csr.PublicKey); weak != nil {
		return nil, "", weak
	}
	if !slices.Contains(signatures, csr.SignatureAlgorithm) || csr.CheckSignature() != nil {
		return nil, "", checks.Say("证书请求的签名无效或算法过弱，不能证明持有私钥",
			"the signature of the certificate request is not valid or too weak: it does not prove possession of the key")
	}
	if csr.Subject.CommonName != name || len(csr.Subject.Names) != 1 {
		return nil, "", checks.Say("证书请求的主体与绑定的名称不一致", "the subject of the certificate request is not the name that it is bound to")
	}
	if len(csr.Extensions) != 0 {
		return nil, "", checks.Say("证书请求不得含有扩展或备用名称", "the certificate request must not ask for extensions or other names")
	}
	id, err := identity.KeyID(csr.PublicKey)
	if err != nil {
		return nil, "", checks.Say("证书请求的公钥无法识别", "the public key of the certificate request is not known")
	}
	return csr.PublicKey, id, nil
}

func checkKey(public any) *pb.Text {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, k.Curve) {
			return nil
		}
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits >= 3072 && bits <= 8192 && k.E >= 65537 {
			return nil
		}
	}
	return checks.Say("密钥强度不足：须为 P-256 及以上的 ECDSA、Ed25519 或 3072 至 8192 位的 RSA",
		"the key is too weak: ECDSA on P-256 or larger, Ed25519, or RSA of 3072 to 8192 bits is demanded")
}

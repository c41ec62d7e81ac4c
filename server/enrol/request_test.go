package enrol

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"
)

// Whatever is asked for, what comes out is a strong key for the name that was bound, or a refusal in both languages.
func FuzzRequest(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range []*x509.CertificateRequest{
		{Subject: pkix.Name{CommonName: "web-01"}},
		{Subject: pkix.Name{CommonName: "web-01", Organization: []string{"bank"}}},
		{Subject: pkix.Name{CommonName: "web-01"}, DNSNames: []string{"web-02"}},
	} {
		der, err := x509.CreateCertificateRequest(rand.Reader, r, key)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
		f.Add(der[:len(der)-1])
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		public, id, refusal := readRequest(der, "web-01")
		if refusal != nil {
			if refusal.GetZh() == "" || refusal.GetEn() == "" || public != nil || id != "" {
				t.Errorf("refused with %v, and gave %v %q", refusal, public, id)
			}
			return
		}
		r, err := x509.ParseCertificateRequest(der)
		if err != nil || r.CheckSignature() != nil || r.Subject.CommonName != "web-01" || len(r.DNSNames)+len(r.URIs)+len(r.IPAddresses) != 0 || len(id) != 64 {
			t.Errorf("taken: %+v", r)
		}
	})
}

// Guessing tokens fills no log.
func TestStrangers(t *testing.T) {
	var s strangers
	now := time.Now()
	admitted := 0
	for range 3 * strangerBurst {
		if s.admit(now) {
			admitted++
		}
	}
	if admitted != strangerBurst {
		t.Errorf("%d at once", admitted)
	}
	for range 100 {
		now = now.Add(time.Second / 2)
		for range 50 {
			if s.admit(now) {
				admitted++
			}
		}
	}
	if more := admitted - strangerBurst; more < 49*strangerRate || more > 51*strangerRate {
		t.Errorf("%d more in 50 s, want about %d", more, 50*strangerRate)
	}
}

package linux

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
)

// sm2Certificate is one that the standard library refuses: its key is on the curve of SM2.
const sm2Certificate = `-----BEGIN CERTIFICATE-----
MIIBxDCCAWmgAwIBAgIUcyGiD42OboVRjBGKXKeUTCljEGYwCgYIKoEcz1UBg3Uw
NzELMAkGA1UEBhMCQ04xEjAQBgNVBAoMCVRlc3QgQmFuazEUMBIGA1UEAwwLc20y
LmV4YW1wbGUwHhcNMjYxMTIyMDU1NDQyWhcNMzYxMTE5MDU1NDQyWjA3MQswCQYD
VQQGEwJDTjESMBAGA1UECgwJVGVzdCBCYW5rMRQwEgYDVQQDDAtzbTIuZXhhbXBs
ZTBZMBMGByqGSM49AgEGCCqBHM9VAYItA0IABAbSyWuRxuCpeoyI4WthPQ/iSuBh
+FNrEnoJkyKgFtmoe9xbDN0yR+8Y18yLedgE1DPtbhvLlT3ItTV4HDPKJLSjUzBR
MB0GA1UdDgQWBBRWNkyBVXJUfgeEc2XfxVoiXIgWHjAfBgNVHSMEGDAWgBRWNkyB
VXJUfgeEc2XfxVoiXIgWHjAPBgNVHRMBAf8EBTADAQH/MAoGCCqBHM9VAYN1A0kA
MEYCIQC8kwJraTirMx1tjYasSWc1yhISQRups/XnjeM+QdtfOgIhAMWkRcyp1SGY
57wWrjNia89Ivjd0d23dxX4G+2Q08XJF
-----END CERTIFICATE-----
`

func selfSigned(t testing.TB, key crypto.Signer, ends time.Time) string {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "web.example"}, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func issued(t testing.TB, key crypto.Signer, ends time.Time) string {
	t.Helper()
	ca := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Bank CA", Organization: []string{"银行"}}}
	c := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "web.example"}, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, c, ca, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestCertificates(t *testing.T) {
	ends := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pem  string
		want certificate
	}{
		"rsa":        {selfSigned(t, small, ends), certificate{1024, "rsa", ends, "self"}},
		"ecdsa":      {"leading words\n" + selfSigned(t, curve, ends), certificate{384, "ecdsa", ends, "self"}},
		"ed25519":    {selfSigned(t, edwards, ends), certificate{256, "ed25519", ends, "self"}},
		"of a CA":    {issued(t, edwards, ends), certificate{256, "ed25519", ends, "CN=Bank CA,O=银行"}},
		"SM2":        {sm2Certificate, certificate{256, "sm2", time.Time{}, "self"}},
		"key before": {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + selfSigned(t, edwards, ends), certificate{256, "ed25519", ends, "self"}},
	} {
		got, ok := parseCertificate([]byte(c.pem))
		if name == "SM2" {
			c.want.expires = got.expires
			if got.expires.Year() < 2030 {
				t.Errorf("SM2: ends %v", got.expires)
			}
		}
		if !ok || got != c.want {
			t.Errorf("%s: got %+v %v, want %+v", name, got, ok, c.want)
		}
	}
	for _, bad := range []string{"", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if got, ok := parseCertificate([]byte(bad)); ok {
			t.Errorf("%q: got %+v", bad, got)
		}
	}
}

func TestOpenssl(t *testing.T) {
	const path = "tls_endpoints[openssl default]."
	const head = "openssl_conf = openssl_init\n[openssl_init]\nssl_conf = ssl_sect # comment\n[ssl_sect]\nsystem_default = system_default_sect\n[system_default_sect]\n"
	for _, c := range []struct {
		name, files string
		want        []string
	}{
		{"Debian", "-- /etc/ssl/openssl.cnf --\n" + head + "MinProtocol = TLSv1.2\nCipherString = DEFAULT@SECLEVEL=2\n", []string{
			"tls_endpoints = complete", path + "versions = [TLSv1.2, TLSv1.3]  # /etc/ssl/openssl.cnf:7", path + "ciphers = [DEFAULT@SECLEVEL=2]",
		}},
		{"old versions", "-- /etc/ssl/openssl.cnf --\n" + head + "MinProtocol = TLSv1\nMaxProtocol = TLSv1.2\n", []string{path + "versions = [TLSv1.0, TLSv1.1, TLSv1.2]"}},
		{"none", "-- /etc/ssl/openssl.cnf --\n" + head + "MinProtocol = None\n", []string{path + "versions = [SSLv3, TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3]"}},
		{"nothing set", "-- /etc/ssl/openssl.cnf --\n[req]\ndefault_bits = 2048\n", []string{"tls_endpoints = complete", "no " + path + "versions"}},
		{"a section that nothing leads to", "-- /etc/ssl/openssl.cnf --\n[system_default_sect]\nMinProtocol = TLSv1.2\n", []string{"no " + path + "versions"}},
		{"RHEL's policy", "-- /etc/pki/tls/openssl.cnf --\n" + head + ".include = /etc/crypto-policies/back-ends/opensslcnf.config\n-- /etc/crypto-policies/back-ends/opensslcnf.config --\nCipherString = @SECLEVEL=2:kEECDH\nTLS.MinProtocol = TLSv1.2\nTLS.MaxProtocol = TLSv1.3\n-- /etc/crypto-policies/state/current --\nDEFAULT\n", []string{
			path + "versions = [TLSv1.2, TLSv1.3]  # /etc/crypto-policies/back-ends/opensslcnf.config:2; /etc/crypto-policies/back-ends/opensslcnf.config:3; /etc/crypto-policies/state/current:1",
		}},
		{"a word of tomorrow", "-- /etc/ssl/openssl.cnf --\n" + head + "MinProtocol = TLSv2\n", []string{path + "versions = unknown: not_understood: TLSv2"}},
		{"not readable", "-- /etc/ssl/openssl.cnf ! not_permitted --\n", []string{"tls_endpoints = unknown: not_permitted: /etc/ssl/openssl.cnf"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, imageOnly+c.files, c.want...) })
	}
}

func TestNginx(t *testing.T) {
	const path = "tls_endpoints[nginx web.example 443]."
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := "-- /etc/nginx/web.pem --\n" + selfSigned(t, key, time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC))
	server := func(lines string) string {
		return "server {\n listen 443 ssl;\n server_name web.example;\n" + lines + "}\n"
	}
	const old = "-- /var/lib/dpkg/status --\nPackage: nginx\nStatus: install ok installed\nVersion: 1.22.1-9\n"
	for _, c := range []struct {
		name, files string
		want        []string
	}{
		{"in the server", "-- /etc/nginx/nginx.conf --\nhttp {\nssl_protocols TLSv1;\n" + server("ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers \"HIGH:!aNULL\";\nssl_certificate web.pem;\n") + "}\n" + certificate, []string{
			"tls_endpoints = complete", path + "versions = [TLSv1.2, TLSv1.3]  # /etc/nginx/nginx.conf:6", path + `ciphers = [HIGH, !aNULL]`, path + "key_bits = 256", path + "key_kind = ed25519", path + "issuer = self", path + "expires = 2027-01-02T03:04:05Z",
		}},
		{"around the server, even below it", "-- /etc/nginx/nginx.conf --\nhttp {\n include sites-enabled/*;\nssl_protocols TLSv1.1;\n}\n-- /etc/nginx/sites-enabled/web --\n" + server("# ssl_protocols TLSv1.3;\n"), []string{path + "versions = [TLSv1.1]  # /etc/nginx/nginx.conf:3", path + "key_bits = absent"}},
		{"the default of its version", old + "-- /etc/nginx/nginx.conf --\nhttp {" + server("") + "}\n", []string{path + "versions = [TLSv1.0, TLSv1.1, TLSv1.2]  # /etc/nginx/nginx.conf:2; default: ngx_http_ssl_module, ssl_protocols"}},
		{"no version, no default", "-- /etc/nginx/nginx.conf --\nhttp {" + server("") + "}\n", []string{path + "versions = unknown: no_documented_default: ssl_protocols"}},
		{"without TLS", "-- /etc/nginx/nginx.conf --\nhttp { server { listen 80; } }\n", []string{"tls_endpoints = complete", "no tls_endpoints[nginx 80].versions"}},
		{"a certificate by variable", "-- /etc/nginx/nginx.conf --\nhttp {" + server("ssl_protocols TLSv1.2;ssl_certificate /etc/${ssl_server_name}.pem;") + "}\n", []string{path + "key_bits = unknown: not_understood: /etc/${ssl_server_name}.pem"}},
		{"an include not readable", "-- /etc/nginx/nginx.conf --\nhttp {" + server("") + "include x.conf;}\n-- /etc/nginx/x.conf ! not_permitted --\n", []string{"tls_endpoints = unknown: not_permitted: /etc/nginx/x.conf", path + "versions = unknown: not_permitted: /etc/nginx/x.conf"}},
		{"a circle", "-- /etc/nginx/nginx.conf --\nhttp { include nginx.conf; include nginx.conf; }\n", []string{"tls_endpoints = unknown: unsafe_file: /etc/nginx/nginx.conf"}},
		{"two of one name", "-- /etc/nginx/nginx.conf --\nhttp {" + server("ssl_protocols TLSv1.2;") + server("ssl_protocols TLSv1;") + "}\n", []string{path + "versions = [TLSv1.2]", "tls_endpoints[nginx web.example 443 (2)].versions = [TLSv1.0]"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, imageOnly+c.files, c.want...) })
	}
}

func TestApache(t *testing.T) {
	const path = "tls_endpoints[apache web.example *:443]."
	host := func(lines string) string {
		return "<VirtualHost *:443>\n  ServerName web.example\n  SSLEngine on\n" + lines + "</VirtualHost>\n"
	}
	for _, c := range []struct {
		name, files string
		want        []string
	}{
		{"all but", "-- /etc/httpd/conf/httpd.conf --\nServerRoot \"/etc/httpd\"\nIncludeOptional conf.d/*.conf\n-- /etc/httpd/conf.d/ssl.conf --\n" + host("SSLProtocol all -SSLv3 -TLSv1 \\\n  -TLSv1.1\nSSLCipherSuite HIGH:!MD5\n"), []string{
			path + "versions = [TLSv1.2, TLSv1.3]  # /etc/httpd/conf.d/ssl.conf:5", path + "ciphers = [HIGH, !MD5]",
		}},
		{"nothing but", "-- /etc/apache2/apache2.conf --\n" + host("SSLProtocol -all +TLSv1.2\n"), []string{path + "versions = [TLSv1.2]"}},
		{"for all hosts", "-- /etc/apache2/apache2.conf --\n" + host("") + "SSLProtocol TLSv1.1\n", []string{path + "versions = [TLSv1.1]"}},
		{"Debian's default", "-- /etc/os-release --\nID=debian\nVERSION_ID=12\n-- /etc/apache2/apache2.conf --\n" + host(""), []string{path + "versions = [TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3]"}},
		{"RHEL's default", rhelRelease("9.3") + "-- /etc/httpd/conf/httpd.conf --\n" + host(""), []string{path + "versions = unknown: no_documented_default: SSLProtocol"}},
		{"switched off", "-- /etc/apache2/apache2.conf --\n<VirtualHost *:443>\nServerName web.example\nSSLEngine off\n</VirtualHost>\n", []string{"tls_endpoints = complete", "no " + path + "versions"}},
		{"a word of tomorrow", "-- /etc/apache2/apache2.conf --\n" + host("SSLProtocol TLSv9\n"), []string{path + "versions = unknown: not_understood: SSLProtocol TLSv9"}},
	} {
		t.Run(c.name, func(t *testing.T) { claims(t, imageOnly+c.files, c.want...) })
	}
}

func TestOtherTLS(t *testing.T) {
	const live = "-- probe listeners --\n"
	claims(t, live+"tcp 0.0.0.0:8443 pid=7 process=java uid=5\n", "tls_endpoints = unknown: not_understood: tcp 0.0.0.0:8443 java")
	claims(t, live+"tcp 0.0.0.0:443 pid=7 process=nginx uid=5\n", "tls_endpoints = unknown: not_understood: tcp 0.0.0.0:443 nginx")
	claims(t, live+"tcp 0.0.0.0:443 pid=7 process=nginx uid=5\n-- /usr/local/nginx/conf/nginx.conf --\nhttp { server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_certificate c.pem; } }\n", "tls_endpoints = complete", "tls_endpoints[nginx 443].key_bits = unknown: not_found: /usr/local/nginx/conf/c.pem")
	claims(t, live+"tcp 127.0.0.1:443 pid=7 process=java uid=5\n", "tls_endpoints = complete")
	claims(t, live+"tcp 0.0.0.0:443 pid=?\n", "tls_endpoints = unknown: not_understood: tcp 0.0.0.0:443")
}

func FuzzNginx(f *testing.F) {
	readsAnything(f, driver.File(nginxConfs[0]), readableHost(), "http { ssl_protocols TLSv1; server { listen 443 ssl; server_name a \"b\"; ssl_certificate ${x}.pem; } include nginx.conf; }", "server{ssl on;}}}}; {{{", "include *; listen")
}

func FuzzApache(f *testing.F) {
	readsAnything(f, driver.File(apacheConfs[1]), readableHost(), "ServerRoot \"/etc/httpd\"\nInclude conf/*.conf\n<VirtualHost *:443>\nSSLEngine on\nSSLProtocol all -SSLv3 \\\n+TLSv1\nSSLCipherSuite x\n</VirtualHost>\n", "<VirtualHost\nSSLEngine x\nInclude conf/httpd.conf\n")
}

func FuzzOpenssl(f *testing.F) {
	readsAnything(f, driver.File(opensslFiles[1]), readableHost(), "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1.2\n.include openssl.cnf\n", "[\n=\n.include\n")
}

func FuzzCertificate(f *testing.F) {
	f.Add([]byte(sm2Certificate))
	f.Fuzz(func(_ *testing.T, body []byte) { parseCertificate(body) })
}

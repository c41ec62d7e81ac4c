package tls

import (
	"strings"
	"testing"
)

func TestWeigh(t *testing.T) {
	for list, want := range map[string]struct {
		bits   int
		broken bool
		unsure string
	}{
		"ECDHE-RSA-AES256-GCM-SHA384":                         {bits: 256},
		"ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA":              {bits: 128},
		"TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256": {bits: 128},
		"TLS_RSA_WITH_3DES_EDE_CBC_SHA":                       {bits: 112},
		"DES-CBC3-SHA":                                        {bits: 112},
		"ECDHE-RSA-DES-CBC3-SHA:AES128-SHA":                   {bits: 112},
		"DES-CBC-SHA":                                         {bits: 56, broken: true},
		"TLS_RSA_EXPORT_WITH_RC4_40_MD5":                      {bits: 40, broken: true},
		"EXP-RC2-CBC-MD5":                                     {bits: 40, broken: true},
		"RC4-SHA":                                             {bits: 128, broken: true},
		"NULL-SHA256":                                         {bits: 0, broken: true},
		"TLS_RSA_WITH_NULL_SHA":                               {bits: 0, broken: true},
		"ADH-AES256-SHA":                                      {bits: 0, broken: true},
		"TLS_DH_anon_WITH_AES_128_CBC_SHA":                    {bits: 0, broken: true},
		"aes256-ctr,aes128-gcm@openssh.com":                   {bits: 128},
		"chacha20-poly1305@openssh.com":                       {bits: 256},
		"aes256-ctr,3des-cbc":                                 {bits: 112},
		"arcfour256,aes256-ctr":                               {bits: 128, broken: true},
		"none":                                                {bits: 0, broken: true},
		"rijndael-cbc@lysator.liu.se":                         {bits: 256},
		"ECC-SM4-SM3:ECDHE-SM4-CBC-SM3":                       {bits: 128},
		"rsa_aes_128_cbc_sha":                                 {bits: 128},
		"HIGH:!aNULL:!MD5":                                    {bits: 128},
		"HIGH:!MD5":                                           {unsure: "HIGH"},
		"EECDH+AESGCM:EDH+AESGCM:@STRENGTH":                   {bits: 128},
		"ECDHE+CHACHA20":                                      {bits: 256},
		"EECDH":                                               {unsure: "EECDH"},
		"EECDH+RC4":                                           {bits: 128, broken: true},
		"kRSA+3DES":                                           {bits: 112},
		"ALL@SECLEVEL=5":                                      {bits: 256},
		"AESGCM+AES256":                                       {bits: 256},
		"AES256+AESGCM":                                       {bits: 256},
		"AES-512-CBC":                                         {unsure: "AES-512-CBC"},
		"AES":                                                 {bits: 128},
		"FOO-AES":                                             {unsure: "FOO-AES"},
		"DEFAULT@SECLEVEL=3":                                  {bits: 128},
		"@SECLEVEL=4:ECDHE":                                   {bits: 192},
		"DEFAULT:!3DES:@SECLEVEL=2":                           {bits: 128},
		"DEFAULT:!3DES:@SECLEVEL=1":                           {unsure: "DEFAULT"},
		"@SECLEVEL=2:kEECDH:kRSA:kEDH:kPSK:-aDSS:-3DES:!DES:!RC4:!eNULL:!aNULL:!MD5": {bits: 128},
		"@SECLEVEL=2:kEECDH:-3DES:kRSA:!aNULL":                                       {unsure: "kEECDH kRSA"},
		"kEECDH:!3DES:!RC4:!DES:!EXPORT:!aNULL:!eNULL":                               {bits: 128},
		"kEECDH:!3DES:!RC4:!DES:!EXPORT:!aNULL":                                      {unsure: "kEECDH"},
		"ALL:HIGH:!aNULL":                                                            {unsure: "ALL HIGH"},
		"DEFAULT:RC4-SHA:@SECLEVEL=3":                                                {bits: 128, broken: true},
		"DEFAULT@SECLEVEL=2":                                                         {unsure: "DEFAULT@SECLEVEL=2"},
		"PROFILE=SYSTEM":                                                             {unsure: "PROFILE=SYSTEM"},
		"MEDIUM:AES128-SHA":                                                          {bits: 128, unsure: "MEDIUM"},
		"AES128-SHA:LOW":                                                             {bits: 56, broken: true},
		"AES128-SHA:!RC4:-3DES":                                                      {bits: 128},
		"AES128-SHA:+3DES":                                                           {bits: 128, unsure: "+3DES"},
		"GOST2012-GOST8912-GOST8912":                                                 {unsure: "GOST2012-GOST8912-GOST8912"},
		"TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384 SEED-SHA":                        {bits: 128},
		"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8":                                         {bits: 128},
		"":                                                                           {},
	} {
		got, weakest, unsure := weigh([]string{list}, 128)
		if got.bits != want.bits || got.broken != want.broken || strings.Join(unsure, " ") != want.unsure {
			t.Errorf("%s: %+v by %q, unsure %q; want %+v", list, got, weakest, unsure, want)
		}
	}
}

func TestRank(t *testing.T) {
	for v, want := range map[string]string{
		"TLSv1.2": "TLSv1.2", "TLS 1.2": "TLSv1.2", "tls1.3": "TLSv1.3", "TLSv1": "TLSv1.0", "TLS1.0": "TLSv1.0", "tls12": "TLSv1.2", "TLSv1_1": "TLSv1.1", "SSLv3": "SSLv3",
		"SSL 3.0": "SSLv3", "ssl3.0": "SSLv3", "SSLv2": "SSLv2", "TLCP": "TLSv1.2", "NTLS": "TLSv1.2", "GMSSLv1.1": "TLSv1.2", "GMTLSv1.1": "TLSv1.2", "DTLSv1.2": "", "SSH 2": "", "": "", "all": "",
	} {
		i, ok := rank(v)
		if ok && versions[i] != want || !ok && want != "" {
			t.Errorf("%s: %d, %v, want %q", v, i, ok, want)
		}
	}
}

package facts_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var masker = facts.NewMasker([]byte("a key of this installation"))

// planted are lines as systems and devices write them, by what wrote them. In each, {…} stands for a secret: {w} a
// password people choose, {h} hexadecimal, {b} base64, {c} a crypt hash, {d} an old 13-character hash, {j} Junos $9$,
// {v} VRP's percent cipher, {a} VRP's $1a$, {m} Comware's $c$3$, {7} a Cisco type 7.
var planted = map[string]string{
	"unix": `
root:{c}:19700:0:99999:7:::
deploy:!{c}:19700:0:99999:7:::
old:{d}:12000:0:99999:7:::
nis:{d}:1001:1001:Old User:/home/nis:/bin/sh
app_user$:{d}:19700::::::
password={w}
passwd = {w}
db.password = {w}
export DB_PASSWORD={w}
DB_PASS={w}
MYSQL_ROOT_PASSWORD: {w}
    "password": "{w}",
{"user":"app","secret":"{w}"}
{\"user\":\"app\",\"password\":\"{w}\"}
spring.datasource.password={w}
api_key: "{b}"
X-Api-Key: {b}
AWS_SECRET_ACCESS_KEY={b}
client_secret='{w}'
token = "{b}"
Authorization: Bearer {b}
-H "Authorization: Basic {b}"
bindpw {w}
bindpw="{w}"
rootbindpw {w}
rootpw {SSHA}{b}
rootpw {w}
ldap_default_authtok = {w}
userPassword: {SSHA}{b}
userPassword:: {b}
olcRootPW: {w}
psk="{w}"
	psk={h}
wep_key0={h}
wpa-psk {w}
802-1x.password={w}
password_pbkdf2 root grub.pbkdf2.sha512.10000.{h}.{h}
password --md5 {c}
password grubadmin {w}
1 MD5 ASCII:{w}
2 SHA1 HEX:{h}
10 SHA256 {h}
15 M {w}
user1 * "{w}" *
user2 * {w} 10.1.1.9
machine ftp.example login app password {w}
//fs/share /mnt cifs username=u,password={w},uid=0 0 0
mysql -u root -p{w} app
mysqldump --user=app --password={w} app
sshpass -p {w} ssh app@h
curl -u app:{w} https://h.example/x
https://app:{w}@h.example/repo
baseurl=https://mirror:{w}@mirror.example/centos/
postgres://app:{w}@db.example:5432/app?sslmode=require
amqp://guest:{w}@mq.example:5672/
proxy=http://bob:{w}@10.0.0.1:3128
: PSK "{w}"
10.0.0.1 10.0.0.2 : PSK {h}
alice : EAP "{w}"
: RSA host.key "{w}"
    auth_pass {w}
requirepass {w}
masterauth {w}
	secret = {w}
secret "{b}";
action(type="ommysql" server="db" db="syslog" uid="log" pwd="{w}")
Server=db;Uid=app;Pwd={w};Database=x
cachemgr_passwd {w} all
<user username="tomcat" password="{w}" roles="manager"/>
<password>{w}</password>
github token ghp_{h}
Cookie: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.{h}
"auth_token": "{b}",
vault_token={b}`,
	"net-snmp": `
rocommunity {w}
rwcommunity {w} 10.0.0.0/8
rocommunity6 {w} default
com2sec readonly default {w}
com2sec -Cn ctx mynet 10.0.0.0/8 {w}
com2sec6 local ::1 {w}
trapcommunity {w}
trapsink 10.0.0.1 {w}
trap2sink 10.0.0.1:162 {w}
informsink h.example {w} 162
authcommunity log,execute {w}
createUser monitor SHA "{w}" AES "{w}"
createUser monitor MD5 {w} DES
createUser -e 0x80001f88 mon SHA-256 {w} AES {w}
defAuthPassphrase {w}
defPrivPassphrase {w}
proxy -v 2c -c {w} 10.0.0.9 .1.3
trapsess -v 3 -u mon -a SHA -A {w} -x AES -X {w} 10.0.0.5
snmpwalk -v2c -c {w} 10.0.0.5 system`,
	"vrp": `
 local-user admin password irreversible-cipher {a}
 local-user admin password cipher {v}
 local-user admin password simple {w}
 local-user ops@system password cipher {w}
 set authentication password cipher {v}
 set authentication password simple {w}
 set authentication password {w}
super password level 3 cipher {v}
super password cipher {w}
snmp-agent community read cipher {v}
snmp-agent community write {w}
snmp-agent community read {w} acl 2000
snmp-agent community read simple {w} mib-view iso
snmp-agent target-host trap address udp-domain 10.1.1.1 params securityname cipher {v} v2c
snmp-agent target-host trap address udp-domain 10.1.1.1 params securityname {w} v2c
snmp-agent usm-user v3 mon group g authentication-mode sha {w} privacy-mode aes128 {w}
snmp-agent usm-user v3 mon authentication-mode sha2-256 cipher {v}
snmp-agent usm-user v3 mon privacy-mode aes256 cipher {v}
hwtacacs-server shared-key cipher {v}
hwtacacs-server shared-key {w}
radius-server shared-key cipher {w}
radius-server shared-key simple {w}
radius-server authorization 10.1.1.1 shared-key cipher {v}
 pre-shared-key cipher {v}
 pre-shared-key {w}
 pre-shared-key simple {w}
 ospf authentication-mode md5 1 cipher {v}
 ospf authentication-mode md5 1 plain {w}
 ospf authentication-mode simple plain {w}
 authentication-mode hmac-md5 1 cipher {w}
 isis authentication-mode md5 cipher {v}
 rip authentication-mode md5 usual {w}
 rip authentication-mode simple {w}
 area-authentication-mode md5 plain {w}
 peer 10.1.1.2 password cipher {v}
 peer 10.1.1.2 password simple {w}
ntp-service authentication-keyid 1 authentication-mode md5 {w}
ntp-service authentication-keyid 2 authentication-mode hmac-sha256 cipher {v}
 sa string-key inbound esp cipher {v}
 sa encryption-hex outbound esp cipher {v}
 sa authentication-hex inbound ah {h}
 ppp chap password cipher {v}
 ppp pap local-user u password simple {w}
 vrrp vrid 1 authentication-mode md5 {w}
 vrrp vrid 1 authentication-mode simple {w}
 security wpa2 psk pass-phrase {w} aes
 security wpa2 psk pass-phrase cipher {v} aes
 key-string cipher {v}
 key-string plain {w}
 hrp authentication-key {w}
 mpls ldp md5-password cipher 10.0.0.1 {v}
 password cipher {v}
 dldp authentication-mode md5 {w}
hwtacacs server template t shared-key cipher {v}`,
	"comware": `
local-user admin password hash {m}
 password hash {m}
 password simple {w}
 password cipher {m}
 set authentication password hash {m}
 super password role network-admin hash {m}
snmp-agent community read {w}
snmp-agent community write simple {w} acl 2001
snmp-agent community read cipher {m}
snmp-agent usm-user v3 mon g simple authentication-mode sha {w} privacy-mode aes128 {w}
snmp-agent usm-user v3 mon g cipher authentication-mode sha {m} privacy-mode aes128 {m}
snmp-agent target-host trap address udp-domain 10.0.0.1 params securityname {w}
 key authentication cipher {m}
 key accounting simple {w}
 key authentication {w}
 primary authentication 10.0.0.5 key cipher {m}
 primary accounting 10.0.0.5 1813 key simple {w}
 pre-shared-key address 10.0.0.1 255.255.255.255 key cipher {m}
 pre-shared-key hostname branch key simple {w}
 ospf authentication-mode md5 1 cipher {m}
 ospf authentication-mode hmac-sha-256 1 plain {w}
 peer 10.0.0.1 password simple {w}
ntp-service authentication-keyid 1 authentication-mode md5 simple {w}
 vrrp vrid 1 authentication-mode simple plain {w}
 preshared-key pass-phrase simple {w}
 preshared-key raw-key cipher {m}
 ftp client password {w}
 ppp chap password simple {w}
 key-string plain {w}`,
	"ios": `
enable secret 5 {c}
enable secret 9 {c}
enable secret {w}
enable password 7 {7}
enable password {w}
enable password level 5 {w}
username bob password 0 {w}
username bob password {w}
username bob privilege 15 secret 5 {c}
username bob privilege 15 secret 0 {w}
username bob secret {w}
username bob privilege 15 algorithm-type scrypt secret {w}
 password 7 {7}
 password {w}
snmp-server community {w} RO
snmp-server community {w} RW 10
snmp-server community {w} view V RO
snmp-server host 10.0.0.1 {w}
snmp-server host 10.0.0.1 version 2c {w}
snmp-server host 10.0.0.1 traps version 2c {w} udp-port 162
snmp-server host 10.0.0.1 vrf mgmt informs version 2c {w}
snmp-server user mon grp v3 auth sha {w} priv aes 128 {w}
snmp-server user mon grp v3 encrypted auth md5 {h} priv des {h}
tacacs-server key 7 {7}
tacacs-server key {w}
tacacs-server host 10.0.0.1 key {w}
tacacs-server host 10.0.0.1 timeout 5 key 7 {7}
radius-server key 7 {7}
radius-server host 10.0.0.1 auth-port 1812 acct-port 1813 key {w}
 key 7 {7}
 key 6 {b}
 key {w}
 server-private 10.0.0.1 key {w}
 key-string {w}
 key-string 7 {7}
crypto isakmp key {w} address 10.0.0.1
crypto isakmp key 6 {b} hostname peer
 pre-shared-key address 10.0.0.1 key {w}
 pre-shared-key local 0 {w}
 pre-shared-key remote {w}
 pre-shared-key {w}
key config-key password-encrypt {w}
 ip ospf message-digest-key 1 md5 7 {7}
 ip ospf message-digest-key 1 md5 {w}
 ip ospf authentication-key {w}
 ip ospf authentication-key 7 {7}
 neighbor 10.0.0.1 password 7 {7}
 neighbor 10.0.0.1 password {w}
 standby 1 authentication md5 key-string {w}
 standby 1 authentication {w}
 vrrp 1 authentication text {w}
 glbp 1 authentication md5 key-string 7 {7}
ntp authentication-key 1 md5 {w} 7
ntp authentication-key 2 md5 7 {7}
 ppp chap password 0 {w}
 ppp pap sent-username u password 7 {7}
 isis password {w} level-2
 area-password {w}
 domain-password {w}
ip ftp password 7 {7}
 wpa-psk ascii 0 {w}
 mpls ldp neighbor 10.0.0.1 password {w}
 client 10.0.0.1 server-key 7 {7}
 nas 10.0.0.1 key 0 {w}
   key-string password {7} cryptographic-algorithm aes-128-cmac
  authentication-key 1 md5 encrypted {7}
  password encrypted {7}`,
	"nxos": `
username admin password 5 {c} role network-admin
username ops password 0 {w} role network-operator
snmp-server community {w} group network-operator
snmp-server user admin network-admin auth md5 0x{h} priv 0x{h} localizedkey
snmp-server user mon network-operator auth sha {w} priv aes-128 {w}
snmp-server host 10.0.0.1 traps version 2c {w}
tacacs-server host 10.0.0.1 key 7 "{w}"
radius-server key 0 {w}
  key-string 7 {7}
  authentication md5 key-string {w}
ntp authentication-key 1 md5 {w} 7
  password 3 {h}
feature-x shared-secret 7 {7}`,
	"asa": `
enable password {b} encrypted
enable password {c} pbkdf2
passwd {b} encrypted
username admin password {b} encrypted privilege 15
username admin password {c} pbkdf2 privilege 15
username admin password {w} privilege 15
 ikev1 pre-shared-key {w}
 ikev2 remote-authentication pre-shared-key {w}
 ikev2 local-authentication pre-shared-key 0 {w}
snmp-server community {w}
snmp-server host inside 10.0.0.1 community {w} version 2c
snmp-server user mon grp v3 engineID 80000009 encrypted auth sha {h} priv aes 128 {h}
aaa-server T (inside) host 10.0.0.1 key {w}
 key {w}
ntp authentication-key 1 md5 {w}
 ldap-login-password {w}
 failover key {w}`,
	"fortios": `
set passwd ENC {b}
set password ENC {b}
set psksecret ENC {b}
set passphrase ENC {b}
set secret ENC {b}
set key ENC {b}
set auth-pwd ENC {b}
set priv-pwd ENC {b}
set passwd {w}
set psksecret {w}
set psksecret "{w}"
set secret {w}
set password "{w}"
set auth-pwd "{w}"
set priv-pwd {w}
set authpasswd ENC {b}
set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{b}"
set sharedkey {w}
set secondary-secret ENC {b}
set snmp-community-string {w}`,
	"junos": `
encrypted-password "{c}"; ## SECRET-DATA
set system root-authentication encrypted-password "{c}"
set system login user admin authentication encrypted-password "{c}"
secret "{j}"; ## SECRET-DATA
set system radius-server 10.0.0.1 secret "{j}"
set system tacplus-server 10.0.0.1 secret {w}
secret "{w}";
community {w} {
set snmp community {w} authorization read-only
set snmp v3 snmp-community idx community-name "{j}"
authentication-password "{w}";
privacy-password "{w}";
authentication-key "{j}";
pre-shared-key ascii-text "{j}"; ## SECRET-DATA
set security ike policy p pre-shared-key ascii-text "{w}"
set security ike policy p pre-shared-key hexadecimal "{h}"
set system ntp authentication-key 1 type md5 value "{j}"
authentication-key "{w}"; ## SECRET-DATA
set protocols bgp group g authentication-key "{w}"
md5 1 key "{j}"; ## SECRET-DATA
simple-password "{w}"; ## SECRET-DATA`,
	"panos": `
set mgt-config users admin phash {c}
<phash>{c}</phash>
phash {c};
<snmp-community-string>{w}</snmp-community-string>
snmp-community-string {w};
set deviceconfig system snmp-setting access-setting version v2c snmp-community-string {w}
<secret>-AQ=={b}</secret>
<key>-AQ=={b}</key>
authpwd -AQ=={b};
privpwd {w};
bind-password -AQ=={b};
<bind-password>{w}</bind-password>
pre-shared-key { key -AQ=={b}; }`,
	"arista": `
username admin privilege 15 role network-admin secret sha512 {c}
username admin secret 0 {w}
enable secret sha512 {c}
enable password sha512 {c}
snmp-server community {w} ro
snmp-server user mon g v3 auth sha {w} priv aes {w}
snmp-server host 10.0.0.1 version 2c {w}
tacacs-server key 7 {7}
tacacs-server host 10.0.0.1 key 7 {7}
radius-server host 10.0.0.1 key {w}
   neighbor 10.0.0.1 password 7 {b}
ntp authentication-key 1 sha1 7 {7}
ntp authentication-key 1 md5 {w}
   ip ospf message-digest-key 1 sha512 7 {b}
   ip ospf authentication-key 7 {b}`,
	"ruijie": `
enable secret 5 {c}
enable password 7 {7}
enable secret level 15 0 {w}
username admin password 7 {7}
username admin password {w}
username admin privilege 15 password 0 {w}
snmp-server community {w} ro
snmp-server community 7 {7} rw
snmp-server user u g v3 auth sha {w} priv aes128 {w}
snmp-server host 10.0.0.1 traps version 2c {w}
radius-server host 10.0.0.1 key 7 {7}
radius-server key {w}
tacacs-server key 7 {7}
 password 7 {7}
 key-string {w}
 ip ospf message-digest-key 1 md5 {w}
 wlan psk ascii {w}
 security wpa akm psk set-key ascii {w}`,
	"hillstone": `
  password "{b}"
  password {w}
snmp-server host 10.0.0.1 version 2c community {w} ro
  pre-share "{b}"
  pre-share {w}
  secret "{b}"
  secret {w}
  login-password {w}
  user "u" password "{b}"
  community {w} ro
  enable-password: {w}`,
}

var slot = regexp.MustCompile(`\{[whbcdjvam7]\}`)

// makers make secrets by kind.
var makers = map[string]func(*rand.Rand) string{
	"{w}": func(r *rand.Rand) string { return "Zq" + pick(r, letters+digits+"!#%^+_~?", 9) + pick(r, letters, 1) },
	"{h}": func(r *rand.Rand) string { return pick(r, "0123456789abcdef", 40) },
	"{b}": func(r *rand.Rand) string { return pick(r, letters+digits+"+/", 39) + "=" },
	"{c}": func(r *rand.Rand) string {
		return []string{"$1$", "$5$", "$6$", "$y$j9T$", "$8$", "$9$", "$2b$12$", "$sm3$"}[r.IntN(8)] + pick(r, letters+digits+"./", 8) + "$" + pick(r, letters+digits+"./", 43)
	},
	"{d}": func(r *rand.Rand) string { return pick(r, letters+digits+"./", 13) },
	"{j}": func(r *rand.Rand) string { return "$9$" + pick(r, letters+digits+"./-", 18) },
	"{v}": func(r *rand.Rand) string { return "%^%#" + pick(r, letters+digits+"<>\"'`;,}{(&*!@", 32) + "%^%#" },
	"{a}": func(r *rand.Rand) string {
		return "$1a$" + pick(r, letters+digits+"<>`,}{(&*!@", 10) + "$" + pick(r, letters+digits+"<>`,}{(&*!@", 32) + "$"
	},
	"{m}": func(r *rand.Rand) string {
		return []string{"$c$3$", "$h$6$"}[r.IntN(2)] + pick(r, letters+digits+"+/", 30) + "=="
	},
	"{7}": func(r *rand.Rand) string { return fmt.Sprintf("%02d", r.IntN(16)) + pick(r, "0123456789ABCDEF", 14) },
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

func pick(r *rand.Rand, from string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(from[r.IntN(len(from))])
	}
	return b.String()
}

// No planted secret survives, in whole or in large part, and masking again changes nothing.
func TestNoSecretSurvives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lines := 0
	for platform, templates := range planted {
		for template := range strings.Lines(strings.TrimPrefix(templates, "\n")) {
			template = strings.TrimRight(template, "\n")
			for range 5 {
				var secrets []string
				line := slot.ReplaceAllStringFunc(template, func(kind string) string {
					s := makers[kind](r)
					secrets = append(secrets, s)
					return s
				})
				if len(secrets) == 0 {
					t.Fatalf("%s: %q holds no secret", platform, template)
				}
				lines++
				got := masker.String(line)
				for _, s := range secrets {
					if left := survives(got, s); left != "" {
						t.Errorf("%s: %q\n  %q of %q survives in\n  %q", platform, template, left, s, got)
					}
				}
				if again := masker.String(got); again != got {
					t.Errorf("%s: masked twice\n  %q\n  %q", platform, got, again)
				}
				if len(got) > 0 && !strings.Contains(got, "***") {
					t.Errorf("%s: %q is not masked: %q", platform, line, got)
				}
			}
		}
	}
	if lines < 5*300 {
		t.Errorf("only %d lines were tried", lines)
	}
}

// survives gives a part of six characters of a secret that is still there.
func survives(text, secret string) string {
	for i := 0; i+6 <= len(secret); i++ {
		if part := secret[i : i+6]; strings.Contains(text, part) && !strings.HasPrefix(part, "$") {
			return part
		}
	}
	return ""
}

// What is no secret stays as it is: these lines are the evidence.
func TestInnocentLinesAreUnchanged(t *testing.T) {
	n := 0
	for line := range strings.Lines(innocentLines) {
		line = strings.TrimRight(line, "\n")
		if line == "" {
			continue
		}
		n++
		if got := masker.String(line); got != line {
			t.Errorf("%q\nbecame %q", line, got)
		}
	}
	if n < 150 {
		t.Errorf("only %d lines", n)
	}
}

const innocentLines = `
password minimum length 8
password history 5
password complexity enable
password strength-check
password-control length 10
password-control enable
password policy expiration 90 days
security policy name trust-to-untrust
PASS_MAX_DAYS	90
PASS_MIN_LEN 8
PASS_WARN_AGE   7
pass_min_days = 1
password	[success=1 default=ignore]	pam_unix.so obscure use_authtok yescrypt
password requisite pam_pwquality.so retry=3 minlen=8
password    sufficient    pam_unix.so sha512 shadow nullok try_first_pass use_authtok
password   required   pam_deny.so
password   include   system-auth
password optional pam_gnome_keyring.so use_authtok
-password   optional   pam_permit.so
@include common-password
auth required pam_faillock.so preauth silent deny=5 unlock_time=1800
auth        required      pam_env.so
account     required      pam_unix.so
auth [success=2 default=ignore] pam_unix.so nullok
session required pam_limits.so
PasswordAuthentication no
PermitEmptyPasswords no
passwordauthentication yes
permitemptypasswords no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
AuthorizedKeysFile .ssh/authorized_keys
HostKey /etc/ssh/ssh_host_ed25519_key
Ciphers aes256-gcm@openssh.com,aes128-ctr
KexAlgorithms sntrup761x25519-sha512@openssh.com
passwd:         files systemd
shadow:         files
group:          files systemd
gshadow: files
root:x:0:0:root:/root:/bin/bash
daemon:*:19700:0:99999:7:::
sshd:!:19700::::::
bin:!!:19700:0:99999:7:::
wheel:x:10:alice,bob
minlen = 8
enforcing = 1
dictcheck = 1
remember=5
Defaults passwd_tries=3
Defaults        env_reset,timestamp_timeout=5
%wheel  ALL=(ALL)       NOPASSWD: ALL
deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart app
Last password change                                    : Oct 01, 2025
Password expires                                        : never
Password inactive                                       : never
Maximum number of days between password change          : 90
Failed password for invalid user admin from 192.0.2.7 port 50022 ssh2
Accepted password for root from 192.0.2.7 port 50022 ssh2
Accepted publickey for deploy from 192.0.2.7 port 50022 ssh2: ED25519 SHA256:abcdefghijklmnop
pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7 user=root
root      1024  0.0  0.1 /usr/sbin/sshd -D
passwd -l nobody
chage -M 90 root
-w /etc/passwd -p wa -k identity
-w /etc/shadow -p wa -k identity
-a always,exit -F path=/usr/bin/passwd -F perm=x -F auid>=1000 -k privileged
-a always,exit -F arch=b64 -S execve -k commands
rotate 26
*.* @@192.0.2.9:514
authpriv.*                                              /var/log/secure
tls.key=/etc/pki/tls/private/server.key
ssl_certificate_key /etc/nginx/ssl/server.key;
private_key = /etc/ssl/private/server.pem
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample0000000000000000 alice@host
server 192.0.2.123 iburst
server ntp.example iburst key 1
keyfile /etc/chrony.keys
keys /etc/ntp/keys
trustedkey 1 2
ntp server 192.0.2.1 key 1 prefer
ntp server 192.0.2.1 key 7 prefer
ntp trusted-key 1
ntp authenticate
ntp-service unicast-server 192.0.2.1 authentication-keyid 1
ntp-service authentication enable
authentication-mode aaa
authentication-mode password
authentication-mode scheme
authentication-mode hwtacacs local
authentication-mode local
authentication-scheme default
accounting-mode hwtacacs
local-aaa-user password policy administrator
local-user admin service-type ssh terminal
local-user admin privilege level 15
local-user admin authorization-attribute user-role network-admin
 password alert original
 password expire 90
 password history record number 5
user-interface vty 0 4
 idle-timeout 10 0
 protocol inbound ssh
 set authentication password
undo password-recovery enable
snmp-agent sys-info version v3
snmp-agent sys-info contact noc
snmp-agent community complexity-check disable
snmp-agent trap enable
snmp-agent group v3 g privacy read-view iso
snmp-agent mib-view included iso iso
snmp-agent target-host trap address udp-domain 192.0.2.1 params securityname noc v3 privacy
snmp-server group g v3 priv read view1
snmp-server enable traps snmp authentication linkdown
snmp-server host 192.0.2.1 version 3 priv monitor
snmp-server contact noc@example.com
snmp-server location room 5
no snmp-server
SNMP community string is a default name
community 1
rouser monitor priv
access grp "" any noauth exact all none none
set community 65000:100 additive
set policy-options community CUST members 65000:100
community CUST members 65000:100;
ip community-list standard X permit 65000:1
neighbor 192.0.2.1 send-community both
service password-encryption
no service password-recovery
service timestamps log datetime msec localtime show-timezone
username bob nopassword
username bob privilege 15
aaa authentication login default group tacacs+ local
aaa authentication enable default group tacacs+ enable
aaa accounting commands 15 default start-stop group tacacs+
aaa authorization exec default group tacacs+ local if-authenticated
tacacs-server host 192.0.2.1
tacacs-server timeout 10
radius-server host 192.0.2.1 auth-port 1812 acct-port 1813
radius-server retransmit 2
radius source-interface Loopback0
 transport input ssh
 login local
 exec-timeout 15 0
crypto key generate rsa general-keys modulus 2048
crypto pki certificate chain X
key chain OSPF
 key 1
 ip ospf authentication message-digest
 ip ospf authentication key-chain OSPF
 standby 1 priority 110
 standby 1 ip 192.0.2.254
ssh server cipher aes256_gcm aes128_gcm
ssh server hmac sha2_512 sha2_256
ssh server key-exchange dh_group16_sha512
ssh server-source -i Vlanif100
ssh user admin authentication-type password
stelnet server enable
config system password-policy
set status enable
set minimum-length 8
set admintimeout 5
set admin-lockout-threshold 3
set ssl-min-proto-ver TLSv1-2
set accprofile "super_admin"
set auth-port 1812
set type password
set password-expire 0
plain-text-password;
password {
    minimum-length 8;
    format sha512;
set system login password minimum-length 8
set system login retry-options tries-before-disconnect 5
mgt-config { password-complexity { enabled yes; minimum-length 8; }
permission-profile admin;
The password must be changed at the next login.
user password must be at least 8 characters
line 12: password policy was not understood
/etc/shadow: permission denied
token bucket filter
key exchange failed
secret level is not set
https://mirror.example/centos/9/BaseOS
http://192.0.2.1:8080/path?x=1
ghost process
sha256sum e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
PATH=/usr/local/sbin:/usr/local/bin
OLDPWD=/root
echo "$1$2"
PS1='\u@\h:\w\$ '
umask 027
TMOUT=900
0 3 * * * root /usr/sbin/aide --check
username cisco passphrase  lifetime 99999 warntime 14 gracetime 3
access-list in permit udp any host 192.0.2.1 eq snmp
access-list in permit udp 192.0.2.0 255.255.255.0 host 192.0.2.1 object-group snmp
password encryption-key common
strong-password check disable
# If set to MD5, MD5-based algorithm will be used for encrypting password (default)
# shadow password hash will be shared
sys dynad key {
set type password
cm key /Common/dtca.key {
rsa peer-public-key 192.0.2.1
ssh client 192.0.2.1 assign rsa-key 192.0.2.1
public-key-code begin
Community: 65000:100 65000:200
* hard nproc 4096
`

// The same secret has the same fingerprint wherever it stands, another one another, and the key decides.
func TestFingerprints(t *testing.T) {
	print := regexp.MustCompile(`\*\*\*[0-9a-f]{6}\*\*\*`)
	const secret = "Zq4sunflower!"
	first := print.FindString(masker.String("enable password " + secret))
	if first == "" {
		t.Fatal("no fingerprint")
	}
	for _, line := range []string{
		"password=" + secret, `set password "` + secret + `"`, "snmp-server community " + secret + " RO", "tacacs-server key " + secret, `secret "` + secret + `"; ## SECRET-DATA`,
		"<password>" + secret + "</password>", "rocommunity " + secret, "https://u:" + secret + "@h/", "Uid=sa;Pwd=" + secret + ";Database=x",
	} {
		if got := print.FindString(masker.String(line)); got != first {
			t.Errorf("%q has the fingerprint %s, want %s", line, got, first)
		}
	}
	if got := print.FindString(masker.String("enable password " + secret + "x")); got == first {
		t.Error("another secret has the same fingerprint")
	}
	if got := facts.NewMasker([]byte("another key")).String("enable password " + secret); strings.Contains(got, first) {
		t.Error("the key does not matter")
	}
	if got := facts.NewMasker(nil).String("enable password " + secret); got != "enable password ******" {
		t.Errorf("without a key: %q", got)
	}
}

func TestPrivateKeys(t *testing.T) {
	const body = "MIIEpAIBAAKCAQEA7bq\nh3Zq9Zq9Zq9Zq9\n"
	for _, text := range []string{
		"-----BEGIN RSA PRIVATE KEY-----\n" + body + "-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN OPENSSH PRIVATE KEY-----\n" + body, // cut short
		"x = -----BEGIN PRIVATE KEY----- " + strings.ReplaceAll(body, "\n", " ") + "-----END PRIVATE KEY-----",
	} {
		got := masker.String(text)
		if strings.Contains(got, "MIIE") || strings.Contains(got, "h3Zq9") || !strings.Contains(got, "PRIVATE KEY-----") {
			t.Errorf("%q became %q", text, got)
		}
		if again := masker.String(got); again != got {
			t.Errorf("masked twice: %q, %q", got, again)
		}
	}
	line := strings.Repeat("Ab3+", 16)
	if got := masker.String(line); strings.Contains(got, "Ab3+") {
		t.Errorf("a line of key material became %q", got)
	}
}

// Secrets are taken out wherever facts hold text, and out of unread lines; sources, states and numbers stay.
func TestFactsAreMasked(t *testing.T) {
	const secret = "Zq4sunflower!"
	line := func() *pb.Evidence {
		return facts.Line("display current-configuration", 7, "snmp-agent community read "+secret)
	}
	f := &pb.Facts{
		Platform: &pb.Platform{Os: facts.Text("vrp", line()), Version: facts.Unknown(pb.Reason_REASON_FAILED, "password="+secret, line()).Text(), Booted: facts.Time(time.Unix(0, 0), line())},
		Accounts: &pb.AccountList{State: pb.FactState_FACT_STATE_UNKNOWN, Detail: "passwd=" + secret, Evidence: []*pb.Evidence{line()}, Items: []*pb.Account{
			{Scope: "https://u:" + secret + "@h/", Uid: facts.Int(7, line()), Privileged: facts.Bool(true, line()), MaxAge: facts.Forever(line()), Roles: facts.Texts([]string{"x", "secret=" + secret}, line())},
		}},
		SnmpCommunities: &pb.SnmpCommunityList{Items: []*pb.SnmpCommunity{{Scope: "community 1", Access: facts.Text("ro", line())}}},
	}
	unread := []*pb.Evidence{line()}
	masker.Facts(f, unread)
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), secret) || strings.Contains(unread[0].GetExcerpt(), secret) {
		t.Errorf("a secret is left: %v, %v", f, unread)
	}
	if f.GetPlatform().GetOs().GetValue() != "vrp" || f.GetAccounts().GetItems()[0].GetUid().GetValue() != 7 || f.GetSnmpCommunities().GetItems()[0].GetScope() != "community 1" ||
		f.GetPlatform().GetOs().GetEvidence()[0].GetSource() != "display current-configuration" {
		t.Errorf("something else was changed: %v", f)
	}
	masker.Facts(nil, nil)
}

func FuzzMask(f *testing.F) {
	for _, templates := range planted {
		for line := range strings.Lines(templates) {
			f.Add(line)
		}
	}
	for line := range strings.Lines(innocentLines) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := masker.String(s)
		if twice := masker.String(once); twice != once {
			t.Errorf("%q became %q and then %q", s, once, twice)
		}
	})
}

// A host of the usual size: some three thousand different texts, a tenth of which talk of passwords and keys.
func BenchmarkMaskFacts(b *testing.B) {
	var told []string
	for line := range strings.Lines(innocentLines) {
		told = append(told, strings.TrimRight(line, "\n"))
	}
	list := &pb.ServiceList{State: pb.FactState_FACT_STATE_KNOWN}
	for i := range 1000 {
		lines := []string{
			fmt.Sprintf("unit-%d.service                            enabled         enabled", i),
			fmt.Sprintf("ii  libexample%d:amd64   1.%d.2-3+deb12u1   amd64   an example library", i, i),
			fmt.Sprintf("user%d:x:%d:%d:Example User,,,:/home/user%d:/bin/bash", i, i, i, i),
		}
		if i%3 == 0 {
			lines[0] = told[i%len(told)]
		}
		e := func(k int) *pb.Evidence { return facts.Line("systemctl list-unit-files", i, lines[k]) }
		list.Items = append(list.Items, &pb.Service{Scope: fmt.Sprintf("unit-%d.service", i), Enabled: facts.Bool(true, e(0)), Running: facts.Bool(true, e(1)), Restart: facts.Text("on-failure", e(2))})
	}
	f := &pb.Facts{Services: list}
	b.ReportAllocs()
	for b.Loop() {
		masker.Facts(f, nil)
	}
}

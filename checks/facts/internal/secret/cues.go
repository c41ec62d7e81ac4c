package secret

import "strings"

// A context is what the words of a line say it is about.
type context uint16

const (
	aboutSNMP context = 1 << iota
	aboutUser
	// A password may follow at once; so may a key; a host may be followed by a community.
	aboutLogin
	aboutKeys
	aboutHosts
	aboutStandby
	aboutV3
	// The line may be marked as holding a secret, or hold a private key.
	aboutMarked
	aboutPrivate
)

// A cue says how a secret may stand after a word.
type cue struct {
	// pass over so many words first: an address, a name.
	pass int
	// skip are words that may stand before the secret and say how it is written; need: one must.
	skip map[string]skipped
	need bool
	// Only in quotes; only if it is at least so long; only if the line holds nothing else; only before one of these.
	quoted bool
	min    int
	alone  bool
	before []string
	// numbered: only a number stands before the word.
	numbered bool
	// flags: the secret follows one of these, somewhere in the line.
	flags []string
	// then pass over so many words after the secret for another one.
	then int
	// all must be what the line is about, and nothing of none.
	all, none context
}

// skipped is how a word is passed over: by itself, or with the word after it.
type skipped uint8

const (
	itself skipped = iota + 1
	withNext
)

// A word is one that matters to masking. known: it is none although it ends like one.
type word struct {
	about context
	cues  []cue
	known bool
}

// set makes a set of words; a word that ends in + takes the next one with it.
func set(lists ...string) map[string]skipped {
	out := map[string]skipped{}
	for _, list := range lists {
		for _, w := range strings.Fields(list) {
			if name, ok := strings.CutSuffix(w, "+"); ok {
				out[name] = withNext
			} else {
				out[w] = itself
			}
		}
	}
	return out
}

const (
	algorithms = `md5 sha sha1 sha-1 sha224 sha-224 sha256 sha-256 sha384 sha-384 sha512 sha-512 sha2-224 sha2-256 sha2-384 sha2-512 sm3 hmac-md5 hmac-sha hmac-sha1 hmac-sha-1 hmac-sha1-12 hmac-sha1-20 hmac-sha256
		hmac-sha-256 hmac-sha2-256 hmac-sha384 hmac-sha-384 hmac-sha512 hmac-sha-512 hmac-sm3 keyed-md5 keyed-sha1 aes aes128 aes-128 aes192 aes-192 aes256 aes-256 aes-128-cmac aes-256-cmac aes128cmac cmac-aes-128 des des56 des-56 3des 3des168 3des-168
		sm4 scrypt pbkdf2 sha512-password 128 192 256`
	manners = `irreversible-cipher reversible-cipher cipher ciphertext simple plain plaintext plain-text clear cleartext clear-text hash hashed encrypted encryption unencrypted text ascii ascii-text hex hexadecimal string usual nonstandard
		rfc2453 rfc2082 rfc4822 secret value enc type level+ privilege+ role+ 0 3 4 5 6 7 8 8a 9 10 14 --md5 --sha256 --sha512 --encrypted`
	places = `address+ host+ ip+ ipv6+ peer+ hostname+ mask+ key-id+ keyid+ spi+ esp ah inbound outbound local remote any key password authentication accounting authorization`
)

var (
	kinds   = set(manners, algorithms)
	around  = set(manners, algorithms, places)
	ciphers = set(algorithms, "simple plain text cipher hash usual nonstandard rfc2453 rfc2082 rfc4822")
	uses    = set(manners, "authentication accounting authorization")
	rights  = set(manners, "read write ro rw read-only read-write add del")
	sends   = set("vrf+ use-vrf+ traps informs trap inform version+ udp-port+ poll")
	options = set("-e+ -Cn+")

	// password: with a word on how it is written, in quotes, after words on logins, or alone in its line.
	password = []cue{{skip: kinds, need: true}, {skip: kinds, quoted: true}, {skip: kinds, all: aboutLogin}, {alone: true}}
	strong   = []cue{{skip: around}}
	netSNMP  = []cue{{flags: []string{"-c", "-A", "-X"}}}
	sink     = []cue{{pass: 1}}
	security = []cue{{pass: 2, skip: options}}
	ofKey    = []cue{{numbered: true}}
	mode     = []cue{{skip: ciphers, need: true}}
)

// words are all that matter, in lower case.
var words = table()

func table() map[string]word {
	out := map[string]word{}
	about := func(c context, list string) {
		for _, w := range strings.Fields(list) {
			out[w] = word{about: out[w].about | c, cues: out[w].cues}
		}
	}
	cued := func(list string, cues ...cue) {
		for _, w := range strings.Fields(list) {
			out[w] = word{about: out[w].about, cues: append(out[w].cues, cues...)}
		}
	}
	about(aboutSNMP, "snmp-server snmp-agent snmp snmp-host trap-host trap")
	about(aboutUser|aboutLogin, "user")
	about(aboutUser, "usm-user")
	about(aboutLogin, "username local-user enable super login peer neighbor ppp sent-username set isis ftp admin machine")
	about(aboutKeys, "tacacs-server radius-server hwtacacs-server tacacs radius hwtacacs isakmp aaa-server pre-shared-key server-private failover nas group")
	about(aboutStandby, "standby vrrp glbp hsrp")
	about(aboutHosts, "snmp-server")
	about(aboutV3, "v3")
	about(aboutMarked, "secret-data")
	about(aboutPrivate, "private")

	for _, w := range strings.Fields("strong-password common-password system-password no-password") {
		out[w] = word{known: true}
	}

	cued("password passwd secret passcode", password...)
	cued("password", cue{pass: 1, alone: true})
	cued("pass", cue{skip: kinds, need: true})
	cued("key", cue{skip: uses, need: true}, cue{skip: around, all: aboutKeys}, cue{alone: true})
	cued("enc", cue{min: 12})
	cued(`shared-key pre-shared-key preshared-key pre-share preshare psksecret psk wpa-psk passphrase pass-phrase key-string key-phrase string-key encryption-hex authentication-hex
		message-digest-key authentication-key set-key server-key encrypted-key plaintext-key password-hash md5-password password-encrypt authpwd privpwd auth-pwd priv-pwd authpass privpass
		auth-pass auth_pass snmp-community-string community-name community-string community-map trap-community bindpw rootbindpw rootpw phash sharedkey wep-key requirepass masterauth
		rocommunity rwcommunity rocommunity6 rwcommunity6 trapcommunity defcommunity defpassphrase defauthpassphrase defprivpassphrase cachemgr_passwd`, strong...)
	cued("authcommunity", cue{pass: 1})
	cued("com2sec com2sec6 com2secunix", security...)
	cued("createuser", cue{pass: 2, skip: options, then: 1})
	cued("trapsink trap2sink informsink", sink...)
	cued("proxy trapsess snmpwalk snmpget snmpbulkwalk snmpset snmptrap", netSNMP...)
	cued("authentication-mode privacy-mode area-authentication-mode domain-authentication-mode", mode...)
	cued("authentication", cue{skip: set("md5 text simple plain sha256 sha384 sha512"), need: true}, cue{skip: kinds, all: aboutStandby})
	cued("auth", cue{skip: kinds, need: true, all: aboutSNMP | aboutUser})
	cued("priv", cue{skip: kinds, all: aboutSNMP | aboutUser})
	cued("community", cue{skip: rights, all: aboutSNMP}, cue{before: []string{"{", "ro", "rw", "RO", "RW"}})
	cued("securityname", cue{skip: kinds, none: aboutV3})
	cued("host", cue{pass: 1, skip: sends, all: aboutHosts})
	cued("m md5 sha sha1 sha256 sha384 sha512 aes128 aes256 aes128cmac aes256cmac", ofKey...)
	cued("eap xauth", cue{quoted: true})
	cued("rsa", cue{pass: 1, quoted: true})
	cued("sshpass mysql mysqldump mysqladmin", cue{flags: []string{"-p"}})
	cued("curl", cue{flags: []string{"-u", "--user"}})
	cued("bearer", cue{min: 16})
	return out
}

// innocent are words that stand where a secret could and are none: they say how a password is, must be or is asked for.
var innocent = set(manners, algorithms, places, `
	yes no on off true false none null nil never always enable enabled disable disabled required requisite sufficient optional include substack files compat db nis nisplus sss ldap systemd winbind dns local prompt ask default unset set
	empty locked unlocked expired expires expire hidden removed must may should can cannot is are was were be been has have had not and or for of to in the a an with without by from on at if when via that this it its
	policy history complexity complexity-check length minimum maximum min max age aging expiration expiry authentication encryption algorithm scheme method methods file recovery strength strength-check secure-mode change changed changes control
	check quality rule rules strings name names mode acl view mib-view read write ro rw notify prefer source version vrf udp-port port traps trap informs community usual key chain key-chain keychain key-string set-key passphrase pass-phrase password passwords secret
	privacy-mode authentication-mode priv auth access match context v1 v2c v3 group permission permissions set-group access-list filter use-vrf inform logins login user users account accounts information info field fields hint database db
	config config-key generate zeroize import export rsa dsa ecdsa ed25519 protection manager management reset retry retries attempts attempt warning warn remember aging-time alert update hashing storage stored storing protected
	all change-type format lifetime will would being gecos encryption-key common
	{ [ ( = : -`)

// endings are the ends of words of several parts after which a secret may stand: bind-password, secondary-secret.
var endings = []string{"-password", "-passwd", "-secret", "-passphrase", "_password", "_passwd", "_secret"}

// secretNames are the ends of names whose value is a secret.
var secretNames = []string{
	"password", "passwd", "passphrase", "passcode", "secret", "secretkey", "secret_key", "secret-key", "token", "apikey", "api_key", "api-key", "accesskey", "access_key", "access-key", "privatekey", "private_key", "private-key",
	"psk", "sharedkey", "shared_key", "shared-key", "bindpw", "rootpw", "authtok", "_pass", "-pass", "pwd", "credential", "credentials", "phash", "community", "community-string", "wep_key", "wep-key", "requirepass", "masterauth", "authorization",
}

// isSecretName says whether a name, in lower case, is one whose value is a secret.
func isSecretName(name string) bool {
	name = strings.TrimRight(name, "0123456789")
	switch name {
	case "pass":
		return true
	case "nopasswd": // sudo's tag
		return false
	}
	if len(name) < 3 {
		return false
	}
	for _, n := range namesByEnd[name[len(name)-1]] {
		if strings.HasSuffix(name, n) {
			return true
		}
	}
	return false
}

// namesByEnd are the secretNames by their last letter.
var namesByEnd = func() (by [256][]string) {
	for _, n := range secretNames {
		by[n[len(n)-1]] = append(by[n[len(n)-1]], n)
	}
	return by
}()

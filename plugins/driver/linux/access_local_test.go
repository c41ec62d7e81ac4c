package linux

import "testing"

func TestLocalAccess(t *testing.T) {
	auth := func(lines string) string {
		return "all files are here\n-- /etc/pam.d/login --\n" + lines + "-- /etc/pam.d/su --\nauth sufficient pam_rootok.so\nauth sufficient pam_wheel.so trust use_uid\nauth include login\n"
	}
	for name, c := range map[string]struct{ archive, scope, authenticated, empty, factors, methods string }{
		"a password":   {auth("auth required pam_unix.so\n"), "login", "true", "false", "1", "[password]"},
		"or none":      {auth("auth required pam_unix.so nullok\n"), "login", "true", "true", "1", "[password]"},
		"the old word": {auth("auth required pam_unix.so nullok_secure\n"), "login", "true", "true", "1", "[password]"},
		"nullok does not help where another module refuses": {auth("auth required pam_unix.so nullok\nauth required pam_google_authenticator.so\n"), "login", "true", "false", "2", "[otp, password]"},
		"two factors, one may be missing":                   {auth("auth required pam_unix.so\nauth required pam_google_authenticator.so nullok\n"), "login", "true", "false", "1", "[otp, password]"},
		"either of two":                                     {auth("auth sufficient pam_u2f.so\nauth required pam_unix.so\n"), "login", "true", "false", "1", "[certificate, password]"},
		"everybody":                                         {auth("auth sufficient pam_permit.so\nauth required pam_unix.so\n"), "login", "false", "true", "0", "[password]"},
		"pam_env may let in":                                {auth("auth required pam_env.so\nauth sufficient pam_unix.so\n"), "login", "unknown: conflict: auth stack", "unknown: conflict: auth stack", "0", "[password]"},
		"an unknown module":                                 {auth("auth sufficient pam_strange.so\nauth required pam_unix.so\n"), "login", "unknown: not_understood: pam_strange", "unknown: not_understood: pam_strange", "unknown: not_understood: pam_strange", "[password]"},
		"su":                                                {auth("auth required pam_unix.so\n"), "su", "true", "false", "1", "[password]"},
		"su with a broken stack":                            {auth("auth required pam_unix.so\nauth what\n"), "su", "unknown: not_understood: /etc/pam.d/login", "unknown: not_understood: /etc/pam.d/login", "unknown: not_understood: /etc/pam.d/login", "unknown: not_understood: /etc/pam.d/login"},
	} {
		t.Run(name, func(t *testing.T) {
			got := valuesOf(t, c.archive, "access_paths["+c.scope+"]")
			same(t, got["authenticated"]+"\n"+got["empty_passwords"]+"\n"+got["factors"]+"\n"+got["methods"], c.authenticated+"\n"+c.empty+"\n"+c.factors+"\n"+c.methods)
		})
	}
}

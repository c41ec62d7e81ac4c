package sshtest

// Hostile is a way to misbehave.
type Hostile string

// What a hostile or broken device may do. Those named Config… do it in the answer to the configuration's command, those named Login…
// before the first prompt.
const (
	SilentAccept     Hostile = "silent after accept"
	DripVersion      Hostile = "a byte a second before the handshake"
	EndlessPreBanner Hostile = "endless lines before the version"
	EndlessPreLine   Hostile = "endless line before the version"
	HTTPServer       Hostile = "an HTTP server"
	ResetOnAccept    Hostile = "reset on accept"
	ResetAfterKex    Hostile = "reset at login"
	StallAtLogin     Hostile = "stall at login"
	EndlessBanner    Hostile = "endless login banner"
	RefuseChannel    Hostile = "session refused"
	RefusePTY        Hostile = "terminal refused"
	ResetAtShell     Hostile = "reset when the session opens"
	LoginSilent      Hostile = "no prompt"
	LoginEndless     Hostile = "endless words before the prompt"
	LoginFlood       Hostile = "prompt flood"
	LoginChanging    Hostile = "another prompt each time"
	NoEcho           Hostile = "no echo"
	ConfigStall      Hostile = "stall mid-output"
	ConfigDrip       Hostile = "a byte a second of output"
	ConfigEndless    Hostile = "endless output"
	ConfigLongLine   Hostile = "a line of 100 MB"
	ConfigPager      Hostile = "endless pages"
	ConfigPagerOnly  Hostile = "pages without lines"
	ConfigANSI       Hostile = "storm of control sequences"
	ConfigReset      Hostile = "reset mid-output"
	ConfigEOF        Hostile = "session closed mid-output"
	ConfigCut        Hostile = "output cut short, then the prompt"
	ConfigQuestion   Hostile = "a question mid-output"
	ConfigOverwrite  Hostile = "output that overwrites itself"
	ConfigRekey      Hostile = "rekey storm"
	ConfigStderr     Hostile = "endless error stream"
	ConfigRequests   Hostile = "endless channel requests"
	ConfigWindow     Hostile = "nothing is read any more"
	IgnoreLogout     Hostile = "logout ignored"
)

// Hostiles are all of them.
func Hostiles() []Hostile {
	return []Hostile{SilentAccept, DripVersion, EndlessPreBanner, EndlessPreLine, HTTPServer, ResetOnAccept, ResetAfterKex, StallAtLogin, EndlessBanner,
		RefuseChannel, RefusePTY, ResetAtShell, LoginSilent, LoginEndless, LoginFlood, LoginChanging, NoEcho, ConfigStall, ConfigDrip, ConfigEndless,
		ConfigLongLine, ConfigPager, ConfigPagerOnly, ConfigANSI, ConfigReset, ConfigEOF, ConfigCut, ConfigQuestion, ConfigOverwrite, ConfigRekey, ConfigStderr,
		ConfigRequests, ConfigWindow, IgnoreLogout}
}

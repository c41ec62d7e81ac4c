package sshtest

import (
	"fmt"
	"slices"
	"strings"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// A Personality is how one vendor's terminal looks and what it understands by itself.
type Personality struct {
	Name string
	// Prompt and Raised are the prompt before and after raising the privilege; %s is the host name. Raised is empty where it does not change.
	Prompt, Raised string
	// Preamble stands on lines before each prompt.
	Preamble string
	// Pager is the pager's line, Erase what takes it away.
	Pager, Erase string
	// PagerOff are the commands that switch it off for the session.
	PagerOff []string
	// Unknown is what the device says to a command that it does not know.
	Unknown string
	Logout  []string
	// Raise is the command that raises privilege, RaiseAsks how it asks, RaiseRefused what it says to a wrong password.
	Raise, RaiseAsks, RaiseRefused string
	// Configure are the commands that would enter or change the configuration.
	Configure []string

	host    string
	dialect *pluginpb.Dialect
}

const (
	wipe42 = "\x1b[42D                                          \x1b[42D"
	wipe16 = "\x1b[16D                \x1b[16D"
)

// VRP is a Huawei switch or router.
func VRP() Personality {
	return Personality{
		Name: "vrp", Prompt: "<%s>", host: "HUAWEI",
		Pager: "  ---- More ----", Erase: wipe42, PagerOff: []string{"screen-length 0 temporary"},
		Unknown: "            ^\nError: Unrecognized command found at '^' position.\n", Logout: []string{"quit"},
		Raise: "super", RaiseAsks: "Password:", RaiseRefused: "Error: Failed to authenticate.\n",
		Configure: []string{"system-view", "save", "reset", "undo", "reboot"},
		dialect: &pluginpb.Dialect{
			PromptPattern: `^(?:HRP_[A-Z]{1,2})?(?:<[^<>\r\n]{1,80}>|\[[~*]?[^\[\]\r\n]{1,80}\]) ?$`,
			PagerPattern:  `^ *---- ?More ?---- *$`, PagerKey: " ", OnOpen: []string{"screen-length 0 temporary"},
			ErrorPatterns: []string{`^ *Error: ?`, `^ *\^ *$`}, Logout: "quit", EndMarks: []string{"return"},
			RaiseCommand: "super", RaisePasswordPattern: `(?i)^ *password: *$`,
			Dialogues: []*pluginpb.Dialogue{
				{Pattern: `(?i)change (?:it )?now\? *\[y/n\]`, Answer: "N", Means: "initial password unchanged"},
				{Pattern: `(?i)continue\? *\[y/n\]`, Answer: "N"},
			},
		},
	}
}

// VRPSystem is a VRP 8 device that is left in its system view, where a mark in the prompt tells of uncommitted changes.
func VRPSystem() Personality {
	p := VRP()
	p.Name, p.Prompt = "vrp-system", "[~%s]"
	return p
}

// USG is a Huawei firewall, the active one of a pair.
func USG() Personality {
	p := VRP()
	p.Name, p.Prompt, p.host = "usg", "HRP_M<%s>", "USG"
	return p
}

// Comware is an H3C switch or router.
func Comware() Personality {
	p := VRP()
	p.Name, p.host, p.Pager, p.Erase = "comware", "H3C", "---- More ----", wipe16
	p.PagerOff = []string{"screen-length disable"}
	p.Unknown = "                ^\n % Unrecognized command found at '^' position.\n"
	p.dialect = &pluginpb.Dialect{
		PromptPattern: `^(?:RBM_[A-Z]{1,2})?(?:<[^<>\r\n]{1,80}>|\[[^\[\]\r\n]{1,80}\]) ?$`,
		PagerPattern:  `^ *---- More ---- *$`, PagerKey: " ", OnOpen: []string{"screen-length disable"},
		ErrorPatterns: []string{`^ *% ?`, `^ *\^ *$`}, Logout: "quit", EndMarks: []string{"return"},
		RaiseCommand: "super", RaisePasswordPattern: `(?i)^ *password: *$`,
	}
	return p
}

// ComwareFirewall is an H3C firewall, the primary one of a pair.
func ComwareFirewall() Personality {
	p := Comware()
	p.Name, p.Prompt = "comware-firewall", "RBM_P<%s>"
	return p
}

// IOS is a Cisco router or switch.
func IOS() Personality {
	return Personality{
		Name: "ios", Prompt: "%s>", Raised: "%s#", host: "sw01",
		Pager: " --More-- ", Erase: "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b", PagerOff: []string{"terminal length 0", "terminal width 0"},
		Unknown: "                ^\n% Invalid input detected at '^' marker.\n\n", Logout: []string{"exit", "logout"},
		Raise: "enable", RaiseAsks: "Password: ", RaiseRefused: "% Access denied\n\n",
		Configure: []string{"configure", "write", "copy", "reload", "clear"},
		dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]#]{1,64}(?:\([^)\s]{1,40}\))?[>#] ?$`,
			PagerPattern:  `^ ?--More-- ?$`, PagerKey: " ", OnOpen: []string{"terminal length 0", "terminal width 0"},
			ErrorPatterns: []string{`^% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Access denied)`}, Logout: "exit", EndMarks: []string{"end"},
			RaiseCommand: "enable", RaisePasswordPattern: `(?i)^password: ?$`,
		},
	}
}

// NXOS is a Cisco data centre switch.
func NXOS() Personality {
	p := IOS()
	p.Name, p.Prompt, p.Raised, p.host, p.Raise = "nxos", "%s# ", "", "nx01", ""
	p.Pager, p.Erase, p.PagerOff = "--More--", "\r        \r", []string{"terminal length 0"}
	p.dialect = &pluginpb.Dialect{
		PromptPattern: `^[^\s<>\[\]#]{1,64}# ?$`, PagerPattern: `^ ?--More-- ?$`, PagerKey: " ", OnOpen: []string{"terminal length 0"},
		ErrorPatterns: []string{`^% ?`}, Logout: "exit",
	}
	return p
}

// ASA is a Cisco firewall.
func ASA() Personality {
	p := IOS()
	p.Name, p.Prompt, p.Raised, p.host = "asa", "%s> ", "%s# ", "fw/act"
	p.Pager, p.Erase, p.PagerOff = "<--- More --->", "\r              \r", []string{"terminal pager 0"}
	p.Unknown = "              ^\nERROR: % Invalid input detected at '^' marker.\n"
	p.dialect = &pluginpb.Dialect{
		PromptPattern: `^[^\s<>#]{1,80}[>#] ?$`, PagerPattern: `^<--- More --->$`, PagerKey: " ",
		ErrorPatterns: []string{`^ERROR: `}, Logout: "exit", EndMarks: []string{": end"},
		RaiseCommand: "enable", RaisePasswordPattern: `(?i)^password: ?$`,
	}
	return p
}

// Junos is a Juniper device.
func Junos() Personality {
	return Personality{
		Name: "junos", Prompt: "admin@%s> ", Preamble: "\n{master:0}\n", host: "srx01",
		Pager: "---(more)---", Erase: "\r                                        \r", PagerOff: []string{"set cli screen-length 0"},
		Unknown: "        ^\nunknown command.\n", Logout: []string{"exit"}, Configure: []string{"configure", "edit", "request", "clear"},
		dialect: &pluginpb.Dialect{
			PromptPattern: `^[\w.-]{1,64}@[\w.-]{1,64}> ?$`, PagerPattern: `^---\(more(?: \d+%)?\)---$`, PagerKey: " ",
			OnOpen: []string{"set cli screen-length 0"}, ErrorPatterns: []string{`^unknown command`, `^syntax error`}, Logout: "exit",
		},
	}
}

// FortiOS is a Fortinet firewall. Its pager can be switched off by configuration only, so it is answered by its key.
func FortiOS() Personality {
	return Personality{
		Name: "fortios", Prompt: "%s # ", host: "fw01",
		Pager: "--More-- ", Erase: "\r         \r",
		Unknown: "Unknown action 0\nCommand fail. Return code -1\n", Logout: []string{"exit"}, Configure: []string{"config", "execute", "set", "end"},
		dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s#]{1,64}(?: \([^)]{1,64}\))? [#$] ?$`, PagerPattern: `^--More-- ?$`, PagerKey: " ",
			ErrorPatterns: []string{`^Command fail`, `^Unknown action`}, Logout: "exit",
		},
	}
}

// FortiOSGlobal is the same within its global context.
func FortiOSGlobal() Personality {
	p := FortiOS()
	p.Name, p.Prompt = "fortios-global", "%s (global) # "
	return p
}

// PANOS is a Palo Alto Networks firewall.
func PANOS() Personality {
	return Personality{
		Name: "panos", Prompt: "admin@%s> ", host: "PA-220",
		Pager: "lines 1-23 ", Erase: "\r\x1b[K", PagerOff: []string{"set cli pager off"},
		Unknown: "Unknown command: \n", Logout: []string{"exit"}, Configure: []string{"configure", "request", "commit"},
		dialect: &pluginpb.Dialect{
			PromptPattern: `^[\w.-]{1,64}@[\w.-]{1,64}(?:\([a-z-]{1,20}\))?> ?$`, PagerPattern: `^lines \d+-\d+ ?$`, PagerKey: " ",
			OnOpen: []string{"set cli pager off"}, ErrorPatterns: []string{`^Unknown command`, `^Invalid syntax`}, Logout: "exit",
		},
	}
}

// EOS is an Arista switch.
func EOS() Personality {
	p := IOS()
	p.Name, p.host, p.Pager, p.Erase = "eos", "leaf1", " --More-- ", "\x1b[2K\r"
	p.Unknown = "% Invalid input\n"
	p.PagerOff = []string{"terminal length 0", "terminal width 32767"}
	p.dialect = &pluginpb.Dialect{
		PromptPattern: p.dialect.PromptPattern, PagerPattern: `^ ?--More-- ?$`, PagerKey: " ", OnOpen: []string{"terminal length 0", "terminal width 32767"},
		ErrorPatterns: []string{`^% ?`}, Logout: "exit", EndMarks: []string{"end"}, RaiseCommand: "enable", RaisePasswordPattern: `(?i)^password: ?$`,
	}
	return p
}

// Ruijie is a Ruijie switch.
func Ruijie() Personality {
	p := IOS()
	p.Name, p.host, p.Pager, p.Erase = "ruijie", "Ruijie", " --More-- ", "\r          \r"
	p.PagerOff = []string{"terminal length 0"}
	p.dialect = &pluginpb.Dialect{
		PromptPattern: p.dialect.PromptPattern, PagerPattern: `^ ?--More-- ?$`, PagerKey: " ", OnOpen: []string{"terminal length 0"},
		ErrorPatterns: []string{`^% ?`}, Logout: "exit", EndMarks: []string{"end"}, RaiseCommand: "enable", RaisePasswordPattern: `(?i)^password: ?$`,
	}
	return p
}

// Hillstone is a Hillstone firewall.
func Hillstone() Personality {
	return Personality{
		Name: "hillstone", Prompt: "%s# ", host: "SG-6000",
		Pager: " --More-- ", Erase: "\b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b", PagerOff: []string{"terminal length 0"},
		Unknown: "             ^-----unrecognized keyword\n\n", Logout: []string{"exit"}, Configure: []string{"configure", "save", "clear"},
		dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]#]{1,64}(?:\([^)\s]{1,40}\))?# ?$`, PagerPattern: `^ ?--More-- ?$`, PagerKey: " ",
			OnOpen: []string{"terminal length 0"}, ErrorPatterns: []string{`\^-----`}, Logout: "exit", EndMarks: []string{"End"},
		},
	}
}

// Generic is a plain shell-like device without pager.
func Generic() Personality {
	return Personality{
		Name: "generic", Prompt: "admin@%s:~$ ", host: "box", Unknown: "sh: not found\n", Logout: []string{"exit"},
		dialect: &pluginpb.Dialect{
			PromptPattern: `^\w{1,32}@[\w.-]{1,64}:[^\s]{1,64}[$#] ?$`, ErrorPatterns: []string{`: not found$`}, Logout: "exit",
		},
	}
}

// Personalities are all of them.
func Personalities() []Personality {
	return []Personality{VRP(), VRPSystem(), USG(), Comware(), ComwareFirewall(), IOS(), NXOS(), ASA(), Junos(), FortiOS(), FortiOSGlobal(),
		PANOS(), EOS(), Ruijie(), Hillstone(), Generic()}
}

// Describe is a driver's description that fits the personality, with these commands; the first of them is the configuration's.
func (p Personality) Describe(commands ...string) *pluginpb.DescribeResponse {
	d := &pluginpb.DescribeResponse{Name: p.Name, Version: "test", Commands: commands, Dialect: p.dialect}
	if len(commands) > 0 {
		d.ConfigCommand = commands[0]
	}
	return d
}

// EndMark is the line with which the personality ends a configuration; empty where it has none.
func (p Personality) EndMark() string {
	if marks := p.dialect.GetEndMarks(); len(marks) > 0 {
		return marks[0]
	}
	return ""
}

// prompt is the prompt of a device of that name.
func (p Personality) prompt(host string, raised bool) string {
	form := p.Prompt
	if raised && p.Raised != "" {
		form = p.Raised
	}
	return strings.ReplaceAll(p.Preamble, "\n", "\r\n") + fmt.Sprintf(form, host)
}

func (p Personality) configures(line string) bool {
	first, _, _ := strings.Cut(line, " ")
	return slices.Contains(p.Configure, first)
}

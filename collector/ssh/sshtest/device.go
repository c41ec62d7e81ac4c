// Package sshtest is a fake network device that speaks SSH on 127.0.0.1. It has the manners of a vendor (prompt, pager, errors,
// privilege, login dialogues), echoes what is typed byte by byte, and keeps account of every byte and every login it receives. Any
// number of them can be started cheaply; each can be made hostile in one of many ways.
//
// It is for tests and demonstrations. It imitates what a terminal session shows and nothing else of a device.
package sshtest

import (
	"time"

	"golang.org/x/crypto/ssh"
)

// A Device is what Start and Listen imitate. The zero Device is a Huawei switch with the account admin and no answers.
type Device struct {
	Personality Personality // default: VRP()
	// Hostname stands in the prompt; its bytes may be in any encoding.
	Hostname string
	// Answers are what commands show, with "\n" line ends. Any other command is unknown to the device.
	Answers map[string]string
	// Config is the command that shows the running configuration: Digest is taken over its answer.
	Config string

	// User and Password are the one account (default: admin, Pa55-word).
	User, Password string
	// Methods are the login methods that are offered (default: password). "none" lets everybody in.
	Methods []string
	// Keys and CA are what publickey accepts: bare keys, and certificates of an authority.
	Keys []ssh.PublicKey
	CA   ssh.PublicKey
	// Challenges are the questions of keyboard-interactive, one after another (default: one, for the password).
	Challenges []Challenge
	// Second demands this further method after a successful first one.
	Second string
	// RaisePassword is the password of the raise command (default: Raise-55). RaiseTries is how often it is asked for (default: 1).
	RaisePassword string
	RaiseTries    int

	// Banner is sent before the login, Motd after it.
	Banner, Motd string
	// Dialogues are asked after the login, before the first prompt.
	Dialogues []Dialogue
	// AfterDialogues runs instead of the prompt: what is printed before the device closes the session.
	AfterDialogues string

	// Page is how many lines the pager shows (default 24); negative: it has none.
	Page int
	// Delay is the time each command takes before it says anything.
	Delay time.Duration
	// Chunk sends output in pieces of so many bytes, ChunkDelay apart.
	Chunk      int
	ChunkDelay time.Duration
	// Cuts are further places at which output is broken into pieces: an output offset within each answer.
	Cuts []int
	// Coalesce echoes what has come in one piece rather than byte by byte.
	Coalesce bool
	// Legacy offers old algorithms only.
	Legacy bool
	// MaxSessions refuses more terminals than that at a time; 0: no limit.
	MaxSessions int
	// HostKey is the device's key; nil: a new one.
	HostKey ssh.Signer
	// Hostile makes it misbehave.
	Hostile Hostile
	// Forward lets clients connect onwards through it, as a jump host.
	Forward bool
}

// A Challenge is one question of keyboard-interactive.
type Challenge struct {
	Question string
	Echo     bool
	Answer   string
}

// A Dialogue is a question asked in the terminal after login.
type Dialogue struct {
	Ask string
	// Want is the one safe answer; anything else is written down as wrong. Key takes any single byte.
	Want string
	Key  bool
}

func (d Device) filled() Device {
	if d.Personality.Name == "" {
		d.Personality = VRP()
	}
	if d.Hostname == "" {
		d.Hostname = d.Personality.host
	}
	if d.User == "" {
		d.User = "admin"
	}
	if d.Password == "" {
		d.Password = "Pa55-word"
	}
	if d.RaisePassword == "" {
		d.RaisePassword = "Raise-55"
	}
	if d.RaiseTries == 0 {
		d.RaiseTries = 1
	}
	if len(d.Methods) == 0 {
		d.Methods = []string{"password"}
	}
	if len(d.Challenges) == 0 {
		d.Challenges = []Challenge{{Question: "Password: ", Answer: d.Password}}
	}
	if d.Page == 0 {
		d.Page = 24
	}
	return d
}

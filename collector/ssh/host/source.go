package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// servers are where distributions keep OpenSSH's SFTP server. Started by us it is told to refuse all writing (-R).
var servers = []string{
	"/usr/lib/openssh/sftp-server -R",     // Debian, Ubuntu, UOS
	"/usr/libexec/openssh/sftp-server -R", // RHEL and its kin, openEuler, Kylin
	"/usr/lib/ssh/sftp-server -R",         // SUSE
}

const (
	subsystem = "sftp"
	sudoRun   = "sudo -n "
	// openTimeout is how long one way to the files may take to say hello.
	openTimeout = 6 * time.Second
	// maxMounts bounds the list of mounts.
	maxMounts = 4 << 20
)

// source opens the first way to the host's files that works: SFTP as root where that is wanted and needed, SFTP as the server
// offers it, SFTP by its program, and plain commands at last.
func (y *system) source(ctx context.Context) (source, error) {
	served := y.overSFTP(func(session *ssh.Session) error { return session.RequestSubsystem(subsystem) })
	var why error
	if !y.sudo { // the common case, before anything else is asked
		s, err := y.try(ctx, served)
		if err == nil || isLost(err) || ctx.Err() != nil {
			return s, err
		}
		why = err
	}
	uid, err := y.uid(ctx)
	if isLost(err) || ctx.Err() != nil {
		return nil, err
	}
	runs := err == nil
	var ways []func(context.Context) (source, error)
	if y.sudo && runs && uid != 0 {
		for _, s := range servers {
			ways = append(ways, y.overSFTP(func(session *ssh.Session) error { return session.Start(sudoRun + s) }))
		}
	}
	if y.sudo {
		ways = append(ways, served)
	}
	if runs {
		for _, s := range servers {
			ways = append(ways, y.overSFTP(func(session *ssh.Session) error { return session.Start(s) }))
		}
		ways = append(ways, func(context.Context) (source, error) { return tools{y.shell}, nil })
	}
	for _, way := range ways {
		s, err := y.try(ctx, way)
		if err == nil {
			return s, nil
		}
		if isLost(err) || ctx.Err() != nil {
			return nil, err
		}
		why = cmp.Or(why, err)
	}
	return nil, why
}

// try opens a way and sees whether it shows the host's own root.
func (y *system) try(ctx context.Context, way func(context.Context) (source, error)) (source, error) {
	limited, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	s, err := way(limited)
	if err != nil {
		return nil, err
	}
	mounts, err := s.read(limited, "/proc/self/mountinfo", 0, maxMounts)
	if err == nil && !showsRoot(string(mounts)) {
		err = errConfined
	}
	if err != nil {
		s.close()
		if !errors.Is(err, errConfined) && !isLost(err) && !passing(err) {
			err = fmt.Errorf("%w (%v)", errConfined, err) //nolint:errorlint // not wrapped: that there is no /proc is no absence of what was asked for
		}
		return nil, err
	}
	return s, nil
}

// showsRoot says whether a process with these mounts has a mount as its root. In a folder that it was confined to
// (ChrootDirectory) it has none, and what it does not see there proves nothing.
func showsRoot(mountinfo string) bool {
	const point = 4
	for l := range strings.Lines(mountinfo) {
		if f := strings.Fields(l); len(f) > point && f[point] == "/" {
			return true
		}
	}
	return false
}

// overSFTP opens SFTP on a channel that start prepares.
func (y *system) overSFTP(start func(*ssh.Session) error) func(context.Context) (source, error) {
	return func(ctx context.Context) (source, error) {
		session, err := y.shell.session(ctx)
		if err != nil {
			return nil, err
		}
		in, err1 := session.StdinPipe()
		out, err2 := session.StdoutPipe()
		complaints, err3 := session.StderrPipe()
		if err := errors.Join(err1, err2, err3); err != nil {
			go session.Close()
			return nil, err
		}
		started := make(chan error, 1)
		go func() { started <- start(session) }()
		select {
		case err = <-started:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		if err != nil {
			go session.Close()
			return nil, err
		}
		go func() { _, _ = io.Copy(io.Discard, complaints) }()
		return newSFTPSource(ctx, out, in, session)
	}
}

func newSFTPSource(ctx context.Context, r io.Reader, w io.Writer, channel io.Closer) (source, error) {
	c, err := newSFTP(ctx, r, w, channel)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Commands gives every line that may reach the host, for the commands of a driver: what an account must be allowed, and all
// that it can be made to do. In the lines with PATH, a path of the driver's questions takes its place; they are used only where
// there is no SFTP.
func Commands(published, privileged []string, o Options) []string {
	out := []string{"subsystem " + subsystem}
	add := func(as rights, words ...string) {
		if l, err := line(as, words...); err == nil {
			out = append(out, l)
		}
	}
	for _, s := range servers {
		if o.Sudo {
			out = append(out, sudoRun+s)
		}
		out = append(out, s)
	}
	for _, words := range [][]string{askUID, askMachine, askTime, askMounts, askSockets, askPrograms, askOpen, toolLstat("PATH"), toolFolder("PATH"), toolLink("PATH"), toolRead("PATH")} {
		add(asUser, words...)
	}
	if o.Sudo {
		add(asRoot, askOpen...)
	}
	for _, c := range published {
		words, err := split(c)
		if err != nil {
			continue
		}
		add(asUser, words...)
		if o.Sudo && slices.Contains(privileged, c) {
			add(asRoot, words...)
		}
	}
	return out
}

package sshtest

import (
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// pause waits, unless the device is closed; false: it is.
func (s *Server) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.closing:
		return false
	}
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}

// beforeSSH misbehaves before the handshake; true: that was all.
func (s *Server) beforeSSH(c net.Conn) bool {
	switch s.device.Hostile {
	case SilentAccept:
		s.drain(c)
	case DripVersion:
		for _, b := range []byte("SSH-2.0-" + strings.Repeat("x", 200)) {
			if _, err := c.Write([]byte{b}); err != nil || !s.pause(time.Second) {
				break
			}
		}
	case EndlessPreBanner:
		for {
			if _, err := c.Write([]byte(strings.Repeat("welcome\r\n", 100))); err != nil {
				break
			}
		}
	case EndlessPreLine:
		for {
			if _, err := c.Write([]byte(strings.Repeat("w", 1000))); err != nil {
				break
			}
		}
	case HTTPServer:
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
	case ResetOnAccept:
		reset(c)
	default:
		return false
	}
	return true
}

// drain reads until the client is gone.
func (s *Server) drain(c net.Conn) {
	buf := make([]byte, 512)
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

// hostileLogin misbehaves in the login.
func (s *Server) hostileLogin(config *ssh.ServerConfig, c net.Conn) {
	switch s.device.Hostile {
	case ResetAfterKex:
		config.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
			reset(c)
			return nil, errWrong
		}
	case StallAtLogin:
		config.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
			s.drain(c)
			return nil, errWrong
		}
	case EndlessBanner:
		config.PreAuthConnCallback = func(conn ssh.ServerPreAuthConn) {
			var err error
			for err == nil {
				err = conn.SendAuthBanner(strings.Repeat("authorised use only\r\n", 200))
			}
		}
	case ConfigRekey:
		config.RekeyThreshold = 256
	}
}

// A stuckConn can stop reading for ever.
type stuckConn struct {
	net.Conn
	closing chan struct{}
	stuck   chan struct{} // closed: no more reading
}

func (c *stuckConn) Read(b []byte) (int, error) {
	select {
	case <-c.stuck:
		<-c.closing
		return 0, net.ErrClosed
	default:
	}
	return c.Conn.Read(b)
}

// endless writes pieces until the client is gone.
func (x *session) endless(piece string) {
	for {
		if _, err := x.ch.Write([]byte(piece)); err != nil {
			return
		}
	}
}

// misbehave answers the configuration's command in its own way; true: it did.
func (x *session) misbehave(answer string) bool {
	half := answer[:len(answer)/2]
	switch x.server.device.Hostile {
	case ConfigStall:
		x.print(half)
		x.wait()
	case ConfigDrip:
		for _, b := range []byte(strings.Repeat("drip ", 1000)) {
			if _, err := x.ch.Write([]byte{b}); err != nil || !x.server.pause(time.Second) {
				break
			}
		}
		x.wait()
	case ConfigEndless:
		x.endless(strings.Repeat("interface Vlanif100\r\n ip address 10.0.0.1 24\r\n", 100))
	case ConfigRekey:
		x.endless("interface Vlanif100\r\n")
	case ConfigLongLine:
		piece := strings.Repeat("x", 32<<10)
		for range 100 << 20 / len(piece) {
			if _, err := x.ch.Write([]byte(piece)); err != nil {
				break
			}
		}
		x.print("\n" + answer)
		return false
	case ConfigPager:
		x.device.Page = 2
		for x.page("line\nline\nline\n") {
		}
	case ConfigPagerOnly:
		for {
			x.write(x.device.Personality.Pager)
			if _, err := x.in.ReadByte(); err != nil {
				break
			}
			x.write(x.device.Personality.Erase)
		}
	case ConfigANSI:
		x.endless(strings.Repeat("\x1b[2J\x1b[1;31m\x1b[65535C\x1b[K\x1b]0;title\x07\x1b[999;999H\b\b\r\x1b[K", 50))
	case ConfigReset:
		x.print(half)
		reset(x.conn.Conn)
	case ConfigEOF:
		x.print(half)
		x.gone = true
	case ConfigCut:
		x.print(half[:strings.LastIndexByte(half, '\n')+1])
	case ConfigQuestion:
		x.print(half + "Overwrite? [Y/N]:")
		x.wait()
	case ConfigOverwrite:
		x.print("telnet server enable\r                    \r" + answer)
	case ConfigStderr:
		for {
			if _, err := x.ch.Stderr().Write(make([]byte, 16<<10)); err != nil {
				break
			}
		}
	case ConfigRequests:
		for {
			if _, err := x.ch.SendRequest("keepalive", false, []byte(strings.Repeat("k", 1000))); err != nil {
				break
			}
		}
	case ConfigWindow:
		close(x.conn.stuck)
		x.wait()
	default:
		return false
	}
	return true
}

// misbehaveLogin does so before the first prompt; true: that was all.
func (x *session) misbehaveLogin() bool {
	switch x.server.device.Hostile {
	case LoginSilent:
		x.wait()
	case LoginEndless:
		x.endless(strings.Repeat("welcome to this device\r\n", 100))
	case LoginFlood:
		x.endless(x.prompt() + "\r\n" + x.prompt())
	default:
		return false
	}
	return true
}

// wait swallows what is typed until the client or the device is gone.
func (x *session) wait() {
	for {
		if _, err := x.in.ReadByte(); err != nil {
			return
		}
	}
}

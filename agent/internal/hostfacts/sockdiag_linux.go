package hostfacts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// The kernel's sock_diag interface (man 7 sock_diag), as far as it is needed: one dump request for each protocol and
// family, answered by one inet_diag_msg a socket. Reading /proc/net/tcp instead makes the kernel walk and print every
// connection.
const (
	sockDiagByFamily = 20
	stateClose       = 7
	stateListen      = 10

	headerLen  = unix.NLMSG_HDRLEN
	requestLen = headerLen + 56
	messageLen = 72

	// maxDumps is how often a dump that changed under the kernel's hands is tried.
	maxDumps = 3
)

// bound is a socket as the kernel lists it.
type bound struct {
	protocol string
	address  netip.AddrPort
	uid      uint32
	inode    uint32
}

var errChanging = errors.New("the sockets changed while they were listed")

// boundSockets lists listening TCP and unconnected UDP sockets.
func boundSockets() ([]bound, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5}); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	var out []bound
	buf := make([]byte, 64<<10)
	for _, kind := range []struct {
		protocol string
		number   byte
		states   uint32
	}{{"tcp", unix.IPPROTO_TCP, 1 << stateListen}, {"udp", unix.IPPROTO_UDP, 1 << stateClose}} {
		for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
			list, err := dump(fd, buf, family, kind.number, kind.states)
			for n := 1; errors.Is(err, errChanging) && n < maxDumps; n++ {
				list, err = dump(fd, buf, family, kind.number, kind.states)
			}
			if err != nil {
				return nil, fmt.Errorf("%s sockets: %w", kind.protocol, err)
			}
			for _, b := range list {
				b.protocol = kind.protocol
				out = append(out, b)
			}
		}
	}
	return out, nil
}

func dump(fd int, buf []byte, family, protocol byte, states uint32) ([]bound, error) {
	req := make([]byte, requestLen)
	binary.NativeEndian.PutUint32(req[0:], requestLen)
	binary.NativeEndian.PutUint16(req[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(req[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	req[headerLen], req[headerLen+1] = family, protocol
	binary.NativeEndian.PutUint32(req[headerLen+4:], states)
	if err := unix.Sendto(fd, req, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, os.NewSyscallError("sendto", err)
	}
	var out []bound
	interrupted := false
	for {
		n, from, err := unix.Recvfrom(fd, buf, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, os.NewSyscallError("recvfrom", err)
		}
		if nl, ok := from.(*unix.SockaddrNetlink); !ok || nl.Pid != 0 {
			continue // not from the kernel
		}
		for msg := buf[:n]; len(msg) >= headerLen; {
			size := int(binary.NativeEndian.Uint32(msg))
			if size < headerLen || size > len(msg) {
				return nil, errors.New("a netlink message is cut short")
			}
			kind, flags, body := binary.NativeEndian.Uint16(msg[4:]), binary.NativeEndian.Uint16(msg[6:]), msg[headerLen:size]
			interrupted = interrupted || flags&unix.NLM_F_DUMP_INTR != 0
			switch kind {
			case unix.NLMSG_DONE:
				if interrupted {
					return nil, errChanging
				}
				return out, nil
			case unix.NLMSG_ERROR:
				return nil, netlinkError(body)
			case sockDiagByFamily:
				if b, ok := readMessage(body); ok {
					out = append(out, b)
				}
			}
			msg = msg[min((size+3)&^3, len(msg)):]
		}
	}
}

func netlinkError(body []byte) error {
	if len(body) < 4 {
		return errors.New("a netlink error without a number")
	}
	return unix.Errno(-int32(binary.NativeEndian.Uint32(body)))
}

// readMessage reads an inet_diag_msg. A socket without a port is not bound.
func readMessage(b []byte) (bound, bool) {
	if len(b) < messageLen {
		return bound{}, false
	}
	port := binary.BigEndian.Uint16(b[4:])
	addr := netip.AddrFrom4([4]byte(b[8:12]))
	if b[0] == unix.AF_INET6 {
		addr = netip.AddrFrom16([16]byte(b[8:24]))
	}
	return bound{
		address: netip.AddrPortFrom(addr, port),
		uid:     binary.NativeEndian.Uint32(b[64:]),
		inode:   binary.NativeEndian.Uint32(b[68:]),
	}, port != 0
}

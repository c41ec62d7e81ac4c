package host

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// socket is one that others can reach.
type socket struct {
	protocol string
	address  netip.AddrPort
	uid      uint32
	inode    uint64
}

// sockets gives the listening TCP and the unconnected UDP sockets.
func (y *system) sockets(ctx context.Context) ([]socket, error) {
	machine, err := y.word(ctx, askMachine)
	if err != nil {
		return nil, err
	}
	r, err := y.shell.tool(ctx, asUser, maxOutput, askSockets...)
	if err != nil {
		return nil, err
	}
	if r.status > 2 { // 2: a table is not there, which is looked into
		return nil, r.failure()
	}
	list, seen, err := readSockets(string(r.body), byteOrder(machine))
	if err != nil {
		return nil, err
	}
	for _, t := range socketTables {
		if seen[t] {
			continue
		}
		if _, err := y.tree.lstat(ctx, t); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %s was not read", errUnended, t)
		}
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("%w: no table of sockets was read", errUnended)
	}
	return list, nil
}

// byteOrder is the order in which a machine prints the bytes of addresses.
func byteOrder(machine string) binary.ByteOrder {
	if slices.Contains([]string{"s390", "s390x", "ppc", "ppc64", "mips", "mips64", "sparc64", "armeb", "aarch64_be"}, machine) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// readSockets reads what askSockets prints, and says which tables it saw.
func readSockets(out string, order binary.ByteOrder) ([]socket, map[string]bool, error) {
	var list []socket
	seen := map[string]bool{}
	for l := range strings.Lines(out) {
		table, text, _ := strings.Cut(l, ":")
		if !slices.Contains(socketTables, table) || !strings.HasSuffix(l, "\n") {
			return nil, nil, fmt.Errorf("%w: a socket is not understood", errUnended)
		}
		f := strings.Fields(text)
		if len(f) > 0 && f[0] == "sl" {
			seen[table] = true
			continue
		}
		s, state, ok := readSocket(f, order)
		if !ok {
			return nil, nil, fmt.Errorf("%w: a socket is not understood", errUnended)
		}
		s.protocol = strings.TrimSuffix(strings.TrimPrefix(table, "/proc/net/"), "6")
		const listening, unconnected = "0A", "07"
		wanted := s.protocol == "tcp" && state == listening || s.protocol == "udp" && state == unconnected
		if wanted && s.address.Port() != 0 {
			list = append(list, s)
		}
	}
	for _, s := range list {
		if !seen["/proc/net/"+s.protocol] && !seen["/proc/net/"+s.protocol+"6"] {
			return nil, nil, fmt.Errorf("%w: a table of sockets has no beginning", errUnended)
		}
	}
	return list, seen, nil
}

func readSocket(f []string, order binary.ByteOrder) (s socket, state string, ok bool) {
	const localAt, stateAt, uidAt, inodeAt = 1, 3, 7, 9
	if len(f) <= inodeAt {
		return s, "", false
	}
	address, port, _ := strings.Cut(f[localAt], ":")
	raw, err1 := hex.DecodeString(address)
	number, err2 := strconv.ParseUint(port, 16, 16)
	uid, err3 := strconv.ParseUint(f[uidAt], 10, 32)
	inode, err4 := strconv.ParseUint(f[inodeAt], 10, 64)
	if errors.Join(err1, err2, err3, err4) != nil || len(raw) != 4 && len(raw) != 16 {
		return s, "", false
	}
	for w := 0; w < len(raw); w += 4 {
		binary.BigEndian.PutUint32(raw[w:], order.Uint32(raw[w:]))
	}
	ip, ok := netip.AddrFromSlice(raw)
	return socket{address: netip.AddrPortFrom(ip, uint16(number)), uid: uint32(uid), inode: inode}, f[stateAt], ok
}

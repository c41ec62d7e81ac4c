package host

import (
	"encoding/binary"
	"errors"
)

// wire is what is left of a packet.
type wire []byte

func (w *wire) uint32() (uint32, error) {
	if len(*w) < 4 {
		return 0, errLie
	}
	n := binary.BigEndian.Uint32(*w)
	*w = (*w)[4:]
	return n, nil
}

func (w *wire) uint64() (uint64, error) {
	high, err := w.uint32()
	low, err2 := w.uint32()
	return uint64(high)<<32 | uint64(low), errors.Join(err, err2)
}

func (w *wire) string() (string, error) {
	n, err := w.uint32()
	if err != nil || uint64(n) > uint64(len(*w)) {
		return "", errLie
	}
	s := string((*w)[:n])
	*w = (*w)[n:]
	return s, nil
}

// attr reads attributes. All that a listing says must have been given: a server that leaves out the owner would make every
// file root's.
func (w *wire) attr() (attr, error) {
	flags, err := w.uint32()
	if err != nil {
		return attr{}, err
	}
	var a attr
	var mode uint32
	var errs [7]error
	if flags&attrSize != 0 {
		var size uint64
		size, errs[0] = w.uint64()
		a.size = int64(size)
	}
	if flags&attrOwner != 0 {
		a.uid, errs[1] = w.uint32()
		a.gid, errs[2] = w.uint32()
	}
	if flags&attrPermissions != 0 {
		mode, errs[3] = w.uint32()
	}
	if flags&attrTimes != 0 {
		var seconds uint32
		_, errs[4] = w.uint32()
		seconds, errs[5] = w.uint32()
		a.modified = int64(seconds)
	}
	if flags&attrExtended != 0 {
		errs[6] = w.skipExtended()
	}
	if err := errors.Join(errs[:]...); err != nil || a.size < 0 {
		return attr{}, errLie
	}
	const all = attrSize | attrOwner | attrPermissions | attrTimes
	if a.setMode(mode); flags&all != all || a.kind == "" {
		return attr{}, errors.New("the server does not say what it is, or whose")
	}
	return a, nil
}

func (w *wire) skipExtended() error {
	n, err := w.uint32()
	for ; n > 0 && err == nil; n-- {
		_, name := w.string()
		_, value := w.string()
		err = errors.Join(name, value)
	}
	return err
}

package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The requests and replies of SFTP version 3 (draft-ietf-secsh-filexfer-02) that reading takes. There are no others here, so
// that nothing can be written. github.com/pkg/sftp is not used: it reads a folder of any size whole into memory, and does not
// say which attributes the server gave, so that an owner not given looks like root.
const (
	fxInit     = 1
	fxVersion  = 2
	fxOpen     = 3
	fxClose    = 4
	fxRead     = 5
	fxLstat    = 7
	fxFstat    = 8
	fxOpendir  = 11
	fxReaddir  = 12
	fxReadlink = 19
	fxStatus   = 101
	fxHandle   = 102
	fxData     = 103
	fxName     = 104
	fxAttrs    = 105

	fxfRead = 1

	statusOK         = 0
	statusEOF        = 1
	statusNoSuchFile = 2
	statusDenied     = 3

	attrSize        = 1 << 0
	attrOwner       = 1 << 1
	attrPermissions = 1 << 2
	attrTimes       = 1 << 3
	attrExtended    = 1 << 31
)

const (
	// maxPacket is the largest reply that is taken.
	maxPacket = 512 << 10
	// inFlight is how many requests may wait for their replies; it bounds what a server can make us keep.
	inFlight = 64
	// chunk is how much one request reads: what every server gives.
	chunk = 32 << 10
	// maxName is the longest file name that Linux has.
	maxName = 255
)

// sftpClient speaks to one SFTP server. It is for use by several at a time.
type sftpClient struct {
	channel io.Closer
	queue   chan []byte
	slots   chan struct{}
	ended   chan struct{} // closed when the server no longer answers; then err says why

	mu      sync.Mutex
	err     error
	heard   time.Time
	next    uint32
	waiting map[uint32]chan reply
}

// reply is the body of a packet after its number.
type reply struct {
	kind byte
	body wire
}

// newSFTP says hello over a channel. Its goroutines end with the channel.
func newSFTP(ctx context.Context, r io.Reader, w io.Writer, channel io.Closer) (*sftpClient, error) {
	c := &sftpClient{
		channel: channel, queue: make(chan []byte, inFlight), slots: make(chan struct{}, inFlight), ended: make(chan struct{}),
		waiting: map[uint32]chan reply{},
	}
	hello := make(chan reply, 1)
	c.waiting[0] = hello
	go c.receive(r)
	go c.send(w)
	c.queue <- []byte{0, 0, 0, 5, fxInit, 0, 0, 0, 3}
	select {
	case v := <-hello:
		if version, err := v.body.uint32(); err != nil || version < 3 {
			c.end(errLie)
			return nil, c.err
		}
		return c, nil
	case <-c.ended:
		return nil, c.err
	case <-ctx.Done():
		c.close()
		return nil, context.Cause(ctx)
	}
}

// end gives the channel back; all that wait, and all later requests, fail with err.
func (c *sftpClient) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = &brokenError{err}
		close(c.ended)
		go c.channel.Close() // a server that reads nothing could make it wait
	}
}

func (c *sftpClient) silent(since time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard.Before(since)
}

func (c *sftpClient) close() { c.end(errors.New("closed")) }

func (c *sftpClient) send(w io.Writer) {
	for {
		select {
		case packet := <-c.queue:
			if _, err := w.Write(packet); err != nil {
				c.end(fmt.Errorf("the SFTP server has ended: %w", err))
				return
			}
		case <-c.ended:
			return
		}
	}
}

func (c *sftpClient) receive(r io.Reader) {
	first := true
	for {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			c.end(fmt.Errorf("the SFTP server has ended: %w", err))
			return
		}
		size := binary.BigEndian.Uint32(head[:4])
		if size < 5 || size > maxPacket {
			c.end(fmt.Errorf("a packet of %d bytes: %w", size, errLie))
			return
		}
		body := make([]byte, size-1)
		if _, err := io.ReadFull(r, body); err != nil {
			c.end(fmt.Errorf("the SFTP server has ended: %w", err))
			return
		}
		p, id := reply{head[4], body}, uint32(0)
		if first != (p.kind == fxVersion) {
			c.end(errLie)
			return
		}
		if !first {
			id, _ = p.body.uint32()
		}
		first = false
		c.mu.Lock()
		to := c.waiting[id]
		c.heard = time.Now()
		delete(c.waiting, id)
		c.mu.Unlock()
		if to == nil {
			c.end(fmt.Errorf("a reply to nothing: %w", errLie))
			return
		}
		to <- p
		if p.kind != fxVersion {
			<-c.slots
		}
	}
}

// ask sends a request. The reply comes on the channel given; nobody need wait for it.
func (c *sftpClient) ask(ctx context.Context, kind byte, fields ...any) (<-chan reply, error) {
	select {
	case c.slots <- struct{}{}:
	case <-c.ended:
		return nil, c.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	to := make(chan reply, 1)
	c.mu.Lock()
	c.next++
	if c.next == 0 {
		c.next++
	}
	id := c.next
	c.waiting[id] = to
	c.mu.Unlock()
	packet := append(make([]byte, 4), kind)
	packet = binary.BigEndian.AppendUint32(packet, id)
	for _, f := range fields {
		switch f := f.(type) {
		case string:
			packet = append(binary.BigEndian.AppendUint32(packet, uint32(len(f))), f...)
		case uint32:
			packet = binary.BigEndian.AppendUint32(packet, f)
		case uint64:
			packet = binary.BigEndian.AppendUint64(packet, f)
		}
	}
	binary.BigEndian.PutUint32(packet, uint32(len(packet)-4))
	select {
	case c.queue <- packet:
		return to, nil
	case <-c.ended:
		return nil, c.err
	case <-ctx.Done():
		c.close() // it was numbered and not sent: the books no longer agree
		return nil, context.Cause(ctx)
	}
}

// wait gives the reply if it is of the kind wanted, and otherwise the error that it says.
func (c *sftpClient) wait(ctx context.Context, to <-chan reply, want byte) (wire, error) {
	select {
	case p := <-to:
		return c.expect(p, want)
	case <-c.ended:
		return nil, c.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (c *sftpClient) expect(p reply, want byte) (wire, error) {
	if p.kind == want {
		return p.body, nil
	}
	if p.kind != fxStatus {
		c.end(errLie)
		return nil, errLie
	}
	code, err := p.body.uint32()
	if err != nil {
		c.end(errLie)
		return nil, errLie
	}
	switch code {
	case statusEOF:
		return nil, io.EOF
	case statusNoSuchFile:
		return nil, syscall.ENOENT
	case statusDenied:
		return nil, syscall.EACCES
	case statusOK:
		c.end(errLie)
		return nil, errLie
	}
	text, _ := p.body.string()
	return nil, fmt.Errorf("SFTP status %d: %s", code, strings.ToValidUTF8(text[:min(len(text), 200)], "\uFFFD"))
}

// call asks and waits.
func (c *sftpClient) call(ctx context.Context, want, kind byte, fields ...any) (wire, error) {
	to, err := c.ask(ctx, kind, fields...)
	if err != nil {
		return nil, err
	}
	return c.wait(ctx, to, want)
}

// opened opens a file or a folder, has it used, and closes it without waiting.
func (c *sftpClient) opened(ctx context.Context, use func(handle string) error, kind byte, fields ...any) error {
	body, err := c.call(ctx, fxHandle, kind, fields...)
	if err != nil {
		return err
	}
	handle, err := body.string()
	if err != nil || len(handle) > 256 {
		c.end(errLie)
		return errLie
	}
	err = use(handle)
	if _, closing := c.ask(ctx, fxClose, handle); err == nil && closing != nil {
		err = closing
	}
	return err
}

func (c *sftpClient) lstat(ctx context.Context, name string) (attr, error) {
	body, err := c.call(ctx, fxAttrs, fxLstat, name)
	if err != nil {
		return attr{}, err
	}
	return c.attrs(&body)
}

func (c *sftpClient) attrs(body *wire) (attr, error) {
	a, err := body.attr()
	if errors.Is(err, errLie) {
		c.end(errLie)
	}
	return a, err
}

func (c *sftpClient) readlink(ctx context.Context, name string) (string, error) {
	body, err := c.call(ctx, fxName, fxReadlink, name)
	if err != nil {
		return "", err
	}
	n, err := body.uint32()
	target, err2 := body.string()
	if err != nil || err2 != nil || n != 1 || target == "" || strings.ContainsRune(target, 0) {
		c.end(errLie)
		return "", errLie
	}
	return target, nil
}

// readdirs is how many requests for one folder are under way: the end is nearly always in the first few replies.
const readdirs = 4

// readdir lists a folder. With errLarge it gives what it had.
func (c *sftpClient) readdir(ctx context.Context, name string, limit int) (list []entry, err error) {
	err = c.opened(ctx, func(handle string) error {
		var under []<-chan reply
		for {
			for len(under) < readdirs {
				to, err := c.ask(ctx, fxReaddir, handle)
				if err != nil {
					return err
				}
				under = append(under, to)
			}
			body, err := c.wait(ctx, under[0], fxName)
			under = under[1:]
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if list, err = c.names(list, body); err != nil {
				return err
			}
			if len(list) > limit {
				return fmt.Errorf("more than %d entries: %w", limit, errLarge)
			}
		}
	}, fxOpendir, name)
	return list, err
}

// names reads the entries of one reply.
func (c *sftpClient) names(list []entry, body wire) ([]entry, error) {
	n, err := body.uint32()
	if err != nil || n == 0 {
		c.end(errLie) // an empty reply is not an end, and would go on for ever
		return list, errLie
	}
	for range n {
		name, err := body.string()
		if err == nil {
			_, err = body.string() // a line for people
		}
		if err != nil || name == "" || len(name) > maxName || strings.ContainsAny(name, "/\x00") {
			c.end(errLie)
			return list, errLie
		}
		a, err := c.attrs(&body)
		if errors.Is(err, errLie) {
			return list, err
		}
		if name != "." && name != ".." {
			list = append(list, entry{name, a, err})
		}
	}
	return list, nil
}

// reads is how many parts of one file are asked for at a time.
const reads = 16

// read reads a file to its end, at most limit bytes; with errLarge it gives the beginning. The file must be regular, and size
// is what it is believed to be.
func (c *sftpClient) read(ctx context.Context, name string, size, limit int64) (body []byte, err error) {
	err = c.opened(ctx, func(handle string) error {
		about, err := c.ask(ctx, fxFstat, handle)
		if err != nil {
			return err
		}
		parts, err := c.parts(ctx, handle, 0, size)
		if err != nil {
			return err
		}
		stat, err := c.wait(ctx, about, fxAttrs)
		if err != nil {
			return err
		}
		a, err := c.attrs(&stat)
		if err != nil {
			return err
		}
		if a.kind != "file" {
			return fmt.Errorf("%w but a %s", errUnsafe, a.word())
		}
		body, err = c.rest(ctx, handle, parts, a.size, cut(limit, a.size))
		return err
	}, fxOpen, name, uint32(fxfRead), uint32(0))
	return body, err
}

// part is a piece of a file that has been asked for.
type part struct {
	at int64
	to <-chan reply
}

// parts asks for what the size promises from at on, as far as is asked for at a time, and for the end.
func (c *sftpClient) parts(ctx context.Context, handle string, at, size int64) ([]part, error) {
	var out []part
	for next := at; len(out) < reads; next += chunk {
		next = min(next, max(size, at))
		to, err := c.ask(ctx, fxRead, handle, uint64(next), uint32(chunk))
		if err != nil {
			return nil, err
		}
		out = append(out, part{next, to})
		if next >= size {
			break
		}
	}
	return out, nil
}

// rest puts a file together. Only the server's end of file, where we are, is the end: the files of /proc and /sys do not know
// their size.
func (c *sftpClient) rest(ctx context.Context, handle string, under []part, size, limit int64) (body []byte, err error) {
	for {
		if at := int64(len(body)); len(under) == 0 || under[0].at != at {
			if under, err = c.parts(ctx, handle, at, size); err != nil {
				return body, err
			}
		}
		data, err := c.wait(ctx, under[0].to, fxData)
		under = under[1:]
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		if err != nil {
			return body, err
		}
		text, err := data.string()
		if err != nil || text == "" || len(text) > chunk {
			c.end(errLie)
			return body, errLie
		}
		body = append(body, text...)
		if int64(len(body)) > limit {
			return body[:limit], errLarge
		}
	}
}

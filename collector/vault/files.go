package vault

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// readFile reads a whole regular file of at most max bytes. None of the forbidden permission bits may be set, and the file
// must belong to root or to us: it is looked at after it was opened, so it cannot be exchanged in between.
func readFile(name string, most int64, forbidden fs.FileMode) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, fileFailure(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fileFailure(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, failed("%s 不是普通文件", "%s is not a regular file", name)
	}
	if err := trusted(name, info, forbidden); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fileFailure(name, err)
	}
	if int64(len(data)) > most {
		clear(data)
		return nil, failed("%s 超过 %d 字节", "%s is longer than %d bytes", name, most)
	}
	return data, nil
}

func trusted(name string, info fs.FileInfo, forbidden fs.FileMode) error {
	if bad := info.Mode().Perm() & forbidden; permissions && bad != 0 {
		return failed("%s 的权限 %04o 过宽，请执行 chmod %04o", "%s has permissions %04o, which is too much: chmod %04o", name, info.Mode().Perm(), info.Mode().Perm()&^forbidden)
	}
	if !ownedByUs(info) {
		return failed("%s 须属于 root 或运行本程序的用户", "%s must belong to root or to the user this program runs as", name)
	}
	return nil
}

// trustedFolders refuses a path in which others could put another file into the place of the one that was looked at. Links are
// followed. In a sticky folder such as /tmp nobody can exchange what is another's.
func trustedFolders(name string) error {
	actual, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fileFailure(name, err)
	}
	for _, path := range []string{name, actual} {
		for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
			info, err := os.Stat(dir)
			if err != nil {
				return fileFailure(dir, err)
			}
			open := permissions && info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0
			if open || !ownedByUs(info) {
				return failed("目录 %s 可被他人修改，其中的程序可能被替换", "the folder %s can be changed by others, who could exchange the program", dir)
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return nil
}

func fileFailure(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return failed("%s 不存在", "%s does not exist", name)
	case errors.Is(err, fs.ErrPermission):
		return failed("无权读取 %s", "may not read %s", name)
	}
	return failed("无法读取 %s", "cannot read %s", name)
}

const (
	// A secret is for its owner alone.
	secretMode fs.FileMode = 0o077
	// What is sealed may be read by the group, and changed by nobody else.
	sealedMode fs.FileMode = 0o027
	maxSecret              = 64 << 10
)

// read gives the secret that a Ref points to, without the line break at its end.
func (r Ref) read(env environ) (Secret, error) {
	var data []byte
	var err error
	switch {
	case !r.set():
		return Secret{}, failed("未说明秘密所在", "where the secret is was not said")
	case r.File != "":
		data, err = readFile(r.File, maxSecret, secretMode)
	case r.Env != "":
		v, _ := env(r.Env)
		if v == "" {
			return Secret{}, failed("环境变量 %s 未设置", "the variable %s is not set", r.Env)
		}
		return NewSecret(v), nil
	case r.Systemd != "":
		data, err = readSystemd(r.Systemd, env, maxSecret)
		if err == nil && data == nil {
			err = failed("systemd 未提供凭据 %s（单元文件中的 LoadCredential=）", "systemd gave no credential %s (LoadCredential= in the unit)", r.Systemd)
		}
	default:
		data, err = readDescriptor(r.FD)
	}
	if err != nil {
		return Secret{}, err
	}
	defer clear(data)
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		return Secret{}, failed("%s 为空", "%s is empty", r.describe())
	}
	return NewSecret(text), nil
}

// describe says where the secret is, for messages.
func (r Ref) describe() string {
	switch {
	case r.File != "":
		return r.File
	case r.Env != "":
		return "$" + r.Env
	case r.Systemd != "":
		return "$CREDENTIALS_DIRECTORY/" + r.Systemd
	}
	return "file descriptor"
}

// readDescriptor reads the first line of an open descriptor and closes it.
func readDescriptor(fd int) ([]byte, error) {
	f := os.NewFile(uintptr(fd), "descriptor")
	if f == nil {
		return nil, failed("文件描述符 %d 未打开", "file descriptor %d is not open", fd)
	}
	defer f.Close()
	_ = f.SetReadDeadline(time.Now().Add(30 * time.Second)) // only pipes can
	var line []byte
	one := make([]byte, 1)
	for len(line) <= maxSecret {
		n, err := f.Read(one)
		if n == 1 && one[0] == '\n' || errors.Is(err, io.EOF) {
			return line, nil
		}
		if err != nil {
			return nil, failed("无法从文件描述符 %d 读取", "cannot read file descriptor %d", fd)
		}
		line = append(line, one[:n]...)
	}
	return nil, failed("文件描述符 %d 的内容超过 %d 字节", "file descriptor %d gives more than %d bytes", fd, maxSecret)
}

// readSystemd reads a credential that systemd put into the service's own folder, whose permissions are systemd's. It gives
// nil for one that is not there.
func readSystemd(name string, env environ, most int64) ([]byte, error) {
	dir, _ := env("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return nil, nil
	}
	if !filepath.IsAbs(dir) {
		return nil, failed("CREDENTIALS_DIRECTORY 不是绝对路径", "CREDENTIALS_DIRECTORY is not an absolute path")
	}
	file := filepath.Join(dir, name)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return readFile(file, most, 0o002)
}

// blank says whether a file holds nothing but white space.
func blank(data []byte) bool { return len(bytes.TrimSpace(data)) == 0 }

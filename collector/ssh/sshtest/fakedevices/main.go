// Command fakedevices runs a few fake switches, routers and firewalls on 127.0.0.1, for demonstrations and scripts. What they answer is taken
// from the cases of our drivers. It writes an inventory and a known_hosts file for them and runs until it is told to end.
//
// It is no part of the product: nothing that it answers is true of any device.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/collector/ssh/sshtest"
)

// A fake is a device with the driver that reads it and the case that it answers from.
type fake struct {
	id, zone, role, driver, folder, from string
	device                               sshtest.Device
}

func fakes() []fake {
	vrp, ios, comware, forti := "display current-configuration", "show running-config", "display current-configuration", "show full-configuration"
	return []fake{
		{"core-sw-1", "core", "core-switch", "huawei-vrp", "huaweivrp", "s_hardened", sshtest.Device{Hostname: "核心-SW1", Config: vrp}},
		{"branch-sw-7", "branch", "access-switch", "huawei-vrp", "huaweivrp", "s_open", sshtest.Device{Hostname: "BRANCH-SW7", Config: vrp}},
		{"h3c-sw-2", "core", "core-switch", "h3c-comware", "comware", "switch7", sshtest.Device{Personality: sshtest.Comware(), Hostname: "H3C-SW2", Config: comware}},
		{"edge-sw-3", "dmz", "access-switch", "cisco-ios", "ciscoios", "switch", sshtest.Device{Personality: sshtest.IOS(), Hostname: "EDGE3", Config: ios}},
		{"fw-1", "dmz", "firewall", "fortinet-fortios", "fortios", "lax", sshtest.Device{Personality: sshtest.FortiOS(), Hostname: "FW1", Config: forti}},
	}
}

func main() {
	cases := flag.String("cases", filepath.Join("plugins", "driver"), "the folder of the drivers, whose cases are answered")
	dir := flag.String("dir", ".", "where inventory.yaml and known_hosts are written")
	leashed := flag.Bool("leashed", false, "end when standard input is closed, too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *cases, *dir, *leashed)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fakedevices:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cases, dir string, leashed bool) (err error) {
	var servers []*sshtest.Server
	defer func() {
		for _, s := range servers {
			err = errors.Join(err, s.Close())
		}
	}()
	var inventory, known strings.Builder
	inventory.WriteString("targets:\n")
	for _, f := range fakes() {
		answers, err := sshtest.Answers(filepath.Join(cases, f.folder, "testdata", f.from+".txtar"))
		if err != nil {
			return err
		}
		f.device.Answers = answers
		s, err := sshtest.Listen(f.device)
		if err != nil {
			return fmt.Errorf("%s: %w", f.id, err)
		}
		servers = append(servers, s)
		host, port, _ := strings.Cut(s.Addr, ":")
		fmt.Fprintf(&inventory, "  - {id: %s, address: %s, port: %s, driver: %s, zone: %s, role: %s, credential: devices}\n", f.id, host, port, f.driver, f.zone, f.role)
		fmt.Fprintf(&known, "[%s]:%s %s", host, port, ssh.MarshalAuthorizedKey(s.HostKey))
	}
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(known.String()), 0o600); err != nil {
		return err
	}
	// The inventory comes last: who waits for it finds everything.
	if err := os.WriteFile(filepath.Join(dir, "inventory.yaml"), []byte(inventory.String()), 0o600); err != nil {
		return err
	}
	closed := make(chan error, 1)
	if leashed {
		go func() {
			_, err := io.Copy(io.Discard, os.Stdin)
			closed <- err
		}()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-closed:
		return err
	}
}

package snmp_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/plumbline/plumbline/collector/snmp"
	"github.com/plumbline/plumbline/collector/snmp/snmptest"
	"github.com/plumbline/plumbline/collector/vault"
)

// agentsVariable makes this program serve so many fake agents instead of testing: what they cost must not count as ours.
const agentsVariable = "PLUMBLINE_SNMP_AGENTS"

// serveAgents starts the agents, prints their addresses, and ends with its input.
func serveAgents(n int) error {
	u, err := snmptest.NewUser("scanner", "sha256", authPassword, "aes256", privPassword)
	if err != nil {
		return err
	}
	varbinds := objects(&testing.T{}, 1000)
	for range n {
		s, err := snmptest.Listen("127.0.0.1:0", snmptest.Agent{Varbinds: varbinds, Communities: []string{"monitor"}, Users: []snmptest.User{u}})
		if err != nil {
			return err
		}
		fmt.Println(s.Address())
	}
	_, err = bufio.NewReader(os.Stdin).ReadByte()
	if err == nil {
		err = errors.New("input that nobody expects")
	}
	return err
}

func agents(b *testing.B, n int) []string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), agentsVariable+"="+strconv.Itoa(n))
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	var list []string
	scanner := bufio.NewScanner(out)
	for len(list) < n && scanner.Scan() {
		list = append(list, scanner.Text())
	}
	if len(list) != n {
		b.Fatalf("%d agents of %d started", len(list), n)
	}
	return list
}

// cpu is what this process has used.
func cpu(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func stock(address string, c *vault.Credential) *gosnmp.GoSNMP {
	host, port, _ := net.SplitHostPort(address)
	n, _ := strconv.ParseUint(port, 10, 16)
	g := &gosnmp.GoSNMP{Target: host, Port: uint16(n), Timeout: 2 * time.Second, Version: gosnmp.Version2c, Community: c.SNMP.Community.Reveal(), MaxRepetitions: 20}
	if c.SNMP.Version == "3" {
		g.Version, g.SecurityModel, g.MsgFlags = gosnmp.Version3, gosnmp.UserSecurityModel, gosnmp.AuthPriv
		g.SecurityParameters = &gosnmp.UsmSecurityParameters{
			UserName: c.SNMP.User, AuthenticationProtocol: gosnmp.SHA256, AuthenticationPassphrase: authPassword, PrivacyProtocol: gosnmp.AES256C, PrivacyPassphrase: privPassword,
		}
	}
	return g
}

func stockContact(b *testing.B, address string, c *vault.Credential, walk bool) {
	g := stock(address, c)
	if err := g.Connect(); err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	if r, err := g.Get([]string{"." + system + ".1.0", "." + system + ".2.0"}); err != nil || len(r.Variables) != 2 {
		b.Fatal(err)
	}
	if !walk {
		return
	}
	if all, err := g.BulkWalkAll("." + table); err != nil || len(all) != 1000 {
		b.Fatalf("%d, %v", len(all), err)
	}
}

func ourContact(b *testing.B, address string, c *vault.Credential, ring *snmp.Keyring, walked bool) {
	var keys *snmp.Keys
	if ring != nil {
		var err error
		if keys, err = ring.Of(c.SNMP); err != nil {
			b.Fatal(err)
		}
	}
	conn, err := snmp.Dial(b.Context(), snmp.Config{Target: address, Address: address, Credential: c, Keys: keys, Limits: snmp.Limits{PacketsPerSecond: 100_000}})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if !walked {
		return
	}
	if a, err := walk(b, conn, table); err != nil || !a.GetComplete() || strings.Count(string(a.GetBody()), "\n") != 1000 {
		b.Fatalf("%v, %v", a.GetReason(), err)
	}
}

// compare runs both over all agents and reports what ours costs of theirs.
func compare(b *testing.B, addresses []string, ours, theirs func(address string), before func()) {
	var ourCPU, theirCPU, ourTime, theirTime time.Duration
	for b.Loop() {
		for _, side := range []struct {
			contact   func(string)
			cpu, time *time.Duration
		}{{ours, &ourCPU, &ourTime}, {theirs, &theirCPU, &theirTime}} {
			before()
			used, began := cpu(b), time.Now()
			for _, a := range addresses {
				side.contact(a)
			}
			*side.cpu += cpu(b) - used
			*side.time += time.Since(began)
		}
	}
	n := float64(b.N * len(addresses))
	b.ReportMetric(float64(ourCPU)/float64(theirCPU), "cpu/stock")
	b.ReportMetric(float64(ourTime)/float64(theirTime), "time/stock")
	b.ReportMetric(float64(ourCPU.Microseconds())/n, "cpu-us/device")
	b.ReportMetric(float64(theirCPU.Microseconds())/n, "stock-cpu-us/device")
}

// First contact by version 3 with engines never met: the goal is a tenth of stock gosnmp's CPU.
func BenchmarkFirstContact(b *testing.B) {
	addresses, c := agents(b, 100), v3("sha256", "aes256")
	var ring *snmp.Keyring
	compare(b, addresses,
		func(a string) { ourContact(b, a, c, ring, false) },
		func(a string) { stockContact(b, a, c, false) },
		func() {
			ring = snmp.NewKeyring()
			gosnmp.PasswordCaching(false) // and on again: its cache is empty then
			gosnmp.PasswordCaching(true)
		})
}

// A sweep by version 2c: two objects, and a table of 1,000.
func BenchmarkSweep(b *testing.B) {
	addresses, c := agents(b, 20), community("2c")
	for name, walked := range map[string]bool{"get": false, "walk": true} {
		b.Run(name, func(b *testing.B) {
			compare(b, addresses,
				func(a string) { ourContact(b, a, c, nil, walked) },
				func(a string) { stockContact(b, a, c, walked) },
				func() {})
		})
	}
}

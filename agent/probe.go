package agent

import (
	"bufio"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/agent/internal/hostfacts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// probe asks the operating system's interfaces and prints what they say, a record a line (driver.Record).
func probe(ctx context.Context, q *pluginpb.Question, p pluginpb.Probe) (*pluginpb.Answer, error) {
	var records []driver.Record
	var err error
	switch p {
	case pluginpb.Probe_PROBE_LISTENERS:
		records, err = listenerRecords(ctx)
	case pluginpb.Probe_PROBE_PROCESSES:
		records, err = processRecords(ctx)
	case pluginpb.Probe_PROBE_CLOCK:
		records, err = clockRecords()
	case pluginpb.Probe_PROBE_HOST:
		records, err = hostRecords(ctx)
	default:
		return notAsked(q, "there is no such probe"), nil
	}
	var b strings.Builder
	for _, r := range records {
		b.WriteString(driver.FormatRecord(r))
		b.WriteByte('\n')
	}
	a, failure := answer(ctx, q, []byte(b.String()), err)
	if errors.Is(err, hostfacts.ErrHidden) && a != nil {
		a.Reason = pb.Reason_REASON_NOT_PERMITTED
	}
	return a, failure
}

func listenerRecords(ctx context.Context) ([]driver.Record, error) {
	list, err := hostfacts.Listeners(ctx)
	if err != nil {
		return nil, err
	}
	users := userNames()
	records := make([]driver.Record, len(list))
	for i, l := range list {
		pairs := map[string]string{}
		uid := l.UID
		if l.Holder == nil {
			pairs["pid"], pairs["why"] = "?", l.Why
		} else {
			pairs["pid"], pairs["process"] = strconv.Itoa(l.Holder.PID), l.Holder.Name
			uid = l.Holder.UID
			if l.Holder.Unit != "" {
				pairs["unit"] = l.Holder.Unit
			}
		}
		pairs["uid"] = strconv.FormatUint(uint64(uid), 10)
		if name, ok := users[uid]; ok {
			pairs["user"] = name
		}
		records[i] = driver.Record{Words: []string{l.Protocol, l.Address.String()}, Pairs: pairs}
	}
	return records, nil
}

func processRecords(ctx context.Context) ([]driver.Record, error) {
	list, err := hostfacts.Processes(ctx)
	records := make([]driver.Record, len(list))
	for i, p := range list {
		pairs := map[string]string{"name": p.Name, "uid": strconv.FormatUint(uint64(p.UID), 10)}
		if p.Exe != "" {
			pairs["exe"] = p.Exe
		}
		records[i] = driver.Record{Words: []string{strconv.Itoa(p.PID)}, Pairs: pairs}
	}
	return records, err
}

func clockRecords() ([]driver.Record, error) {
	c, err := hostfacts.ReadClock()
	pairs := map[string]string{"utc": c.UTC.Format(time.RFC3339)}
	if c.Zone != "" {
		pairs["zone"] = c.Zone
	}
	if c.Kernel {
		pairs["synchronised"] = strconv.FormatBool(c.Synchronised)
		pairs["offset_us"] = strconv.FormatInt(c.Offset.Microseconds(), 10)
		pairs["max_error_us"] = strconv.FormatInt(c.MaxError.Microseconds(), 10)
	}
	return []driver.Record{{Pairs: pairs}}, err
}

func hostRecords(ctx context.Context) ([]driver.Record, error) {
	h, err := hostfacts.ReadHost(ctx)
	if err != nil {
		return nil, err
	}
	pairs := map[string]string{}
	for key, value := range map[string]string{"hostname": h.Hostname, "kernel": h.Kernel, "arch": h.Arch, "virtualization": h.Virtualization} {
		if value != "" {
			pairs[key] = value
		}
	}
	if !h.Booted.IsZero() {
		pairs["booted"] = h.Booted.Format(time.RFC3339)
	}
	return []driver.Record{{Pairs: pairs}}, nil
}

// userNames reads the names of local users; of two names for one number the first counts, as it does for the C library.
// Users that only a directory server knows stay numbers.
func userNames() map[uint32]string {
	names := map[uint32]string{}
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return names
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Split(s.Text(), ":")
		if len(fields) < 3 {
			continue
		}
		uid, err := strconv.ParseUint(fields[2], 10, 32)
		if _, ok := names[uint32(uid)]; err == nil && !ok {
			names[uint32(uid)] = fields[0]
		}
	}
	return names
}

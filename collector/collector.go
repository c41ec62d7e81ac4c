// Package collector judges devices and agentless hosts: over SSH and SNMP ([Visit]), and from saved configurations and transcripts
// ([Saved]) without touching them. It changes nothing on any target: what it sends is on the drivers' published lists.
//
// It knows no platform (see plugins/driver) and judges nothing itself (see checks). Credentials stay in collector/vault.
package collector

import (
	"context"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/access"
	"github.com/plumbline/plumbline/checks/site"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/sweep"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Config says by what targets are read and judged.
type Config struct {
	// Drivers are the platforms that are known.
	Drivers []driver.Driver
	// Host and Device are the rules for either kind of target; none: facts only.
	Host, Device []checks.Rule
	// Baselines that the rules are from, "id@digest", for the record.
	Baselines []string
	// HostJudging and DeviceJudging are what else decides for either kind, for the record; nil: nothing is judged.
	HostJudging, DeviceJudging *pb.Judging
	// Site is what people stated about the site; nil if nothing was.
	Site *site.Site
	// Version of the program, for the record.
	Version string
	// MaskKey keys the fingerprints of secrets.
	MaskKey []byte

	known *driver.Recogniser // once it was asked for
}

// hostDriver is the driver whose targets are hosts; all others read devices.
const hostDriver = "linux"

// Observed is the name under which the collector judges what it saw itself when it reached a target: no clause asks for it.
const Observed = "ad-hoc"

// rules are those for a driver's kind of target.
func (c *Config) rules(driverName string) []checks.Rule {
	if driverName == hostDriver {
		return c.Host
	}
	return c.Device
}

// judging is what else decides for a driver's kind of target.
func (c *Config) judging(driverName string) *pb.Judging {
	if driverName == hostDriver {
		return c.HostJudging
	}
	return c.DeviceJudging
}

// driver finds a driver by name.
func (c *Config) driver(name string) driver.Driver {
	for _, d := range c.Drivers {
		if d.Describe().GetName() == name {
			return d
		}
	}
	return nil
}

// recogniser tells drivers apart. It is made once: that takes longer than reading a configuration.
func (c *Config) recogniser() (*driver.Recogniser, error) {
	if c.known != nil {
		return c.known, nil
	}
	list := make([]*pluginpb.DescribeResponse, 0, len(c.Drivers))
	for _, d := range c.Drivers {
		list = append(list, d.Describe())
	}
	var err error
	c.known, err = driver.NewRecogniser(list)
	return c.known, err
}

// An interview is what one driver made of a target's answers.
type interview struct {
	driver driver.Driver
	*driver.Interview
}

// question interviews a target. ahead may wrap the driver for the asker that answers; nil: it needs none.
func (c *Config) question(ctx context.Context, d driver.Driver, a driver.Asker, ahead func(driver.Driver) driver.Driver) (iv interview, err error) {
	var reads driver.Driver = readable{d}
	if ahead != nil {
		reads = ahead(reads)
	}
	defer func() {
		if e := recover(); e != nil { // one driver's defect is one target's failure
			err = saying{sweep.Panicked(e)}
		}
	}()
	got, err := driver.Conduct(ctx, reads, a, c.MaskKey)
	if err == nil && got.Facts == nil { // a program of somebody else's may say nothing at all
		got.Facts = &pb.Facts{}
	}
	if err == nil {
		doubtMasked(got.Facts, got.Answers)
	}
	return interview{d, got}, err
}

// snapshot judges what interviews of one target brought. The first interview's facts stand; a later one adds the subjects on which
// the first said nothing.
func (c *Config) snapshot(target *pb.Target, session *pb.Session, started time.Time, visit *pb.Visit, ivs ...interview) (*pb.Snapshot, error) {
	f := ivs[0].Facts
	for _, more := range ivs[1:] {
		addSilent(f, more.Facts)
	}
	f.Session = session
	s, err := c.judge(target, f, started)
	if err != nil {
		return nil, err
	}
	s.Visit = visit
	for i, iv := range ivs {
		if i > 0 {
			s.DriverVersion += ", "
		}
		s.DriverVersion += iv.driver.Describe().GetVersion()
		s.Unread = append(s.Unread, iv.Unread...)
		s.Answers = append(s.Answers, iv.Digests()...)
	}
	return s, nil
}

// addSilent copies the subjects of more that f does not speak of.
func addSilent(f, more *pb.Facts) {
	to := f.ProtoReflect()
	more.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if !to.Has(field) {
			to.Set(field, v)
		}
		return true
	})
}

// judge makes the snapshot of facts.
func (c *Config) judge(target *pb.Target, f *pb.Facts, started time.Time) (*pb.Snapshot, error) {
	rules := c.rules(target.GetDriver())
	if f.GetSession() != nil && len(rules) > 0 {
		rules = append(rules[:len(rules):len(rules)], checks.Rule{Baseline: Observed, Clause: "-", Control: access.Session.Controls[0], Check: access.Session})
	}
	env := checks.Env{Site: c.Site, Role: target.GetRole(), Zone: target.GetZone(), Now: started}
	findings, err := checks.Judge(target.GetId(), rules, f, env)
	if err != nil {
		return nil, err
	}
	_, offset := time.Now().Zone()
	return &pb.Snapshot{
		Target: target, StartedAt: timestamppb.New(started), FinishedAt: timestamppb.Now(), UtcOffset: int32(offset / 60), ProgramVersion: c.Version,
		Facts: f, Findings: findings, Baselines: c.Baselines,
		Judging: checks.Judged(c.judging(target.GetDriver()), c.Site),
	}, nil
}

// missed is the snapshot of a target that was not questioned: every clause is unknown, and the visit says why.
func (c *Config) missed(target *pb.Target, session *pb.Session, state pb.VisitState, why *pb.Text) (*pb.Snapshot, error) {
	s, err := c.judge(target, &pb.Facts{Session: session}, time.Now())
	if err != nil {
		return nil, err
	}
	checks.Unreached(s.GetFindings(), access.Session.ID, why)
	s.Visit = &pb.Visit{State: state, Detail: why}
	return s, nil
}

// failure is the result of a target that was not questioned.
func (c *Config) failure(target *pb.Target, session *pb.Session, state pb.VisitState, why *pb.Text) sweep.Result {
	s, err := c.missed(target, session, state, why)
	if err != nil { // rules that cannot be judged at all: the state says more than they could
		s = &pb.Snapshot{Target: target, Visit: &pb.Visit{State: state, Detail: why}}
	}
	return sweep.Result{State: state, Detail: why, Snapshot: s}
}

// readable lets a driver read text in UTF-8 whatever the device spoke: what is not UTF-8 is taken for GB18030, which holds GBK and
// GB2312. The answers themselves keep the device's bytes.
type readable struct{ driver.Driver }

func (r readable) Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return r.Driver.Ask(decoded(answers))
}

func (r readable) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	return r.Driver.Read(decoded(answers))
}

func decoded(answers []*pluginpb.Answer) []*pluginpb.Answer {
	out := make([]*pluginpb.Answer, len(answers))
	for i, a := range answers {
		out[i] = a
		if _, walk := a.GetQuestion().GetKind().(*pluginpb.Question_Walk); walk || utf8.Valid(a.GetBody()) {
			continue
		}
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(a.GetBody())
		if err != nil {
			continue
		}
		out[i] = &pluginpb.Answer{Question: a.GetQuestion(), Body: text, Reason: a.GetReason(), Error: a.GetError(), Complete: a.GetComplete()}
	}
	return out
}

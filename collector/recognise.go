package collector

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	sshasker "github.com/plumbline/plumbline/collector/ssh"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// versionCommands are those with which platforms say what they are. Each is a driver's own published command that only shows.
var versionCommands = []string{"show version", "display version", "get system status", "show version all", "show system info"}

var (
	// ownHost are servers that say themselves to be a general-purpose system.
	ownHost = regexp.MustCompile(`^SSH-2\.0-OpenSSH_\S+ (?:Debian|Ubuntu|Raspbian|FreeBSD|UOS|Kylin)`)
	// noCommand is how a Unix shell answers a device's command.
	noCommand = regexp.MustCompile(`(?m)^-?(?:ba|da|k|z|tc)?sh: .*not found$`)
)

// VersionCommands are what a target of unknown platform is asked, in this order, until it is known.
func VersionCommands(drivers []driver.Driver) []string {
	return slices.DeleteFunc(slices.Clone(versionCommands), func(command string) bool {
		return !slices.ContainsFunc(drivers, func(d driver.Driver) bool { return slices.Contains(d.Describe().GetCommands(), command) })
	})
}

// recogniser is the one of all visits.
func (c *Collector) recogniser() (*driver.Recogniser, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Config.recogniser()
}

// recognise tells which driver reads the target on the other end of a connection.
func (v *visiting) recognise(ctx context.Context, conn *sshasker.Conn) (string, error) {
	if ownHost.MatchString(conn.Negotiated().ServerVersion) {
		return hostDriver, nil
	}
	r, err := v.recogniser()
	if err != nil {
		return "", err
	}
	p, err := v.platform(v.anyPlatform())
	if err != nil {
		return "", err
	}
	t, err := conn.Terminal(ctx, nil, sshasker.TerminalOptions{Platform: p, NoRaise: true})
	if err != nil {
		if errors.Is(err, sshasker.ErrNoPrompt) {
			return "", errNotRecognised
		}
		return "", err
	}
	defer func() { _ = t.Close() }() // whatever happens, it logs out; what it says counts below
	name, err := v.byVersion(ctx, r, t)
	if d := v.driver(name); d != nil && d.Describe().GetDialect() != nil {
		if p, err := v.platform(d.Describe()); err == nil {
			t.As(p)
		}
	}
	if closed := t.Close(); err == nil && errors.Is(closed, sshasker.ErrOutOfSync) {
		return "", closed
	}
	return name, err
}

// byVersion asks for the version in every way that a driver publishes.
func (v *visiting) byVersion(ctx context.Context, r *driver.Recogniser, t *sshasker.Terminal) (string, error) {
	for _, command := range VersionCommands(v.Drivers) {
		a, err := t.Answer(ctx, driver.Command(command))
		if err != nil {
			return "", err
		}
		if name := r.Version(readableText(a.GetBody())); name != "" {
			return name, nil
		}
		if noCommand.Match(a.GetBody()) {
			return hostDriver, nil
		}
	}
	return "", errNotRecognised
}

// anyPlatform describes a terminal of any platform that the drivers know: enough to ask for a version.
func (v *visiting) anyPlatform() *pluginpb.DescribeResponse {
	var prompts, pagers []string
	out := &pluginpb.Dialect{PagerKey: " ", Logout: "exit"}
	for _, d := range v.Drivers {
		dialect := d.Describe().GetDialect()
		if p := dialect.GetPromptPattern(); p != "" {
			prompts = append(prompts, "(?:"+p+")")
		}
		if p := dialect.GetPagerPattern(); p != "" && dialect.GetPagerKey() == out.PagerKey {
			pagers = append(pagers, "(?:"+p+")")
		}
		out.ErrorPatterns = append(out.ErrorPatterns, dialect.GetErrorPatterns()...)
		out.Dialogues = append(out.Dialogues, dialect.GetDialogues()...)
	}
	out.PromptPattern, out.PagerPattern = strings.Join(prompts, "|"), strings.Join(pagers, "|")
	return &pluginpb.DescribeResponse{Name: "any platform", Version: "1.0", Commands: versionCommands, Dialect: out}
}

// samePlatform fails if an answer to the driver's configuration command is surely another platform's configuration. A driver that
// publishes no signs takes no part in recognition.
func samePlatform(r *driver.Recogniser, d driver.Driver, answers []*pluginpb.Answer) error {
	desc := d.Describe()
	if len(desc.GetConfigSigns()) == 0 {
		return nil
	}
	for _, a := range answers {
		if driver.Text(a.GetQuestion()) != desc.GetConfigCommand() {
			continue
		}
		if other := r.Config(readableText(a.GetBody())); other != "" && other != desc.GetName() {
			return errOther{desc.GetName(), other}
		}
	}
	return nil
}

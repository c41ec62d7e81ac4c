// Package command is what the command lines of services have in common: enrol, status, the checking of a configuration, and the parts of
// the program that are processes of their own.
//
// What a service does is plugins/station's, and what is its own the program's.
package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/plugins/station"
)

// Service is a program that is one.
type Service struct {
	*program.App
	// Kind is what it enrols as.
	Kind identity.Kind
	// Config is where its configuration is, if no flag says otherwise, StateDir its state folder if that says nothing.
	Config, StateDir string
	// Load reads the configuration and gives what of it is every service's. Name is who the service is by it; an empty file name stands for
	// no configuration.
	Load func(file string) (*station.Config, error)
	Name func(ctx context.Context, file string) (string, error)
}

// ConfigFlag offers the flag that names the configuration.
func (s *Service) ConfigFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "config", s.Config, s.Say("配置`文件`", "the configuration `FILE`"))
	s.PlainDefault(cmd, "config")
	if err := cmd.MarkFlagFilename("config", "yaml", "yml"); err != nil {
		panic(err)
	}
}

// NoConfig says in the command's language that a configuration is not there, if that is what an error says.
func (s *Service) NoConfig(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return s.Fail("没有配置文件 %s；%s run --sample 输出样例", "there is no configuration %s; %s run --sample prints one", name, s.App.Name)
	}
	return err
}

// upcoming is how many starts Checked names.
const upcoming = 5

// Checked says what a configuration comes to.
func (s *Service) Checked(c *station.Config, name string) error {
	as, user, err := c.RunsAs()
	if err != nil {
		return err
	}
	for _, k := range c.Sinks {
		if k.Path != "" {
			if info, err := os.Stat(k.Path); err != nil {
				return err
			} else if !info.Mode().IsRegular() {
				return s.Fail("%s 不是普通文件", "%s is not a regular file", k.Path)
			}
		}
		if _, err := os.Stat(filepath.Join(c.IdentityDir(), "identity.json")); k.Kind == "central" && errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintln(s.Stderr, s.Say("注意：尚未登记，请执行 %s enrol", "note: not enrolled yet: run %s enrol", s.App.Name))
		}
	}
	fmt.Fprintln(s.Stdout, s.Say("配置正确", "the configuration is good"))
	if s.Kind == identity.Agent {
		fmt.Fprintln(s.Stdout, s.Say("目标：%s", "target: %s", name))
	} else {
		fmt.Fprintln(s.Stdout, s.Say("名称：%s", "name: %s", name))
	}
	if as != nil {
		fmt.Fprintln(s.Stdout, s.Say("送达进程的用户：%s", "sinks run as: %s", user))
	}
	if c.Schedule.Cron == "" {
		fmt.Fprintln(s.Stdout, s.Say("计划：无，只执行服务器下达的任务", "schedule: none; it does what the server orders"))
		return nil
	}
	when, err := schedule.New(c.Schedule, name)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Stdout, s.Say("计划：%s", "schedule: %s", when.Say()))
	fmt.Fprintln(s.Stdout, s.Say("后续扫描：", "next scans:"))
	for _, due := range when.Upcoming(time.Now(), upcoming) {
		fmt.Fprintln(s.Stdout, "  "+s.Lang.Of(when.SayDue(due)))
	}
	return nil
}

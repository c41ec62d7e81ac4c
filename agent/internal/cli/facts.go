package cli

import (
	"io"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/plumbline/plumbline/agent"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/linux"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (a *app) factsCommand() *cobra.Command {
	var root, format, name string
	cmd := &cobra.Command{
		Use: "facts", Short: a.say("输出读到的事实，不作判断", "print the facts that were read, without judging"),
		Example: a.say(`  plumbline-agent facts                       每行一条事实及其出处
  plumbline-agent facts --format json         供程序使用
  plumbline-agent facts --root /mnt/disk      读取一个目录中的系统`,
			`  plumbline-agent facts                       a fact a line, with where it was read
  plumbline-agent facts --format json         for programs
  plumbline-agent facts --root /mnt/disk      of a system in a folder`),
		Args: a.none, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.oneOf("--format", format, factFormats); err != nil {
				return err
			}
			out, err := openOutput(name, a.Stdout)
			if err != nil {
				return err
			}
			defer out.discard()
			p := a.showProgress()
			snapshot, err := agent.Scan(cmd.Context(), agent.Config{Driver: linux.Driver{}, Root: root, Version: a.Version, Asked: p.ask})
			p.end()
			if err != nil {
				return err
			}
			if err := writeFacts(out, format, snapshot.GetFacts()); err != nil {
				return err
			}
			return out.commit()
		},
	}
	a.rootFlag(cmd, &root)
	a.outputFlag(cmd, &name)
	a.formatFlag(cmd, &format, factFormats)
	return cmd
}

// factFormats are the formats of facts; the first is the default.
var factFormats = []string{"flat", "json"}

func writeFacts(w io.Writer, format string, f *pb.Facts) error {
	if format == "json" {
		text, err := protojson.MarshalOptions{Multiline: true, UseProtoNames: true}.Marshal(f)
		if err != nil {
			return err
		}
		_, err = w.Write(append(text, '\n'))
		return err
	}
	_, err := io.WriteString(w, facts.Flat(f))
	return err
}

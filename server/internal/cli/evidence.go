package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/server"
	"github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/evidence/ledger"
	"github.com/plumbline/plumbline/server/store"
)

// ledger opens the evidence log over the server's database.
func (a *app) ledger(cmd *cobra.Command) (*ledger.Ledger, *store.Store, error) {
	s, err := a.store(cmd)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.settings()
	if err == nil {
		var l *ledger.Ledger
		if l, err = server.OpenLedger(s, c, "", a.Now, slog.New(slog.DiscardHandler), a.Version); err == nil {
			return l, s, nil
		}
	}
	return nil, nil, errors.Join(err, s.Close())
}

func (a *app) bundleCommand() *cobra.Command {
	var request ledger.Request
	var output string
	cmd := &cobra.Command{
		Use: "bundle " + a.Say("[快照]", "[SNAPSHOT]"), Short: a.Say("将快照或整个任务导出为签名的证据包", "export a snapshot, or a whole sweep, as a signed evidence bundle"),
		Long: a.Say("证据包是一个 tar 文件，含事实、脱敏依据、结果、上报者与授权人、日志位置，以 verify 或 verify.py 离线校验。导出记入审计日志。",
			"A bundle is one tar file with facts, masked evidence, findings, who delivered and who authorised, and the place in the log; verify or verify.py\nproves it offline. The export is on record in the audit log."),
		Example: a.Example(`  {program} bundle c0ffee.1.42 --output sw1.tar      一个快照
  {program} bundle --sweep SWEEP --output sweep.tar  一个任务的全部快照`,
			`  {program} bundle c0ffee.1.42 --output sw1.tar      a snapshot
  {program} bundle --sweep SWEEP --output sweep.tar  all snapshots of a sweep`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || (len(args) == 1) == (request.Sweep != "") || output == "" {
				return a.Fail("请指定一个快照，或用 --sweep 指定任务；并用 --output 指定文件", "name a snapshot, or a sweep with --sweep, and a file with --output")
			}
			if len(args) == 1 {
				request.Snapshot = args[0]
			}
			l, s, err := a.ledger(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			request.By = operator()
			b, err := l.Prepare(cmd.Context(), request)
			if err != nil {
				return err
			}
			// What leaves the server is on record before it does.
			by := store.Entry{Actor: request.By, Action: "snapshot.bundle", Object: request.Snapshot, Detail: fmt.Sprintf(`{"made":"on the host","snapshots":%d}`, b.Snapshots())}
			if request.Sweep != "" {
				by.Action, by.Object = "sweep.bundle", request.Sweep
			}
			if _, err := s.Append(cmd.Context(), by); err != nil {
				return err
			}
			return writeNew(output, func(to io.Writer) error { return b.Write(cmd.Context(), to) })
		},
	}
	cmd.Flags().StringVar(&request.Sweep, "sweep", "", a.Say("导出该`任务`的全部快照", "all snapshots of the sweep `ID`"))
	cmd.Flags().StringVar(&output, "output", "", a.Say("写入该`文件`，不得已存在", "write to `FILE`, which may not exist yet"))
	cmd.Flags().Int64SliceVar(&request.Since, "since", nil, a.Say("另存检查点的`条数`，证据包将证明日志自此只增不改", "how many entries a checkpoint that you keep has: `N`; the bundle proves that the log only grew since"))
	return cmd
}

// writeNew writes a file that does not exist yet; if that fails there is none.
func writeNew(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func (a *app) evidenceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "evidence", Short: a.Say("证据日志：公钥与检查点", "the evidence log: public keys and checkpoints"),
		Args: a.None, DisableFlagsInUseLine: true, RunE: a.NoCommand,
		Example: a.Example(`  {program} evidence key > evidence.pub               交给审计人员的公钥
  {program} evidence checkpoint > 2026-01.checkpoint  审计人员自行保存的检查点`,
			`  {program} evidence key > evidence.pub               the public key, for auditors
  {program} evidence checkpoint > 2026-01.checkpoint  a checkpoint, for auditors to keep`),
	}
	cmd.AddCommand(a.keyCommand(), a.checkpointCommand())
	return cmd
}

// evidenceKey is a key as it is printed in JSON.
type evidenceKey struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Active bool   `json:"active"`
}

func (a *app) keyCommand() *cobra.Command {
	var change bool
	cmd := &cobra.Command{
		Use: "key", Short: a.Say("输出校验证据的公钥，现用的在前；--new 更换", "print the public keys by which evidence is checked, the one in use first; --new changes it"),
		Example: a.Example(`  {program} evidence key > evidence.pub    交给审计人员
  {program} evidence key --new             更换签名密钥，旧公钥保留；须重启服务器`,
			`  {program} evidence key > evidence.pub    for auditors
  {program} evidence key --new             change the key; former ones stay good; restart the server`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			c, err := a.settings()
			if err != nil {
				return err
			}
			keys, err := evidence.OpenKeys(c.EvidenceKeyFile())
			if err != nil {
				return err
			}
			if change {
				if err := keys.Change(); err != nil {
					return err
				}
				by := store.Entry{Actor: operator(), Action: "evidence.key", Object: keys.Log(), Detail: fmt.Sprintf(`{"id":%q}`, keys.Public()[0].ID())}
				if _, err := s.Append(cmd.Context(), by); err != nil {
					return err
				}
				if err := keys.Save(c.EvidenceKeyFile()); err != nil {
					return err
				}
			}
			for i, k := range keys.Public() {
				if a.format == jsonFormat {
					err = json.NewEncoder(a.Stdout).Encode(evidenceKey{k.ID(), k.String(), i == 0})
				} else {
					_, err = fmt.Fprintln(a.Stdout, k)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&change, "new", false, a.Say("更换签名密钥", "change the key that signs"))
	return cmd
}

// checkpoint is a checkpoint as it is printed in JSON.
type checkpoint struct {
	Size int64  `json:"size"`
	At   string `json:"at"`
	Note string `json:"note"`
}

func (a *app) checkpointCommand() *cobra.Command {
	return &cobra.Command{
		Use: "checkpoint", Short: a.Say("输出证据日志的最新检查点，供另行保存", "print the newest checkpoint of the evidence log, to be kept elsewhere"),
		Example: a.Example(`  {program} evidence checkpoint > 2026-01.checkpoint    审计人员自行保存`, `  {program} evidence checkpoint > 2026-01.checkpoint    for auditors to keep`),
		Args:    a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, s, err := a.ledger(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			c, err := l.Checkpoint(cmd.Context())
			if err != nil {
				return err
			}
			if c.Size == 0 {
				return a.Fail("证据日志为空", "the evidence log is empty")
			}
			if a.format == jsonFormat {
				return json.NewEncoder(a.Stdout).Encode(checkpoint{c.Size, c.At.Format("2006-01-02T15:04:05Z07:00"), c.Note})
			}
			_, err = fmt.Fprint(a.Stdout, c.Note)
			return err
		},
	}
}

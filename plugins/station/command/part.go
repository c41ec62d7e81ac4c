package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/plumbline/plumbline/plugins"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
)

// joinCommand is the hidden sub-command by which the program joins the server as another user: what is root opens no connection.
const joinCommand = "join-as-told"

// Part plays a part of the program that is a process of its own, as a user without rights, if the arguments (os.Args) ask for one:
// a built-in sink, or joining the server. The program's main calls it before anything else and ends if asked.
func Part(args []string, stdin io.Reader, stderr io.Writer, builtins []sink.Builtin) (status int, asked bool) {
	asked, err := sink.ServeIfAsked(args, builtins)
	if !asked && len(args) == 2 && args[1] == joinCommand {
		asked, err = true, joinAsTold(stdin)
	}
	if err != nil {
		fmt.Fprintln(stderr, sink.Clean(err.Error()))
		return program.ExitError, asked
	}
	return program.ExitFine, asked
}

// joinTimeout bounds joining.
const joinTimeout = time.Minute

func joinAsTold(stdin io.Reader) error {
	var c identity.JoinConfig
	if err := json.NewDecoder(stdin).Decode(&c); err != nil {
		return errors.New("not told where to join") // what the decoder says may quote the token
	}
	ctx, cancel := context.WithTimeout(context.Background(), joinTimeout)
	defer cancel()
	_, err := identity.Join(ctx, c, identity.Options{})
	return err
}

// join joins the server, as another user if one is given. The token travels by a pipe.
func join(ctx context.Context, c identity.JoinConfig, as *plugins.Identity) error {
	if as == nil {
		ctx, cancel := context.WithTimeout(ctx, joinTimeout)
		defer cancel()
		_, err := identity.Join(ctx, c, identity.Options{})
		return err
	}
	told, err := json.Marshal(c)
	if err != nil {
		return err
	}
	self, name, err := self()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self)
	var said bytes.Buffer
	cmd.Args = []string{filepath.Base(name), joinCommand}
	cmd.Env, cmd.Dir, cmd.Stdin, cmd.Stderr = []string{}, "/", bytes.NewReader(told), &said
	runAs(cmd, as)
	if err := cmd.Run(); err != nil {
		if text := sink.Clean(said.String()); text != "" {
			return errors.New(text)
		}
		return err
	}
	return nil
}

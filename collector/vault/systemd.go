package vault

import (
	"context"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// systemdSource reads the folder that systemd fills for the service.
type systemdSource struct {
	config Systemd
	env    environ
}

func (*systemdSource) name() *pb.Text { return checks.Say("systemd 凭据", "systemd credentials") }

func (*systemdSource) close() {}

func (s *systemdSource) get(_ context.Context, name string) (*Credential, error) {
	data, err := readSystemd(s.config.Prefix+name, s.env, maxRecord)
	if err != nil || data == nil {
		return nil, err
	}
	defer clear(data)
	return ParseRecord("$CREDENTIALS_DIRECTORY/"+s.config.Prefix+name, name, data)
}

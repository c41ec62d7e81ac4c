package huaweivrp

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

func TestReal(t *testing.T) {
	files, _ := filepath.Glob("/work/shared/devices/dev/huawei_vrp/*")
	for _, f := range files {
		b, _ := os.ReadFile(f)
		start := time.Now()
		r, err := Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: b, Complete: true}})
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		facts.NewMasker(nil).Facts(r.Facts, r.Unread)
		out := fmt.Sprintf("took %s\n", took)
		for _, e := range r.Unread {
			out += "UNREAD " + facts.Where(e) + " " + e.Excerpt + "\n"
		}
		out += facts.Flat(r.Facts)
		os.WriteFile("/tmp/vrp_"+filepath.Base(f)+".txt", []byte(out), 0o644)
	}
}

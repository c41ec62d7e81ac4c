package driver_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/all"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// driverOf says which driver reads what the labels call an os.
var driverOf = map[string]string{
	"cisco_ios": "cisco-ios", "cisco_iosxe": "cisco-ios", "cisco_nxos": "cisco-nxos", "cisco_asa": "cisco-asa", "cisco_iosxr": "cisco-iosxr",
	"huawei_vrp": "huawei-vrp", "h3c_comware": "h3c-comware", "juniper_junos": "juniper-junos", "arista_eos": "arista-eos",
	"fortinet_fortios": "fortinet-fortios", "paloalto_panos": "paloalto-panos", "checkpoint_gaia": "checkpoint-gaia", "f5_tmos": "f5-tmos",
	"mikrotik_routeros": "mikrotik-routeros", "ruijie_rgos": "ruijie-rgos", "zte": "zte-zxros", "hillstone_stoneos": "hillstone-stoneos",
	"vyos": "vyos", "frr": "frr", "frr_vyos": "vyos",
}

// devices is the folder of real material; the tests that read it are skipped only where it is absent and was not asked for.
func devices(t *testing.T) string {
	if dir := os.Getenv("PLUMBLINE_DEVICES"); dir != "" {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join("..", "..", dir)
		}
		return dir
	}
	dir := filepath.Join("..", "..", "..", "shared", "devices", "dev")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no folder of real devices; PLUMBLINE_DEVICES names one")
	}
	return dir
}

type label map[string]any

// TestLabels compares what drivers state of real configurations with what a careful reader of them wrote down.
//
// A label of null says that the text holds nothing on the subject: it agrees with a fact that is absent, unknown for want of a
// documented default, or a cited default. Where a text is only an excerpt, silence proves nothing, and a list that is unknown because
// the text is cut agrees with null as well.
func TestLabels(t *testing.T) {
	dir := devices(t)
	labels := readLabels(t, dir)
	sheet := &sheet{}
	for _, l := range labels {
		file, os := l.text("file"), l.text("os")
		text, err := osReadFile(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		sheet.file = file
		name := recognise(t, text)
		want := driverOf[os]
		// A folder of routers may hold what looks like them: FRR beside VyOS, EdgeOS (a VyOS) beside Junos. The text itself decides.
		if slices.Contains([]string{"frr_vyos", "juniper_junos"}, os) && slices.Contains([]string{"vyos", "frr"}, name) {
			want = name
		}
		sheet.mark("os", os, name, name == want, name == "")
		d := all.Named(want)
		if d == nil {
			sheet.mark("driver", os, "no such driver", false, true)
			continue
		}
		sheet.compare(l, read(t, d, text))
	}
	for _, line := range sheet.lines {
		t.Log(line)
	}
	t.Logf("labels: agree %d, wrong %d, unknown %d, of %d", sheet.agree, sheet.wrong, sheet.unknown, sheet.agree+sheet.wrong+sheet.unknown)
	if sheet.wrong > 0 {
		t.Errorf("%d facts contradict their label", sheet.wrong)
	}
	if total := sheet.agree + sheet.wrong + sheet.unknown; sheet.unknown*100 > total*3 {
		t.Errorf("%d of %d labelled facts are unknown, more than 3 %%", sheet.unknown, total)
	}
}

func readLabels(t *testing.T, dir string) []label {
	text, err := os.ReadFile(filepath.Join(dir, "labels.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Labels []label `yaml:"labels"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Labels) == 0 {
		t.Fatal("no label was read")
	}
	return file.Labels
}

func osReadFile(dir, name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }

// recogniser is made once: that takes longer than reading a configuration.
var recogniser = sync.OnceValues(func() (*driver.Recogniser, error) { return driver.NewRecogniser(all.Descriptions()) })

func recognise(t *testing.T, text []byte) string {
	r, err := recogniser()
	if err != nil {
		t.Fatal(err)
	}
	return r.Config(text)
}

func read(t *testing.T, d driver.Driver, text []byte) *pluginpb.ReadResponse {
	r, err := d.Read([]*pluginpb.Answer{{Question: driver.Command(d.Describe().GetConfigCommand()), Body: text, Complete: true}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (l label) text(key string) string {
	if s, ok := l[key].(string); ok {
		return s
	}
	return ""
}

// sheet is what came of the comparison.
type sheet struct {
	file                  string
	agree, wrong, unknown int
	lines                 []string
}

// mark notes one comparison; a fact that is not stated is unknown rather than wrong.
func (s *sheet) mark(key string, want, got any, ok, unknown bool) {
	switch {
	case ok:
		s.agree++
		return
	case unknown:
		s.unknown++
		s.lines = append(s.lines, fmt.Sprintf("%s: %s: label %v, unknown: %v", s.file, key, want, got))
	default:
		s.wrong++
		s.lines = append(s.lines, fmt.Sprintf("%s: %s: label %v, WRONG: %v", s.file, key, want, got))
	}
}

// Every configuration among the real material is recognised as its folder's platform or not at all, and is read without error.
func TestRealConfigurations(t *testing.T) {
	dir := devices(t)
	n, unsure, unread := 0, 0, 0
	for folder, want := range driverOf {
		files, err := filepath.Glob(filepath.Join(dir, folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			n++
			d := all.Named(want)
			if d == nil {
				t.Errorf("%s: there is no driver %s", f, want)
				continue
			}
			if r := read(t, d, text); len(r.GetUnread()) > 0 {
				unread += len(r.GetUnread())
				for _, e := range r.GetUnread() {
					t.Logf("unread %s/%s:%d %s", folder, filepath.Base(f), e.GetFirstLine(), e.GetExcerpt())
				}
			}
			switch got := recognise(t, text); {
			case got == "":
				unsure++
				t.Logf("not recognised: %s/%s", folder, filepath.Base(f))
			case got != want && !slices.Contains([]string{"vyos", "frr"}, got):
				t.Errorf("%s/%s is taken for %s", folder, filepath.Base(f), got)
			}
		}
	}
	if n == 0 {
		t.Fatal("no configuration was read")
	}
	t.Logf("configurations: %d, not recognised %d, lines unread %d", n, unsure, unread)
}

// What show commands print is read by the driver that asks for them.
func TestRealShows(t *testing.T) {
	dir := devices(t)
	n := 0
	for folder, name := range driverOf {
		d := all.Named(name)
		files, err := filepath.Glob(filepath.Join(dir, "show", folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if d == nil {
				t.Errorf("%s: there is no driver %s", f, name)
				continue
			}
			command := showCommand(d.Describe().GetCommands(), filepath.Base(f))
			if command == "" {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			n++
			r, err := d.Read([]*pluginpb.Answer{{Question: driver.Command(command), Body: text, Complete: true}})
			if err != nil {
				t.Errorf("%s: %v", f, err)
				continue
			}
			for _, e := range r.GetUnread() {
				if e.GetSource() == command {
					t.Logf("unread %s/%s:%d %s", folder, filepath.Base(f), e.GetFirstLine(), e.GetExcerpt())
				}
			}
		}
	}
	if n == 0 {
		t.Fatal("no output was read")
	}
	t.Logf("outputs read: %d", n)
}

// showCommand finds the command that a file's name stands for: "show_ntp_status__x.raw", "genie_ShowNtpStatus__x.txt".
func showCommand(commands []string, file string) string {
	stem, _, _ := strings.Cut(strings.TrimPrefix(file, "genie_"), "__")
	words := strings.ToLower(strings.TrimSpace(upper.ReplaceAllString(strings.ReplaceAll(stem, "_", " "), " $0")))
	words = strings.Join(strings.Fields(words), " ")
	if slices.Contains(commands, words) {
		return words
	}
	return ""
}

var upper = regexp.MustCompile("[A-Z]")

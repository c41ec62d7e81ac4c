package inventory

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Forms that Write knows.
const (
	FormYAML    = "yaml"
	FormCSV     = "csv"
	FormAnsible = "ansible"
)

// Forms lists them.
func Forms() []string { return []string{FormYAML, FormCSV, FormAnsible} }

// Write writes targets in a form that Load reads back as the same. Labels without a value are left out.
func Write(w io.Writer, form string, targets []*Target) error {
	var b bytes.Buffer
	switch form {
	case FormYAML:
		writeYAML(&b, targets)
	case FormCSV:
		if err := writeCSV(&b, targets); err != nil {
			return fmt.Errorf("write the inventory: %w", err)
		}
	case FormAnsible:
		writeAnsible(&b, targets)
	default:
		return fmt.Errorf("write the inventory: there is no form %q", form)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// A part is a field with its value.
type part struct{ field, value string }

// parts are the fields of a target that say something, but for labels and groups.
func (t *Target) parts() []part {
	number, yes := "", ""
	if t.Port != 0 {
		number = strconv.Itoa(t.Port)
	}
	if t.Sudo {
		yes = "true"
	}
	driver, transports := t.Driver, strings.Join(t.Transports, ",")
	if driver == Auto {
		driver = ""
	}
	if transports == "ssh" {
		transports = ""
	}
	all := []part{
		{"id", t.ID}, {"name", t.Name}, {"address", t.Address}, {"port", number}, {"driver", driver}, {"transports", transports}, {"zone", t.Zone},
		{"role", t.Role}, {"owner", t.Owner}, {"reader", t.Reader}, {"credential", t.Credential}, {"snmp_credential", t.SNMPCredential}, {"user", t.User},
		{"jump", t.Jump}, {"algorithms", t.Algorithms}, {"encoding", t.Encoding}, {"sudo", yes},
	}
	return slices.DeleteFunc(all, func(p part) bool { return p.value == "" })
}

// labelled are the labels that have a value, by name.
func (t *Target) labelled() []part {
	var out []part
	for _, name := range slices.Sorted(maps.Keys(t.Labels)) {
		if t.Labels[name] != "" {
			out = append(out, part{name, t.Labels[name]})
		}
	}
	return out
}

// quote writes a word between double quotes, which JSON and YAML read alike.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can
	return strings.TrimSpace(b.String())
}

func quoteAll(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = quote(w)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func writeYAML(b *bytes.Buffer, targets []*Target) {
	b.WriteString("targets:\n")
	for _, t := range targets {
		lead := "  - "
		for _, p := range t.parts() {
			value := quote(p.value)
			switch p.field {
			case "transports":
				value = quoteAll(t.Transports)
			case "port", "sudo":
				value = p.value
			}
			fmt.Fprintf(b, "%s%s: %s\n", lead, p.field, value)
			lead = "    "
		}
		if labels := t.labelled(); len(labels) > 0 {
			b.WriteString("    labels:\n")
			for _, l := range labels {
				fmt.Fprintf(b, "      %s: %s\n", quote(l.field), quote(l.value))
			}
		}
		if len(t.Groups) > 0 {
			fmt.Fprintf(b, "    groups: %s\n", quoteAll(t.Groups))
		}
	}
}

// looksLikeFormula says whether a spreadsheet would reckon with it.
func looksLikeFormula(s string) bool { return s != "" && strings.ContainsAny(s[:1], "=+-@\t\r") }

func writeCSV(b *bytes.Buffer, targets []*Target) error {
	labels := map[string]bool{}
	for _, t := range targets {
		for _, l := range t.labelled() {
			labels[l.field] = true
		}
	}
	names := slices.Sorted(maps.Keys(labels))
	head := slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f == "labels" })
	w := csv.NewWriter(b)
	row := slices.Clone(head)
	for _, name := range names {
		row = append(row, "label:"+name)
	}
	w.Write(row)
	for _, t := range targets {
		values := map[string]string{"groups": strings.Join(t.Groups, ";")}
		for _, p := range t.parts() {
			values[p.field] = p.value
		}
		row = row[:0]
		for _, f := range head {
			row = append(row, values[f])
		}
		for _, name := range names {
			row = append(row, t.Labels[name])
		}
		for i := range row {
			if looksLikeFormula(row[i]) {
				row[i] = "'" + row[i]
			}
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}

// plainHost is a name that stands for one host in an Ansible inventory, and no range or port.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

func writeAnsible(b *bytes.Buffer, targets []*Target) {
	b.WriteString("all:\n  hosts:\n")
	groups := map[string][]string{}
	own := map[string]string{"address": "ansible_host", "port": "ansible_port", "user": "ansible_user"}
	for i, t := range targets {
		host := t.ID
		if !plainHost.MatchString(host) {
			host = fmt.Sprint("target-", i+1)
		}
		fmt.Fprintf(b, "    %s:\n", quote(host))
		for _, p := range t.parts() {
			name := own[p.field]
			if name == "" {
				name = "plumbline_" + p.field
			}
			fmt.Fprintf(b, "      %s: %s\n", name, quote(p.value))
		}
		for _, l := range t.labelled() {
			fmt.Fprintf(b, "      %s: %s\n", quote("plumbline_label_"+l.field), quote(l.value))
		}
		for _, g := range t.Groups {
			groups[g] = append(groups[g], host)
		}
	}
	if len(groups) == 0 {
		return
	}
	b.WriteString("  children:\n")
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		fmt.Fprintf(b, "    %s:\n      hosts:\n", quote(g))
		for _, host := range groups[g] {
			fmt.Fprintf(b, "        %s: {}\n", quote(host))
		}
	}
}

package linux

import "testing"

func TestPlatform(t *testing.T) {
	file := func(path, text string) string { return "all files are here\n-- " + path + " --\n" + text }
	for name, c := range map[string]struct{ archive, family, os, version, vendor string }{
		"debian":               {file("/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n"), "debian", "Debian GNU/Linux 12 (bookworm)", "12", "Debian"},
		"ubuntu":               {file("/etc/os-release", "NAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\n"), "debian", "Ubuntu 24.04.1 LTS", "24.04", "Canonical"},
		"rocky":                {file("/usr/lib/os-release", "NAME=\"Rocky Linux\"\nVERSION_ID=\"9.4\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nPRETTY_NAME=\"Rocky Linux 9.4 (Blue Onyx)\"\n"), "rhel", "Rocky Linux 9.4 (Blue Onyx)", "9.4", "Rocky Enterprise Software Foundation"},
		"openEuler":            {file("/etc/os-release", "NAME=\"openEuler\"\nVERSION=\"22.03 (LTS-SP3)\"\nID=\"openEuler\"\nVERSION_ID=\"22.03\"\nPRETTY_NAME=\"openEuler 22.03 (LTS-SP3)\"\n"), "openeuler", "openEuler 22.03 (LTS-SP3)", "22.03", "openEuler"},
		"kylin":                {file("/etc/os-release", "NAME=\"Kylin Linux Advanced Server\"\nVERSION=\"V10 (Sword)\"\nID=\"kylin\"\nVERSION_ID=\"V10\"\nPRETTY_NAME=\"Kylin Linux Advanced Server V10 (Sword)\"\n"), "kylin", "Kylin Linux Advanced Server V10 (Sword)", "V10", "KylinSoft"},
		"uos":                  {file("/etc/os-release", "PRETTY_NAME=\"UnionTech OS Server 20\"\nNAME=\"UnionTech OS Server 20\"\nVERSION_ID=\"20\"\nID=uos\n"), "uos", "UnionTech OS Server 20", "20", "UnionTech"},
		"a derivative":         {file("/etc/os-release", "NAME=\"Bank OS\"\nID=bankos\nID_LIKE=\"suse\"\nVERSION_ID=3\nPRETTY_NAME='Bank OS 3'\n"), "suse", "Bank OS 3", "3", "Bank OS"},
		"centos 6":             {file("/etc/redhat-release", "CentOS release 6.10 (Final)\n"), "rhel", "CentOS release 6.10 (Final)", "6.10", "CentOS"},
		"kylin before red hat": {file("/etc/redhat-release", "CentOS release 6.10 (Final)\n-- /etc/kylin-release --\nKylin Linux Advanced Server release V10 (Tercel)\n"), "kylin", "Kylin Linux Advanced Server release V10 (Tercel)", "V10", "KylinSoft"},
		"debian_version":       {file("/etc/debian_version", "12.5\n"), "debian", "12.5", "12.5", "Debian"},
		"nobody's":             {"all files are here\n", "unknown: not_found: /etc/os-release", "unknown: not_found: /etc/os-release", "unknown: not_found: /etc/os-release", "unknown: not_found: /etc/os-release"},
		"unreadable":           {"all files are here\n-- /etc/os-release ! not_permitted --\n", "unknown: not_permitted: /etc/os-release", "unknown: not_permitted: /etc/os-release", "unknown: not_permitted: /etc/os-release", "unknown: not_permitted: /etc/os-release"},
	} {
		t.Run(name, func(t *testing.T) {
			got := valuesOf(t, c.archive, "platform")
			same(t, got["family"]+"\n"+got["os_name"]+"\n"+got["version"]+"\n"+got["vendor"], c.family+"\n"+c.os+"\n"+c.version+"\n"+c.vendor)
		})
	}
	expect(t, debian12+`-- probe host --
hostname=web1 os=linux kernel=6.1.0-18-amd64 arch=x86_64 booted=2026-01-02T03:04:05Z virtualization=kvm
-- glob /var/log/installer --
0755 0 0 directory 4096 2023-06-10T00:00:00Z "/var/log/installer"
`, `
platform.kind = host
platform.vendor = Debian  # /etc/os-release:1-3
platform.product = Debian GNU/Linux  # /etc/os-release:1-3
platform.os = linux
platform.os_name = unknown: not_found: /etc/os-release  # /etc/os-release:1-3
platform.version = 12  # /etc/os-release:1-3
platform.hostname = web1  # probe host
platform.kernel = 6.1.0-18-amd64  # probe host
platform.arch = x86_64  # probe host
platform.virtualization = kvm  # probe host
platform.booted = 2026-01-02T03:04:05Z  # probe host
platform.installed = 2023-06-10T00:00:00Z  # glob /var/log/installer
platform.family = debian  # /etc/os-release:1-3
`, "platform")
}

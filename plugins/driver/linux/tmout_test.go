package linux

import (
	"strings"
	"testing"
)

const debianProfile = `all files are here
-- /etc/os-release --
ID=debian
VERSION_ID="12"
-- /etc/profile --
# /etc/profile: system-wide .profile file for the Bourne shell (sh(1))
if [ "$(id -u)" -eq 0 ]; then
  PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
else
  PATH="/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
fi
export PATH

if [ "${PS1-}" ]; then
  if [ "${BASH-}" ] && [ "$BASH" != "/bin/sh" ]; then
    if [ -f /etc/bash.bashrc ]; then
      . /etc/bash.bashrc
    fi
  else
    if [ "$(id -u)" -eq 0 ]; then
      PS1='# '
    else
      PS1='$ '
    fi
  fi
fi

if [ -d /etc/profile.d ]; then
  for i in /etc/profile.d/*.sh; do
    if [ -r $i ]; then
      . $i
    fi
  done
  unset i
fi
`

const redHatProfile = `all files are here
-- /etc/os-release --
ID="rhel"
VERSION_ID="9.4"
-- /etc/profile --
pathmunge () {
    case ":${PATH}:" in
        *:"$1":*)
            ;;
        *)
            if [ "$2" = "after" ] ; then
                PATH=$PATH:$1
            else
                PATH=$1:$PATH
            fi
    esac
}

if [ -x /usr/bin/id ]; then
    if [ -z "$EUID" ]; then
        EUID=$(/usr/bin/id -u)
        UID=$(/usr/bin/id -ru)
    fi
    USER="$(/usr/bin/id -un)"
fi
HOSTNAME=$(/usr/bin/hostnamectl --transient 2>/dev/null) || \
HOSTNAME=$(/usr/bin/hostname 2>/dev/null)
if [ "$HISTCONTROL" = "ignorespace" ] ; then
    export HISTCONTROL=ignoreboth
else
    export HISTCONTROL=ignoredups
fi
export PATH USER LOGNAME MAIL HOSTNAME HISTSIZE HISTCONTROL
for i in /etc/profile.d/*.sh /etc/profile.d/sh.local ; do
    if [ -r "$i" ]; then
        if [ "${-#*i}" != "$-" ]; then
            . "$i"
        else
            . "$i" >/dev/null
        fi
    fi
done
unset i
unset -f pathmunge

if [ -n "${BASH_VERSION-}" ] ; then
        if [ -f /etc/bashrc ] ; then
                . /etc/bashrc
       fi
fi
`

func TestTMOUT(t *testing.T) {
	script := func(host, path, text string) string { return host + "-- " + path + " --\n" + text }
	inProfileD := func(text string) string { return script(debianProfile, "/etc/profile.d/tmout.sh", text) }
	for name, c := range map[string]struct{ archive, idle, change string }{
		"nothing":                            {debianProfile, "absent  # /etc/profile", "absent  # /etc/profile"},
		"set":                                {inProfileD("TMOUT=600\n"), "10m  # /etc/profile.d/tmout.sh:1", "true  # /etc/profile.d/tmout.sh:1"},
		"readonly":                           {inProfileD("TMOUT=600\nreadonly TMOUT\nexport TMOUT\n"), "10m  # /etc/profile.d/tmout.sh:1; /etc/profile.d/tmout.sh:2", "false  # /etc/profile.d/tmout.sh:1; /etc/profile.d/tmout.sh:2"},
		"all in one line":                    {inProfileD("TMOUT=600 readonly TMOUT export TMOUT\n"), "10m  # /etc/profile.d/tmout.sh:1", "false  # /etc/profile.d/tmout.sh:1"},
		"with semicolons":                    {inProfileD("TMOUT=\"600\"; export TMOUT; readonly TMOUT # idle\n"), "10m  # /etc/profile.d/tmout.sh:1", "false  # /etc/profile.d/tmout.sh:1"},
		"readonly with value":                {inProfileD("readonly TMOUT=900\n"), "15m  # /etc/profile.d/tmout.sh:1", "false  # /etc/profile.d/tmout.sh:1"},
		"declare":                            {inProfileD("declare -xr TMOUT=900\n"), "15m  # /etc/profile.d/tmout.sh:1", "false  # /etc/profile.d/tmout.sh:1"},
		"typeset":                            {inProfileD("typeset -x TMOUT='300'\n"), "5m  # /etc/profile.d/tmout.sh:1", "true  # /etc/profile.d/tmout.sh:1"},
		"export with value":                  {inProfileD("\texport TMOUT=300\n"), "5m  # /etc/profile.d/tmout.sh:1", "true  # /etc/profile.d/tmout.sh:1"},
		"in a comment":                       {inProfileD("# TMOUT=600\n#TMOUT=600\necho 'TMOUT=600'\n"), "absent  # /etc/profile", "absent  # /etc/profile"},
		"in a here-document":                 {inProfileD("cat <<EOF\nTMOUT=600\nEOF\n"), "absent  # /etc/profile", "absent  # /etc/profile"},
		"for one command":                    {inProfileD("TMOUT=600 true\n"), "absent  # /etc/profile", "absent  # /etc/profile"},
		"zero":                               {inProfileD("TMOUT=0\n"), "forever  # /etc/profile.d/tmout.sh:1", "true  # /etc/profile.d/tmout.sh:1"},
		"empty":                              {inProfileD("TMOUT=\n"), "unknown: not_understood: TMOUT=  # /etc/profile.d/tmout.sh:1", ""},
		"computed":                           {inProfileD("TMOUT=$((10*60))\n"), "unknown: not_understood: TMOUT=$((10*60))  # /etc/profile.d/tmout.sh:1", ""},
		"a later file wins":                  {script(inProfileD("TMOUT=600\n"), "/etc/profile.d/zz.sh", "TMOUT=0\n"), "forever  # /etc/profile.d/zz.sh:1", "true  # /etc/profile.d/zz.sh:1"},
		"readonly is not undone":             {script(inProfileD("readonly TMOUT=600\n"), "/etc/profile.d/zz.sh", "TMOUT=300\nunset TMOUT\n"), "10m  # /etc/profile.d/tmout.sh:1", "false  # /etc/profile.d/tmout.sh:1"},
		"laxer after readonly":               {script(inProfileD("readonly TMOUT=600\n"), "/etc/profile.d/zz.sh", "typeset -xr TMOUT=800\n"), "unknown: conflict: TMOUT  # /etc/profile.d/tmout.sh:1; /etc/profile.d/zz.sh:1", ""},
		"never after readonly":               {script(inProfileD("readonly TMOUT=600\n"), "/etc/profile.d/zz.sh", "TMOUT=0\n"), "unknown: conflict: TMOUT  # /etc/profile.d/tmout.sh:1; /etc/profile.d/zz.sh:1", ""},
		"unset":                              {script(inProfileD("TMOUT=600\n"), "/etc/profile.d/zz.sh", "unset TMOUT\n"), "absent  # /etc/profile.d/zz.sh:1", "absent  # /etc/profile.d/zz.sh:1"},
		"bash.bashrc comes before profile.d": {script(inProfileD("TMOUT=600\n"), "/etc/bash.bashrc", "[ -z \"$PS1\" ] && return\nTMOUT=60\n"), "10m  # /etc/profile.d/tmout.sh:1", "true  # /etc/profile.d/tmout.sh:1"},
		"bash.bashrc alone":                  {script(debianProfile, "/etc/bash.bashrc", "[ -z \"$PS1\" ] && return\nTMOUT=60\n"), "1m  # /etc/bash.bashrc:2", "true  # /etc/bash.bashrc:2"},
		"if it is interactive":               {inProfileD("if [ -n \"$PS1\" ]; then\n TMOUT=600\nfi\ncase $- in\n *i*) readonly TMOUT ;;\n *) unset TMOUT;;\nesac\n"), "10m  # /etc/profile.d/tmout.sh:2; /etc/profile.d/tmout.sh:5", "false  # /etc/profile.d/tmout.sh:2; /etc/profile.d/tmout.sh:5"},
		"only if not set":                    {script(inProfileD("TMOUT=600\n"), "/etc/profile.d/zz.sh", "[ -z \"$TMOUT\" ] && TMOUT=1200\nif [ -n \"${TMOUT}\" ]; then :; else TMOUT=1; fi\n"), "10m  # /etc/profile.d/tmout.sh:1", "true  # /etc/profile.d/tmout.sh:1"},
		"for some users":                     {inProfileD("if [ $UID -ne 0 ]; then\nTMOUT=600\nfi\n"), "unknown: conflict: TMOUT  # /etc/profile.d/tmout.sh:2; /etc/profile", ""},
		"for some users longer":              {inProfileD("if [ $UID -ne 0 ]; then TMOUT=600; elif foo; then TMOUT=700; else TMOUT=800; fi\n"), "unknown: conflict: TMOUT  # /etc/profile.d/tmout.sh:1", ""},
		"the same for all":                   {inProfileD("if [ $UID -ne 0 ]; then TMOUT=600; else TMOUT=600; fi\n"), "10m  # /etc/profile.d/tmout.sh:1", "true  # /etc/profile.d/tmout.sh:1"},
		"in a function":                      {inProfileD("limit() {\n TMOUT=600\n}\n"), "unknown: conflict: TMOUT  # /etc/profile.d/tmout.sh:2; /etc/profile", ""},
		"in a subshell":                      {inProfileD("( TMOUT=600 )\n"), "absent  # /etc/profile", "absent  # /etc/profile"},
		"after a return":                     {inProfileD("return 0\nTMOUT=600\n"), "absent  # /etc/profile", "absent  # /etc/profile"},
		"by eval":                            {inProfileD("eval \"TMOUT=600\"\n"), "unknown: not_understood: /etc/profile.d/tmout.sh  # /etc/profile.d/tmout.sh:1", ""},
		"a file is unreadable":               {debianProfile + "-- /etc/profile.d/a.sh ! not_permitted --\n", "unknown: not_permitted: /etc/profile.d/a.sh", ""},
		"unreadable, but readonly before":    {script(debianProfile, "/etc/profile", "readonly TMOUT=300\n. /etc/x\n") + "-- /etc/profile.d/a.sh ! not_permitted --\n", "5m  # /etc/profile:1", "false  # /etc/profile:1"},
		"unreadable before":                  {inProfileD("readonly TMOUT=300\n") + "-- /etc/profile.d/a.sh ! not_permitted --\n", "unknown: not_permitted: /etc/profile.d/a.sh", ""},
		"unreadable after":                   {inProfileD("readonly TMOUT=300\n") + "-- /etc/profile.d/z.sh ! not_permitted --\n", "5m  # /etc/profile.d/tmout.sh:1", "false  # /etc/profile.d/tmout.sh:1"},
		"environment":                        {script(debianProfile, "/etc/environment", "PATH=/bin\nTMOUT=600\n"), "10m  # /etc/environment:2", "true  # /etc/environment:2"},
		"no profile":                         {"all files are here\n", "absent  # /etc/profile", "absent  # /etc/profile"},
		"nothing was asked":                  {"nothing\n", "unknown: not_asked: /etc/environment", ""},
		"red hat":                            {script(redHatProfile, "/etc/profile.d/tmout.sh", "export TMOUT=900\nreadonly TMOUT\n"), "15m  # /etc/profile.d/tmout.sh:1; /etc/profile.d/tmout.sh:2", "false  # /etc/profile.d/tmout.sh:1; /etc/profile.d/tmout.sh:2"},
		"red hat, bashrc":                    {script(redHatProfile, "/etc/bashrc", "export TMOUT=900\n"), "15m  # /etc/bashrc:1", "true  # /etc/bashrc:1"},
		"red hat, sh.local":                  {script(redHatProfile, "/etc/profile.d/sh.local", "TMOUT=900\n"), "15m  # /etc/profile.d/sh.local:1", "true  # /etc/profile.d/sh.local:1"},
		"centos 7, bashrc by the skeleton":   {"all files are here\n-- /etc/profile --\nfor i in /etc/profile.d/*.sh; do . $i; done\n-- /etc/skel/.bashrc --\nif [ -f /etc/bashrc ]; then\n\t. /etc/bashrc\nfi\n-- /etc/bashrc --\nTMOUT=300\n", "5m  # /etc/bashrc:1", "true  # /etc/bashrc:1"},
		"reads itself":                       {"all files are here\n-- /etc/profile --\n. /etc/profile\nTMOUT=300\n", "5m  # /etc/profile:2", "true  # /etc/profile:2"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == "" {
				c.change = c.idle
			}
			expect(t, c.archive, "session_policies[shell].idle_timeout = "+c.idle+"\nsession_policies[shell].user_can_change = "+c.change, "session_policies[shell]")
		})
	}
}

// A profile of many conditions must neither take for ever nor be answered with a guess.
func TestTMOUTManyConditions(t *testing.T) {
	text := strings.Repeat("if foo; then TMOUT=600; fi\n", 200)
	expect(t, debianProfile+"-- /etc/profile.d/tmout.sh --\n"+text, `
session_policies[shell].idle_timeout = unknown: conflict: TMOUT  # /etc/profile.d/tmout.sh:200
session_policies[shell].user_can_change = unknown: conflict: TMOUT  # /etc/profile.d/tmout.sh:200
`, "session_policies[shell]")
}

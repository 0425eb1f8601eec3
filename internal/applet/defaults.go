package applet

import (
	"fmt"
	"strings"
)

// A directiveDefault is a row of `heartbeat -D`.
type directiveDefault struct{ name, value, text string }

// directiveDefaults are the directives that have a default, in C's order (messaging spec, section 2.2).
func directiveDefaults() []directiveDefault {
	return []directiveDefault{
		{"cluster", "linux-ha", "the name of cluster"},
		{"hopfudge", "1", "# of hops above cluster size"},
		{"keepalive", "1000ms", "keepalive time"},
		{"deadtime", "30000ms", "node deadtime"},
		{"baud", "19200", "baud rate"},
		{"auto_failback", "legacy", "auto failback"},
		{"hbgenmethod", "file", "protocol generation computation method"},
		{"realtime", "true", "enable realtime behavior?"},
		{"msgfmt", "classic", "message format in the wire"},
		{"conn_logd_time", "60", "the interval to reconnect to logd"},
		{"log_badpack", "true", "warn about bad packets"},
		{"syslogmsgfmt", "true", "log to files in syslog format"},
		{"coredumps", "true", "enable Linux-HA core dumps"},
		{"pacemaker", "false", "enable Pacemaker resource management"},
		{"autojoin", "none", "set automatic join mode/style"},
		{"uuidfrom", "file", "set the source for uuid"},
		{"compression", "zlib", "set compression module"},
		{"compression_threshold", "2", "set compression threshold"},
		{"traditional_compression", "no", "set traditional_compression"},
		{"max_rexmit_delay", "250", "set the maximum rexmit delay time"},
		{"record_config_changes", "on", "record changes to the cib (valid only with: pacemaker on)"},
		{"record_pengine_inputs", "on", "record the input used by the policy engine (valid only with: pacemaker on)"},
		{"enable_config_writes", "on", "write configuration changes to disk (valid only with: pacemaker on)"},
		{"memreserve", "6500", "number of kbytes to preallocate in heartbeat"},
	}
}

// defaultsTable is the output of -D, or of -DW with wiki marks.
func defaultsTable(wiki bool, version string) string {
	var b strings.Builder
	if wiki {
		fmt.Fprintf(&b, "##Put this output in the ha.cf/DefaultValues page\n"+
			"The [wiki:ha.cf ha.cf] directives with default values are shown below - along with a brief description.\n"+
			"This was produced by {{{heartbeat -DW}}} ''# (version %s)''\n\n||''Directive''||''Default''||''Description''||\n", version)
	} else {
		fmt.Fprintf(&b, "%-24s %-9s %s\n%s\n", "Directive", "Default", "Description", strings.Repeat("-", 80))
	}
	for _, d := range directiveDefaults() {
		if wiki {
			fmt.Fprintf(&b, "||[wiki:ha.cf/%sDirective %s]||%s||%s||\n", wikiWord(d.name), d.name, d.value, d.text)
		} else {
			fmt.Fprintf(&b, "%-24s %-9s %s\n", d.name, d.value, d.text)
		}
	}
	return b.String()
}

// wikiWord joins the parts of a directive's name: auto_failback is AutoFailback.
func wikiWord(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

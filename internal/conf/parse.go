package conf

import (
	"io/fs"
	"strings"
)

// File is one file that was read.
type File struct {
	Name string
	Data []byte
}

// Input is every file of the configuration directory, already read. A nil Data means
// that the file does not exist.
type Input struct {
	HaCf      File
	AuthKeys  File
	AuthMode  fs.FileMode
	AuthOwner int // negative: unknown
	Resources File
	Settings  []File // ha.cf.d/*.conf, by name
	Logd      File   // logd.cf, read when use_logd is on; it may be missing
	NodeInfo  File
	Env       Env
}

// Parse reads the whole configuration of a node and says everything that is wrong with it.
func Parse(in Input) (Config, Problems) {
	var c Config
	var all Problems
	add := func(ps Problems) { all = append(all, ps...) }
	missing := func(f File, text, fix string) bool {
		if f.Data == nil {
			all = append(all, Problem{f.Name, 0, Error, strings.ReplaceAll(text, "%s", f.Name), fix})
		}
		return f.Data == nil
	}

	env := in.Env
	if in.NodeInfo.Data != nil {
		name, ps := ParseNodeInfo(in.NodeInfo.Name, in.NodeInfo.Data)
		add(ps)
		if name != "" {
			env.NodeName = name
		}
	}
	if !missing(in.HaCf, "Cannot open config file [%s]", "copy one from the examples, or from the other node") {
		var ps Problems
		c.HaCf, ps = ParseHaCf(in.HaCf.Name, in.HaCf.Data, env)
		add(ps)
		env.Nodes = c.HaCf.Nodes
	}
	if !missing(in.AuthKeys, "Cannot open keyfile [%s].  Stop.", newKey) {
		var ps Problems
		c.AuthKeys, ps = ParseAuthKeys(in.AuthKeys.Name, in.AuthKeys.Data, in.AuthMode, in.AuthOwner)
		add(ps)
	}

	if c.HaCf.UseLogd {
		var ps Problems
		c.Logd, ps = ParseLogd(in.Logd.Name, in.Logd.Data)
		add(forgiven(ps))
	}

	var extra []SettingLine
	for _, f := range in.Settings {
		lines, ps := ParseSettings(f.Name, f.Data)
		add(ps)
		extra = append(extra, lines...)
	}
	strict := c.HaCf.Settings
	strict.applySettings(extra) // its problems are told below
	env.Strict = env.Strict || strict.StrictHaresources
	switch {
	case in.HaCf.Data == nil:
		// whether haresources is needed, and which nodes it may name, is unknown
	case env.MessagesOnly:
	case c.HaCf.CRM != "off":
		if in.Resources.Data != nil {
			all = append(all, Problem{in.Resources.Name, 0, Warning, "File " + in.Resources.Name + " exists, but is not used because crm is enabled", "remove it"})
		}
	case !missing(in.Resources, "Cannot open resources file [%s]", "write one line for each group, such as: node1 192.168.1.10/24/eth0 apache2"):
		var ps Problems
		c.Resources, ps = ParseHaResources(in.Resources.Name, in.Resources.Data, env)
		add(ps)
		extra = append(c.Resources.SettingLines, extra...)
	}
	add(c.HaCf.merge(extra))
	add(c.crossCheck())
	add(c.checkArbiter())
	return c, all.Sorted()
}

// merge adds the settings of other files than ha.cf.
func (h *HaCf) merge(lines []SettingLine) Problems {
	return h.Settings.applySettings(lines)
}

// crossCheck finds what only several files together show.
func (c *Config) crossCheck() Problems {
	n := &notes{file: c.AuthKeys.File}
	c.checkEncryption(n)
	for _, k := range c.AuthKeys.Keys {
		if k.Slot != c.AuthKeys.Sign || k.Method != "crc" {
			continue
		}
		for _, m := range c.HaCf.Media {
			if m.Kind != "serial" && !strings.HasPrefix(m.Kind, "ping") {
				n.warn(k.Line, newKey, "method crc on %s %s: whoever reaches the network can forge messages", m.Kind, m.Name)
				break
			}
		}
	}
	n.file = c.Resources.File
	for _, f := range c.HaCf.Settings.GroupFailback {
		c.wantGroup(f.Key, "auto_failback_group", n)
	}
	for _, m := range c.HaCf.Settings.GroupMonitors {
		c.wantGroup(m.Key, "monitor_interval", n)
	}
	return n.list
}

func (c *Config) wantGroup(key, setting string, n *notes) {
	var keys []string
	for _, g := range c.Resources.Groups {
		if g.Key() == key {
			return
		}
		keys = append(keys, g.Key())
	}
	n.warn(0, didYouMean(key, keys, "name the first resource of a group"), "setting %s names group %s, which does not exist", setting, key)
}

package applet

import (
	"os/user"
	"path/filepath"
)

// haConfig prints where things are, as lines that a shell can read (resources spec, section 9.1). The paths are those of this
// run, so scripts find a node with other places, too.
func haConfig(c *call, args []string) int {
	if len(args) > 0 {
		c.printf("usage: %s\nprints NAME=value lines, for: eval \"$(%s)\"\n", c.prog, c.prog)
		return exitNotWell
	}
	uid, gid := "", ""
	if u, err := user.Lookup("hacluster"); err == nil {
		uid = u.Uid
	}
	if g, err := user.LookupGroup("haclient"); err == nil {
		gid = g.Gid
	}
	tools := "/usr/lib/heartbeat"
	for _, v := range [][2]string{
		{"HA_HBCONF_DIR", c.Etc}, {"HA_RC_DIR", filepath.Join(c.Etc, "rc.d")}, {"HB_RC_DIR", filepath.Join(c.Etc, "rc.d")},
		{"HB_RA_DIR", filepath.Join(c.Etc, "resource.d")}, {"LSB_RA_DIR", "/etc/init.d"}, {"OCF_ROOT_DIR", "/usr/lib/ocf"}, {"OCF_RA_DIR", "/usr/lib/ocf/resource.d"},
		{"HA_VARLIBDIR", filepath.Dir(c.State)}, {"HA_VARLIBHBDIR", c.State}, {"HA_VARRUNDIR", filepath.Dir(c.Run)}, {"HA_VARRUNHBDIR", c.Run},
		{"HA_COREDIR", filepath.Join(c.State, "cores")}, {"HA_LIBHBDIR", tools}, {"HA_DATADIR", "/usr/share"}, {"HA_NOARCHDATAHBDIR", "/usr/share/heartbeat"},
		{"HA_FIFO", filepath.Join(c.State, "fifo")}, {"HA_APIGROUP", "haclient"}, {"HA_APIGID", gid}, {"HA_CCMUSER", "hacluster"}, {"HA_CCMUID", uid},
		{"VERSION", c.Version},
	} {
		c.printf("%s=\"%s\"\n", v[0], v[1])
	}
	return exitOK
}

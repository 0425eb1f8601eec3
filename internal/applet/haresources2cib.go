package applet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/api"
	"heartbeat/internal/conf"
	"heartbeat/internal/fsutil"
	"heartbeat/internal/migrate"
	"heartbeat/internal/xmltree"
)

// A conversion is one run of haresources2cib (resources spec, section 9.3).
type conversion struct {
	in       migrate.Input
	out      string
	toStdout bool
	force    bool
}

func haresources2cib(c *call, args []string) int {
	v := conversion{
		in:  migrate.Input{HaCf: conf.File{Name: filepath.Join(c.Etc, "ha.cf")}, Resources: conf.File{Name: filepath.Join(c.Etc, "haresources")}, Schema: migrate.Schema06},
		out: filepath.Join(c.State, "crm", "cib.xml"),
	}
	if err := v.parse(args); err != nil {
		if !errors.Is(err, errUsage) {
			c.complain("%s: %s\n", c.prog, err)
		}
		c.printf("usage: %s%s\n%s", c.prog, haresources2cibUsage, haresources2cibHelp)
		return exitNotWell
	}
	return c.convert(v)
}

const haresources2cibUsage = " [--no-ocf] [--stdout] [--no-monitor] [--schema 0.6|1.x] [--force] [--config|-c configfile] [--help|-h] [resourcefile [cibfile]]"

const haresources2cibHelp = `
Writes the configuration of a cluster resource manager that does what haresources and ha.cf do.

  --stdout      print it instead of writing /var/lib/heartbeat/crm/cib.xml
  --schema 1.x  for Pacemaker 1.0 and later; 0.6 (the default) is that of Heartbeat 2.1
  --no-ocf      use the scripts of resource.d instead of OCF agents
  --no-monitor  let nothing be watched
  --force       replace a file that exists
exit codes: 0 written, 1 not: every problem is listed with file and line
examples:
  haresources2cib --stdout
  haresources2cib --schema 1.x haresources new-cib.xml && crm_verify -x new-cib.xml
  haresources2cib -c ./ha.cf --stdout ./haresources
`

// parse reads the classic options. The second file is the output: many documents call the tool so.
func (v *conversion) parse(args []string) error {
	var files []string
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(args[i], "=")
		take := func() (string, error) {
			switch {
			case inline:
			case i+1 >= len(args):
				return "", fmt.Errorf("option %s needs a value", name)
			default:
				i++
				value = args[i]
			}
			return value, nil
		}
		var err error
		switch {
		case args[i] == "--no-ocf":
			v.in.NoOCF = true
		case args[i] == "--no-monitor":
			v.in.NoMonitor = true
		case args[i] == "--stdout":
			v.toStdout = true
		case args[i] == "--force":
			v.force = true
		case name == "--config" || name == "-c":
			v.in.HaCf.Name, err = take()
		case name == "--schema":
			var s string
			s, err = take()
			v.in.Schema = migrate.Schema(s)
			if err == nil && !slices.Contains(migrate.Schemas(), s) {
				err = fmt.Errorf("there is no schema %q: say one of %s", s, strings.Join(migrate.Schemas(), ", "))
			}
		case strings.HasPrefix(args[i], "-"):
			return errUsage
		default:
			files = append(files, args[i])
		}
		if err != nil {
			return err
		}
	}
	if len(files) > 2 {
		return errors.New("too many arguments: one haresources file and one output file")
	}
	if len(files) > 0 {
		v.in.Resources.Name = files[0]
	}
	if len(files) > 1 {
		v.out = files[1]
	}
	return nil
}

func (c *call) convert(v conversion) int {
	for _, f := range []*conf.File{&v.in.HaCf, &v.in.Resources} {
		data, err := os.ReadFile(f.Name)
		if err != nil {
			c.complain("%s: %s\n", c.prog, err)
			return exitNotWell
		}
		f.Data = data
	}
	if !v.toStdout && !v.force {
		for _, f := range []string{v.out, v.out + ".sig"} {
			if _, err := os.Lstat(f); err == nil {
				c.complain("%s exists: remove it, or say --force\n", f)
				return exitNotWell
			}
		}
	}
	v.in.ClassOf, v.in.StonithNames, v.in.ReadFile = c.classOf, c.stonithNames, os.ReadFile
	tree, problems := migrate.Convert(v.in)
	c.printProblems(c.Stderr, api.ProblemsOf(problems))
	if problems.HasErrors() {
		return exitNotWell
	}
	doc := tree.Append([]byte(xmltree.Declaration), "  ")
	if v.toStdout {
		_, err := c.Stdout.Write(doc)
		return c.report(err)
	}
	return c.report(writeCib(v.out, doc))
}

// writeCib puts the file where the cluster information base looks for it, readable by that only. A signature of what was there
// before would make it be refused.
func writeCib(path string, doc []byte) error {
	if err := fsutil.Replace(path, doc, 0o600); err != nil {
		return err
	}
	if err := os.Remove(path + ".sig"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("hacluster")
	if err != nil {
		return nil // a machine without a cluster; the file may be meant for another one
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if g, err := user.LookupGroup("haclient"); err == nil {
		gid, _ = strconv.Atoi(g.Gid)
	}
	return os.Chown(path, uid, gid)
}

// classOf says where this machine has a script.
func (c *call) classOf(script string) string {
	for _, at := range []struct{ file, class string }{
		{filepath.Join(c.Etc, "resource.d", script), "heartbeat"},
		{filepath.Join("/etc/init.d", script), "lsb"},
		{filepath.Join("/etc/systemd/system", script+".service"), "systemd"},
		{filepath.Join("/lib/systemd/system", script+".service"), "systemd"},
	} {
		if info, err := os.Stat(at.file); err == nil && info.Mode().IsRegular() {
			return at.class
		}
	}
	return ""
}

// stonithNames asks cluster-glue what the parameters of a plug-in are called.
func (c *call) stonithNames(plugin string) []string {
	ctx, cancel := c.soon()
	defer cancel()
	out, err := exec.CommandContext(ctx, "stonith", "-n", "-t", plugin).Output()
	if err != nil {
		return nil
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.Fields(first)
}

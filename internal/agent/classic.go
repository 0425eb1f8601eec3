package agent

import (
	"os"
	"path/filepath"
	"strings"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/conf"
)

// A Classic is a script of old distributions that only handed its arguments to an OCF agent. Where the
// OCF agent is installed and the script is not, the same is done here.
type Classic struct {
	Name, Usage, Short string
	Params             []string // parameter of each argument, in order
	Least              int      // arguments that must be there
	Join               bool     // all arguments are one parameter, separated by blanks
}

// Classics are the classic scripts that have no built-in agent, sorted by name.
func Classics() []Classic {
	return []Classic{
		{Name: "AudibleAlarm", Usage: "[NODE ...]", Short: "rings the bell of the console, except on these nodes", Params: []string{"nodelist"}, Join: true},
		{Name: "ICP", Usage: "DRIVEID DEVICE", Short: "reserves a drive of an ICP Vortex controller", Params: []string{"driveid", "device"}, Least: 2},
		{Name: "LinuxSCSI", Usage: "HOST:CHANNEL:TARGET[:LUN]", Short: "adds and removes a SCSI device", Params: []string{"scsi"}, Least: 1},
		{Name: "ServeRAID", Usage: "ADAPTER MERGEGROUP", Short: "merges a group of an IBM ServeRAID adapter", Params: []string{"serveraid", "mergegroup"}, Least: 2},
		{Name: "WAS", Usage: "[CONFIGFILE|PORT]", Short: "runs WebSphere Application Server", Params: []string{"config"}},
		{Name: "WinPopup", Usage: "[HOSTSFILE]", Short: "sends a message to Windows machines", Params: []string{"hostfile"}},
		{Name: "Xinetd", Usage: "SERVICE", Short: "enables a service of xinetd", Params: []string{"service"}, Least: 1},
		{Name: "apache", Usage: "[CONFIGFILE]", Short: "runs the Apache web server", Params: []string{"configfile"}},
		{Name: "db2", Usage: "INSTANCEOWNER", Short: "runs an instance of DB2", Params: []string{"instance"}, Least: 1},
		{Name: "ids", Usage: "[DIR SERVER ONCONFIG]", Short: "runs an instance of Informix", Params: []string{"informixdir", "informixserver", "onconfig"}},
		{Name: "ldirectord", Usage: "CONFIGFILE", Short: "runs ldirectord", Params: []string{"configfile"}, Least: 1},
	}
}

// classicAgent resolves the name of a classic script to its OCF agent.
func (r *Resolver) classicAgent(res conf.Resource) (Agent, bool, error) {
	for _, c := range Classics() {
		if c.Name != res.Script {
			continue
		}
		path := filepath.Join(r.cfg.Dirs.OCFRoot, "resource.d", "heartbeat", c.Name)
		if r.cfg.Dirs.OCFRoot == "" || !executable(path) {
			return nil, false, nil
		}
		params, err := c.params(res.Args)
		if err != nil {
			return nil, false, problemOf(res, err)
		}
		return &ocfScript{path: path, provider: "heartbeat", kind: c.Name, instance: InstanceName(res.Word),
			params: params, statusAction: "monitor", dirs: r.cfg.Dirs}, true, nil
	}
	return nil, false, nil
}

// params gives the arguments their names.
func (c Classic) params(args []string) ([]string, error) {
	wrong := native.Fail(native.Generic, "usage: %s %s", c.Name, c.Usage)
	if c.Join {
		if len(args) == 0 {
			return nil, nil
		}
		return []string{c.Params[0] + "=" + strings.Join(args, " ")}, nil
	}
	if len(args) < c.Least || len(args) > len(c.Params) || c.Name == "ids" && len(args) != 0 && len(args) != 3 {
		return nil, wrong
	}
	var out []string
	for i, a := range args {
		out = append(out, c.Params[i]+"="+a)
	}
	switch {
	case c.Name == "WinPopup" && len(args) == 0:
		out = []string{"hostfile=hosts"} // as the script
	case c.Name == "WAS" && len(args) == 1:
		if _, err := os.Stat(args[0]); err != nil {
			if strings.Trim(args[0], "0123456789") != "" {
				return nil, wrong
			}
			out = []string{"port=" + args[0]}
		}
	}
	return out, nil
}

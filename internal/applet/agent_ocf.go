package applet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/agent"
	"heartbeat/internal/agent/native"
	"heartbeat/internal/netif"
)

// ocfProvider is the directory of our OCF agents below resource.d: ocf:heartbeat-go:Filesystem.
const ocfProvider = "heartbeat-go"

// ocfTime is the time limit of an operation whose caller gives none.
const ocfTime = time.Minute

// ocfKind says which built-in agent this program was called as.
func ocfKind(name string) (native.Kind, bool) {
	if filepath.Base(filepath.Dir(name)) != ocfProvider {
		return native.Kind{}, false
	}
	return agent.KindNamed(filepath.Base(name))
}

// ocf is a built-in agent as an OCF agent: parameters in the environment, the action as only argument.
func (c *call) ocf(kind native.Kind, args []string) int {
	if len(args) != 1 {
		c.complain("usage: %s start|stop|monitor|status|validate-all|meta-data|usage\n", kind.Name)
		return native.Unimplemented
	}
	op, ok := map[string]agent.Op{"start": agent.Start, "stop": agent.Stop, "status": agent.Status, "monitor": agent.Status, "validate-all": "validate-all"}[args[0]]
	switch {
	case args[0] == "meta-data":
		c.printf("%s", kind.Metadata())
		return native.OK
	case args[0] == "usage" || args[0] == "help":
		c.printf("%s", agentHelp(kind))
		return native.OK
	case !ok:
		return native.Unimplemented
	}
	res, err := c.ocfOperate(kind, op)
	if err != nil {
		res = agent.Result{Op: op, Code: native.CodeOf(err), Output: err.Error()}
	}
	code := ocfCode(kind, res)
	switch {
	case code == native.OK && res.Output != "":
		c.printf("%s\n", res.Output)
	case code != native.OK && code != native.NotRunning:
		c.complain("ocf-exit-reason:%s\n", strings.ReplaceAll(res.Output, "\n", "; "))
	}
	return code
}

func (c *call) ocfOperate(kind native.Kind, op agent.Op) (agent.Result, error) {
	v, err := kind.FromGetenv(c.Getenv)
	if err != nil {
		return agent.Result{}, err
	}
	kernel, err := netif.Open()
	if err != nil {
		return agent.Result{}, err
	}
	defer kernel.Close()
	limit := ocfTime
	if ms, err := strconv.Atoi(c.Getenv("OCF_RESKEY_CRM_meta_timeout")); err == nil && ms > 0 {
		limit = time.Duration(ms) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(c.ctx, limit)
	defer cancel()
	instance := c.Getenv("OCF_RESOURCE_INSTANCE")
	if instance == "" {
		instance = kind.Name
	}
	return c.operate(ctx, kind, v, op, c.agentPlace(agent.InstanceName(instance), kernel))
}

// ocfCode is the exit code by the rules of OCF, which differ from those of init scripts in a status.
func ocfCode(kind native.Kind, res agent.Result) int {
	switch {
	case res.OK:
		return native.OK
	case kind.LSBStatus && res.Op == agent.Status && res.Code == 3:
		return native.NotRunning
	case res.Code == native.OK, res.Code > native.NotRunning, kind.LSBStatus && res.Code == 4:
		return native.Generic
	}
	return res.Code
}

func agentInstallCommand(c *call) *cobra.Command {
	var dryRun, undo bool
	cmd := &cobra.Command{
		Use: "install-ocf [DIR]", Short: "make the built-in agents OCF agents, for Pacemaker too",
		Long: `Makes a symbolic link to this program for each built-in agent, by default in /usr/lib/ocf/resource.d/heartbeat-go, so that
Pacemaker, and haresources with ocf:heartbeat-go:Filesystem::device=/dev/sdb1::directory=/data, can run them. The
directory must be named heartbeat-go. Files that are no links are left alone and listed; the exit code is then 1.`,
		Example: "  heartbeat agent install-ocf\n  heartbeat agent install-ocf --undo",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := agent.UsualDirs(c.Etc).OCFRoot + "/resource.d/" + ocfProvider
			if len(args) == 1 {
				dir = args[0]
			}
			if filepath.Base(filepath.Clean(dir)) != ocfProvider {
				return &wrongUsage{fmt.Errorf("the directory %s is not named %s, by which this program knows what it was called for", dir, ocfProvider)}
			}
			return c.installOCF(filepath.Clean(dir), dryRun, undo)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only tell what would be done")
	cmd.Flags().BoolVar(&undo, "undo", false, "remove the links, and the directory if it is empty then")
	return cmd
}

func (c *call) installOCF(dir string, dryRun, undo bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if !undo && !dryRun {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	var errs []error
	for _, k := range agent.Kinds() {
		path := filepath.Join(dir, k.Name)
		info, err := os.Lstat(path)
		there := err == nil
		if there && info.Mode()&os.ModeSymlink == 0 {
			errs = append(errs, fmt.Errorf("%s is no link and was left alone", path))
			continue
		}
		if undo && !there {
			continue
		}
		if undo {
			c.printf("remove %s\n", path)
		} else {
			c.printf("%s -> %s\n", path, self)
		}
		if dryRun {
			continue
		}
		if there {
			if err := os.Remove(path); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		if !undo {
			errs = append(errs, os.Symlink(self, path))
		}
	}
	if undo && !dryRun {
		_ = os.Remove(dir) // not empty: it is somebody's
	}
	return errors.Join(errs...)
}

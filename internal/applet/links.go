package applet

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
)

// A linkPlan is what install-links does in some directories.
type linkPlan struct {
	dirs         []string
	binary       string
	dryRun, undo bool
}

func linksCommand(c *call) *cobra.Command {
	var p linkPlan
	var classicDirs bool
	cmd := &cobra.Command{
		Use: "install-links [DIR...]", Short: "make the classic command names point at this program",
		Long: `Makes symbolic links with the classic names (cl_status, hb_standby, …) in the given directories, or with --classic
where the packages of C Heartbeat have them. What exists and is not such a link is left alone and listed; the exit
code is then 1. --undo removes the links again, and nothing else.`,
		Example: "  heartbeat install-links /usr/local/bin\n  heartbeat install-links --classic --dry-run\n  heartbeat install-links --undo /usr/local/bin",
		RunE: func(_ *cobra.Command, args []string) error {
			p.dirs = args
			if len(args) == 0 == !classicDirs {
				return &wrongUsage{errors.New("name the directories, or say --classic")}
			}
			return c.links(p)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&p.dryRun, "dry-run", false, "only tell what would be done")
	f.BoolVar(&p.undo, "undo", false, "remove the links that point at this program")
	f.BoolVar(&classicDirs, "classic", false, "use the directories of C Heartbeat's packages")
	f.StringVar(&p.binary, "binary", "", "link to this `FILE` (default: this program)")
	return cmd
}

func (c *call) links(p linkPlan) error {
	if p.binary == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		p.binary = self
	}
	binary, err := filepath.Abs(p.binary)
	if err != nil {
		return err
	}
	p.binary = binary
	var errs []error
	all := classics()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		dirs := p.dirs
		if len(dirs) == 0 {
			dirs = all[name].where
		}
		for _, dir := range slices.Compact(dirs) {
			if err := c.link(p, filepath.Join(dir, name)); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// link makes or removes one link.
func (c *call) link(p linkPlan, path string) error {
	target, err := os.Readlink(path)
	ours := err == nil && target == p.binary
	_, statErr := os.Lstat(path)
	missing := errors.Is(statErr, os.ErrNotExist)
	switch {
	case p.undo && !ours:
		return nil
	case p.undo:
		return c.change(p, "remove "+path, func() error { return os.Remove(path) })
	case ours:
		return nil
	case !missing:
		return fmt.Errorf("%s exists and is not a link to %s: left alone (move it away first)", path, p.binary)
	}
	return c.change(p, "link "+path+" -> "+p.binary, func() error {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.Symlink(p.binary, path)
	})
}

func (c *call) change(p linkPlan, what string, do func() error) error {
	c.printf("%s\n", what)
	if p.dryRun {
		return nil
	}
	return do()
}

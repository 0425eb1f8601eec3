package applet

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/arbiter/disk"
	"heartbeat/internal/arbiter/shareddisk"
	"heartbeat/internal/conf"
)

// diskPatience is how long a command waits for a disk.
const diskPatience = 10 * time.Second

// diskLockCommand is the area of take_over arbiter disk.
func diskLockCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "disklock",
		Short: "make, show or clear the lock on a shared disk that decides who goes on after a cut",
		Long: `A small area (132 KiB) on a disk that both nodes reach, or in a file on storage that they share. The nodes name it in ha.cf:

  #!hb take_over arbiter disk /dev/disk/by-id/scsi-1234-part1

When all links fail, the node that gets the lease on it goes on, and the other one stops. Without PATH the one of ha.cf is meant.
Use a name below /dev/disk, since /dev/sdb may be another disk after the next boot, and a partition or volume that nothing else uses.`,
		Example: "  heartbeat disklock init /dev/disk/by-id/scsi-1234-part1\n  heartbeat disklock show\n  heartbeat disklock release node2",
	}
	cmd.AddCommand(diskInitCommand(c), diskShowCommand(c), diskReleaseCommand(c))
	return cmd
}

// lockPath is the disk that is meant, and the nodes of ha.cf.
func (c *call) lockPath(args []string) (path string, nodes []string, err error) {
	f, err := inspect(c, true)
	if err == nil {
		nodes = f.Config.HaCf.Nodes
	}
	if len(args) > 0 {
		return args[0], nodes, nil
	}
	if err != nil {
		return "", nil, err
	}
	if a := f.Config.HaCf.Settings.Arbiter; a.Kind == conf.ArbiterDisk {
		return a.References[0], nodes, nil
	}
	return "", nil, &wrongUsage{errors.New("say which disk: ha.cf has no take_over arbiter disk PATH")}
}

func diskInitCommand(c *call) *cobra.Command {
	var force bool
	var names []string
	cmd := &cobra.Command{
		Use: "init [PATH]", Short: "make the area, once, on one node",
		Long: `Writes an empty disk lock for the two nodes of ha.cf to the beginning of PATH. It is refused when anything but zeros stands there: a
file system, a partition table, another disk lock. --force overwrites it. A disk that is mounted or in use is never overwritten.
A file that does not exist is made, on file systems that more than one machine can see.

Exit codes: 0 made, 2 refused, 1 the disk does not answer.`,
		Example: "  heartbeat disklock init /dev/disk/by-id/scsi-1234-part1\n  heartbeat disklock init /mnt/nfs/web.lock --nodes node1,node2",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path, nodes, err := c.lockPath(args)
			if len(names) > 0 {
				nodes = names
			}
			switch {
			case err != nil:
				return err
			case len(nodes) != 2 || nodes[0] == nodes[1]:
				return &wrongUsage{fmt.Errorf("a disk lock is for two nodes, here are %q; say --nodes NODE,NODE", nodes)}
			}
			_, err = shareddisk.Init(path, [2]string{nodes[0], nodes[1]}, force)
			if occupied, ok := errors.AsType[*shareddisk.Occupied](err); ok {
				return &exit{exitRefused, fmt.Sprintf("refused: %v. To write a disk lock all the same: heartbeat disklock init --force %s", occupied, path)}
			}
			if err != nil {
				return err
			}
			c.printf("%s has a disk lock for %s and %s now. In ha.cf of both: #!hb take_over arbiter disk %s\n", path, nodes[0], nodes[1], path)
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite what stands there")
	cmd.Flags().StringSliceVar(&names, "nodes", nil, "the two `nodes` (default those of ha.cf)")
	return cmd
}

// diskView is the JSON form of heartbeat disklock show.
type diskView struct {
	Path  string         `json:"path"`
	ID    string         `json:"id"`
	Made  time.Time      `json:"made"`
	Nodes []diskNodeView `json:"nodes"`
}

type diskNodeView struct {
	Name    string    `json:"name"`
	State   string    `json:"state"` // free, bids, holds, never
	Life    uint64    `json:"life"`
	Number  uint64    `json:"number"` // of its last record in this life
	Wrote   time.Time `json:"wrote"`  // by its own clock
	Damaged int       `json:"damaged"`
}

func diskShowCommand(c *call) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show [PATH]", Short: "what either node has written last",
		Long: `Reads the area and shows the last word of either node, with the time by that node's clock. A living node writes every few seconds. It
changes nothing.

Exit codes: 0 there is a disk lock, 1 there is none, or the disk does not answer within 10 s.`,
		Example: "  heartbeat disklock show\n  heartbeat disklock show /dev/disk/by-id/scsi-1234-part1 --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path, _, err := c.lockPath(args)
			if err != nil {
				return err
			}
			v, err := shareddisk.LookWithin(path, diskPatience)
			if err != nil {
				return &exit{exitNotWell, err.Error()}
			}
			return c.printLock(diskViewOf(path, v), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func diskViewOf(path string, v disk.Snapshot) diskView {
	out := diskView{Path: path, ID: fmt.Sprintf("%x", v.Header.ID), Made: v.Header.Made}
	for i, n := range v.Nodes {
		d := diskNodeView{Name: v.Header.Nodes[i], State: "never", Damaged: n.Damaged}
		if n.Written {
			d.State, d.Life, d.Number, d.Wrote = n.Record.State.String(), n.Record.Life, n.Record.Seq, time.UnixMilli(n.Record.Wall)
		}
		out.Nodes = append(out.Nodes, d)
	}
	return out
}

func (c *call) printLock(v diskView, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(c.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	c.printf("disk lock on %s, made %s\n", v.Path, v.Made.Format(time.DateTime))
	for _, n := range v.Nodes {
		text := map[string]string{"never": "has never written", "free": "has no lease", "bids": "wants the lease", "holds": "has the lease, if it renewed it lately"}[n.State]
		c.printf("  %s %s", n.Name, text)
		if !n.Wrote.IsZero() {
			c.printf("; it wrote last at %s by its own clock", n.Wrote.Format(time.DateTime))
		}
		if n.Damaged > 0 {
			c.printf("; %s damaged", count(n.Damaged, "block"))
		}
		c.printf("\n")
	}
	return nil
}

func diskReleaseCommand(c *call) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "release NODE [PATH]", Short: "end the lease of a node that is down for sure",
		Long: `Writes in the name of NODE that it has no lease, so that the other one need not wait until the lease ends by itself. Only for a node that
is switched off: one that lives goes on with its lease until it reads the disk again, and both nodes run. When heartbeat runs on the
other node, heartbeat confirm NODE does more and is enough. It asks back on a terminal and needs --yes elsewhere.

Exit codes: 0 done, 2 refused, 1 the disk does not answer.`,
		Example: "  heartbeat disklock release node2",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			path, _, err := c.lockPath(args[1:])
			if err != nil {
				return err
			}
			if !yes {
				question := fmt.Sprintf("Is %s switched off, and stays so? If it lives, both nodes may run everything. Type yes: ", args[0])
				if err := c.sure(question, "say --yes when nobody can answer"); err != nil {
					return err
				}
			}
			if err := shareddisk.Release(path, args[0]); err != nil {
				return err
			}
			c.printf("%s has no lease on %s any more\n", args[0], path)
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask back")
	return cmd
}

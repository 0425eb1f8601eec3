package filesystem

import (
	"path"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/agent/native"
)

// lazyOption in the options has the meaning of lazy_umount: haresources has no named parameters. Programs ignore what begins with x-.
const lazyOption = "x-heartbeat.lazy-umount"

// Kind describes the agent.
func Kind() native.Kind {
	k := native.Kind{
		Name: "Filesystem", Usage: "DEVICE DIRECTORY [FSTYPE [OPTIONS]]", Short: "mounts a file system",
		Long: "Mounts a file system and unmounts it with everything mounted below it. Programs that keep it busy at a stop are ended. DEVICE is a block device, -Llabel, -Uuuid, a file (loop), host:/path (NFS), //host/share (CIFS), or the source of a bind mount.",
		Params: []native.Param{
			{Name: "device", Short: "what to mount", Required: true},
			{Name: "directory", Short: "mount point; it must exist", Required: true, Unique: true},
			{Name: "fstype", Short: "type of the file system; default: found out"},
			{Name: "options", Short: "mount options, separated by commas", Long: "Mount options, separated by commas. " + lazyOption + " allows to detach a network file system whose server does not answer a stop."},
			{Name: "run_fsck", Short: "check the file system before mounting it: auto, force or no", Default: "auto", Named: true},
			{Name: "force_unmount", Short: "end the programs that keep it busy: true, safe (the same) or false", Default: "true", Named: true},
			{Name: "lazy_umount", Short: "detach a network file system whose server does not answer", Type: native.Boolean, Default: "false", Named: true},
			{Name: "fast_stop", Short: "accepted for old configurations; a stop is always as fast as it can be", Named: true},
		},
		Limits: native.Limits{Start: time.Minute, Stop: time.Minute, Status: 40 * time.Second},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		a := &agent{device: v["device"], kind: v["fstype"], place: p, kernel: realKernel{}, fsck: k.Get(v, "run_fsck"), clock: realClock{}}
		if !strings.HasPrefix(v["directory"], "/") {
			return nil, native.Fail(native.Configured, "the mount point %q does not begin with /", v["directory"])
		}
		a.dir = path.Clean(v["directory"])
		if a.dir == "/" {
			return nil, native.Fail(native.Configured, "the root directory is no mount point of a resource")
		}
		var err error
		if a.options, err = parseOptions(v["options"]); err != nil {
			return nil, err
		}
		force := strings.ToLower(k.Get(v, "force_unmount"))
		if a.kill = force == "safe"; !a.kill {
			if a.kill, err = native.Truth(force); err != nil {
				return nil, err
			}
		}
		lazy, err := native.Truth(v["lazy_umount"])
		if err != nil {
			return nil, err
		}
		a.lazy = lazy || a.options.lazy
		if !slices.Contains([]string{"auto", "force", "no"}, a.fsck) {
			return nil, native.Fail(native.Configured, "run_fsck is auto, force or no, not %q", a.fsck)
		}
		return a, nil
	}
	return k
}

type agent struct {
	device, dir, kind string
	options           options
	fsck              string
	kill, lazy        bool
	place             native.Place
	kernel            kernel
	clock             clock
}

// network says whether a server is asked for the files.
func (a *agent) network() bool { return isNetwork(a.kind) || a.kind == "" && looksRemote(a.device) }

func isNetwork(kind string) bool {
	switch kind {
	case "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "9p", "lustre", "afs":
		return true
	}
	return false
}

func looksRemote(device string) bool {
	return strings.HasPrefix(device, "//") || strings.Contains(device, ":/")
}

// inMemory are types whose mounting neither waits for a device nor for a server.
func inMemory(kind string) bool {
	switch kind {
	case "tmpfs", "ramfs", "proc", "sysfs", "overlay", "none", "devpts", "hugetlbfs", "debugfs", "tracefs", "configfs", "cgroup2", "mqueue", "bpf":
		return true
	}
	return false
}

package filesystem

import (
	"context"

	"heartbeat/internal/agent/native"
)

// uncorrected is the first exit code of fsck that leaves errors behind; below it are 1 (mended) and 2 (reboot wished).
const uncorrected = 4

// check runs fsck before a mount where the type needs it.
func (a *agent) check(ctx context.Context, device, kind string) error {
	if a.fsck == "no" || a.fsck == "auto" && checksItself(kind) || a.options.readOnly && a.fsck != "force" {
		return nil
	}
	argv := []string{"fsck", "-t", kind, "-a", device}
	if a.fsck == "force" {
		argv = []string{"fsck", "-t", kind, "-a", "-f", device}
	}
	r := a.place.Run(ctx, argv...)
	switch {
	case r.Err != nil:
		return native.Fail(native.Installed, "Couldn't successfully fsck filesystem for %s: %s", device, r.Problem("fsck"))
	case r.Code < 0 || r.Code >= uncorrected:
		return native.Fail(native.Generic, "Couldn't successfully fsck filesystem for %s: %s", device, r.Problem(argv...))
	}
	return nil
}

// checksItself are types with a journal, or without anything to check.
func checksItself(kind string) bool {
	switch kind {
	case "ext3", "ext4", "ext4dev", "reiserfs", "reiser4", "nss", "xfs", "jfs", "vfat", "fat", "ocfs2", "gfs2", "btrfs", "f2fs", "zfs", "bcachefs",
		"squashfs", "erofs", "iso9660", "udf", "":
		return true
	}
	return isNetwork(kind) || inMemory(kind)
}

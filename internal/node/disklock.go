package node

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"heartbeat/internal/arbiter/disk"
	"heartbeat/internal/arbiter/shareddisk"
	"heartbeat/internal/conf"
)

// diskLockPatience is how long the check of the files waits for the disk.
const diskLockPatience = 2 * time.Second

// judgeDiskLock looks at the disk lock of take_over arbiter disk as a start would; on looks at this machine. A disk that is not there now may
// come back, and the nodes run without it while they see each other; one that is that of others is a mistake.
func judgeDiskLock(h conf.HaCf, on bool) (out conf.Problems) {
	a := h.Settings.Arbiter
	if !on || h.Settings.TakeOver != "arbiter" || a.Kind != conf.ArbiterDisk || len(h.Nodes) != 2 {
		return nil
	}
	path := a.References[0]
	say := func(s conf.Severity, fix, format string, args ...any) {
		out = append(out, conf.Problem{File: a.File, Line: a.Line, Severity: s, Msg: fmt.Sprintf(format, args...), Fix: fix})
	}
	v, err := shareddisk.LookWithin(path, diskLockPatience)
	switch {
	case errors.Is(err, disk.ErrNoArea):
		say(conf.Error, "on one node, once: heartbeat disklock init "+path, "there is no disk lock on %s", path)
	case err != nil:
		say(conf.Warning, "make it readable before the nodes lose sight of each other; heartbeat disklock show "+path+" tries it", "the disk lock does not answer: %v", err)
	case !slices.Contains(v.Header.Nodes[:], h.Nodes[0]) || !slices.Contains(v.Header.Nodes[:], h.Nodes[1]):
		say(conf.Error, "name the right disk, or make the lock anew: heartbeat disklock init --force "+path,
			"the disk lock on %s is that of %s and %s, not of %s and %s", path, v.Header.Nodes[0], v.Header.Nodes[1], h.Nodes[0], h.Nodes[1])
	}
	return out
}

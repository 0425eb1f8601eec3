package distro

import (
	"context"
	"strings"
	"time"

	"heartbeat/internal/agent/native"
)

func lvmKind() native.Kind {
	k := native.Kind{
		Name: "LVM", Usage: "VOLUMEGROUP", Short: "activates a volume group",
		Long:   "Activates all logical volumes of a volume group on shared storage, and deactivates them. Nothing here keeps another machine from doing the same: fence it.",
		Params: []native.Param{{Name: "volgrpname", Short: "name of the volume group", Required: true, Unique: true}},
		Limits: native.Limits{Start: time.Minute, Stop: time.Minute, Status: 30 * time.Second},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		if err := plain("volume group", v["volgrpname"]); err != nil {
			return nil, err
		}
		return &lvm{tools{p}, v["volgrpname"]}, nil
	}
	return k
}

// plain keeps a name from being an option of a program.
func plain(what, name string) error {
	if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, " \t\n\x00") {
		return native.Fail(native.Configured, "%q is no name of a %s", name, what)
	}
	return nil
}

type lvm struct {
	tools
	group string
}

// active asks how many logical volumes there are and how many of them are active.
func (l *lvm) active(ctx context.Context) (all, active int, err error) {
	out, err := l.must(ctx, "lvs", "--noheadings", "-o", "lv_active", "--", l.group)
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(out) {
		all++ // a volume that is not active has an empty line
		if strings.TrimSpace(line) == "active" {
			active++
		}
	}
	return all, active, nil
}

func (l *lvm) Start(ctx context.Context) (string, error) {
	if _, err := l.must(ctx, "vgchange", "-a", "y", "--", l.group); err != nil {
		return "", err
	}
	if _, err := l.Status(ctx); err != nil {
		return "", native.Fail(native.Generic, "LVM: %s did not become active: %v", l.group, err)
	}
	return "volume group " + l.group + " is active", nil
}

func (l *lvm) Stop(ctx context.Context) (string, error) {
	if _, err := l.must(ctx, "vgs", "--noheadings", "-o", "vg_name", "--", l.group); err != nil && native.CodeOf(err) != native.Installed {
		return "volume group " + l.group + " is not on this machine", nil
	}
	// A volume is in use for a moment after its file system was unmounted.
	err := again(ctx, 10, func() error { _, err := l.must(ctx, "vgchange", "-a", "n", "--", l.group); return err })
	return "volume group " + l.group + " is inactive", err
}

func (l *lvm) Status(ctx context.Context) (string, error) {
	all, active, err := l.active(ctx)
	switch {
	case native.CodeOf(err) == native.Installed:
		return "", err
	case err != nil, active == 0:
		return "", native.Stopped("LVM Volume %s is not available (stopped)", l.group)
	case active < all:
		return "", native.Fail(native.Generic, "LVM Volume %s is active in part only: %d of %d", l.group, active, all)
	}
	return "LVM Volume " + l.group + " is available (running)", nil
}

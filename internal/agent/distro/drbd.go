package distro

import (
	"context"
	"strings"
	"time"

	"heartbeat/internal/agent/native"
)

// Exit codes of the drbddisk script: those of LSB, and 10 for wrong usage.
const (
	drbdStopped = 3
	drbdUnknown = 4
	drbdUsage   = 10
)

func drbdKind() native.Kind {
	k := native.Kind{
		Name: "drbddisk", Usage: "[RESOURCE]", Short: "makes a DRBD resource primary",
		Long:      "Makes a DRBD resource primary on this machine, and secondary again. Without a resource it means all of them; a status needs one.",
		Params:    []native.Param{{Name: "drbd_resource", Short: "name of the DRBD resource", Default: "all"}},
		LSBStatus: true,
		Limits:    native.Limits{Start: 30 * time.Second, Stop: 30 * time.Second},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		name := k.Get(v, "drbd_resource")
		if err := plain("DRBD resource", name); err != nil {
			return nil, err
		}
		return &drbd{tools{p}, name}, nil
	}
	return k
}

type drbd struct {
	tools
	name string
}

// role asks for our own role; what is not configured or not loaded has none.
func (d *drbd) role(ctx context.Context) (string, error) {
	out, err := d.must(ctx, "drbdadm", "role", d.name)
	if err != nil {
		return "", err
	}
	role, _, _ := strings.Cut(strings.TrimSpace(out), "/") // Primary/Secondary: ours, the other's; DRBD 9 prints ours only
	return role, nil
}

func (d *drbd) Start(ctx context.Context) (string, error) {
	// The peer may still be on its way down.
	err := again(ctx, 6, func() error { _, err := d.must(ctx, "drbdadm", "primary", d.name); return err })
	if err != nil && native.CodeOf(err) != native.Installed {
		err = native.Fail(native.Generic, "%v", err)
	}
	return d.name + " is primary", err
}

func (d *drbd) Stop(ctx context.Context) (string, error) {
	role, err := d.role(ctx)
	if err == nil && (role == "Secondary" || role == "Unconfigured") {
		return d.name + " is secondary", nil
	}
	if err != nil && d.name != "all" && native.CodeOf(err) != native.Installed {
		if _, up := d.must(ctx, "drbdadm", "cstate", d.name); up != nil {
			return d.name + " is not up", nil // neither loaded nor configured: nothing to make secondary
		}
	}
	err = again(ctx, 3, func() error { _, err := d.must(ctx, "drbdadm", "secondary", d.name); return err })
	return d.name + " is secondary", err
}

func (d *drbd) Status(ctx context.Context) (string, error) {
	if d.name == "all" {
		return "", native.Fail(drbdUsage, "a status needs the name of the resource: drbddisk RESOURCE status")
	}
	role, err := d.role(ctx)
	switch {
	case err != nil:
		return "", native.Fail(drbdUnknown, "cannot determine the status of %s: %v", d.name, err)
	case role == "Primary":
		return "running (Primary)", nil
	}
	return "", native.Fail(drbdStopped, "stopped (%s)", role)
}

func upperKind() native.Kind {
	k := native.Kind{
		Name: "drbdupper", Usage: "RESOURCE", Short: "brings a stacked DRBD resource up",
		Long:      "Makes the lower resource of a stacked DRBD resource primary, brings the upper one up and makes it primary; and down again.",
		Params:    []native.Param{{Name: "drbd_resource", Short: "name of the upper resource", Required: true}, {Name: "lower", Short: "name of the lower resource; default: asked from drbdadm", Named: true}},
		LSBStatus: true,
		Limits:    native.Limits{Start: time.Minute, Stop: time.Minute},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		if err := plain("DRBD resource", v["drbd_resource"]); err != nil {
			return nil, err
		}
		return &upper{tools{p}, v["drbd_resource"], v["lower"]}, nil
	}
	return k
}

type upper struct {
	tools
	name, below string
}

func (u *upper) lower(ctx context.Context) (string, error) {
	if u.below != "" {
		return u.below, nil
	}
	out, err := u.must(ctx, "drbdadm", "-S", "sh-lr-of", u.name)
	if err != nil {
		return "", err
	}
	if name := strings.TrimSpace(out); name != "" {
		return name, nil
	}
	return "", native.Fail(native.Configured, "%s is no stacked resource", u.name)
}

func (u *upper) Start(ctx context.Context) (string, error) {
	lower, err := u.lower(ctx)
	if err != nil {
		return "", err
	}
	if err := again(ctx, 6, func() error { _, err := u.must(ctx, "drbdadm", "primary", lower); return err }); err != nil {
		return "", err
	}
	if _, err := u.must(ctx, "drbdadm", "-S", "adjust", u.name); err != nil {
		return "", err
	}
	err = again(ctx, 6, func() error { _, err := u.must(ctx, "drbdadm", "-S", "primary", u.name); return err })
	return u.name + " is primary", err
}

func (u *upper) Stop(ctx context.Context) (string, error) {
	lower, err := u.lower(ctx)
	if err != nil {
		return "", err
	}
	if err := again(ctx, 3, func() error { _, err := u.must(ctx, "drbdadm", "-S", "down", u.name); return err }); err != nil {
		return "", err
	}
	err = again(ctx, 3, func() error { _, err := u.must(ctx, "drbdadm", "secondary", lower); return err })
	return u.name + " is down", err
}

func (u *upper) Status(ctx context.Context) (string, error) {
	out, err := u.must(ctx, "drbdadm", "-S", "role", u.name)
	role, _, _ := strings.Cut(strings.TrimSpace(out), "/")
	switch {
	case err == nil && role == "Primary":
		return "running (Primary)", nil
	case err == nil, native.CodeOf(err) == native.Generic:
		return "", native.Fail(drbdStopped, "stopped (%s)", role)
	}
	return "", native.Fail(drbdUnknown, "cannot determine the status of %s: %v", u.name, err)
}

package distro

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heartbeat/internal/agent/native"
)

func raidKind() native.Kind {
	k := native.Kind{
		Name: "Raid1", Usage: "CONFFILE DEVICE", Short: "assembles a software RAID array",
		Long: "Assembles a Linux software RAID array on shared storage with mdadm, and stops it.",
		Params: []native.Param{
			{Name: "raidconf", Short: "configuration file of mdadm", Required: true},
			{Name: "raiddev", Short: "the array: /dev/md0", Required: true, Unique: true},
		},
		Limits: native.Limits{Start: 30 * time.Second, Stop: 30 * time.Second},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		if !strings.HasPrefix(v["raiddev"], "/dev/") {
			return nil, native.Fail(native.Configured, "%q is no device of the kind /dev/md0", v["raiddev"])
		}
		return &raid{tools{p}, v["raidconf"], v["raiddev"], "/sys/block"}, nil
	}
	return k
}

type raid struct {
	tools
	conf, dev, sys string
}

// active looks into the kernel's own file of the array; no program is asked.
func (r *raid) active() (bool, error) {
	name := filepath.Base(r.dev)
	if real, err := filepath.EvalSymlinks(r.dev); err == nil {
		name = filepath.Base(real)
	}
	data, err := os.ReadFile(filepath.Join(r.sys, name, "md", "array_state"))
	if os.IsNotExist(err) {
		return false, nil // no such array, or the driver is not loaded
	}
	state := strings.TrimSpace(string(data))
	return state != "clear" && state != "inactive", err
}

func (r *raid) Validate(context.Context) error {
	if _, err := os.Stat(r.conf); err != nil {
		return native.Fail(native.Installed, "the configuration of mdadm: %v", err)
	}
	return nil
}

func (r *raid) Start(ctx context.Context) (string, error) {
	if on, err := r.active(); err != nil || on {
		return r.dev + " is active", err
	}
	if err := r.Validate(ctx); err != nil {
		return "", err
	}
	if _, err := r.must(ctx, "mdadm", "--assemble", "--config="+r.conf, r.dev); err != nil {
		return "", err
	}
	if on, err := r.active(); err != nil || !on {
		return "", native.Fail(native.Generic, "Couldn't start RAID for %s: mdadm succeeded, and it is not active", r.dev)
	}
	return r.dev + " is active", nil
}

func (r *raid) Stop(ctx context.Context) (string, error) {
	if on, err := r.active(); err != nil || !on {
		return r.dev + " is not active", err
	}
	err := again(ctx, 3, func() error { _, err := r.must(ctx, "mdadm", "--stop", r.dev); return err })
	return r.dev + " is stopped", err
}

func (r *raid) Status(context.Context) (string, error) {
	on, err := r.active()
	switch {
	case err != nil:
		return "", err
	case !on:
		return "", native.Stopped("%s is not active (stopped)", r.dev)
	}
	return r.dev + " is active (running)", nil
}

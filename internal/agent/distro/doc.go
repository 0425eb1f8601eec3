// Package distro are agents around programs of the distribution (lvm2, mdadm,
// drbd-utils, ipvsadm), for machines that have the programs and no script for
// them. Arguments, exit codes and status words are those of the classic scripts
// (resources spec, section 8).
package distro

import (
	"context"
	"time"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/pause"
)

// Kinds are the agents of this package.
func Kinds() []native.Kind {
	return []native.Kind{lvmKind(), raidKind(), drbdKind(), upperKind(), lvsKind()}
}

// tools runs programs and turns their failures into errors.
type tools struct{ place native.Place }

// must runs a program that has to succeed.
func (t tools) must(ctx context.Context, argv ...string) (string, error) {
	r := t.place.Run(ctx, argv...)
	switch {
	case r.OK():
		return r.Stdout, nil
	case r.Err != nil:
		return "", native.Fail(native.Installed, "%s", r.Problem(argv...))
	}
	return r.Stdout, native.Fail(native.Generic, "%s", r.Problem(argv...))
}

// again repeats what failed, a second apart.
func again(ctx context.Context, times int, f func() error) error {
	for i := 1; ; i++ {
		err := f()
		if err == nil || i >= times || native.CodeOf(err) == native.Installed {
			return err
		}
		if pause.For(ctx, time.Second) != nil {
			return err
		}
	}
}

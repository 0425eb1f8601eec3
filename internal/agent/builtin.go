package agent

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"heartbeat/internal/agent/address"
	"heartbeat/internal/agent/delay"
	"heartbeat/internal/agent/distro"
	"heartbeat/internal/agent/filesystem"
	"heartbeat/internal/agent/mailto"
	"heartbeat/internal/agent/native"
	"heartbeat/internal/agent/portblock"
	"heartbeat/internal/agent/sendarp"
	"heartbeat/internal/agent/srcaddr"
	"heartbeat/internal/conf"
	"heartbeat/internal/program"
)

// Kinds are the built-in agents, sorted by name.
func Kinds() []native.Kind {
	list := append([]native.Kind{
		filesystem.Kind(), mailto.Kind(), delay.Kind(), portblock.Kind(), sendarp.Kind(), srcaddr.Kind(),
		address.Kind(address.IPaddr), address.Kind(address.IPaddr2), address.Kind(address.IPv6addr),
	}, distro.Kinds()...)
	slices.SortFunc(list, func(a, b native.Kind) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// KindNamed finds a built-in agent.
func KindNamed(name string) (native.Kind, bool) {
	list := Kinds()
	i := slices.IndexFunc(list, func(k native.Kind) bool { return k.Name == name })
	if i < 0 {
		return native.Kind{}, false
	}
	return list[i], true
}

// builtin is a built-in agent as a member of a group. The service addresses have nativeAddress instead, which holds them.
type builtin struct {
	agent   native.Agent
	instead string // which file it replaces; empty: none
	reason  string // why the present operation was ordered
}

func (b *builtin) Class() string { return "native" }

func (b *builtin) Path() string {
	if b.instead != "" {
		return "built in, " + b.instead
	}
	return "built in"
}

func (b *builtin) Run(ctx context.Context, op Op, env Env) Result {
	b.reason = env.Reason
	return Operate(ctx, b.agent, op)
}

// Announce tells the network again where an address lives, if the agent has one.
func (b *builtin) Announce() {
	if a, ok := b.agent.(native.Announcer); ok {
		a.Announce()
	}
}

// Operate runs one operation of a built-in agent.
func Operate(ctx context.Context, a native.Agent, op Op) Result {
	began := time.Now()
	res := Result{Op: op}
	var err error
	switch op {
	case Start:
		res.Output, err = a.Start(ctx)
	case Stop:
		res.Output, err = a.Stop(ctx)
	case Status:
		res.Output, err = a.Status(ctx)
	default:
		err = native.Fail(native.Unimplemented, "unknown operation %s", op)
	}
	if err != nil {
		res.Output, res.Code = program.Clean(err.Error()), native.CodeOf(err)
	}
	res.OK = err == nil
	res.TimedOut = !res.OK && errors.Is(ctx.Err(), context.DeadlineExceeded)
	res.Duration = time.Since(began)
	return res
}

// builtinAgent resolves a resource to a built-in agent; false when there is none, or a file is to be run instead.
func (r *Resolver) builtinAgent(res conf.Resource, instead string) (Agent, bool, error) {
	if _, isAddress := addressStyle(res.Script); isAddress {
		return nil, false, nil
	}
	kind, ok := KindNamed(res.Script)
	if !ok {
		return nil, false, nil
	}
	v, err := kind.FromArgs(res.Args)
	if err != nil {
		return nil, false, problemOf(res, err)
	}
	b := &builtin{instead: instead}
	place := r.place(InstanceName(res.Word))
	place.Reason = func() string { return b.reason }
	if b.agent, err = kind.New(v, place); err != nil {
		return nil, false, problemOf(res, err)
	}
	return b, true, nil
}

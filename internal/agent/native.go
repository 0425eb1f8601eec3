package agent

import (
	"context"
	"errors"
	"time"

	"heartbeat/internal/agent/address"
)

// nativeAddress is the built-in IPaddr, IPaddr2 and IPv6addr.
type nativeAddress struct {
	word    string
	spec    address.Spec
	keeper  *address.Keeper
	instead string // which file it replaces; empty: none
}

func (n *nativeAddress) Class() string { return "native" }

func (n *nativeAddress) Path() string {
	if n.instead != "" {
		return "built in, " + n.instead
	}
	return "built in"
}

func (n *nativeAddress) Run(ctx context.Context, op Op, _ Env) Result {
	began := time.Now()
	res := Result{Op: op, OK: true}
	var err error
	switch op {
	case Start:
		res.Output, err = n.keeper.Take(ctx, n.word, n.spec)
	case Stop:
		res.Output, err = n.keeper.Drop(n.word, n.spec)
	case Status:
		res.OK, err = n.keeper.Serves(n.spec)
		// The first status comes when the node starts: later there is no time to open sockets. What
		// goes wrong here is told by the start that needs it.
		_ = n.keeper.Ready(n.spec)
		res.Output = "Running OK"
		if !res.OK {
			res.Code, res.Output = address.CodeNotRunning, "Resource is stopped"
		}
	default:
		res.OK, res.Code, res.Output = false, ocfUnimplemented, "unknown operation "+string(op)
	}
	if err != nil {
		res.OK, res.Code, res.Output = false, address.CodeGeneric, err.Error()
		if f, ok := errors.AsType[*address.Failure](err); ok {
			res.Code = f.Code
		}
	}
	res.TimedOut = errors.Is(context.Cause(ctx), context.DeadlineExceeded) && !res.OK
	res.Duration = time.Since(began)
	return res
}

// Announce tells the network again where the address lives.
func (n *nativeAddress) Announce() { n.keeper.Announce(n.word, n.spec) }

// Interface is the interface that the address lives on or would go to.
func (n *nativeAddress) Interface() (string, error) {
	_, link, err := n.keeper.Resolve(n.spec)
	if err != nil && n.spec.Interface == "" {
		return "", err
	}
	if n.spec.Interface != "" {
		return n.spec.Interface, nil // also while it is missing
	}
	return link.Name, nil
}

// Where says in a sentence where the address would go on this machine, or an
// error that a start would end with.
func (n *nativeAddress) Where() (string, error) {
	a, link, err := n.keeper.Resolve(n.spec)
	if err != nil {
		return "", err
	}
	return a.String() + " on " + link.Name, nil
}

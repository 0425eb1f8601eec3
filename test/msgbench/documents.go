package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/wire"
)

// documents says messages for everybody's event scripts: not between programs, so resource management sees them.
func (p *program) documents(ctx context.Context, sizes string) error {
	for !p.bothActive() {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-p.line.heard():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return fmt.Errorf("-say: %w", err)
		}
		m := wire.New("t", "document")
		for _, name := range []string{"a", "b", "c"} {
			m.Set(name, wire.String, strings.Repeat("the same again ", n/45+1)[:n/3])
		}
		if err := p.line.Send(ctx, m); err != nil {
			fmt.Println("# FAILED:", err)
		}
	}
	return nil
}

func (p *program) bothActive() bool {
	active := 0
	for _, n := range p.node.Status().Nodes {
		if n.Status == "active" {
			active++
		}
	}
	return active == 2
}
